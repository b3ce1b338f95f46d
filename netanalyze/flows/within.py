"""What a flow said up to a frame, or in a span of frames: looked up, for what is kept of a flow lies in the order of frames."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from netanalyze.conversations.http import Exchange
from netanalyze.flows.flow import Flow, KeptPacket

T = TypeVar("T")


def frame_number(item: Any) -> int:
    """The frame of a record or packet."""
    return item.frame_number


def last_by(items: Sequence[T], frame: int, key: Callable[[T], int] = frame_number) -> T | None:
    """The last of some things, in the order of their frames, up to ``frame``; None where there is none."""
    at = bisect_right(items, frame, key=key)
    return items[at - 1] if at else None


def within(items: Sequence[T], first: int, last: int, key: Callable[[T], int] = frame_number) -> Sequence[T]:
    """Those of some things, in the order of their frames, from the frame ``first`` to ``last``."""
    return items[bisect_left(items, first, key=key) : bisect_right(items, last, key=key)]


def kept_frame(packets: Sequence[KeptPacket], frame: int) -> KeptPacket | None:
    """The kept packet of a frame; None where that frame's is not kept."""
    found = last_by(packets, frame)
    return found if found is not None and found.frame_number == frame else None


def server_data(flow: Flow) -> list[KeptPacket]:
    """The kept packets in which the server sent something, in order."""
    return flow.data_packets[1]


def _asked_in(exchange: Exchange) -> int:
    return exchange.request_frame


def _answered_in(exchange: Exchange) -> int:
    return exchange.response_frame


def last_asked(flow: Flow, frame: int) -> Exchange | None:
    """Of the requests in clear the last that was whole by ``frame``."""
    if "asked" not in flow.known:
        flow.known["asked"] = [e for e in flow.http.exchanges if e.request_frame] if flow.http else []
    return last_by(flow.known["asked"], frame, _asked_in)


def last_answered(flow: Flow, frame: int) -> Exchange | None:
    """Of the exchanges in clear the last whose response had begun by ``frame``."""
    if "answered" not in flow.known:
        flow.known["answered"] = [e for e in flow.http.exchanges if e.response_frame] if flow.http else []
    return last_by(flow.known["answered"], frame, _answered_in)
