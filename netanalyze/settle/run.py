"""The probes in their order, within their limits: names, then the connection, then the hello, then where on the path.

What is sent next is decided by ``ResolverQuestion``, ``DialQuestion``, ``HelloQuestion`` and ``HopQuestion``, which know nothing
of sockets; here each step is taken, counted and written down.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from netanalyze.settle import connection, idle, names
from netanalyze.settle.connection import Came
from netanalyze.settle.decide import HelloOutcome, HelloQuestion
from netanalyze.settle.dials import DialQuestion
from netanalyze.settle.echo import ask_echo
from netanalyze.settle.fingerprints import FingerprintQuestion
from netanalyze.settle.hello import hello_shape
from netanalyze.settle.settlement import ADDRESSES_ASKED, CONNECTIONS, QUERIES, SECONDS, SentRow, Settlement
from netanalyze.settle.target import CONNECTION, HTTP, NAMES, SettleTarget

Tell = Callable[[SentRow], None]
HOSTS_FILE_S = 6.0
"""One attempt of libc's resolver, and one second (resolv.conf(5), timeout)."""
UNHEARD = ("port", "address", "family", "resolver")
"""Bits of which nothing else shows whether the host is there."""
BEFORE_CONNECTION = ("no-syn-ack", "refused", "unreachable")
USUAL_MSS = 1448
"""Ethernet's 1500 octets without the headers of IPv4 and TCP with timestamps (RFC 7323)."""


class Probing:
    """One run of probes; ``rows`` grows with each, and ``tell`` hears of it."""

    def __init__(self, target: SettleTarget, tell: Tell = lambda row: None, seconds: float = SECONDS):
        self.found = Settlement(target)
        self.tell, self.begun = tell, time.monotonic()
        self.deadline = self.begun + seconds
        self.connections = CONNECTIONS
        self.queries = QUERIES
        self.resolvers: dict[str, names.ResolverQuestion] = {}

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.deadline - time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the first."""
        return time.monotonic() - self.begun

    def write_down(self, row: SentRow) -> None:
        """Keep a row under its number, and tell of it."""
        row = replace(row, number=len(self.found.rows) + 1)
        self.found.rows.append(row)
        self.tell(row)

    def settle(self) -> Settlement:
        """Send what separates what may be, and give what is settled."""
        found, target = self.found, self.found.target
        found.port = target.port
        addresses = list(target.addresses)
        if target.by_name and target.focus != CONNECTION:
            addresses += self._resolved()
        elif not target.by_name:
            addresses = [target.host]
        elif not addresses:
            addresses += _by_libc(target.host, target.port)
        found.addresses = list(dict.fromkeys(addresses))
        if target.focus != NAMES:
            if routed := [one for one in found.addresses if connection.has_route(one)]:
                self._connect(routed)
            elif found.addresses:
                found.bit, found.address = "no-route", found.addresses[0]
            elif target.by_name:
                found.no_address = True
        self._idle()
        self._resolvers_bit()
        self.ask_beside()
        found.seconds = time.monotonic() - self.begun
        return found

    def _idle(self) -> None:
        """Where everything lives: whether a connection still does that was idle, beside one that was not."""
        found, target = self.found, self.found.target
        if not target.idle or found.bit != "none" or found.address is None or target.focus == NAMES:
            return
        where, secure = (found.address, target.port, target.sni or target.host), target.port != HTTP
        outcomes = idle.idle_outcomes(*where, target.idle, secure, min(self.left, idle.EXCHANGE_S))
        self.deadline += target.idle
        control = idle.ask_twice(*where, 0.0, secure, min(self.left, idle.EXCHANGE_S))
        for one, is_control in [*((one, False) for one in outcomes), (control, True)]:
            self.write_down(
                SentRow(0, "pair", found.address, target.port, one.manner, control=is_control, detail=one.detail,
                        seconds=one.seconds)
            )  # fmt: skip
        found.bit = idle.idle_bit(control, outcomes)

    def ask_beside(self) -> None:
        """One ICMP echo to what answers no dial, or no question: whether the host is there at all."""
        found = self.found
        if found.bit not in UNHEARD or found.address is None or self.left <= 0:
            return
        echo = ask_echo(found.address, self.left)
        if echo is not None:
            self.write_down(
                SentRow(0, "echo", found.address, 0, echo.manner, seconds=echo.seconds, offender=echo.offender)
            )

    def _resolvers_bit(self) -> None:
        """What dies on the way to resolvers: the answer where nothing else dies, beside it otherwise."""
        bits = [(one.bit(), address) for address, one in self.resolvers.items() if one.bit() not in ("none", "")]
        if bits and self.found.bit in ("", "none") and not (self.found.hello and self.found.hello.why):
            (self.found.bit, self.found.address), *bits = bits
            self.found.port = names.DNS_PORT
        elif not self.found.bit and self.found.target.focus == NAMES:
            answers = {one.bit() for one in self.resolvers.values()}
            self.found.bit = "none" if answers == {"none"} else ""
        self.found.others += bits

    def _resolved(self) -> list[str]:
        """The addresses of the name: as programs of this machine find them, and as its resolvers give them."""
        from netanalyze.live.command.environment import resolver_settings

        target, had = self.found.target, list[str]()
        libc = threading.Thread(target=lambda: had.extend(_by_libc(target.host, target.port)), daemon=True)
        libc.start()
        asked = target.resolvers or tuple(resolver_settings()["resolvers"][: names.RESOLVERS_ASKED])
        given: list[str] = []
        for resolver in asked:
            given += self._ask(resolver)
        libc.join(0 if given else max(min(HOSTS_FILE_S, self.left), 0))
        libc.join(0.2)
        return had or list(dict.fromkeys(given))

    def _ask(self, resolver: str) -> list[str]:
        """Ask one resolver in as many ways as it takes; the addresses that it gives."""
        question = self.resolvers[resolver] = names.ResolverQuestion(resolver)
        given: list[str] = []
        while (form := question.next_form()) is not None and self.queries > 0 and self.left > 0:
            self.queries -= 1
            reply = names.ask(resolver, self.found.target.host, form, self.left)
            question.outcomes.append((form, reply))
            given += () if form.other_name else reply.addresses
            port = names.PORTS.get(form.transport, names.DNS_PORT)
            self.write_down(
                SentRow(0, "query", resolver, port, reply.manner, form, detail=reply.rcode, seconds=reply.seconds,
                        offender=reply.offender)
            )  # fmt: skip
        return given

    def _connect(self, addresses: list[str]) -> None:
        """Hellos to the first address, and what follows where it cannot even be dialled; then the other addresses."""
        found, target = self.found, self.found.target
        found.address = addresses[0]
        question = HelloQuestion(target.sni)
        refused = self._hellos(addresses[0], question)
        if refused is not None:
            self._dials(addresses, refused)
            return
        found.hello = question.settled()
        if found.hello.bit == "none" and not found.hello.unsteady:
            fingerprints = FingerprintQuestion(question.mss)
            self._hellos(addresses[0], fingerprints)
            found.hello = fingerprints.settled() or found.hello
        found.bit = found.hello.bit
        for other in _spread(addresses)[:ADDRESSES_ASKED] if found.bit == "none" else ():
            if other != addresses[0]:
                bit = self._dialled(DialQuestion(other, target.port, target.other_port, ()))
                if bit in ("address", "port"):
                    found.bit, found.address = bit, other
                    return

    def _hellos(self, address: str, question: HelloQuestion | FingerprintQuestion) -> Came | None:
        """Send hellos as the question asks for them; what came instead of a connection, where none is to be had."""
        target = self.found.target
        while self.left > 1 and (form := question.next_form(self.connections)) is not None:
            self.connections -= 1
            came = connection.send_hello(address, target.port, form, target.sni, self.left)
            if came.mss and not form.mss:
                question.mss = self.found.mss = came.mss
            shape = hello_shape(form, target.sni, question.mss)
            self.write_down(
                SentRow(0, "hello", address, target.port, came.manner, form, detail=came.detail, octets=came.octets,
                        segments=shape.segments, acked=came.acked, seconds=came.seconds, offender=came.offender)
            )  # fmt: skip
            if came.manner in BEFORE_CONNECTION and not any(
                o.manner not in BEFORE_CONNECTION for o in question.outcomes
            ):
                return came
            question.outcomes.append(HelloOutcome(form, came.manner))
        return None

    def _dials(self, addresses: list[str], first: Came) -> None:
        """What can be dialled beside what cannot: the same again, another port, other addresses."""
        found, target = self.found, self.found.target
        question = DialQuestion(
            addresses[0], target.port, target.other_port, tuple(_spread(addresses)[:ADDRESSES_ASKED])
        )
        question.outcomes.append((addresses[0], target.port, first.manner))
        found.bit = self._dialled(question)
        if found.bit == "none":  # the first was lost, and no more
            self._connect(addresses)

    def _dialled(self, question: DialQuestion) -> str:
        """Dial as the question asks for it; what that comes down to."""
        while (step := question.next_dial()) is not None and (came := self._dial(*step)) is not None:
            question.outcomes.append((*step, came.manner))
        return question.bit()

    def _dial(self, address: str, port: int) -> Came | None:
        """Dial once; None where no connection is left."""
        if self.connections <= 0 or self.left <= 1:
            return None
        self.connections -= 1
        came = connection.dial(address, port, self.left)
        self.write_down(
            SentRow(
                0, "dial", address, port, came.manner, detail=came.detail, seconds=came.seconds, offender=came.offender
            )
        )
        return came


def _by_libc(host: str, port: int) -> list[str]:
    """The addresses of a name as every program of this machine gets them, hosts file included; none where it has none."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def _spread(addresses: list[str]) -> list[str]:
    """The addresses with the families in turn, so that the first few of many have both."""
    four, six = [a for a in addresses if ":" not in a], [a for a in addresses if ":" in a]
    first, second = (six, four) if addresses and ":" in addresses[0] else (four, six)
    pairs = [one for pair in zip(first, second) for one in pair]
    return pairs + first[len(second) :] + second[len(first) :]
