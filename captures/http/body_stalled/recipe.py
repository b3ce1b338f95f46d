"""A body stops in its middle; the path is alive and the client's window is open.

hit:        after 20 kB nothing new for 62 s, while both ends answer keep-alives
near_miss:  the body ends with its END_STREAM record of 26 octets, and the same idleness follows
"""

from captures.recipes import Conversation


def build(ends):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B").request(46)
    talk.response("20480 B", ends=ends)
    return talk.stays_silent("62 s", probing=("client", "server"))


hit = build(ends=False)
near_miss = build(ends=True)
