"""The second request is acknowledged and nothing answers it, though both ends answer keep-alives.

hit:        for 62 s, with no end in sight: go has no timer for this
near_miss:  the response comes and ends; the connection is then as idle, for as long, and nobody owes anything
"""

from captures.recipes import Conversation


def build():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    return talk.handshake().opens().fetches("1200 B").request(46)


hit = build()
hit.stays_silent("62 s", probing=("client", "server"))

near_miss = build()
near_miss.response("1800 B", after="300 ms")
near_miss.stays_silent("62 s", probing=("client", "server"))
