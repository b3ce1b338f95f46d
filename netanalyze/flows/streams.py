"""Wireshark's numbers of the flows: tcp.stream and udp.stream, each counted apart, from 0, by first appearance.

A flow's own number, ``flow_id``, counts both together. Two more things have a number in Wireshark and are no flow here: what
an ICMP error quotes of a conversation that the capture has not shown yet, and the outer datagrams of tunnels in UDP.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from netanalyze.conversations.icmp import IcmpError
from netanalyze.tracking.outer import Tunnel
from netanalyze.tracking.state import FlowState
from netanalyze.wire.layers import PROTOCOL_TCP, PROTOCOL_UDP
from netanalyze.wire.net.udp_tunnels import PORT_NAMES

NO_STREAM = -1
ENDS = ("a_high", "a_low", "b_high", "b_low")


class StreamNumber(NamedTuple):
    """A flow as Wireshark numbers it: ``tcp`` 3 is ``tcp.stream eq 3``."""

    transport: str
    number: int

    @property
    def filter(self) -> str:
        """The display filter that selects it."""
        return f"{self.transport}.stream eq {self.number}"


class Streams:
    """The numbers of all flows of a capture, worked out when the first of them is asked for.

    Attributes:
        tcp: by flow id, ``i8 (flows,)``; -1 where it is no TCP.
        udp: likewise; -1 everywhere where datagrams of a tunnel were captured, which Wireshark numbers, too.
    """

    def __init__(self, make: Callable[[], tuple[np.ndarray, np.ndarray]]):
        self._make = make

    @functools.cached_property
    def _both(self) -> tuple[np.ndarray, np.ndarray]:
        return self._make()

    @property
    def tcp(self) -> np.ndarray:
        """Numbers of TCP flows."""
        return self._both[0]

    @property
    def udp(self) -> np.ndarray:
        """Numbers of UDP flows."""
        return self._both[1]

    def of(self, flow_id: int | None) -> StreamNumber | None:
        """A flow's number; None where there is none, or where it is not known."""
        if flow_id is None or not 0 <= flow_id < len(self.tcp):
            return None
        for transport, numbers in (("tcp", self.tcp), ("udp", self.udp)):
            if numbers[flow_id] != NO_STREAM:
                return StreamNumber(transport, int(numbers[flow_id]))
        return None


def no_streams() -> Streams:
    """Those of a result that has no capture."""
    nothing = np.empty(0, dtype=np.int64)
    return Streams(lambda: (nothing, nothing))


def streams(state: FlowState, errors: Sequence[IcmpError], tunnels: Iterable[Sequence[Tunnel]]) -> Streams:
    """The numbers of what was tracked.

    Args:
        errors: ICMP errors in the order of their frames.
        tunnels: what flows came through.
    """

    def make() -> tuple[np.ndarray, np.ndarray]:
        protocols, firsts = state.flow("kind") % 256, state.flow("first_frame")
        quoted = _quoted_first(state, errors)
        tcp = _numbers(protocols == PROTOCOL_TCP, firsts, quoted.get(PROTOCOL_TCP))
        in_datagrams = any(tunnel.name in PORT_NAMES.values() for through in tunnels for tunnel in through)
        if in_datagrams:
            return tcp, np.full(len(firsts), NO_STREAM)
        return tcp, _numbers(protocols == PROTOCOL_UDP, firsts, quoted.get(PROTOCOL_UDP))

    return Streams(make)


class _Quoted(NamedTuple):
    """What ICMP errors quoted before it was captured: the frames of those, and the flow that came later, -1 none."""

    frames: list[int]
    flows: list[int]


def _numbers(wanted: np.ndarray, firsts: np.ndarray, quoted: _Quoted | None) -> np.ndarray:
    """The place of each flow among all streams of its protocol, by the frame that begins it."""
    if quoted is None:
        return np.where(wanted, np.cumsum(wanted) - 1, NO_STREAM)
    begins = firsts.copy()
    strangers = []
    for frame, flow in zip(*quoted):
        if flow < 0:
            strangers.append(frame)
        else:
            begins[flow] = min(int(begins[flow]), frame)
    every = np.sort(np.concatenate([begins[wanted], np.array(strangers, dtype=np.int64)]))
    return np.where(wanted, np.searchsorted(every, begins), NO_STREAM)


def _quoted_first(state: FlowState, errors: Sequence[IcmpError]) -> dict[int, _Quoted]:
    """By protocol, the conversations that an ICMP error shows first; each once."""
    if not errors:
        return {}
    first_flow = _Finder(state)
    firsts = state.flow("first_frame")
    found: dict[int, _Quoted] = {}
    known: set[tuple[int, frozenset[tuple[bytes, int]]]] = set()
    for error in errors:
        ends = (
            (error.quoted_source, error.quoted_source_port),
            (error.quoted_destination, error.quoted_destination_port),
        )
        key = (error.quoted_protocol, frozenset(ends))
        if error.quoted_protocol not in (PROTOCOL_TCP, PROTOCOL_UDP) or key in known:
            continue
        known.add(key)
        flow = first_flow.of(error)
        if flow < 0 or firsts[flow] > error.frame:
            quoted = found.setdefault(error.quoted_protocol, _Quoted([], []))
            quoted.frames.append(error.frame)
            quoted.flows.append(flow)
    return found


class _Finder:
    """Finds the first flow between two ends, whichever of them began it."""

    def __init__(self, state: FlowState):
        self._columns = np.stack([state.flow(name) for name in (*ENDS, "ports", "kind")])
        self._mixed = _mixed(self._columns)
        self._order = np.argsort(self._mixed, kind="stable")
        self._sorted = self._mixed[self._order]

    def of(self, error: IcmpError) -> int:
        """The flow of what an error quotes, -1 where there is none."""
        source, destination = _halves(error.quoted_source), _halves(error.quoted_destination)
        ports = error.quoted_source_port, error.quoted_destination_port
        kind = (4 if len(error.quoted_source) == 4 else 6) * 256 + error.quoted_protocol
        one = np.array([[*source, *destination, ports[0] * 65536 + ports[1], kind]], dtype=np.int64).T
        other = np.array([[*destination, *source, ports[1] * 65536 + ports[0], kind]], dtype=np.int64).T
        mixed = _mixed(one)[0]
        first, last = (int(np.searchsorted(self._sorted, mixed, side)) for side in ("left", "right"))
        for flow in self._order[first:last].tolist():
            row = self._columns[:, flow : flow + 1]
            if np.array_equal(row, one) or np.array_equal(row, other):
                return int(flow)
        return -1


def _mixed(columns: np.ndarray) -> np.ndarray:
    """A number by which flows between the same ends are found, the same for both directions, ``i8 (n,)``."""
    a_high, a_low, b_high, b_low, ports, kind = columns.astype(np.uint64)
    odd = np.uint64(0x9E3779B97F4A7C15)
    here = (a_high * odd ^ a_low) * odd ^ (ports >> np.uint64(16))
    there = (b_high * odd ^ b_low) * odd ^ (ports & np.uint64(65535))
    return (here * odd + there * odd ^ kind).view(np.int64)


def _halves(address: bytes) -> tuple[int, int]:
    """An address as the tracker has it: two signed halves."""
    if len(address) == 4:
        return 0, int.from_bytes(address, "big")
    return int.from_bytes(address[:8], "big", signed=True), int.from_bytes(address[8:], "big", signed=True)
