"""Dials: what a client tried in order to reach one name, over all its addresses and families."""

from collections import defaultdict
from dataclasses import dataclass, field

from netanalyze.flows.observe import Flow
from netanalyze.units import NEVER_NS

DIAL_NS = 31_000_000_000
"""Addresses of one name are tried within this of each other (Go: Dialer.Timeout of 30 s for all of them)."""


def outcome(flow: Flow) -> str:
    """What became of one attempt: connected, refused, rejected (ICMP), silent, or aborted by the client."""
    if flow.server.syn_count or flow.established_ns != NEVER_NS:
        return "connected"
    if flow.server.rst_count:
        return "refused"
    if any(error.what == "unreachable" or error.what == "time_exceeded" for error in flow.icmp):
        return "rejected"
    if flow.client.rst_count:
        return "aborted"
    return "silent"


@dataclass
class Dial:
    """Attempts to reach one name. ``connected`` is the attempt that worked, or None."""

    host: str | None
    attempts: list[Flow] = field(default_factory=list)

    @property
    def start_ns(self) -> int:
        """The first SYN."""
        return self.attempts[0].first_ns

    @property
    def connected(self) -> Flow | None:
        """The first attempt that was answered with a SYN-ACK."""
        return next((flow for flow in self.attempts if outcome(flow) == "connected"), None)

    def with_outcome(self, what: str) -> list[Flow]:
        """The attempts that came to this outcome."""
        return [flow for flow in self.attempts if outcome(flow) == what]


def dials(flows: list[Flow]) -> list[Dial]:
    """Group the TCP flows that begin with a SYN into dials, in the order of their beginning."""
    out: list[Dial] = []
    unfinished: dict[str, list[Dial]] = defaultdict(list)  # by name: what a later flow may still belong to
    for flow in sorted((f for f in flows if f.is_tcp and f.seen_from_start), key=lambda f: f.first_ns):
        name = flow.names[0] if flow.names else None
        home = None
        if name is not None:
            unfinished[name] = [d for d in unfinished[name] if _may_go_on(d, flow.first_ns)]
            home = next((d for d in reversed(unfinished[name]) if _fits(d, flow)), None)
        if home is None:
            home = Dial(name)
            out.append(home)
            if name is not None:
                unfinished[name].append(home)
        home.attempts.append(flow)
    return out


def _may_go_on(dial: Dial, now_ns: int) -> bool:
    """Whether a dial is neither over nor done."""
    done = dial.connected
    return now_ns - dial.attempts[-1].first_ns <= DIAL_NS and (done is None or done.server.syn_ns > now_ns)


def _fits(dial: Dial, flow: Flow) -> bool:
    """Whether a flow goes to another address of the same service."""
    same_port = dial.attempts[0].server.port == flow.server.port
    return same_port and flow.server.address not in {f.server.address for f in dial.attempts}


AGAIN_NS = 2_500_000_000
"""A next attempt this soon after the last SYN is the same wait going on: kernels repeat a SYN after 1 s, then 2 s later
(RFC 6298 section 5.5; Linux since 6.5 each second), so that a client which waited itself would have been heard."""
FEWEST = 2
"""Silent attempts in succession before the one that counts: one alone may be a socket opened in reserve and not used."""


def successions(flows: list[Flow]) -> list[tuple[list[Flow], Flow | None]]:
    """Attempts of one client at one address and port that got no answer, each soon after the other, by their beginning.

    A client with a timer shorter than the kernel's, or whose every SYN is a new one, leaves many flows of one SYN
    instead of one flow of many. Attempts that go on side by side, each with repeats of its own, are no succession.

    Returns:
        ``FEWEST`` silent attempts or more, and the attempt that ended their row with an answer, or None.
    """
    rows: dict[tuple[str, str, int], list[Flow]] = defaultdict(list)
    out: list[tuple[list[Flow], Flow | None]] = []

    def end(row: list[Flow], answered: Flow | None) -> None:
        if len(row) >= FEWEST:
            out.append((row.copy(), answered))
        row.clear()

    for flow in sorted((f for f in flows if f.is_tcp and f.seen_from_start), key=lambda f: f.first_ns):
        row = rows[flow.client.address, flow.server.address, flow.server.port]
        since = flow.first_ns - max(f.client.syn_last_ns for f in row) if row else 0
        if since < 0 or since > AGAIN_NS:  # side by side, or another wait
            end(row, None)
        if any(f.client.port == flow.client.port for f in row):  # a kernel takes another port for a new socket:
            end(row, None)  # SYNs of other numbers from one port are no client's that waits
        if outcome(flow) in ("silent", "aborted") and flow.client.syn_count:
            row.append(flow)
        else:
            end(row, flow)
    for row in rows.values():
        end(row, None)
    return sorted(out, key=lambda found: found[0][0].first_ns)
