"""Pairs of uploads recorded where they arrive: what was lost on the way is not in the capture, only what came again."""

from captures.recipes import Conversation

FLIGHT = 10
"""Segments that leave together."""


def begin(client, server, recorded_at="server"):
    """A PUT in clear whose first flights come through."""
    talk = Conversation(client=client, server=server, rtt="46 ms", hops=9, recorded_at=recorded_at)
    talk.handshake()
    talk.client.sends(b"PUT /images/7 HTTP/1.1\r\nHost: store.example.org\r\nContent-Length: 300000\r\n\r\n")
    talk.server.acknowledges()
    flights(talk, 6)
    return talk


def flights(talk, count):
    """So many flights of the body, each acknowledged; gives their segments."""
    cuts = []
    for _ in range(count):
        cuts += talk.client.sends(FLIGHT * talk.client.segment)
        talk.server.acknowledges()
    return cuts


def ends(talk):
    """The rest of the body, and the answer."""
    talk.client.sends(300_000 - len(talk.client.stream) + 83)
    talk.server.acknowledges()
    talk.server.sends(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", unasked=True)
    talk.client.acknowledges()
    return talk.both_close()


def outage_of_an_upload():
    """The path is gone for some seconds in the midst of what a client sends, and the recorder stands at the server.

    hit:        a flight and five repeats of its first segment never come; 7 s later that segment comes, alone, and the flight
                after it; the IP ids count what never came
    near_miss:  nothing leaves for 7 s, and then the whole flight comes: the client had nothing to send
    """
    talk = begin("203.0.113.40:41320", "192.0.2.80:8080")
    lost = talk.client.sends(FLIGHT * talk.client.segment, lost=True)
    talk.client.backs_off(*lost[0], times=6, first="110 ms", lost=range(5))
    talk.server.acknowledges()
    for cut in lost[1:]:
        talk.client.resends(*cut)
    talk.server.acknowledges()
    hit = ends(talk)

    near_miss = begin("203.0.113.40:41320", "192.0.2.80:8080")
    near_miss.passes("7 s")
    return hit, ends(near_miss)


def outage_of_an_upload_over_ipv6():
    """The same over IPv6, which has no ids: that the client began anew shows in its one segment a round trip before the next.

    hit:        a flight is lost, and comes again after 4 s: one segment, then two
    near_miss:  recorded at the client, which stops for 4 s and goes on with a single segment and then two: what it sent was
                acknowledged, and it lost nothing
    """

    def again(talk):
        first, *rest = flights_of(talk)
        talk.passes("4 s")
        talk.client.sends(first)
        talk.server.acknowledges()
        talk.passes("46 ms")
        for size in rest:
            talk.client.sends(size)
        talk.server.acknowledges()
        return ends(talk)

    def flights_of(talk):
        return talk.client.segment, talk.client.segment, talk.client.segment

    hit = begin("[2001:db8:4::40]:41320", "[2001:db8::80]:8080")
    near_miss = begin("[2001:db8:4::40]:41320", "[2001:db8::80]:8080", recorded_at="client")
    return again(hit), again(near_miss)


PAIRS = (
    (outage_of_an_upload, "tcp/outage", "path", None),
    (outage_of_an_upload_over_ipv6, "tcp/outage", "path", None),
)
