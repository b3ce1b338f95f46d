"""The ServerHello comes, the rest of the flight does not, and nothing is lost: all that was sent is acknowledged.

hit:        silence until go's timer closes the connection after 10 s
near_miss:  the rest comes 0.8 s later
"""

from captures.recipes import Conversation, tls


def build():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().client_hello(sni="proxy.golang.org")
    return talk.server_hello()


hit = build()
hit.until("10.025 s").client.closes()
hit.server.acknowledges()

near_miss = build()
near_miss.passes("0.8 s").streams(tls.server_rest(seed=near_miss.server.seed))
near_miss.client_finished().request(acknowledged=False).settings().fetches().exits()
