"""TLS 1.2, so that the certificate can be read, and it is for other names.

hit:        the SNI is proxy.golang.org, the certificate covers *.example.net; the client says bad_certificate and closes
near_miss:  the name is an alias (CNAME) and the certificate has a wildcard: *.golang.org covers the SNI
"""

from captures.recipes import Conversation, tls
from captures.recipes.certificates import chain

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake().client_hello(sni="proxy.golang.org")
hit.server_flight(chain=chain("*.example.net", "example.net"))
hit.passes("2 ms").client.sends(tls.alert("bad_certificate"))
hit.both_close()

near_miss = Conversation(server="198.51.100.5:443")
four, six = near_miss.asks_both("proxy.golang.org")
near_miss.answers(four, ("CNAME", "front.example.net"), ("A", "198.51.100.5"))
near_miss.answers(six, ("CNAME", "front.example.net"))
near_miss.handshake().opens(chain=chain("*.golang.org", "golang.org")).fetches().exits()
