"""The server closes before the data ends.

hit:        FIN after 9 kB of a body whose end was not sent
near_miss:  FIN after END_STREAM
"""

from captures.recipes import Conversation


def build(ends):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response("600 B")
    talk.request(46).response("9000 B", ends=ends)
    talk.passes("400 ms").server.closes()
    talk.client.closes()
    talk.server.acknowledges()
    return talk


hit = build(ends=False)
near_miss = build(ends=True)
