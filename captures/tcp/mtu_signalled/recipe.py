"""A router says that a segment is too big, and the client sends it again in smaller ones.

hit:        fragmentation needed, next MTU 1300, for the first segment of the ClientHello
near_miss:  the way is as narrow, but the server's MSS says so from the start
"""

from captures.recipes import Conversation

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake()
(begin, end), tail = hit.client_hello(lost=[0], acknowledged=False)
hit.icmp_error(hit.last_frame(2), code=4, mtu=1300, reporter="203.0.113.1", after="6 ms", hops=2, ttl=62)
hit.client.resends(begin, begin + 1248)
hit.client.resends(begin + 1248, end)
hit.passes("14 ms").server.acknowledges(unasked=True)
hit.server.acknowledges(upto=begin + 1248)
hit.server.acknowledges()
hit.server.mss = 1260
hit.server_flight()
hit.client_finished().request(acknowledged=False).settings().fetches().exits()

near_miss = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
near_miss.handshake(mss=1260).opens().fetches().exits()
