"""What others say after the command's end changes nothing: a capture is stopped a little later than the run."""

import re
import struct

import pytest

from netanalyze.api import analyze
from tests.house.sources import ROOT

CAPTURES = ROOT / "captures"
SECTION, INTERFACE, PACKET, RESOLUTION = 0x0A0D0D0A, 1, 6, 9
WHO_HAS = bytes.fromhex(
    "ffffffffffff" "02000000aa01" "0806" "0001080006040001" "02000000aa01" "c0000263" "000000000000" "c0000264"
)  # fmt: skip
LATER_S = 2.6


def blocks(octets):
    """The blocks of a pcapng file: type and body."""
    at = 0
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        yield kind, octets[at + 8 : at + length - 4]
        at += length


def units_in_a_second(octets):
    """How the first interface counts time (draft-ietf-opsawg-pcapng, if_tsresol)."""
    body = next(body for kind, body in blocks(octets) if kind == INTERFACE)
    at = 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from("<HH", body, at)
        if code == RESOLUTION:
            return 10 ** body[at + 4]
        at += 4 + (length + 3) // 4 * 4
    return 10**6


def with_a_frame_at(octets, ns):
    """A capture with one frame more at its end, of two machines that have nothing to do with the run."""
    when = ns * units_in_a_second(octets) // 10**9
    padded = WHO_HAS + bytes(-len(WHO_HAS) % 4)
    body = struct.pack("<IIIII", 0, when >> 32, when & 0xFFFFFFFF, len(WHO_HAS), len(WHO_HAS)) + padded
    length = len(body) + 12
    return octets + struct.pack("<II", PACKET, length) + body + struct.pack("<I", length)


def recordings():
    """Those whose file says when the command ended."""
    for path in [*sorted(CAPTURES.glob("*/*/*.pcapng")), *sorted(CAPTURES.glob("recorded/*/capture.pcapng"))]:
        octets = path.read_bytes()
        kinds = [kind for kind, _ in blocks(octets)]
        if re.search(rb'"end_ns": ?[1-9]', octets) and kinds.count(SECTION) == 1 and INTERFACE in kinds:
            yield path


@pytest.mark.parametrize("path", list(recordings()), ids=lambda path: str(path.relative_to(CAPTURES).with_suffix("")))
def test_a_frame_of_others_after_the_end_changes_no_verdict(path, tmp_path):
    result = analyze([str(path)])
    later = tmp_path / "later.pcapng"
    later.write_bytes(with_a_frame_at(path.read_bytes(), result.run.end_ns + round(LATER_S * 10**9)))
    again = analyze([str(later)])
    assert again.capture.packets == result.capture.packets + 1
    assert (again.verdict.status, again.verdict.cause) == (result.verdict.status, result.verdict.cause)
