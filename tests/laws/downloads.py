"""Transfers made up round trip by round trip, as a sender with a congestion window makes them."""

import random
from dataclasses import dataclass

from feeding import START_NS, Capture, Frame
from traffic import ethernet, ipv4, ipv6, tcp

SEGMENT = 1448
MILLISECOND = 1_000_000


@dataclass(frozen=True)
class Download:
    """One transfer; ``octets`` go once a window of segments, which doubles until one is lost and is halved then.

    ``loss`` is the share of segments lost on the way, ``rate`` octets a second of the path (0: any), ``pause_ns`` how long the
    sender stops in the middle, ``outage_ns`` how long nothing gets through from there on, ``window`` octets that the receiver
    allows, ``up`` whether the client sends it, ``far`` whether it was captured at the sender, ``version`` of IP.
    """

    octets: int = 1_500_000
    trip_ns: int = 40 * MILLISECOND
    loss: float = 0.0
    rate: int = 0
    pause_ns: int = 0
    outage_ns: int = 0
    window: int = 4_000_000
    up: bool = False
    far: bool = False
    version: int = 4
    seed: int = 1
    begins_ns: int = START_NS
    sequence: int = 1000

    def capture(self):
        """What a capture of it holds."""
        talk = _Talk(self)
        talk.opens()
        chance = random.Random(self.seed)
        left = list(range(0, self.octets - self.octets % SEGMENT, SEGMENT))
        middle = left[len(left) // 2]
        window, growing, again = 10, True, []
        known = 0  # all that the receiver has without a hole
        lost_of = set()
        while left or again:
            resent = again[:window] if self.outage_ns else again
            flight = resent + left[: max(min(window, self.window // SEGMENT) - len(again), 0)]
            left, waits = left[len(flight) - len(resent) :], again[len(resent) :]
            if self.pause_ns and middle in flight:
                talk.now += self.pause_ns
            missing = [at for at in flight if chance.random() < self.loss]
            gone = bool(self.outage_ns) and middle in flight and middle not in resent
            missing = flight if gone else missing
            lost_of = (lost_of - set(flight)) | set(missing)
            highest = max(flight) + SEGMENT
            known = min(lost_of, default=max(highest, known))
            talk.flight(flight, missing, lost_of, highest)
            if gone:
                talk.now += self.outage_ns
                window, growing = 1, True
            elif missing:
                window, growing = max(window // 2, 2), False
            else:
                window = 2 * window if growing else window + 1
            again = sorted(missing + waits)
        talk.closes(self.octets - self.octets % SEGMENT)
        return Capture(tuple(sorted(talk.frames, key=lambda frame: frame.time_ns)))


class _Talk:
    """The frames of a transfer in the making; ``now`` is when the sender sends next."""

    def __init__(self, made):
        self.made, self.frames, self.now = made, [], made.begins_ns
        self.sender = 0 if made.up else 1
        self.pack = ipv4 if made.version == 4 else ipv6

    def frame(self, at, side, offset, acked, flags, length=0, options=b""):
        """A frame of one side; offsets count from the first octet of the stream."""
        made = self.made
        near, far = ((10, 40000), (80, 443)) if side == 0 else ((80, 443), (10, 40000))
        ours, theirs = made.sequence + side * 77, made.sequence + (1 - side) * 77
        segment = tcp(
            near[1],
            far[1],
            ours + offset & 0xFFFFFFFF,
            theirs + acked & 0xFFFFFFFF,
            flags,
            made.window >> 7,
            b"",
            options,
        )
        octets = ethernet(self.pack(near[0], far[0], 6, segment + bytes(length)))
        self.frames.append(Frame(at, octets[: len(octets) - length], len(octets)))

    def opens(self):
        """SYN, SYN-ACK and ACK, a window scale of 128, and a request: a round trip passes where the capture is not."""
        trip, at_server = self.made.trip_ns, self.made.up and not self.made.far
        options = b"\2\4\5\xb4\4\2\3\3\7\1\1\1"
        answered, done = (1000, trip) if at_server else (trip, trip + 1000)
        self.frame(self.now, 0, 0, 0, 0x02, options=options)
        self.frame(self.now + answered, 1, 0, 1, 0x12, options=options)
        self.frame(self.now + done, 0, 1, 1, 0x10)
        self.frame(self.now + done + 1000, 0, 1, 1, 0x18, length=100)
        self.frame(self.now + (done + 2000 if at_server else 2 * trip), 1, 1, 101, 0x10)
        self.now += 2 * trip + 1000

    def flight(self, flight, missing, holes, highest):
        """One window of segments and what the receiver acknowledges of it."""
        made, sender = self.made, self.sender
        begun = 101 if sender == 0 else 1  # the client had sent its request
        other = 101 if sender == 1 else 1
        apart = SEGMENT * 1_000_000_000 // made.rate if made.rate else 10_000
        later = made.trip_ns if made.far else 0
        came = self.now
        for number, at in enumerate(flight):
            came = self.now + number * apart
            if made.far or at not in missing:
                self.frame(came, sender, begun + at, other, 0x10, length=SEGMENT)
                edge = min([hole for hole in holes if hole in missing or hole < at], default=at + SEGMENT)
                edge = min(edge, max(at + SEGMENT, edge)) if holes else at + SEGMENT
                if number % 2 or number == len(flight) - 1 or holes:
                    self.frame(came + 2000 + later, 1 - sender, other, begun + edge, 0x10)
        self.now = max(self.now + made.trip_ns, came + apart)

    def closes(self, octets):
        """FIN of both sides."""
        begun, other = (101, 1) if self.sender == 0 else (1, 101)
        self.frame(self.now, self.sender, begun + octets, other, 0x11)
        self.frame(self.now + self.made.trip_ns, 1 - self.sender, other, begun + octets + 1, 0x11)
