"""Segments are lost again and again, so that the timer, not the path, sets the pace.

hit:        in each of five flights the first segment is lost, its fast retransmission
            too, and two of the timer's: 1.7 s each time
near_miss:  the same body; one segment is lost once, and fast retransmission repairs it within a round trip
"""

from captures.recipes import Conversation

FLIGHTS, SEGMENTS = 5, 5


def begin():
    talk = Conversation(server="198.51.100.5:443", rtt="40 ms").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens()
    return talk


def flights(talk, losses):
    """A body in flights; of each flight the first segment is lost as often as ``losses`` says."""
    size = FLIGHTS * SEGMENTS * talk.server.segment - 400
    body = talk.body(size)
    flight = SEGMENTS * talk.server.segment
    talk.passes("1 ms").server.sends(talk.record(88))
    for index, at in enumerate(range(0, len(body), flight)):
        lost = losses[index]
        piece = body[at : at + flight]
        cuts = talk.streams(piece, lost=(0,) if lost else ())
        if lost:
            talk.passes("41 ms").server.resends(*cuts[0], lost=lost > 1)
            if lost > 1:
                talk.server.backs_off(*cuts[0], times=lost - 1, first="240 ms", lost=range(lost - 2))
            talk.client.acknowledges()
        talk.passes("39 ms")
    talk.consumes(size)
    talk.exits()
    return talk


hit = flights(begin(), losses=[4] * FLIGHTS)
near_miss = flights(begin(), losses=[0, 0, 1, 0, 0])
