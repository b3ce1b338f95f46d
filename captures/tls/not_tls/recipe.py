"""What answers the ClientHello is no TLS record.

hit:        a web server without TLS says 400 Bad Request
near_miss:  the same kind of line, but it answers a CONNECT, and TLS follows
"""

from captures.recipes import Conversation

REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request"

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake().client_hello(sni="proxy.golang.org")
hit.passes("1 ms").server.sends(REFUSAL)
hit.server.closes(unasked=True)
hit.passes("300 us").client.closes()
hit.server.acknowledges()

near_miss = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
near_miss.handshake().connect_request("proxy.golang.org:443")
near_miss.passes("22 ms").server.sends(b"HTTP/1.1 200 Connection established\r\n\r\n")
near_miss.opens().fetches().exits()
