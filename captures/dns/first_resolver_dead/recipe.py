"""The first resolver of two is silent; every lookup waits 5 s before the second is asked.

hit:        two lookups, both paid
near_miss:  the first resolver loses one lookup and answers the next: it is not dead
"""

from captures.recipes import Conversation, Timeline


def build(first_answers_later):
    talk = Conversation(server="198.51.100.5:443", resolver="192.0.2.53")
    talk.asks_both("proxy.golang.org")
    talk.passes("5.005 s")
    talk.dns("proxy.golang.org", "198.51.100.5", resolver="192.0.2.54")
    talk.handshake().opens().fetches()

    other = Conversation(client="192.0.2.10:51002", server="203.0.113.7:443", start=talk.now, resolver="192.0.2.53")
    if first_answers_later:
        other.dns("sum.golang.org", "203.0.113.7")
    else:
        other.asks_both("sum.golang.org")
        other.passes("5.005 s")
        other.dns("sum.golang.org", "203.0.113.7", resolver="192.0.2.54")
    other.handshake().opens(sni="sum.golang.org").fetches().exits()
    talk.joins(other).exits()
    return Timeline(talk, other)


hit = build(first_answers_later=False)
near_miss = build(first_answers_later=True)
