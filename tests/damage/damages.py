"""What recorders, filters and people do to a capture before they send it; each tells nothing of the network."""

import random
import struct
from collections import Counter

from tests.damage.recording import (
    ACK,
    ETHERNET,
    FIN,
    LINUX_SLL,
    MAC,
    RAW,
    RST,
    SYN,
    TCP,
    UDP,
    Frame,
    inside,
    pcapng,
    summed,
)

SECOND = 10**9
SNAPS = (54, 60, 68, 80, 96, 128, 160, 200)
OUTSIDE = bytes((203, 0, 113, 77))
OUTER = bytes.fromhex("02000000000b02000000000a0800")


class Story:
    """A capture before it is damaged: its frames, what each says, and who the client is."""

    def __init__(self, frames):
        self.frames = sorted(frames, key=lambda frame: frame.ns)
        self.said = [inside(frame.octets) for frame in self.frames]
        asked = [one for one in self.said if one and (one.flags & (SYN | ACK) == SYN or one.destination[1] == 53)]
        first = asked or [one for one in self.said if one]
        self.client = first[0].source[0] if first else b""
        self.start, self.end = self.frames[0].ns, self.frames[-1].ns

    def where(self, keep):
        """The frames of which ``keep`` holds by number, frame and what it says."""
        return [f for at, (f, s) in enumerate(zip(self.frames, self.said)) if keep(at, f, s)]

    def busiest(self, what):
        """What occurs most often of what ``what`` says of each frame."""
        return Counter(what(one) for one in self.said if one and one.protocol == TCP).most_common()


def _is(protocol, port=None):
    return lambda _, __, s: (
        bool(s) and s.protocol == protocol and (port is None or port in (s.source[1], s.destination[1]))
    )


def _dns(_, __, s):
    return bool(s) and 53 in (s.source[1], s.destination[1])


def _far(story):
    return lambda s: s.destination[0] if s.source[0] == story.client else s.source[0]


def _again(story):
    """Frames that tshark's tcp.analysis.retransmission shows."""
    reached, kept = {}, []
    for frame, s in zip(story.frames, story.said):
        if s is None or s.protocol != TCP or not (s.length or s.flags & (SYN | FIN)):
            continue
        key, end = (s.source, s.destination), s.number + s.length + bool(s.flags & (SYN | FIN))
        if end <= reached.get(key, -1):
            kept.append(frame)
        reached[key] = max(end, reached.get(key, -1))
    return kept


def _filters(story):
    """Display filters and capture filters, by which people cut a capture down."""
    client, far = story.client, _far(story)
    flows, hosts = story.busiest(lambda s: s.flow), story.busiest(far)
    if flows:
        yield "one flow, the busiest", story.where(lambda _, __, s: s and s.flow == flows[0][0])
        last = next(s.flow for s in reversed(story.said) if s and s.protocol == TCP)
        yield "one flow, the last", story.where(lambda _, __, s: s and s.flow == last)
        yield "one host", story.where(lambda _, __, s: s and hosts[0][0] in (s.source[0], s.destination[0]))
    yield "only client to server", story.where(lambda _, __, s: s and s.source[0] == client)
    yield "only server to client", story.where(lambda _, __, s: s and s.destination[0] == client)
    yield (
        "only TLS",
        story.where(
            lambda _, f, s: (
                s and s.length and f.octets[s.payload : s.payload + 1] in (b"\x14", b"\x15", b"\x16", b"\x17")
            )
        ),
    )
    yield "only DNS", story.where(_dns)
    yield "without DNS", story.where(lambda *one: not _dns(*one))
    yield "only TCP", story.where(_is(TCP))
    yield "only UDP", story.where(_is(UDP))
    yield "without SYNs", story.where(lambda _, __, s: not (s and s.flags & SYN))
    yield "without SYN-ACKs", story.where(lambda _, __, s: not (s and s.flags & SYN and s.flags & ACK))
    yield "only SYN, FIN and RST", story.where(lambda _, __, s: s and s.flags & (SYN | FIN | RST))
    yield "without FIN and RST", story.where(lambda _, __, s: not (s and s.flags & (FIN | RST)))
    yield "only what bears octets", story.where(lambda _, __, s: s and s.length)
    yield "without what bears octets", story.where(lambda _, __, s: not (s and s.protocol == TCP and s.length))
    yield "only retransmissions", _again(story)
    yield "only frames over 100 octets", story.where(lambda _, f, __: f.length > 100)


def _parts(story):
    """A recorder that was started late, stopped early, or kept a ring of files."""
    frames, span, count = story.frames, story.end - story.start, len(story.frames)
    for seconds in (0.05, 1, 5):
        yield f"the first {seconds} s", [f for f in frames if f.ns <= story.start + seconds * SECOND]
        yield f"the last {seconds} s", [f for f in frames if f.ns >= story.end - seconds * SECOND]
    for part in (3, 2):
        yield f"the first of {part} parts", frames[: count // part]
        yield f"the last of {part} parts", frames[count - count // part :]
        yield f"the first of {part} parts of the time", [f for f in frames if f.ns <= story.start + span // part]
        yield f"the last of {part} parts of the time", [f for f in frames if f.ns >= story.end - span // part]
    yield "the first 10 packets", frames[:10]
    yield "the last 10 packets", frames[-10:]
    for last in (1, 3, 5):
        yield f"without the last {last}", frames[:-last]
    yield "without the first 3", frames[3:]
    yield "begun 5 s late", [f for f in frames if f.ns >= story.start + 5 * SECOND]
    yield "ended 2 s before the end", [f for f in frames if f.ns <= story.end - 2 * SECOND]


def _holes(story):
    """A recorder that lost frames."""
    frames, count = story.frames, len(story.frames)
    for each in (2, 3, 5, 10, 20):
        yield f"every {each}th frame lost", [f for at, f in enumerate(frames) if at % each != each - 1]
    for part in (0.1, 0.3, 0.6):
        wide = max(int(count * part), 1)
        at = (count - wide) // 2
        yield f"a hole of {part} in the middle", frames[:at] + frames[at + wide :]
    for seed in (1, 2):
        chance = random.Random(seed)
        yield f"a twentieth lost at random ({seed})", [f for f in frames if chance.random() > 0.05]
        yield f"two fifths lost at random ({seed})", [f for f in frames if chance.random() > 0.4]


def _clocks(story):
    """Time stamps that are coarse, or a clock that was set meanwhile."""
    frames, half = story.frames, story.frames[len(story.frames) // 2].ns
    yield "time stamps of seconds", [f._replace(ns=f.ns // SECOND * SECOND) for f in frames]
    yield "time stamps of 10 ms", [f._replace(ns=f.ns // 10**7 * 10**7) for f in frames]
    for step in (-3600, -2, 3, 3600):
        yield f"the clock steps by {step} s", [f._replace(ns=f.ns + step * SECOND * (f.ns >= half)) for f in frames]


def _copies(story):
    """Frames that were recorded twice, or in another order."""
    frames = story.frames
    yield "each frame twice", [f._replace(ns=f.ns + late) for f in frames for late in (0, 3000)]
    yield "two interfaces", [f._replace(ns=f.ns + late * 9000, interface=late) for f in frames for late in (0, 1)]
    chance = random.Random(3)
    shaken = sorted(range(len(frames)), key=lambda at: frames[at].ns + chance.random() * 200_000)
    yield "in another order, by 200 us", [frames[at] for at in shaken]
    swapped = list(frames)
    for at in range(0, len(frames) - 1, 4):
        if frames[at + 1].ns - frames[at].ns < 50_000_000:
            swapped[at], swapped[at + 1] = (
                frames[at + 1]._replace(ns=frames[at].ns),
                frames[at]._replace(ns=frames[at + 1].ns),
            )
    yield "every fourth frame after its next", swapped
    yield "before and behind NAT", [one for f in frames for one in _translated(f, story.client)]
    yield (
        "behind NAT, and what came before it",
        [
            one
            for f in frames
            for one in _translated(f, story.client)[-1 if f.octets[26:30] == story.client else 0 :][:1]
        ],
    )


def _translated(frame, client):
    """A frame before and behind a box that translates the client's address."""
    octets = bytearray(frame.octets)
    if octets[12:14] != b"\x08\x00" or len(octets) < MAC + 20:
        return [frame]
    sent = octets[26:30] == client
    if not sent and octets[30:34] != client:
        return [frame]
    octets[26 if sent else 30 : 30 if sent else 34] = OUTSIDE
    outside = frame._replace(octets=summed(octets), ns=frame.ns + (20_000 if sent else -20_000))
    return [frame, outside] if sent else [outside, frame]


def _merged(story):
    """What offload makes of segments that come at once: one large one."""
    made, open_ = [], {}
    for frame, s in zip(story.frames, story.said):
        plain = (
            s
            and s.protocol == TCP
            and s.length
            and frame.octets[12:14] == b"\x08\x00"
            and not s.flags & (SYN | FIN | RST)
        )
        whole = plain and len(frame.octets) == frame.length
        key = (s.source, s.destination) if s else None
        if whole and (at := open_.get(key)) is not None:
            before = made[at]
            was = inside(before.octets)
            if (
                was.number + was.length == s.number
                and frame.ns - before.ns < 1_000_000
                and was.length + s.length < 60_000
            ):
                octets = bytearray(
                    before.octets[: was.payload + was.length] + frame.octets[s.payload : s.payload + s.length]
                )
                octets[16:18] = (len(octets) - MAC).to_bytes(2, "big")
                made[at] = before._replace(octets=summed(octets), length=len(octets))
                continue
        if s:
            open_ = {one: at for one, at in open_.items() if one[0] != s.destination and one != key}
        if whole:
            open_[key] = len(made)
        made.append(frame)
    return made


def _at_server(story):
    """What a recorder beside the server sees: requests half a round trip later, answers as much earlier."""
    opened, trips = {}, {}
    for frame, s in zip(story.frames, story.said):
        if s and s.flags & SYN:
            if not s.flags & ACK:
                opened.setdefault(s.flow, frame.ns)
            elif s.flow in opened:
                trips.setdefault(s.flow, frame.ns - opened[s.flow])
    moved = [
        f._replace(ns=f.ns + (1 if s.source[0] == story.client else -1) * trips.get(s.flow, 0) * 9 // 20) if s else f
        for f, s in zip(story.frames, story.said)
    ]
    return sorted(moved, key=lambda frame: frame.ns)


def _wrapped(story):
    """``(name, link type, frames)``: the same packets in other headers."""
    ip = [f for f in story.frames if f.octets[12:14] in (b"\x08\x00", b"\x86\xdd")]

    def wrapped(make):
        return [Frame(f.ns, made := make(f.octets), f.length + len(made) - len(f.octets)) for f in ip]

    def outer(protocol, inner):
        octets = OUTER + struct.pack("!BBHHHBBH", 69, 0, 20 + len(inner), 0, 0, 64, protocol, 0)
        return summed(octets + bytes((10, 99, 0, 1, 10, 99, 0, 2))) + inner

    def ppp(octets):
        kind = b"\x00\x21" if octets[12:14] == b"\x08\x00" else b"\x00\x57"
        return octets[:12] + b"\x88\x64" + struct.pack("!BBHH", 17, 0, 7, len(octets) - 12) + kind + octets[14:]

    def vxlan(octets):
        inner = struct.pack("!II", 0x08000000, 42 << 8) + octets
        return outer(UDP, struct.pack("!HHHH", 49152, 4789, 8 + len(inner), 0) + inner)

    def any_(octets):
        sent = int(inside(octets).source[0] == story.client) if inside(octets) else 0
        return struct.pack("!HHH", sent * 4, 1, 6) + octets[6:12] + b"\0\0" + octets[12:]

    yield "VLAN", ETHERNET, wrapped(lambda o: o[:12] + b"\x81\x00\x00\x64" + o[12:])
    yield "PPPoE", ETHERNET, wrapped(ppp)
    yield "GRE", ETHERNET, wrapped(lambda o: outer(47, b"\0\0" + o[12:]))
    yield "VXLAN", ETHERNET, wrapped(vxlan)
    yield "-i any", LINUX_SLL, wrapped(any_)
    yield "raw IP", RAW, wrapped(lambda o: o[MAC:])


LESS = ("filter", "part", "holes")
"""Kinds that leave frames out, and change none."""
KINDS = {"filter": _filters, "part": _parts, "holes": _holes, "clock": _clocks, "copies": _copies}


def damaged(frames):
    """``(kind, what is wrong with the recording, octets of the file, numbers of the frames left)`` for each way in which one
    may be damaged; the numbers are None where all are left."""
    story = Story(frames)
    places = {frame: at for at, frame in enumerate(story.frames, 1)}
    for kind, make in KINDS.items():
        for name, left in make(story):
            if left and left != story.frames:
                yield kind, name, pcapng(left), {places[f] for f in left} if kind in LESS else None
    for snap in SNAPS:
        yield "snap", f"frames cut at {snap}", pcapng(story.frames, snap=snap), None
    yield "shape", "offload-merged", pcapng(_merged(story)), None
    yield "shape", "captured at the server", pcapng(_at_server(story)), None
    for name, link, left in _wrapped(story):
        yield "wrapped", name, pcapng(left, link), None
    whole = story.frames[: len(story.frames) * 2 // 3]
    cut = pcapng(story.frames[: len(whole) + 1])[:-9]
    yield "part", "the file is cut in a record", cut, set(range(1, len(whole) + 1))
