"""Segments arrive out of order, enough to make the server send needless copies.

hit:        in each of five flights the first segment is overtaken by four; the server repeats it, D-SACK says needlessly
near_miss:  two neighbours change places once

Time stamps are in nanoseconds.
"""

from captures.recipes import Conversation, Timeline

OVERTAKEN, SWAPPED = [1, 2, 3, 4, 0], [0, 2, 1, 3, 4]


def build(orders):
    talk = Conversation(server="198.51.100.5:443", rtt="30 ms").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens()
    flight = 5 * talk.server.segment
    body = talk.body(len(orders) * flight - 400)
    talk.passes("1 ms").server.sends(talk.record(88))
    talk.client.acknowledges()
    for index, order in enumerate(orders):
        piece = body[index * flight : (index + 1) * flight]
        if not order:
            talk.streams(piece)
        else:
            cuts = talk.server.sends(piece, order=order, gap="300 us")
            if order == OVERTAKEN:
                talk.passes("29 ms").server.resends(*cuts[0])
                talk.client.acknowledges(again=cuts[0])
        talk.passes("5 ms")
    talk.consumes(len(orders) * flight)
    talk.exits()
    return Timeline(talk, resolution="ns")


hit = build([OVERTAKEN] * 5)
near_miss = build([None, SWAPPED, None, None, None])
