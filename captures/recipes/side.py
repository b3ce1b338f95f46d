"""One end of a TCP connection: what it sent, what it received, and what its kernel says about it."""

from captures.recipes import frames
from captures.recipes.amounts import nanoseconds, noise, number, octets

TIMESTAMP_OCTETS = 12
MILLISECOND = 10**6
LARGEST_SYN_WINDOW = 65535


def _merge(ranges):
    """``(start, end, when)`` as ranges that do not touch, each with when the last part of it came."""
    merged = []
    for start, end, when in sorted(ranges):
        if start == end:
            continue
        if merged and start <= merged[-1][1]:
            first, last, came = merged[-1]
            merged[-1] = first, max(last, end), max(came, when)
        else:
            merged.append((start, end, when))
    return merged


class Side:
    """One end. Offsets count its octets from 0, the first after the SYN; a FIN takes one offset more.

    Args:
        talk: the conversation.
        name: ``"client"`` or ``"server"``.
        address, port: where it is.
        ttl: of its packets as the capture sees them.
        window: what it advertises, in octets.
        scale: its window scale.

    ``queued`` is how long its packets wait in a queue on their way, in ns; their time stamps show it.
    """

    def __init__(self, talk, name, address, port, ttl, window, scale, mss):
        self.talk, self.name, self.address, self.port = talk, name, address, port
        self.ttl, self.window, self.scale, self.mss = ttl, window, scale, mss
        seed = (name, address, port, talk.client_port, talk.start_ns)
        self.seed = seed
        self.isn = number(32, "isn", *seed)
        self.ip_id = number(16, "ip id", *seed)
        self.clock = number(31, "timestamp", *seed)
        self.stream = bytearray()
        self.finished = False
        self.arrivals = []
        self._merged, self._echoed = (0, 0, []), (0, 0, 0, [])  # what the arrivals before the first late one come to
        self.queued = 0
        self.recent = 0
        self.synchronized = False
        self.checksum = None  # of all that it sends, where it is not the right one

    @property
    def here(self):
        """Whether the capture was taken at this end."""
        return self.name == self.talk.recorded_at

    @property
    def peer(self):
        """The other end."""
        return self.talk.server if self.name == "client" else self.talk.client

    @property
    def segment(self):
        """Octets of payload in a full segment."""
        return min(self.mss, self.peer.mss) - (TIMESTAMP_OCTETS if self.talk.timestamps else 0)

    @property
    def next(self):
        """Offset of what it sends next."""
        return len(self.stream) + int(self.finished)

    # What it sends

    def sends(self, data, lost=False, unasked=False, gap=None, push=True, order=None):
        """Send new data in full segments.

        Args:
            data: octets, or how many (noise is sent then).
            lost: ``True``, ``False``, or the numbers of the segments that get lost, from 0, -1 the last.
            unasked: the server does not wait for what the client just sent to reach it.
            gap: time between the segments.
            push: whether the last bears PSH.
            order: numbers of the segments in the order in which they arrive, where some overtake others; their ids
                and time stamps still tell the order in which they were sent.

        Returns:
            list of ``(start, end)``, the segments' offsets.
        """
        if not isinstance(data, (bytes, bytearray)):
            data = noise(octets(data), "data", self.seed, len(self.stream))
        start = len(self.stream)
        self.stream += data
        size = self.segment
        cuts = [(at, min(at + size, start + len(data))) for at in range(start, start + len(data), size)]
        first_id, begun = self.ip_id, None
        for place, index in enumerate(order or range(len(cuts))):
            begin, end = cuts[index]
            gone = lost if isinstance(lost, bool) else index in lost or index - len(cuts) in lost
            if gap and place:
                self.talk.passes(gap)
            self.ip_id = first_id + index
            if begun is not None:
                self.queued = self.talk.now - begun
            self._emit(begin, end, "PA" if push and end == cuts[-1][1] else "A", gone, unasked or place > 0)
            if order:
                begun = begun or self.talk.now
                self.peer.acknowledges(unasked=True)
        self.ip_id = first_id + len(cuts)
        self.queued = 0 if order else self.queued
        return cuts

    def resends(self, start, end, lost=False, unasked=True):
        """Send a piece of the stream again, now. A ``start`` and ``end`` of :meth:`sends` fit."""
        push = "PA" if end == len(self.stream) else "A"
        self._emit(start, end, push, lost, unasked)

    def backs_off(self, start, end, times, first="220 ms", lost=True):
        """Send a piece again and again, each time after twice the last wait: the kernel's retransmission timer."""
        wait = nanoseconds(first)
        for index in range(times):
            self.talk.passes(wait)
            self.resends(start, end, lost=lost if isinstance(lost, bool) else index in lost)
            wait *= 2

    def acknowledges(self, window=None, upto=None, again=None, lost=False, unasked=False):
        """Acknowledge what has arrived, with SACK blocks where there is a hole.

        Args:
            window: what it advertises from now on, in octets.
            upto: an offset of the peer's, to acknowledge no more than that.
            again: ``(start, end)`` that came twice (D-SACK, RFC 2883).
        """
        if window is not None:
            self.window = octets(window)
        self._emit(self.next, self.next, "A", lost, unasked, upto=upto, again=again)

    def keeps_alive(self, lost=False):
        """A keep-alive probe: no octet, one below the next."""
        self._emit(self.next - 1, self.next - 1, "A", lost, True)

    def closes(self, lost=False, unasked=False):
        """Send a FIN."""
        start = len(self.stream)
        self.finished = True
        self._emit(start, start, "FA", lost, unasked)

    def resets(self, **how):
        """Send a RST as the kernel does for a socket that is aborted: with ACK and time stamps."""
        self._emit(self.next, self.next, "RA", False, how.pop("unasked", False), **how)

    def refuses(self, ttl=None):
        """RST as the kernel sends it without a socket: no options, window 0, id 0.

        To a SYN it acknowledges it; to anything else its sequence number is the one the other side expects.
        """
        at = self.talk.turn(self, False)
        if not self.synchronized:
            seq, ack, flags = 0, self.peer.isn + 1, "RA"
        else:
            seq, ack, flags = self.isn + 1 + self.next, 0, "R"
        self._put(at, flags, seq, ack, 0, (), b"", ttl or self.ttl, 0)

    def forged_reset(self, ttl, offset=None, acknowledging=None, after="3 ms", ip_id=0, text=b""):
        """A RST that a box on the way sends in this side's name; it takes ``after`` from the peer's last packet.

        Without ``acknowledging`` (an offset of the peer's) it has no ACK; ``text`` is what it carries as its reason.
        """
        seq = self.isn + 1 + (self.next if offset is None else offset)
        flags, ack = ("R", 0) if acknowledging is None else ("RA", self.peer.isn + 1 + acknowledging)
        self._put(self.talk.now + nanoseconds(after), flags, seq, ack, 0, (), text, ttl, ip_id)

    # The handshake

    def synchronizes(self, acknowledging=False, lost=False, sack=True):
        """Send a SYN, or the SYN-ACK that answers one."""
        at = self.talk.turn(self, False)
        self.synchronized = True
        options = [("MSS", self.mss)]
        if sack:
            options.append(("SAckOK", b""))
        if self.talk.timestamps:
            options.append(("Timestamp", (self._clock(at), self._seen(at))))
        elif sack:
            options += [("NOP", None), ("NOP", None)]
        if self.scale is not None:
            options += [("NOP", None), ("WScale", self.scale)]
        flags, ack = ("SA", self.peer.isn + 1) if acknowledging else ("S", 0)
        ip_id = 0 if acknowledging else None
        if not lost:
            self.peer.arrivals.append((self._reaches(at), 0, 0, self._clock(at)))
        if self.here or not lost:
            window = min(self.window, LARGEST_SYN_WINDOW)
            self._put(at, flags, self.isn, ack, window, options, b"", self.ttl, ip_id)

    # How it gets there

    def _clock(self, at_ns):
        sent = at_ns if self.here else at_ns - self.talk.rtt // 2 - self.queued
        return (self.clock + (sent - self.talk.start_ns) // MILLISECOND) & 0xFFFFFFFF

    def _reaches(self, at_ns):
        """When a packet of this side takes effect, on the capture's clock."""
        return at_ns + self.talk.rtt if self.here else at_ns

    def _ranges(self, at_ns):
        """What has arrived by now, as merged ranges of the peer's offsets; the last to come first after the first."""
        _, count, merged = self._merged if self._merged[0] <= at_ns else (0, 0, [])
        first = count
        while count < len(self.arrivals) and self.arrivals[count][0] <= at_ns:
            count += 1
        merged = _merge(merged + [(start, end, when) for when, start, end, _ in self.arrivals[first:count]])
        self._merged = at_ns, count, merged
        late = [(start, end, when) for when, start, end, _ in self.arrivals[count:] if when <= at_ns]
        return (_merge(merged + late) if late else merged) or [(0, 0, 0)]

    def _seen(self, at_ns):
        """The time stamp to echo (RFC 7323 section 4.3)."""
        _, count, reached, waiting = self._echoed if self._echoed[0] <= at_ns else (0, 0, 0, [])
        waiting, kept = list(waiting), None
        for index in range(count, len(self.arrivals)):
            when, start, end, stamp = self.arrivals[index]
            if when > at_ns:
                kept = kept or (at_ns, index, reached, list(waiting))
                continue
            if start > reached:
                waiting.append((start, end))
                continue
            self.recent = max(self.recent, stamp)
            reached = max(reached, end)
            for begin, stop in sorted(waiting):
                reached = max(reached, stop) if begin <= reached else reached
            waiting = [(begin, stop) for begin, stop in waiting if stop > reached]
        self._echoed = kept or (at_ns, len(self.arrivals), reached, waiting)
        return self.recent

    def _emit(self, start, end, flags, lost, unasked, upto=None, again=None):
        talk, peer = self.talk, self.peer
        at = talk.turn(self, unasked)
        ranges = self._ranges(at - self.queued)
        reached = ranges[0][1] if ranges[0][0] == 0 else 0
        holes = [r for r in ranges if r[0] > reached]
        reached = reached if upto is None else min(reached, upto)
        options = []
        if talk.timestamps:
            stamps = self._clock(at), self._seen(at - self.queued)
            options = [("NOP", None), ("NOP", None), ("Timestamp", stamps)]
        blocks = [again] if again else []
        blocks += [(r[0], r[1]) for r in sorted(holes, key=lambda r: -r[2])] if upto is None else []
        if blocks and talk.sack:
            edges = [peer.isn + 1 + edge & 0xFFFFFFFF for block in blocks[:3] for edge in block]
            options += [("NOP", None), ("NOP", None), ("SAck", tuple(edges))]
        payload = bytes(self.stream[start:end])
        if not lost:
            stop = end + 1 if "F" in flags else end
            peer.arrivals.append((self._reaches(at), start, stop, self._clock(at)))
        if self.here or not lost:
            field = self.window >> (self.scale or 0)
            self._put(at, flags, self.isn + 1 + start, peer.isn + 1 + reached, field, options, payload, self.ttl, None)
        else:
            self.ip_id += 1

    def _put(self, at, flags, seq, ack, window, options, payload, ttl, ip_id):
        if ip_id is None:
            self.ip_id += 1
            ip_id = self.ip_id
        if frames.is_v6(self.address):
            ip_id = number(20, "flow label", *self.seed)
        here, there = (self.address, self.port), (self.peer.address, self.peer.port)
        octets_ = frames.tcp(self.here, here, there, ttl, ip_id, flags, seq, ack, window, options, payload)
        if self.checksum is not None:
            octets_ = frames.with_checksum(octets_, self.checksum)
        self.talk.adds(at, octets_)
        self.talk.last[self.name] = at
