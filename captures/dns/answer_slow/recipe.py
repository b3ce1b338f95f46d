"""The resolver answers, late, and everything else waits.

hit:        3.2 s for each of two names
near_miss:  180 ms: a resolver that has to ask others
"""

from captures.recipes import Conversation, Timeline


def build(after):
    talk = Conversation(server="198.51.100.5:443")
    talk.dns("proxy.golang.org", "198.51.100.5", after=after)
    talk.handshake().opens().fetches()
    other = Conversation(client="192.0.2.10:51002", server="203.0.113.7:443", start=talk.now)
    other.dns("sum.golang.org", "203.0.113.7", after=after)
    other.handshake().opens(sni="sum.golang.org").fetches().exits()
    talk.joins(other).exits()
    return Timeline(talk, other)


hit = build("3.2 s")
near_miss = build("180 ms")
