"""A DNS server with bad manners on demand, over UDP and TCP (RFC 1035, RFC 6891, RFC 7766).

A rule says which queries it is for and what becomes of them; the first that fits decides, and no rule means an honest
answer. Actions: ``drop``, ``delay`` (``seconds``), ``servfail``, ``refused``, ``formerr``, ``nxdomain``, ``empty``
(NOERROR without records), ``truncate`` (TC=1 over UDP), ``forge`` (a false ``address`` first, the true one after),
``address`` (only the given ``address``), ``wrong-id``, ``wrong-question``, ``alias`` (a CNAME before the records).
"""

import fnmatch
import ipaddress
import socket
import struct
import threading
import time
from dataclasses import dataclass

from netanalyze.lab.journal import note

A, CNAME, AAAA, OPT = 1, 5, 28, 41
TYPES = {"A": A, "AAAA": AAAA, "*": 0}
RESPONSE, TRUNCATED, DESIRED, AVAILABLE = 0x8000, 0x0200, 0x0100, 0x0080
RCODES = {"formerr": 1, "servfail": 2, "nxdomain": 3, "refused": 5}
LIFETIME_S = 60
FORGERY_LEAD_S = 0.03
GIVEN_UP_S = 5.0  # resolv.conf(5), timeout: after so long a client without an answer asks again, or another


@dataclass
class Rule:
    """What to do with queries for ``name`` (a pattern) of ``type``, by ``transport``; at most ``times`` of them."""

    action: str
    name: str = "*"
    type: str = "*"
    transport: str = "*"
    seconds: float = 0.0
    address: str = ""
    edns: bool | None = None
    times: int | None = None

    def fits(self, name: str, kind: int, transport: str, edns: bool) -> bool:
        """True if the rule is for this query; counts it."""
        if not fnmatch.fnmatch(name, self.name) or TYPES[self.type] not in (0, kind):
            return False
        if self.transport not in ("*", transport) or self.edns not in (None, edns):
            return False
        if self.times is not None:
            if self.times == 0:
                return False
            self.times -= 1
        return True


@dataclass(frozen=True)
class Query:
    """One question, as it came."""

    number: int
    name: str
    kind: int
    question: bytes
    edns: bool


def parsed(octets: bytes) -> Query:
    """The question of a query message; ValueError or struct.error if it is none."""
    number, flags, questions, _, _, additional = struct.unpack_from("!6H", octets)
    if flags & RESPONSE or questions != 1:
        raise ValueError("not a query with one question")
    labels, at = [], 12
    while octets[at]:
        labels.append(octets[at + 1 : at + 1 + octets[at]].decode("ascii"))
        at += 1 + octets[at]
    end = at + 5
    kind = struct.unpack_from("!H", octets, at + 1)[0]
    edns = additional > 0 and octets[end : end + 3] == b"\0\0" + bytes([OPT])
    return Query(number, ".".join(labels).lower(), kind, octets[12:end], edns)


def _encoded(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def answer(query: Query, addresses: list[str], rcode: int = 0, flags: int = 0, alias: str = "") -> bytes:
    """The response message with an address record for each of ``addresses`` of the family asked for."""
    records, owner = [], b"\xc0\x0c"
    if alias:
        target = _encoded(alias)
        records.append(owner + struct.pack("!HHIH", CNAME, 1, LIFETIME_S, len(target)) + target)
        owner = target
    for address in map(ipaddress.ip_address, addresses):
        if (address.version == 6) == (query.kind == AAAA) and query.kind in (A, AAAA):
            records.append(
                owner + struct.pack("!HHIH", query.kind, 1, LIFETIME_S, len(address.packed)) + address.packed
            )
    opt = b"\0" + struct.pack("!HHIH", OPT, 1232, 0, 0) if query.edns else b""
    bits = RESPONSE | DESIRED | AVAILABLE | flags | rcode
    header = struct.pack("!6H", query.number, bits, 1, len(records), 0, 1 if opt else 0)
    return header + query.question + b"".join(records) + opt


class Resolver:
    """Answers for ``names`` (name → addresses) at one address, port 53, until the process ends."""

    def __init__(self, address: str, names: dict[str, list[str]], rules: list[Rule]):
        self.address, self.names, self.rules = address, names, rules

    def start(self) -> None:
        """Open both sockets, then serve them in threads."""
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        datagrams.bind((self.address, 53))
        listener = socket.create_server((self.address, 53), backlog=32)
        threading.Thread(target=self._datagrams, args=(datagrams,), daemon=True).start()
        threading.Thread(target=self._connections, args=(listener,), daemon=True).start()

    def responses(self, octets: bytes, transport: str) -> list[tuple[float, bytes]]:
        """Responses to one query, each with the seconds to wait before it; none for a query that is dropped."""
        try:
            query = parsed(octets)
        except (ValueError, IndexError, struct.error, UnicodeDecodeError):
            return []
        fitting = (rule for rule in self.rules if rule.fits(query.name, query.kind, transport, query.edns))
        rule = next(fitting, Rule("answer"))
        known = query.name in self.names
        found = self.names.get(query.name, [])
        honest = answer(query, found, 0 if known else RCODES["nxdomain"])
        match rule.action:
            case "drop":
                note("dns-answer", GIVEN_UP_S, self.address)
                return []
            case "delay":
                return [(rule.seconds, honest)]
            case "servfail" | "refused" | "formerr" | "nxdomain":
                return [(rule.seconds, answer(query, [], RCODES[rule.action]))]
            case "empty":
                return [(rule.seconds, answer(query, []))]
            case "truncate":
                return [(0, answer(query, [], flags=TRUNCATED) if transport == "udp" else honest)]
            case "forge":
                return [(0, answer(query, [rule.address])), (FORGERY_LEAD_S, honest)]
            case "address":
                return [(rule.seconds, answer(query, [rule.address]))]
            case "wrong-id":
                return [(0, bytes([honest[0] ^ 0x5A]) + honest[1:])]
            case "wrong-question":
                other = Query(
                    query.number, query.name, query.kind, _encoded("other.invalid") + query.question[-4:], query.edns
                )
                return [(0, answer(other, found))]
            case "alias":
                return [(0, answer(query, found, alias="edge.cdn.example.net"))]
            case _:
                return [(rule.seconds, honest)]

    def _datagrams(self, sock: socket.socket) -> None:
        while True:
            octets, peer = sock.recvfrom(4096)
            for wait, response in self.responses(octets, "udp"):
                if wait:
                    note("dns-answer", wait, self.address)
                    threading.Timer(wait, sock.sendto, (response, peer)).start()
                else:
                    sock.sendto(response, peer)

    def _connections(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._connection, args=(connection,), daemon=True).start()

    def _connection(self, connection: socket.socket) -> None:
        with connection:
            try:
                while length := connection.recv(2, socket.MSG_WAITALL):
                    octets = connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL)
                    for wait, response in self.responses(octets, "tcp"):
                        note("dns-answer", wait, self.address)
                        time.sleep(wait)
                        connection.sendall(len(response).to_bytes(2, "big") + response)
            except OSError:
                return
