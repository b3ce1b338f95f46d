"""The HTTP proxy turns CONNECT down.

hit:        407, and go has no credentials to offer
near_miss:  200, after a while
"""

from captures.recipes import Conversation

hit = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
hit.handshake().connect_request("proxy.golang.org:443")
hit.replies("407 Proxy Authentication Required", b"no\n", proxy_authenticate='Basic realm="example"')
hit.both_close()

near_miss = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
near_miss.handshake().connect_request("proxy.golang.org:443")
near_miss.passes("180 ms").server.sends(b"HTTP/1.1 200 Connection established\r\n\r\n")
near_miss.opens().fetches().exits()
