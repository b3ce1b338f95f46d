"""ICMP says that nothing listens on the resolver's port.

hit:        port unreachable from the resolver to every query
near_miss:  port unreachable from the client: the answer came 200 ms after the socket was closed, the repeat was answered
"""

from captures.recipes import Conversation, Script

hit = Script()
for _ in range(2):
    for kind in ("AAAA", "A"):
        hit.asks("proxy.golang.org", kind)
        hit.icmp_error(hit.frames[-1][1], code=3, reporter="192.0.2.53", after="1 ms", hops=0)
        hit.passes("120 us")

near_miss = Conversation(server="198.51.100.5:443")
four, six = near_miss.asks_both("proxy.golang.org")
near_miss.answers(six)
near_miss.until("5.003 s")
again = near_miss.asks("proxy.golang.org", "A")
near_miss.answers(four, ("A", "198.51.100.5"), after="5.2 s")
near_miss.rejects_datagram(near_miss.last_frame(), "192.0.2.53")
near_miss.answers(again, ("A", "198.51.100.5"), after="210 ms")
near_miss.handshake().opens().fetches().exits()
