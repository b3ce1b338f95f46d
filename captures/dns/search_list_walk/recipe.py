"""Suffix after suffix is tried before the real name.

hit:        three suffixes, each turned down after 1.1 s, before each of two names
near_miss:  one suffix, turned down at once
"""

from captures.recipes import Conversation, Timeline

SUFFIXES = ("build.svc.example.test", "svc.example.test", "example.test")


def walk(talk, name, suffixes, after):
    for suffix in suffixes:
        for question in talk.asks_both(f"{name}.{suffix}"):
            talk.answers(question, rcode="NXDOMAIN", after=after)


def build(suffixes, after):
    talk = Conversation(server="198.51.100.5:443")
    walk(talk, "proxy.golang.org", suffixes, after)
    talk.dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches()
    other = Conversation(client="192.0.2.10:51002", server="203.0.113.7:443", start=talk.now)
    walk(other, "sum.golang.org", suffixes, after)
    other.dns("sum.golang.org", "203.0.113.7")
    other.handshake().opens(sni="sum.golang.org").fetches().exits()
    talk.joins(other).exits()
    return Timeline(talk, other)


hit = build(SUFFIXES, after="1.1 s")
near_miss = build(SUFFIXES[:1], after="4 ms")
