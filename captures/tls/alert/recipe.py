"""The server answers with a fatal alert in the clear.

hit:        handshake_failure instead of a ServerHello
near_miss:  TLS 1.2; the alert record comes last, after all is done: the server's close_notify
"""

from captures.recipes import Conversation, tls
from captures.recipes.certificates import chain

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake().client_hello(sni="proxy.golang.org")
hit.passes("1 ms").server.sends(tls.alert("handshake_failure"))
hit.server.closes(unasked=True)
hit.passes("300 us").client.closes()
hit.server.acknowledges()

near_miss = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
near_miss.handshake().opens(chain=chain("proxy.golang.org")).fetches().exits()
