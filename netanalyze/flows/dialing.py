"""Dials: what a client tried in order to reach one name, over all its addresses and families."""

import functools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import Lookup
from netanalyze.flows.rows import Flows
from netanalyze.flows.screen import odd, of_names
from netanalyze.units import NEVER_NS

DIAL_NS = 31_000_000_000
"""Addresses of one name are tried within this of each other (Go: Dialer.Timeout of 30 s for all of them)."""

LATE_NS = 4_096_000_000
"""So late a kernel's timer may come that waits for a minute or two: Linux kernel/time/timer.c, level 4 of the wheel at 1000 Hz,
33 to 262 s in steps of 4096 ms."""


def outcome(flow: Flow) -> str:
    """What became of one attempt: connected, refused, rejected (ICMP), silent, or aborted by the client."""
    if flow.server.syn_count or flow.established:
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

    @functools.cached_property
    def connected(self) -> Flow | None:
        """The first attempt that was answered with a SYN-ACK; asked for when the dial has all its attempts."""
        return next((flow for flow in self.attempts if outcome(flow) == "connected"), None)

    def with_outcome(self, what: str) -> list[Flow]:
        """The attempts that came to this outcome."""
        return [flow for flow in self.attempts if outcome(flow) == what]


DOORS = 4
"""So many ports of a server a client tries at once at the most."""


def beside(dial: Dial, served: Sequence[Flow]) -> Flow | None:
    """Of the flows that a server took, in the order of their beginning, one on another port that was opened while an
    attempt of ``dial`` was; None if there is none. Such a client tries two doors at once (SMB: 445 and 139), and goes through
    the one that opens."""
    first, last = dial.attempts[0], dial.attempts[-1]
    before = bisect_right(served, last.server.last_ns, key=lambda flow: flow.first_ns)
    for flow in served[max(before - DOORS, 0) : before]:
        told = flow.established_ns, flow.server.syn_ns, flow.server.first_data_ns
        opened = next((ns for ns in told if ns != NEVER_NS), NEVER_NS)
        if flow.server.port != last.server.port and opened >= first.first_ns:
            return flow
    return None


class Dials(Sequence[Dial]):
    """Dials in the order of their beginning, objects of the plain ones where somebody goes through all.

    Attributes:
        odd: those to whose name and port an attempt was made of which there may be something to say.
    """

    def __init__(self, flows: Flows):
        self._flows = flows
        ends = {_end(flow) for flow in flows.odd}
        rows, plain = flows.rows, flows.plain
        names, ports = rows.names, rows.server_port[plain].tolist()
        same = (
            [p for p, port in zip(plain.tolist(), ports) if ((names.get(p) or (None,))[0], port) in ends]
            if ends
            else []
        )
        self.odd = _grouped(sorted([*flows.odd, *rows.made(same)], key=lambda flow: flow.id))

    @functools.cached_property
    def _all(self) -> list[Dial]:
        return _grouped(self._flows)

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, at):
        return self._all[at]


def _end(flow: Flow) -> tuple[str | None, int]:
    """The name and the port that a flow was meant for; no name is none of a plain one's."""
    return (flow.names[0] if flow.names else ""), flow.server.port


def dials(flows: Sequence[Flow]) -> Sequence[Dial]:
    """Group the TCP flows that begin with a SYN into dials, in the order of their beginning."""
    return Dials(flows) if isinstance(flows, Flows) else _grouped(flows)


def _grouped(flows: Sequence[Flow]) -> list[Dial]:
    out: list[Dial] = []
    rows: dict[tuple[str, int], _Row] = defaultdict(_Row)
    # a subflow that cannot be added leaves its connection as it is (RFC 8684 section 3.2)
    tried = (f for f in flows if f.seen_from_start and not f.client.joins)
    for flow in sorted(tried, key=lambda f: f.first_ns):
        name = flow.names[0] if flow.names else None
        if name is None:
            out.append(Dial(None, [flow]))
        elif (dial := rows[name, flow.server.port].take(name, flow)) is not None:
            out.append(dial)
    return out


class _Row:
    """The dials of one name and port, and which of them a flow to an address may still belong to: the last that is neither
    over nor done, and has not tried that address."""

    def __init__(self) -> None:
        self._dials: list[Dial] = []
        self._done: list[Flow | None] = []  # the attempt of each that worked
        self._alive: list[int] = []  # of each the last up to it that may go on, as far as is known; -1 none
        self._untried: dict[str, list[tuple[int, int]]] = defaultdict(list)  # by address: from which dial to which
        self._seen: dict[str, int] = defaultdict(int)  # by address: how many dials there were when it was last tried

    def take(self, name: str, flow: Flow) -> Dial | None:
        """Give a flow to its dial; the dial, if it is a new one."""
        address = flow.server.address
        untried = self._untried[address]
        if self._seen[address] < len(self._dials):
            untried.append((self._seen[address], len(self._dials)))
        at = -1
        while untried and at < 0:
            first, end = untried.pop()
            at = self._last_alive(end - 1, flow.first_ns)
            if at < first:
                at = -1
            elif at > first:
                untried.append((first, at))
        made = None
        if at < 0:
            at, made = len(self._dials), Dial(name)
            self._dials.append(made)
            self._done.append(None)
            self._alive.append(at)
        self._seen[address] = len(self._dials)
        self._dials[at].attempts.append(flow)
        if self._done[at] is None and outcome(flow) == "connected":
            self._done[at] = flow
        return made

    def _last_alive(self, at: int, now_ns: int) -> int:
        """The last dial up to ``at`` that may go on; what is over stays so, and is passed over at once the next time."""
        passed = []
        while at >= 0 and not (self._alive[at] == at and self._may_go_on(at, now_ns)):
            passed.append(at)
            at = self._alive[at] if self._alive[at] < at else at - 1
        for one in passed:
            self._alive[one] = at
        return at

    def _may_go_on(self, at: int, now_ns: int) -> bool:
        """Whether a dial is neither over nor done: a kernel waits once more as long as it has tried, then the next address is."""
        done, last = self._done[at], self._dials[at].attempts[-1]
        tried_ns = max(last.client.syn_last_ns - last.first_ns, 0)
        return now_ns - last.first_ns <= max(DIAL_NS, 2 * tried_ns + LATE_NS) and (
            done is None or done.server.syn_ns > now_ns
        )


def attempts_over(dials: Sequence[Dial], lookups: Sequence[Lookup]) -> dict[int, int]:
    """By flow, of dials that got through, when each other attempt was over: when the client looked the name up anew for the next
    one, else when that had connected."""
    tried = [dial for dial in dials if dial.connected is not None and len(dial.attempts) > 1]
    again: dict[str | None, list[int]] = defaultdict(list)
    for lookup in of_names(lookups, {dial.host for dial in tried}) if tried else ():
        again[lookup.name].append(lookup.start_ns)
    for moments in again.values():
        moments.sort()
    over = {}
    for dial in tried:
        worked, moments = dial.connected, again[dial.host]
        if worked is None:
            continue
        for flow in dial.attempts:
            at = bisect_right(moments, flow.client.syn_last_ns)
            asked = at < len(moments) and moments[at] < worked.first_ns
            if flow is not worked:
                over[flow.id] = max(flow.last_ns, moments[at] if asked else worked.established_ns)
    return over


AGAIN_NS = 2_500_000_000
"""A next attempt this soon after the last SYN is the same wait going on: kernels repeat a SYN after 1 s, then 2 s later
(RFC 6298 section 5.5; Linux since 6.5 each second), so that a client which waited itself would have been heard."""
FEWEST = 2
"""Silent attempts in succession before the one that counts: one alone may be a socket opened in reserve and not used."""


def successions(flows: Sequence[Flow]) -> list[tuple[list[Flow], Flow | None]]:
    """Attempts of one client at one address and port that got no answer, each soon after the other, by their beginning.

    A client with a timer shorter than the kernel's, or whose every SYN is a new one, leaves many flows of one SYN
    instead of one flow of many. Attempts that go on side by side, each with repeats of its own, are no succession.

    Returns:
        ``FEWEST`` silent attempts or more, and the attempt that ended their row with an answer, or None.
    """
    rows: dict[tuple[str, str, int], _Silent] = defaultdict(_Silent)
    out: list[tuple[list[Flow], Flow | None]] = []

    def end(row: _Silent, answered: Flow | None) -> None:
        if len(row.flows) >= FEWEST:
            out.append((row.flows, answered))
        row.clear()

    if not any(flow.is_tcp and _is_silent(flow) for flow in odd(flows)):
        return []
    for flow in sorted((f for f in flows if f.seen_from_start), key=lambda f: f.first_ns):
        row = rows[flow.client.address, flow.server.address, flow.server.port]
        since = flow.first_ns - row.last_ns if row.flows else 0
        if since < 0 or since > AGAIN_NS:  # side by side, or another wait
            end(row, None)
        if flow.client.port in row.ports:  # a kernel takes another port for a new socket:
            end(row, None)  # SYNs of other numbers from one port are no client's that waits
        if _is_silent(flow):
            row.add(flow)
        else:
            end(row, flow)
    for row in rows.values():
        end(row, None)
    return sorted(out, key=lambda found: found[0][0].first_ns)


def _is_silent(flow: Flow) -> bool:
    return outcome(flow) in ("silent", "aborted")


class _Silent:
    """Attempts in succession so far: when the last SYN of any of them was sent, and from which ports."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.flows: list[Flow] = []
        self.last_ns = NEVER_NS
        self.ports: set[int] = set()

    def add(self, flow: Flow) -> None:
        self.flows.append(flow)
        self.last_ns = max(self.last_ns, flow.client.syn_last_ns)
        self.ports.add(flow.client.port)
