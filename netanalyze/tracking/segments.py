"""Segments whose octets are to be read, as they were captured: columns, a row for each."""

from typing import NamedTuple

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.wire.layers import PACKET


class WantedSegments(NamedTuple):
    """Segments of TCP in frame order; places are of ``octets``, an array of ``u1``."""

    octets: np.ndarray
    start: np.ndarray
    length: np.ndarray
    flow: np.ndarray
    direction: np.ndarray
    offset: np.ndarray
    """Of its first octet in its half-flow."""
    whole: np.ndarray
    """Whether the snap length left all of it, ``bool (n,)``."""
    frame: np.ndarray
    ns: np.ndarray

    def where(self, rows: np.ndarray) -> "WantedSegments":
        """Some of them: a mask, or numbers."""
        return self._replace(**{name: getattr(self, name)[rows] for name in self._fields[1:]})


def segments_of(batch: FrameBatch, buffer: np.ndarray, cells: np.ndarray, rows: np.ndarray) -> WantedSegments:
    """The segments in some rows of a batch; ``cells`` of their packets, ``i8 (n, WIDTH)``."""
    length = cells[:, PACKET.PAYLOAD_CAPTURED]
    whole = length >= cells[:, PACKET.PAYLOAD_LENGTH]
    moments = rows + batch.first_frame_number, batch.frames[rows, FRAME.TIME_NS]
    place = cells[:, PACKET.FLOW_ID], cells[:, PACKET.DIRECTION], cells[:, PACKET.STREAM_OFFSET]
    return WantedSegments(buffer, cells[:, PACKET.PAYLOAD_START], length, *place, whole, *moments)
