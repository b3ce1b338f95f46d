"""A FIN answers the ClientHello.

hit:        the server acknowledges it and closes
near_miss:  the client closes first: a surplus connection, of which go needs only one
"""

from captures.recipes import Conversation, Timeline

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake().client_hello(sni="proxy.golang.org")
hit.passes("1 ms").server.closes()
hit.passes("500 us").client.closes()
hit.server.acknowledges()

kept = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
surplus = Conversation(client="192.0.2.10:51002", server="198.51.100.5:443", start=kept.now, rtt="24 ms")
surplus.passes("30 us").handshake()
surplus.client_hello()
kept.handshake().opens()
surplus.joins(kept).both_close()
kept.fetches("1200 B", "9 kB").exits()
near_miss = Timeline(kept, surplus)
