"""Eight files, one after the other, over a round trip of 600 ms; every answer comes when it has to.

hit:        the waits of a round trip each are nearly all there is
near_miss:  the same files over 40 ms: the waits are as many, and nobody feels them
"""

from captures.recipes import Conversation


def build(rtt):
    talk = Conversation(server="198.51.100.5:443", rtt=rtt).dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches(*["1200 B"] * 8)
    talk.exits()
    return talk


hit = build("600 ms")
near_miss = build("40 ms")
