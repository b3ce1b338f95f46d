"""Client and server have no version of TLS in common.

hit:        a fatal protocol_version alert answers the ClientHello
near_miss:  the server knows TLS 1.2 only, and so does the client still
"""

from captures.recipes import Conversation, tls
from captures.recipes.certificates import chain

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake().client_hello(sni="proxy.golang.org")
hit.passes("1 ms").server.sends(tls.alert("protocol_version", version=0x0301))
hit.server.closes(unasked=True)
hit.passes("300 us").client.closes()
hit.server.acknowledges()

near_miss = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
near_miss.handshake().opens(chain=chain("proxy.golang.org")).fetches().exits()
