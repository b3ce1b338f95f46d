"""Stories in pairs: a cause in another guise than its recipe's, and what looks like it and is something else."""

from captures.recipes import Conversation, Script, Timeline
from tests.rules.ordinary import encrypts, secure


def reset_with_a_reason():
    """A box on the way answers the ClientHello with a RST that carries text: its reason, and no octets of the stream.

    hit:        24 octets of text in the RST, half a round trip before the server's own acknowledgment comes; over IPv6
    near_miss:  what answers does not speak TLS: as many octets of text, in a segment like any other
    """
    REASON = b"blocked by policy 7-12-a"

    def begin():
        talk = Conversation(client="[2001:db8::10]:51000", server="[2001:db8:7::5]:8443", rtt="140 ms")
        talk.handshake()
        talk.client_hello(sni="files.example.net", acknowledged=False)
        return talk

    hit = begin()
    hit.server.forged_reset(ttl=61, acknowledging=len(hit.client.stream), after="9 ms", text=REASON)
    hit.passes("131 ms").server.acknowledges()
    hit.client.refuses()

    near_miss = begin()
    near_miss.server.acknowledges()
    near_miss.server.sends(REASON)
    near_miss.client.acknowledges()
    near_miss.client.closes()
    near_miss.server.closes()
    return hit, near_miss


def large_segments_up():
    """An upload in full segments over a path that takes less: only they are repeated, and the short one behind them is SACKed.

    hit:        five segments of 1428 octets over IPv6, 211 octets behind them; the SACK proves the path alive, and 14 s go by
    near_miss:  the same, but segments as large went through a moment before: the path died with the one SACK as its last word
    """

    def begin():
        talk = Conversation(client="[2001:db8::10]:51044", server="[2001:db8:9::22]:8443", rtt="34 ms")
        talk.handshake().opens(sni="upload.example.org", go="1.23").response("600 B")
        return talk

    def stuck(talk):
        cuts = talk.client.sends(5 * talk.client.segment + 211, lost=range(5))
        talk.server.acknowledges()
        talk.client.backs_off(*cuts[0], times=6, first="234 ms")
        return talk

    hit = stuck(begin())

    near_miss = begin()
    for _ in range(3):
        near_miss.client.sends(2 * near_miss.client.segment)
        near_miss.server.acknowledges()
    near_miss = stuck(near_miss)
    return hit, near_miss


def large_segments_of_a_server():
    """Recorded at the server: its answer leaves in full segments, and no acknowledgment of them ever comes.

    hit:        a request over IPv6 is acknowledged, the answer's first segment of 1428 octets leaves six times, for 15 s
    near_miss:  the same after an answer whose segments were as large: large ones had come through, and it is no matter of size
    """

    def begin():
        talk = Conversation(client="[2001:db8:77::4]:50210", server="[2001:db8::80]:3128", rtt="45 ms", hops=0)
        talk.client.ttl = 57
        talk.handshake()
        return talk

    def asks(talk, path):
        talk.client.sends(b"GET http://cache.example.net/%s HTTP/1.1\r\nHost: cache.example.net\r\n\r\n" % path)
        talk.server.acknowledges()

    HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"

    def stuck(talk):
        asks(talk, b"second")
        cuts = talk.server.sends(HEAD + bytes(9000))
        talk.server.backs_off(*cuts[0], times=6, first="245 ms", lost=False)
        return talk

    hit = stuck(begin())

    near_miss = begin()
    asks(near_miss, b"first")
    near_miss.server.sends(HEAD + bytes(9000))
    near_miss.client.acknowledges()
    near_miss = stuck(near_miss)
    return hit, near_miss


def large_segments_down():
    """A TLS flight over IPv6 in one segment, which never comes.

    hit:        the server answers the client's keep-alive half a minute later; its number counts 1,300 octets that never came
    near_miss:  a flight of 801 octets: no matter of size, but it was answered, and the answer got lost
    """

    def begin():
        talk = Conversation(client="[2001:db8::10]:51910", server="[2001:db8:5::25]:8443", rtt="61 ms")
        talk.handshake().client_hello(sni="npm.example.org", go="1.23")
        return talk

    def lost(certificate):
        talk = begin()
        talk.server_flight(certificate=certificate, lost=[0])
        talk.stays_silent("31 s")
        talk.client.closes()
        return talk

    hit, near_miss = lost(945), lost(446)
    return hit, near_miss


def repeats_given_up():
    """The other side gives its repeats up with a reset: that nobody acknowledged them is what went wrong, not the reset.

    hit:        a download arrives and is not acknowledged any more; six repeats, then the server's RST after 20 s
    near_miss:  the client acknowledges the repeats, and the server resets in the midst of the body
    """

    def begin():
        talk = Conversation(client="192.0.2.44:40022", server="198.51.100.77:9000", rtt="31 ms")
        talk.handshake().opens(sni="backup.example.net").response("600 B")
        talk.request(46).response("9000 B", ends=False)
        return talk

    hit = begin()
    cuts = hit.server.sends("7000 B")
    hit.server.backs_off(*cuts[0], times=6, first="260 ms", lost=False)
    hit.passes("4 s").server.resets()

    near_miss = begin()
    cuts = near_miss.server.sends("7000 B")
    near_miss.server.backs_off(*cuts[0], times=2, first="260 ms", lost=False)
    near_miss.client.acknowledges()
    near_miss.passes("1.5 s").server.resets()
    return hit, near_miss


def two_stacks():
    """Two stacks behind one address: a translated container, and the host, which resets what conntrack calls INVALID.

    hit:        old segments come again, RSTs without an id answer them, the client acknowledges on; at last the server resets
    near_miss:  the client's only RST comes with its end, after the response was whole
    """
    hit = Conversation(client="192.0.2.91:43210", server="198.51.100.61:8443", rtt="48 ms")
    hit.handshake().opens(sni="pool.example.org").response("600 B")
    hit.request(46)
    hit.streams(hit.body("4000 B", ends=False))
    hit.streams(hit.body("4000 B", ends=False))
    again = len(hit.server.stream) - 3 * hit.server.segment
    for _ in range(3):
        hit.passes("3 ms").server.resends(again, again + hit.server.segment)
        hit.client.refuses()
        hit.streams(1400)
    hit.passes("20 ms").server.refuses()

    near_miss = Conversation(client="192.0.2.91:43210", server="198.51.100.61:8443", rtt="48 ms")
    near_miss.handshake().opens(sni="pool.example.org").response("600 B")
    near_miss.passes("4 ms").client.resets()
    return hit, near_miss


def silence_in_a_walk():
    """A walk through the search list in which one step's AAAA gets no answer: the silence costs the time, not the list.

    hit:        the third suffix has its A denied at once and AAAA never; asked twice, 5 s each
    near_miss:  the same walk, each step denied after 1.3 s
    """

    def walk(silent):
        talk = Conversation(client="[2001:db8::20]:50400", server="[2001:db8:31::9]:8443", resolver="2001:db8::53")
        for at, suffix in enumerate(("a.example.test", "b.example.test", "c.example.test")):
            for question in talk.asks_both(f"files.example.net.{suffix}"):
                if silent and at == 2 and question.kind == "AAAA":
                    talk.passes("5.002 s").asks(question.name, "AAAA")
                    talk.passes("5.003 s")
                else:
                    talk.answers(question, rcode="NXDOMAIN", after="2 ms" if silent else "1.3 s")
        talk.dns("files.example.net", "2001:db8:31::9")
        talk.handshake().opens(sni="files.example.net").fetches("800 B").exits()
        return talk

    return walk(True), walk(False)


def a_sender_that_is_told():
    """Recorded at the server: a router tells it that its segments are too big, over IPv6.

    hit:        it is told each time, and sends 1428 octets again, five times
    near_miss:  it sends the same octets in two segments, which are acknowledged
    """

    def begin():
        talk = Conversation(client="[2001:db8:77::4]:50310", server="[2001:db8::80]:8081", rtt="45 ms", hops=0)
        talk.client.ttl = 57
        talk.handshake()
        talk.client.sends(b"GET /list HTTP/1.1\r\nHost: list.example.net\r\n\r\n")
        talk.server.acknowledges()
        return talk, talk.server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1300\r\n\r\n" + bytes(1385))

    def told(talk):
        talk.icmp_error(
            talk.last_frame(), kind=2, code=0, mtu=1380, reporter="2001:db8::1", after="300 us", receiver="2001:db8::80"
        )

    hit, cuts = begin()
    told(hit)
    for wait in ("240 ms", "480 ms", "960 ms", "1.92 s", "3.84 s"):
        hit.passes(wait).server.resends(*cuts[0])
        told(hit)

    near_miss, ((begun, end), *_) = begin()
    told(near_miss)
    near_miss.server.resends(begun, begun + 1300)
    near_miss.server.resends(begun + 1300, end)
    near_miss.client.acknowledges()
    near_miss.client.closes()
    near_miss.server.closes()
    near_miss.client.acknowledges()
    return hit, near_miss


def silence_after_a_pause():
    """Pings every 20 s, the last of them repeated in vain: a pause that the connection outlived three times forgets nothing.

    hit:        the path died; the pause before the last ping is as long as those before
    near_miss:  the last pause is 40 s: a box between forgot the connection
    """

    def begin(pause):
        talk = Conversation(server="198.51.100.7:5222").handshake()
        for _ in range(3):
            talk.passes("20 s").client.sends(b"ping")
            talk.server.sends(b"pong")
            talk.client.acknowledges()
        talk.passes(pause)
        (cut,) = talk.client.sends(b"ping", lost=True)
        talk.client.backs_off(*cut, times=8)
        return talk

    return begin("21 s"), begin("40 s")


def no_such_connection():
    """Recorded from its middle on: an hour of silence, and a RST without ACK answers what is said first after it.

    hit:        whoever sent it knows of no such connection
    near_miss:  it is acknowledged and answered, and the server closes
    """

    def begin():
        talk = Conversation(server="198.51.100.7:6380").handshake()
        opening = len(talk.frames)
        for _ in range(2):
            talk.client.sends(b"ask a")
            talk.server.sends(b"$1 b")
            talk.client.acknowledges()
        talk.passes("3600 s").client.sends(b"ask a")
        return opening, talk

    def joined(opening, talk):
        times = [at for at, _ in talk.frames]
        return Timeline(talk, keep=lambda at, _: at > times[opening - 1])

    opening, hit = begin()
    hit.server.refuses()

    late, near_miss = begin()
    near_miss.server.sends(b"$1 b")
    near_miss.client.acknowledges()
    near_miss.server.closes()
    near_miss.client.closes()
    near_miss.server.acknowledges()
    return joined(opening, hit), joined(late, near_miss)


def answers_as_long_as_each_other():
    """Three responses over TLS, each asked for and 9 kB in one record, and the server's FIN at once.

    hit:        the last response fills two such records: more was to come
    near_miss:  it fills one, as those before
    """

    def begin(last):
        talk = secure("198.51.100.7:443", "api.example.org", alpn=("http/1.1",))
        for records in (1, 1, 1, last):
            talk.request(60)
            for _ in range(records):
                talk.server.sends(talk.record(9000))
                talk.client.acknowledges()
        talk.server.closes()
        talk.client.closes()
        talk.server.acknowledges()
        return talk

    return begin(2), begin(1)


def an_address_of_the_other_family_late():
    """SYNs over IPv6 with a kernel's back-off, the last of them after 20 s, and the first over IPv4 when it gives up.

    hit:        33 s after the first SYN: the kernel waits once more as long as it has tried, and the next address answers
    near_miss:  a minute after it: another wait for the same name
    """

    def begin(later):
        asked = Script().dns("files.example.net", "198.51.100.7", "2001:db8:7::5")
        dead = Conversation("[2001:db8::10]:51000", "[2001:db8:7::5]:443", start=asked.now).syns()
        talk = Conversation("192.0.2.10:51001", "198.51.100.7:443", start=dead.now).passes(later).handshake()
        encrypts(talk, "files.example.net").request(60).response("600 B")
        return Timeline(asked, dead, talk.both_close())

    return begin("13 s"), begin("41 s")


PAIRS = (
    (reset_with_a_reason, "tls/reset-after-client-hello", "module-proxy", "tls/not-tls"),
    (large_segments_up, "tcp/mtu-black-hole", "path", "tcp/path-death"),
    (large_segments_down, "tcp/mtu-black-hole", "path", "tls/server-hello-missing"),
    (large_segments_of_a_server, "tcp/mtu-black-hole", "path", None),
    (repeats_given_up, "local/ingress-dropped", "client-host", "tcp/reset"),
    (two_stacks, "tcp/reset", "client-host", None),
    (silence_in_a_walk, "dns/one-family-unanswered", "resolver", "dns/search-list-walk"),
    (a_sender_that_is_told, "tcp/mtu-signalled", "server", None),
    (silence_after_a_pause, "tcp/path-death", "path", "tcp/idle-connection-dropped"),
    (no_such_connection, "tcp/reset", "server", None),
    (an_address_of_the_other_family_late, "tcp/ipv6-fallback", "path", "tcp/syn-unanswered"),
    (answers_as_long_as_each_other, "tcp/early-close", "server", None),
)
"""Story, what its hit is and who is to blame for it, and what its near miss is."""
