"""What the kernel said of sockets over time: their TCP_INFO, read a few times a second while a command runs.

Facts only, as ``netanalyze live`` reads them from the system, or a recorder's ``ss -tin`` lines tell them; they travel
inside a recording as JSON. Where there are no packets they are the proof. Times are ns since the epoch, by this
machine's clock.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

from netanalyze.units import MILLISECOND_NS
from netanalyze.urls import authority

VERSION = 1
TCP, UDP = 6, 17
ESTABLISHED, SYN_SENT, CLOSE_WAIT = 1, 2, 8
"""States of a TCP socket (linux/tcp_states.h); a UDP socket that is connected is ESTABLISHED."""
SAMPLES_MOST, SOCKETS_MOST = 64, 2_000
"""Kept of one socket, and sockets of one run: the first, and the last ones; a longer history says nothing more."""


@dataclass(frozen=True, slots=True)
class SocketSample:
    """One look at one socket (struct tcp_info of linux/tcp.h). Counters that a kernel does not have are 0.

    Attributes:
        retransmits: in a row, of the segment that waits for its acknowledgment.
        sent: octets handed to the network, retransmissions not counted again.
        acked: octets acknowledged; a SYN counts as one.
        unsent: octets that wait in this machine.
        unordered: segments that came behind a hole.
        mss: largest segment it sends, octets.
        selected: segments acknowledged out of order (RFC 2018), behind one that is missing.
        last_sent_ms, last_received_ms, last_ack_ms: how long ago data went out (or out again), data came, anything was
            acknowledged.
    """

    time_ns: int
    state: int
    unacked: int = 0
    retransmits: int = 0
    backoff: int = 0
    sent: int = 0
    acked: int = 0
    received: int = 0
    unsent: int = 0
    unordered: int = 0
    mss: int = 0
    window: int = -1
    last_sent_ms: int = 0
    last_received_ms: int = 0
    last_ack_ms: int = 0
    rto_us: int = 0
    rtt_us: int = 0
    selected: int = 0

    def same_as(self, other: "SocketSample") -> bool:
        """Whether nothing but time has passed between two looks."""
        return (
            (self.state, self.unacked, self.retransmits, self.sent, self.acked, self.received, self.unsent, self.window)
            == (other.state, other.unacked, other.retransmits, other.sent, other.acked, other.received, other.unsent,
                other.window)
        )  # fmt: skip


@dataclass
class SocketHistory:
    """One socket as long as it was seen.

    Attributes:
        samples: the looks at which something had changed, in order; the last look is always the last of them.
        gone: whether it was looked for and no longer found.
        pid: the process that had it, 0 unknown.
    """

    transport: int
    local: str
    local_port: int
    remote: str
    remote_port: int
    pid: int = 0
    samples: list[SocketSample] = field(default_factory=list)
    gone: bool = False

    def add(self, sample: SocketSample) -> None:
        """Take one more look."""
        kept = self.samples
        if len(kept) > 1 and kept[-1].same_as(kept[-2]) and sample.same_as(kept[-1]):
            kept[-1] = sample
        else:
            kept.append(sample)
        if len(kept) > SAMPLES_MOST:
            del kept[1]

    @property
    def first(self) -> SocketSample:
        """The first look."""
        return self.samples[0]

    @property
    def last(self) -> SocketSample:
        """The last look."""
        return self.samples[-1]

    @property
    def waiting(self) -> SocketSample:
        """The last look at which its process had not closed it yet: what it waited for until then."""
        return next((s for s in reversed(self.samples) if s.state in (ESTABLISHED, SYN_SENT)), self.last)

    @property
    def sent_ns(self) -> int:
        """When it last had something to send (again), as of ``waiting``."""
        return self.waiting.time_ns - self.waiting.last_sent_ms * MILLISECOND_NS

    @property
    def received_ns(self) -> int:
        """When octets last came."""
        return self.waiting.time_ns - self.waiting.last_received_ms * MILLISECOND_NS

    @property
    def heard_ns(self) -> int:
        """When anything was last acknowledged to it: since then the far end is silent, if something is unacknowledged."""
        return self.waiting.time_ns - self.waiting.last_ack_ms * MILLISECOND_NS

    @property
    def sent_after_receiving(self) -> bool:
        """Whether it sent anything new after the first look at which it had received."""
        first = next((s for s in self.samples if s.received), None)
        return first is not None and self.waiting.sent > first.sent

    @property
    def ends(self) -> tuple[str, str]:
        """Its near and its far end: ``192.0.2.10:40000``, ``192.0.2.80:443``."""
        return authority(self.local, self.local_port), self.far

    @property
    def far(self) -> str:
        """Its far end, ``192.0.2.80:443``."""
        return authority(self.remote, self.remote_port)


Key = tuple[int, str, int, str, int]


class SocketHistories:
    """Gathers looks into histories, the eldest first."""

    def __init__(self) -> None:
        self._open: dict[tuple[Key, int], SocketHistory] = {}
        self._all: list[SocketHistory] = []

    def look(self, sockets: Iterable[tuple[Key, int, int, SocketSample]]) -> None:
        """Take one look at everything: (key, inode, pid, sample) of each socket there is now."""
        found = {}
        for key, inode, pid, sample in sockets:
            history = self._open.get((key, inode))
            if history is None:
                if len(self._all) >= SOCKETS_MOST:
                    continue
                history = SocketHistory(*key)
                self._all.append(history)
            history.pid = history.pid or pid
            history.add(sample)
            found[key, inode] = history
        for key_and_inode, history in self._open.items():
            if key_and_inode not in found:
                history.gone = True
        self._open = found

    def __iter__(self) -> Iterator[SocketHistory]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


def sockets_to_json(histories: Iterable[SocketHistory]) -> str:
    """One JSON object without blanks; samples are arrays in the order of the fields."""
    rows = [
        [h.transport, h.local, h.local_port, h.remote, h.remote_port, h.pid, h.gone, [astuple(s) for s in h.samples]]
        for h in histories
        if h.samples
    ]
    return json.dumps({"version": VERSION, "sockets": rows}, ensure_ascii=False, separators=(",", ":"))


def sockets_from_json(text: str) -> list[SocketHistory] | None:
    """What ``sockets_to_json`` wrote; None for any other text. Rows of another form are left out; never raises.

    >>> one = SocketHistory(6, "192.0.2.1", 40000, "192.0.2.80", 443, 7, [SocketSample(5, SYN_SENT, unacked=1)])
    >>> sockets_from_json(sockets_to_json([one])) == [one], sockets_from_json("7")
    (True, None)
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, Mapping) or body.get("version") != VERSION or not isinstance(body.get("sockets"), list):
        return None
    return [history for row in body["sockets"][:SOCKETS_MOST] if (history := _history(row)) is not None]


def _history(row: Any) -> SocketHistory | None:
    try:
        transport, local, local_port, remote, remote_port, pid, gone, samples = row
        made = [SocketSample(*sample) for sample in samples[-SAMPLES_MOST:]]
    except (TypeError, ValueError):
        return None
    numbers = [transport, local_port, remote_port, pid, *(n for s in made for n in astuple(s))]
    if not made or not all(isinstance(n, int) and not isinstance(n, bool) and abs(n) < 2**63 for n in numbers):
        return None
    if not isinstance(local, str) or not isinstance(remote, str):
        return None
    return SocketHistory(transport, local, local_port, remote, remote_port, pid, made, bool(gone))
