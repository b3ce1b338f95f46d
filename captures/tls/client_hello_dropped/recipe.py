"""TCP connects, and nothing the client sends afterwards is ever acknowledged.

hit:        tail loss probe and five retransmissions of the ClientHello in vain; go gives up after 10 s, and its FIN has
            to wait behind the data, so that the connection just falls silent
near_miss:  both segments are lost once; the probe brings a SACK, the first segment follows, and all is well
"""

from captures.recipes import Conversation


def build():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake()
    first, tail = talk.client_hello(sni="proxy.golang.org", lost=True, acknowledged=False)
    return talk.passes("42 ms"), first, tail


hit, first, tail = build()
hit.client.resends(*tail, lost=True)
hit.client.backs_off(*first, times=5)
hit.until("10.3 s").link_is_alive()

near_miss, first, tail = build()
near_miss.client.resends(*tail)
near_miss.server.acknowledges()
near_miss.client.resends(*first)
near_miss.server.acknowledges()
near_miss.server_flight()
near_miss.client_finished().request(acknowledged=False).settings().fetches().exits()
