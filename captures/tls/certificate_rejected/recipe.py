"""TLS 1.3: the server's flight is complete, and where the client's Finished should be it sends an alert's 19 octets.

hit:        Change Cipher Spec and that record, 30 octets; then the server closes
near_miss:  Change Cipher Spec and a Finished, 64 octets; then the client closes: a surplus connection
"""

from captures.recipes import Conversation, Timeline, tls

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake().client_hello(sni="proxy.golang.org")
hit.server_flight()
hit.passes("2 ms").client.sends(tls.CHANGE + hit.record(2))
hit.passes("400 us").server.closes()
hit.client.resets()

kept = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
surplus = Conversation(client="192.0.2.10:51002", server="198.51.100.5:443", start=kept.now)
surplus.passes("30 us").handshake()
surplus.client_hello()
surplus.server_flight()
surplus.client_finished(preface=False)
surplus.passes("200 us").both_close()
kept.handshake().opens().fetches("1200 B", "9 kB").exits()
near_miss = Timeline(kept, surplus)
