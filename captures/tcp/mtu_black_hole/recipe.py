"""Full-size segments from the server vanish, its short last one arrives, and no ICMP says why.

hit:        the flight's second segment (441 octets) comes and is SACKed; its first never does, until go closes after 10 s
near_miss:  the first segment is lost once; the server's timer sends it again, as large as before, and all is well
"""

from captures.recipes import Conversation


def begin():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().client_hello()
    cuts = talk.server_flight(lost=[0])
    return talk, cuts[0]


hit, _ = begin()
hit.until("10.025 s").client.closes()
hit.server.acknowledges()

near_miss, missing = begin()
near_miss.passes("221 ms").server.resends(*missing)
near_miss.client.acknowledges()
near_miss.client_finished().request(acknowledged=False).settings().fetches().exits()
