"""Any recipe's story, told again and again in one capture: each time from another port, soon after the last or beside it."""

import struct
from functools import partial
from pathlib import Path

import dpkt
from costly import SHAPES, Case, port
from feeding import FUZZ, START_NS, Frame

CAPTURES = Path(__file__).parents[2] / "captures"
MS = 1_000_000
IPV4, IPV6, ICMP, ICMPV6 = 0x0800, 0x86DD, 1, 58
CHECKSUMS = {6: 16, 17: 6}
"""Where TCP and UDP have theirs, in octets from their header's beginning."""
EPHEMERAL = 32768
"""From here on a port is a client's."""


def renumbered(octets, shift):
    """The frame with ``shift`` added to its client's port, also where an ICMP error quotes it; checksums as they must be."""
    frame = bytearray(octets)
    kind = struct.unpack_from(">H", frame, 12)[0]
    if kind in (IPV4, IPV6):
        protocol, start = _transport(frame, 14, kind)
        if protocol in CHECKSUMS:
            _shifted(frame, start, shift, start + CHECKSUMS[protocol])
        elif protocol in (ICMP, ICMPV6) and frame[start] in (1, 2, 3, 4, 11):
            inner, place = _transport(frame, start + 8, kind)
            if inner in CHECKSUMS and place + 4 <= len(frame):
                _shifted(frame, place, shift, start + 2)
    return bytes(frame)


def _transport(frame, at, kind):
    if kind == IPV4:
        return frame[at + 9], at + 4 * (frame[at] & 15)
    return frame[at + 6], at + 40


def _shifted(frame, at, shift, checksum):
    for place in (at, at + 2):
        old = struct.unpack_from(">H", frame, place)[0]
        if old >= EPHEMERAL:
            new = port(old - 1024 + shift)
            struct.pack_into(">H", frame, place, new)
            kept = struct.unpack_from(">H", frame, checksum)[0]
            total = (kept ^ 0xFFFF) + (old ^ 0xFFFF) + new
            total = (total & 0xFFFF) + (total >> 16)
            struct.pack_into(">H", frame, checksum, ((total & 0xFFFF) + (total >> 16)) ^ 0xFFFF if kept else 0)


def read(path):
    """The frames of a recipe's capture and when they were, ns since the first; None for other links than Ethernet."""
    with path.open("rb") as file:
        reader = dpkt.pcapng.Reader(file)
        if reader.datalink() != dpkt.pcap.DLT_EN10MB:
            return None
        frames = [(int(moment * 1_000_000) * 1000, octets) for moment, octets in reader]
    return [(ns - frames[0][0], octets) for ns, octets in frames]


def retold(path, apart_ns, n):
    """The story ``n`` times, each beginning ``apart_ns`` after the one before it; None begins when that has ended."""
    story = read(path)
    apart_ns = apart_ns or story[-1][0] + 100 * MS
    frames = sorted(
        ((ns + i * apart_ns, renumbered(octets, 131 * i)) for i in range(n) for ns, octets in story),
        key=lambda frame: frame[0],
    )
    return Case(tuple(Frame(START_NS + ns, octets, len(octets)) for ns, octets in frames))


STORIES = {
    path.relative_to(CAPTURES).with_suffix("").as_posix(): path
    for path in sorted(CAPTURES.glob("*/*/*.pcapng"))
    if (path.parent / "recipe.py").exists() and read(path)
}
RETOLD = list(STORIES) if FUZZ > 1 else list(STORIES)[::75]
"""All of them take minutes: some stand for them where no search is asked for."""
for name in RETOLD:
    SHAPES[f"{name} one after the other"] = partial(retold, STORIES[name], None)
    SHAPES[f"{name} side by side"] = partial(retold, STORIES[name], 3 * MS)
