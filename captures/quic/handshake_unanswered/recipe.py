"""A browser tries QUIC first, and nothing comes back: it goes to TCP after four seconds.

hit:        Initials at 0, 1 and 3 s in vain, then TCP at 4 s, over which all works
near_miss:  QUIC and TCP are raced, TCP begins 0.3 s later and is made at once: nothing was lost to the silence
"""

from captures.recipes import Conversation, Quic, Timeline


def build(initials, tcp_after):
    quic = Quic().dns("files.example.org", "198.51.100.5")
    begun = quic.now
    quic.initials(initials)
    talk = Conversation(start=begun).passes(tcp_after)
    talk.handshake().opens("files.example.org").fetches("1200 B", "4 kB").exits()
    return Timeline(quic, talk)


hit = build(3, "4 s")
near_miss = build(2, "300 ms")
