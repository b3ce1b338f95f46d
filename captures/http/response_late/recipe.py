"""The response comes, late.

hit:        the second request is answered after 12 s
near_miss:  after 0.9 s
"""

from captures.recipes import Conversation


def build(after):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B").request(46)
    talk.response("6 kB", after=after)
    talk.exits()
    return talk


hit = build("12 s")
near_miss = build("0.9 s")
