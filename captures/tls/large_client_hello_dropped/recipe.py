"""Of the ClientHello's two segments the short one arrives and is SACKed; the full one never does.

hit:        the full segment is sent seven times in vain
near_miss:  it is lost once; the SACK makes the client send it again at once, and it arrives
"""

from captures.recipes import Conversation


def build():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake()
    first, _ = talk.client_hello(sni="proxy.golang.org", lost=[0], acknowledged=False)
    talk.server.acknowledges()
    return talk.passes("5 ms"), first


hit, first = build()
hit.client.resends(*first, lost=True)
hit.client.backs_off(*first, times=5)
hit.until("10.3 s").link_is_alive()

near_miss, first = build()
near_miss.client.resends(*first)
near_miss.server.acknowledges()
near_miss.server_flight()
near_miss.client_finished().request(acknowledged=False).settings().fetches().exits()
