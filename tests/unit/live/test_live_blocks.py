"""pcapng from a pipe: whatever the pieces it comes in, the frames are the same."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.capture.write import PcapngWriter
from netanalyze.errors import LiveError
from netanalyze.live.capture.blocks import BlockStream
from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.links import Link

FRAMES = [CapturedFrame(n % 2, 1_700_000_000_000_000_000 + n, bytes([n]) * (n * 7), n * 7 + n % 3) for n in range(20)]


def recording():
    stream = io.BytesIO()
    writer = PcapngWriter(stream)
    writer.add_interface("eth0", 1, 1_000)
    writer.add_interface("any", 276)
    for frame in FRAMES:
        writer.write(*frame)
    writer.write_statistics(1, received=12, dropped=3)
    return stream.getvalue()


@given(st.lists(st.integers(0, len(recording())), max_size=12).map(sorted))
def test_pieces_may_be_cut_anywhere(cuts):
    octets, stream, frames = recording(), BlockStream(), []
    for start, end in zip([0, *cuts], [*cuts, len(octets)]):
        frames += stream.push(octets[start:end])
    assert frames == FRAMES
    assert stream.links == [Link("eth0", 1), Link("any", 276)]
    assert stream.counted == {1: (12, 3)}


def test_something_else_is_refused():
    with pytest.raises(LiveError, match="no pcapng"):
        BlockStream().push(b"Usage: dumpcap [options] and so on\n")
