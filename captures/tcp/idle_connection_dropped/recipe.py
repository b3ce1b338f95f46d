"""A connection was left idle, and something between has forgotten it.

hit:        after 25 s of nothing a request is sent eight times in 28 s, and nothing comes
near_miss:  after the same pause the first copy is lost, the second is answered
"""

from captures.recipes import Conversation


def begin():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B", "5 kB")
    talk.passes("25 s")
    start = len(talk.client.stream)
    talk.client.sends(talk.record(46), lost=True)
    return talk, (start, len(talk.client.stream))


hit, piece = begin()
hit.client.backs_off(*piece, times=7)

near_miss, piece = begin()
near_miss.client.backs_off(*piece, times=1, lost=False)
near_miss.server.acknowledges()
near_miss.response("2 kB")
near_miss.exits()
