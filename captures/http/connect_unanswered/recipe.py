"""The HTTP proxy acknowledges CONNECT and says nothing.

hit:        answered keep-alives only, until go's timer closes the connection after 60 s
near_miss:  the proxy needs 1.2 s, then says 200
"""

from captures.recipes import Conversation


def build():
    talk = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
    talk.handshake().connect_request("proxy.golang.org:443")
    return talk


hit = build()
hit.stays_silent("60.0 s")
hit.client.closes()
hit.server.acknowledges()

near_miss = build()
near_miss.passes("1.2 s").server.sends(b"HTTP/1.1 200 Connection established\r\n\r\n")
near_miss.opens().fetches().exits()
