"""A RST answers the ClientHello.

hit:        from a box on the way: another TTL, IP id 0, no ACK, no time stamps, and the server's own ACK comes after it
near_miss:  the RST is the client's: of two connections go keeps the one that was ready first and drops the other
"""

from captures.recipes import Conversation, Timeline

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake()
hit.client_hello(sni="proxy.golang.org", acknowledged=False)
hit.server.forged_reset(ttl=59, after="7 ms")
hit.passes("12 ms").server.acknowledges()
hit.client.refuses()

kept = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
surplus = Conversation(client="192.0.2.10:51002", server="198.51.100.5:443", start=kept.now, rtt="24 ms")
surplus.passes("30 us").handshake()
surplus.client_hello()
kept.handshake().opens()
surplus.joins(kept).client.resets()
kept.fetches("1200 B", "9 kB").exits()
near_miss = Timeline(kept, surplus)
