"""TLS 1.2, so that the certificate's dates can be read.

hit:        it expired on 2023-12-31, a day before the capture
near_miss:  it expires two hours after the capture
"""

from captures.recipes import Conversation, tls
from captures.recipes.certificates import chain

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake().client_hello(sni="proxy.golang.org")
hit.server_flight(chain=chain("proxy.golang.org", expires="2023-12-31T00:00:00+00:00"))
hit.passes("2 ms").client.sends(tls.alert("bad_certificate"))
hit.both_close()

near_miss = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
near_miss.handshake()
near_miss.opens(chain=chain("proxy.golang.org", expires="2024-01-01T02:00:00+00:00")).fetches().exits()
