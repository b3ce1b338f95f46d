"""A thin link: steady, far too slow, and with a long queue before it.

hit:        9 kB/s for 24 s; the server's time stamps show that its segments waited 1.6 s on their way
near_miss:  the same body at 1 MB/s, with no queue

Frames are cut to 128 octets.
"""

from captures.recipes import Conversation, Timeline

SIZE = "210 kB"


def build(gap, queue=None):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response("600 B")
    talk.request(46)
    talk.response(SIZE, gap=gap, queue=queue, updates=False)
    talk.exits()
    return Timeline(talk, snapshot=128)


hit = build(gap="160 ms", queue="1.6 s")
near_miss = build(gap="1400 us")
