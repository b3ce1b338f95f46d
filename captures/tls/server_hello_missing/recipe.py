"""The ClientHello is acknowledged and nothing answers it.

hit:        silence until go's timer closes the connection after 10 s
near_miss:  the server's flight comes after 8.9 s, just in time
"""

from captures.recipes import Conversation


def build():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake()
    talk.client_hello(sni="proxy.golang.org")
    return talk


hit = build()
hit.until("10.025 s").client.closes()
hit.server.acknowledges()

near_miss = build()
near_miss.passes("8.9 s").server_flight()
near_miss.client_finished().request(acknowledged=False).settings()
near_miss.fetches("1200 B", "9 kB").exits()
