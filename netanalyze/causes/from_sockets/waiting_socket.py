"""What a socket waits for, as far as its own counters tell: one shape, and the finding of the cause that has this shape.

Facts here; which cause a shape means, how sure that is and what else it may be, stands in the causes (``from_socket``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Ground, confidence
from netanalyze.causes.from_sockets.shared import (
    ONLY_SOCKETS,
    PATIENCE,
    RESOLVER_PORT,
    cite,
    path_of,
    server_of,
    to_see_more,
    within,
)
from netanalyze.findings import Alternative, Culprit, Finding, Threshold
from netanalyze.flows.black_hole import size_check_at
from netanalyze.processes import MOMENT_NS
from netanalyze.sockets import ESTABLISHED, TCP, SocketHistory
from netanalyze.units import duration
from netanalyze.wording import Message, saying

LARGE_ANSWER = Threshold(
    16_384, "octets", source="RFC 8446 section 5.1: a record holds at most so much; chosen here",
    why="who received more than one full record after a handshake was receiving a body",
)  # fmt: skip
HELLO_ANSWER = Threshold(
    600, "octets", source="RFC 9110 section 9.3.6: a proxy's answer to CONNECT is a head; measured: 39 to 300 octets",
    why="the shortest server flight, with one certificate, is longer",
)  # fmt: skip
OPENED = Threshold(
    12, "octets", source="RFC 9112 section 4: HTTP/1.1 200; RFC 1928 sections 3 and 6: 2 octets of greeting, 10 of reply",
    why="no proxy says in fewer octets that the tunnel is open",
)  # fmt: skip
HANDSHAKE = Threshold(
    11, "s", source="Go 1.27 net/http/transport.go: TLSHandshakeTimeout 10 s, and a second for the connect",
    why="a connection of go's that lives longer has its handshake behind it",
)  # fmt: skip
AT_ONCE_NS = 20_000_000
"""Sent so soon after receiving is an answer of the protocol (a window update, an acknowledgment of settings), no request."""
TICK_NS = 4_000_000
"""The kernel counts when octets came and went in ticks as long as this, or shorter (CONFIG_HZ=250)."""
WRITTEN_NS, COUNTERS = 250_000_000, "/telemetry/local/"
"""Written within so long of when octets came (a look's distance); go's counters of itself are no download."""
TLS_PORTS = (443, 853, 8443)


class Shape(Enum):
    """What an established socket waits for."""

    PATH_SILENT = auto()
    HELLO_SILENT = auto()
    HELLO_BEGUN = auto()
    HELLO_WITH_HOLE = auto()
    WINDOW_CLOSED = auto()
    ANSWER_WITH_HOLE = auto()
    CONNECT_UNANSWERED = auto()
    PROXY_GREETED = auto()
    TUNNEL_SILENT = auto()
    HELLO_UNANSWERED = auto()
    FLIGHT_STOPPED = auto()
    REQUEST_UNANSWERED = auto()
    NEXT_UNANSWERED = auto()
    BODY_STOPPED = auto()
    LAST_WORD = auto()


@dataclass(frozen=True)
class WaitingSocket:
    """A TCP socket in ESTABLISHED, when it was last seen so."""

    case: Case
    history: SocketHistory

    @cached_property
    def server(self) -> Culprit:
        """The far end, a proxy where it is one."""
        return server_of(self.case, self.history)

    @cached_property
    def path(self) -> Culprit:
        """The path to it."""
        return path_of(self.case, self.history)

    @cached_property
    def proxied(self) -> bool:
        """Whether the far end is a proxy."""
        return self.server.role == "http-proxy"

    @cached_property
    def speaks_tls(self) -> bool:
        """Whether TLS is spoken on it: by its port, or through a proxy."""
        return self.history.remote_port in TLS_PORTS or self.proxied

    @cached_property
    def shape(self) -> Shape | None:
        """What it waits for; None where it waits for nothing, or that is not to be told."""
        last = self.history.waiting
        if self.history.transport != TCP or self.history.remote_port == RESOLVER_PORT or last.state != ESTABLISHED:
            return None
        if last.unacked:
            return self._unacknowledged() if last.backoff or last.retransmits > 1 else None
        if last.unsent:
            return Shape.WINDOW_CLOSED if last.window == 0 else None
        if not last.sent:
            return None
        return self._stopped() if last.received else self._unanswered()

    def _unacknowledged(self) -> Shape:
        """What is sent again and again."""
        last = self.history.waiting
        if last.received or not self.speaks_tls:
            return Shape.PATH_SILENT
        return Shape.HELLO_WITH_HOLE if last.selected else Shape.HELLO_BEGUN if last.acked > 1 else Shape.HELLO_SILENT

    def _unanswered(self) -> Shape:
        """Everything is acknowledged, and nothing came."""
        if self.history.waiting.unordered:
            return Shape.ANSWER_WITH_HOLE
        if self.proxied:
            return Shape.CONNECT_UNANSWERED
        return Shape.HELLO_UNANSWERED if self.speaks_tls else Shape.REQUEST_UNANSWERED

    def _stopped(self) -> Shape | None:
        """Everything is acknowledged, something came, and then nothing more."""
        case, history, last = self.case, self.history, self.history.waiting
        if self.proxied and last.received < HELLO_ANSWER.value:
            return Shape.PROXY_GREETED if last.received < OPENED.value else Shape.TUNNEL_SILENT
        age = last.time_ns - min(history.first.time_ns, history.sent_ns, history.received_ns)
        over = case.client.name == "go" and age > HANDSHAKE.ns
        silent = history.sent_ns < history.received_ns and not history.sent_after_receiving
        if self.speaks_tls and silent and not over and last.received < LARGE_ANSWER.value:
            return Shape.FLIGHT_STOPPED
        if history.gone and case.end_ns - history.last.time_ns > PATIENCE.ns:
            return None  # the command went on without it
        at_once = AT_ONCE_NS if self.speaks_tls else 0  # else no record of the protocol's own: what is sent is asked
        if history.sent_ns > history.received_ns + at_once or self.waits_for_head:
            return Shape.NEXT_UNANSWERED
        return Shape.BODY_STOPPED if self._in_a_body() else Shape.LAST_WORD

    @property
    def waits_for_head(self) -> bool:
        """Whether the command has told of a request whose answer had not begun."""
        return self.case.trace is not None and bool(self.case.trace.open_requests)

    def _in_a_body(self) -> bool:
        """Whether what came last was part of an answer that had begun."""
        history, last = self.history, self.history.waiting
        # later, or in one tick and that near
        begun = history.received_ns > history.sent_ns or last.rtt_us * 1_000 < TICK_NS
        if (self.case.trace is not None and self.case.trace.requests) or (not self.speaks_tls and begun):
            return True  # every request had its head, or the beginning of its answer
        return last.received >= LARGE_ANSWER.value if self.written is None else self.written

    @cached_property
    def written(self) -> bool | None:
        """Whether what last came was being written to a file that is still open; None where no file was seen."""
        files = self.case.processes.files if self.case.processes is not None else ()
        mine = [f for f in files if COUNTERS not in f.path]
        return (
            any(f.size and abs(f.written_ns - self.history.received_ns) < WRITTEN_NS for f in mine) if files else None
        )

    @property
    def lost_on_the_way(self) -> Alternative:
        """What else it may be where everything is acknowledged."""
        direction = "down" if self.speaks_tls and not self.proxied else "up"
        check = size_check_at(self.history.remote, self.history.remote_port, direction)
        return Alternative("tcp/mtu-black-hole", "its answer may be lost on its way back", check)

    def or_else(self, cause: str) -> Alternative:
        """The other cause that fits where something came, and then nothing more."""
        return Alternative(
            cause, "a socket does not show whether the last octets began an answer", to_see_more(self.case)
        )

    def finding(
        self, cause: Cause, culprit: Culprit, start_ns: int, sentence: str, shows: str, *grounds: Ground | None,
        alternatives: tuple[Alternative, ...] = (), what: str = "",
    ) -> Finding:  # fmt: skip
        """The cause at work, in templates that are filled with what the socket had counted."""
        case, history = self.case, self.history
        start, last = within(case, start_ns), history.waiting
        now = last.time_ns  # seen waiting so shortly before the end, it waited to the end
        if last is history.last and not history.gone and 0 <= case.end_ns - now <= MOMENT_NS:
            now = max(now, min(case.end_ns, case.wall[1]))
        say: Callable[[str], Message] = saying(
            far=history.far, seconds=duration(max(now - start, 0)), sent=last.sent, acked=last.acked - 1,
            received=last.received, selected=last.selected, unacked=last.unacked, unordered=last.unordered, what=what,
        )  # fmt: skip
        ends = (history.local, history.local_port, history.remote, history.remote_port)
        return cause.finding(
            culprit,
            (start, now),
            say(sentence),
            cite(history, say(shows)),
            confidence(*grounds, ONLY_SOCKETS),
            case.index.of_ends.get(ends),
            fatal=True,
            alternatives=alternatives,
            attributes={"silent_after": last.received} if last.received else {},
        )
