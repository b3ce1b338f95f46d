"""The headers of captured frames, as netanalyze.wire decodes them: whatever decides about a frame looks at these."""

from typing import NamedTuple

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.kernel import Engine
from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.links import Link
from netanalyze.live.processes.ownership import Key
from netanalyze.tracking.addresses import address_text
from netanalyze.wire import layers
from netanalyze.wire.layers import PACKET
from netanalyze.wire.packets import decode, matrix


class Headers(NamedTuple):
    """Of one TCP or UDP packet: who talks to whom, and where in the frame its payload lies (octets)."""

    key: Key
    sequence: int
    flags: int
    payload_start: int
    payload_end: int


class HeaderReader:
    """Decodes frames as they are captured.

    Args:
        links: the interfaces, as frames number them.
    """

    def __init__(self, links: list[Link]):
        self._link_types = np.array([link.link_type for link in links] or [0], dtype=np.int64)
        self._engine = Engine()

    def read(self, frames: list[CapturedFrame]) -> list[Headers | None]:
        """One for each frame; None for what is neither TCP nor UDP, and for fragments."""
        if not frames:
            return []
        batch = frame_batch(frames)
        rows = matrix(decode(batch, self._link_types, self._engine), len(batch)).tolist()
        return [_headers(row, start) for row, start in zip(rows, batch.frames[:, FRAME.START].tolist(), strict=True)]


def frame_batch(frames: list[CapturedFrame], first_frame_number: int = 1) -> FrameBatch:
    """``frames`` as readers of files give them; where each lies in a file is not known (0)."""
    rows = np.zeros((len(frames), FRAME.WIDTH), dtype=np.int64)
    start = 0
    for row, (interface, time_ns, octets, original) in enumerate(frames):
        rows[row, :5] = start, len(octets), original, time_ns, interface
        start += len(octets)
    buffer = np.frombuffer(b"".join(frame.octets for frame in frames), dtype=np.uint8)
    return FrameBatch(buffer, rows, first_frame_number)


def _headers(row: list[int], start: int) -> Headers | None:
    if not row[PACKET.LAYERS] & (layers.TCP | layers.UDP) or row[PACKET.LAYERS] & layers.FRAGMENT:
        return None
    version = row[PACKET.IP_VERSION]
    source = address_text(row[PACKET.SRC_HIGH], row[PACKET.SRC_LOW], version)
    destination = address_text(row[PACKET.DST_HIGH], row[PACKET.DST_LOW], version)
    payload = row[PACKET.PAYLOAD_START] - start
    return Headers(
        (row[PACKET.IP_PROTOCOL], source, row[PACKET.SRC_PORT], destination, row[PACKET.DST_PORT]),
        row[PACKET.TCP_SEQ],
        row[PACKET.TCP_FLAGS],
        payload,
        payload + row[PACKET.PAYLOAD_CAPTURED],
    )
