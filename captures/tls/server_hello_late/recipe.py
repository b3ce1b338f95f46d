"""The ServerHello comes, late, and the rest is quick.

hit:        after 4.2 s, on two connections
near_miss:  after 0.9 s, once
"""

from captures.recipes import Conversation, Timeline


def connect(talk, sni, after):
    talk.handshake().client_hello(sni)
    talk.passes(after).server_flight()
    talk.client_finished().request(acknowledged=False).settings().fetches()


hit_first = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
connect(hit_first, "proxy.golang.org", "4.2 s")
hit_second = Conversation(client="192.0.2.10:51002", server="203.0.113.7:443", start=hit_first.now)
hit_second.dns("sum.golang.org", "203.0.113.7")
connect(hit_second, "sum.golang.org", "4.2 s")
hit_second.exits()
hit_first.joins(hit_second).exits()
hit = Timeline(hit_first, hit_second)

near_miss = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
connect(near_miss, "proxy.golang.org", "0.9 s")
near_miss.exits()
