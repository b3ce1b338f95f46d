"""Nothing gets through for a while, and then all goes on.

hit:        a request is sent six times in 6.8 s before it is acknowledged
near_miss:  its first copy is lost, the second is acknowledged 220 ms later
"""

from captures.recipes import Conversation


def build(lost):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response("600 B")
    start = len(talk.client.stream)
    talk.passes("300 us").client.sends(talk.record(46), lost=True)
    piece = (start, len(talk.client.stream))
    talk.client.backs_off(*piece, times=lost, lost=range(lost - 1))
    talk.server.acknowledges()
    talk.response("6 kB")
    talk.exits()
    return talk


hit = build(lost=5)
near_miss = build(lost=1)
