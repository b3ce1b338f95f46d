"""A TCP connection told from both ends, captured at one of them."""

from captures.recipes import frames
from captures.recipes.amounts import nanoseconds, octets
from captures.recipes.script import LOCAL_TTL, RESOLVER, START, Script, endpoint
from captures.recipes.secure import Secure
from captures.recipes.side import Side

SYN_TIMES = ("0 s", "1.001 s", "2.025 s", "3.049 s", "4.073 s", "5.097 s", "7.113 s", "11.369 s", "19.561 s")
"""When Linux 6.5 and later sends a SYN: linear four times, then doubling, on the timer's jiffies."""

ALL_SYNS = len(SYN_TIMES)

SEGMENT_GAP = {"client": 2_000, "server": 12_000}
TURN_GAP, DIAL_GAP = 10_000, 80_000
KEEP_ALIVE_IDLE, KEEP_ALIVE_INTERVAL = "30.72 s", "15.104 s"
"""Go's 30 s and 15 s as the kernel's timer wheel rounds them."""

HEADER_V4, HEADER_V6 = 40, 60


class Conversation(Secure, Script):
    """One TCP connection, and what goes with it on the same clock.

    Args:
        client, server: ``"address:port"``, IPv6 addresses in brackets.
        rtt: round-trip time; what the server does comes so long after the client did what it answers.
        start: moment of the first frame, RFC 3339 or ns (another conversation's ``now``).
        hops: routers between the two; the server's packets arrive with a TTL of 64 less these.
        mtu: of the client's link.
        recorded_at: ``"client"`` or ``"server"``: what gets lost on the way to there is not in the capture, and what gets lost
            on the way from there is.
    """

    def __init__(
        self,
        client="192.0.2.10:51000",
        server="198.51.100.5:443",
        rtt="20 ms",
        start=START,
        resolver=RESOLVER,
        hops=11,
        mtu=1500,
        recorded_at="client",
    ):
        Script.__init__(self, client, start, resolver)
        Secure.__init__(self)
        self.rtt, self.recorded_at = nanoseconds(rtt), recorded_at
        self.timestamps = self.sack = True
        self.last = {"client": None, "server": None}
        address, port = endpoint(server)
        mss = mtu - (HEADER_V6 if frames.is_v6(address) else HEADER_V4)
        away = {"client": LOCAL_TTL - hops, "server": LOCAL_TTL - hops} | {recorded_at: LOCAL_TTL}
        self.client = Side(self, "client", self.client_address, self.client_port, away["client"], 64240, 7, mss)
        self.server = Side(self, "server", address, port, away["server"], 65160, 7, mss)

    def turn(self, side, unasked):
        """When the side's next packet shows in the capture.

        That of the side which was recorded at once, the other's not before its answer to the last packet from here can be
        here, unless ``unasked``.
        """
        mine, other = self.last[side.name], self.last[side.peer.name]
        if mine is None and other is None:
            return self.now + DIAL_GAP
        turned = other is not None and (mine is None or other >= mine)
        at = self.now + (TURN_GAP if turned else SEGMENT_GAP[side.name])
        if not side.here and other is not None and not unasked:
            at = max(at, other + self.rtt)
        return at

    def handshake(self, mss=None, window=None, sack=True, scale=7, timestamps=True, lost_syns=0, unheard=0):
        """SYN, SYN-ACK, ACK.

        Args:
            mss: of the server, if not what its link gives.
            window: of both sides, in octets.
            lost_syns: so many SYNs (or the answers to them, which looks the same here) get lost before one is answered.
            unheard: so many are answered, and the answers get lost behind the recorder.
        """
        self.timestamps, self.sack = timestamps, sack
        self.server.mss = mss or self.server.mss
        for side in (self.client, self.server):
            side.scale = scale
            side.window = octets(window) if window is not None else side.window
        self.syns(lost_syns)
        self.unheard(unheard)
        self._syn(lost_syns + unheard)
        self.server.synchronizes(acknowledging=True, sack=sack)
        self.client.acknowledges()
        return self

    def syns(self, times=ALL_SYNS, lost=True):
        """So many SYNs of one connection attempt, with the kernel's back-off; nothing answers."""
        for index in range(times):
            self._syn(index, lost)
        return self

    def unheard(self, times=ALL_SYNS):
        """So many SYNs that are answered, and the client goes on as if they had not been."""
        for index in range(times):
            self._syn(index)
            self.server.synchronizes(acknowledging=True, sack=self.sack)
        return self

    def _syn(self, index, lost=False):
        if index == 0:
            self._first_syn = self.now
        self.now = max(self.now, self._first_syn + nanoseconds(SYN_TIMES[index]))
        self.last = {"client": None, "server": None}
        self.client.synchronizes(lost=lost, sack=self.sack)

    def last_frame(self, back=1):
        """Octets of the last frame, or the one ``back`` before the end."""
        return self.frames[-back][1]

    def streams(self, size, every=2, gap=None, queue=None, lost=()):
        """The server sends and the client acknowledges every second segment, without waiting for each other.

        Args:
            size: octets, or how many.
            every: segments for one acknowledgment.
            gap: time between segments.
            queue: the gap is that of a thin link: the segments left at once and wait before it, up to so long.
            lost: numbers of the segments that get lost.
        """
        sender = self.server
        data = size if isinstance(size, bytes) else None
        length = octets(size) if data is None else len(data)
        full, cuts, owed = sender.segment, [], 0
        for index, at in enumerate(range(0, length, full)):
            last = at + full >= length
            piece = data[at : at + full] if data is not None else min(full, length - at)
            if gap and index:
                self.passes(gap)
            if queue:
                sender.queued = min(nanoseconds(queue), index * nanoseconds(gap))
            cuts += sender.sends(piece, lost=index in lost, unasked=index > 0, push=last)
            owed += index not in lost
            if owed and (last or owed == every or lost):
                sender.peer.acknowledges(unasked=True)
                owed = 0
        sender.queued = 0
        return cuts

    # Keep-alives and the end

    def stays_silent(
        self, span, answered=True, probing=("client",), idle=KEEP_ALIVE_IDLE, interval=KEEP_ALIVE_INTERVAL
    ):
        """Nothing new for ``span``; keep-alive probes are all there is.

        Args:
            answered: whether the client's probes reach the server and are answered.
            probing: which sides probe. A Go server does so every 15 s, the client after 30 s; a probe that is
                answered is followed by the next after ``idle``, an unanswered one after ``interval``.
        """
        end = self.now + nanoseconds(span)
        rhythm = nanoseconds(idle if answered else interval)
        due = {
            "client": (self.now + nanoseconds(idle), rhythm),
            "server": (self.now + nanoseconds(interval), nanoseconds(interval)),
        }
        due = {name: due[name] for name in probing}
        while due and min(due.values())[0] <= end:
            name = min(due, key=lambda n: due[n][0])
            when, step = due[name]
            side = self.client if name == "client" else self.server
            self.now = max(self.now, when)
            side.keeps_alive(lost=not answered and name == "client")
            if answered or name == "server":
                side.peer.acknowledges()
            due[name] = (when + step, step)
        self.now = end
        return self

    def gives_up_keep_alive(self):
        """Nine unanswered probes, and the RST that ends the connection 166 s after its last packet."""
        idle, interval = nanoseconds(KEEP_ALIVE_IDLE), nanoseconds(KEEP_ALIVE_INTERVAL)
        begin = self.now
        for probe in range(9):
            self.now = begin + idle + probe * interval
            self.client.keeps_alive(lost=True)
        self.now = begin + idle + 9 * interval
        self.client.resets()
        return self

    def exits(self):
        """The client's process ends when it has all it wants: FIN; the server's close_notify meets a closed socket."""
        self.passes("3 ms")
        self.client.closes()
        if self.record_overhead and self.server.stream:
            self.server.sends(self.close_notify(), unasked=False)
            self.client.refuses()
        else:
            self.server.closes()
            self.client.acknowledges()
        return self

    def both_close(self):
        """The client's FIN, the server's FIN, the last ACK."""
        self.client.closes()
        self.server.closes()
        self.client.acknowledges()
        return self
