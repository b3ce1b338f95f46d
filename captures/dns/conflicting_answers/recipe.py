"""Two answers to one query that do not agree: somebody on the way was faster.

hit:        an address after 1 ms, another after 14 ms; go believes the first, and nothing is there
near_miss:  the same answer twice: a datagram was doubled on its way
"""

from captures.recipes import Conversation

hit = Conversation(server="203.0.113.66:443")
four, six = hit.asks_both("proxy.golang.org")
hit.answers(four, ("A", "203.0.113.66"), after="1 ms", ttl=57, edns=False)
hit.answers(six, after="14 ms")
hit.answers(four, ("A", "198.51.100.5"), after="14100 us")
hit.rejects_datagram(hit.last_frame(), "192.0.2.53")
hit.syns()
hit.until("30.02 s").link_is_alive()

near_miss = Conversation(server="198.51.100.5:443")
four, six = near_miss.asks_both("proxy.golang.org")
near_miss.answers(six, after="14 ms")
near_miss.answers(four, ("A", "198.51.100.5"), after="14100 us")
near_miss.answers(four, ("A", "198.51.100.5"), after="14160 us")
near_miss.rejects_datagram(near_miss.last_frame(), "192.0.2.53")
near_miss.handshake().opens().fetches().exits()
