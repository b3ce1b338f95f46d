"""The body comes steadily and slowly, each piece as soon as the server has it: nothing queues, the window is open.

hit:        60 records of 400 octets, one each 0.4 s
near_miss:  the same records, one each 5 ms
"""

from captures.recipes import Conversation


def build(gap):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B").request(46)
    talk.passes("1 ms").server.sends(talk.record(88))
    for _ in range(60):
        talk.passes(gap).server.sends(talk.record(409), unasked=True)
        talk.client.acknowledges()
    talk.server.sends(talk.record(9), unasked=True)
    talk.client.acknowledges()
    talk.exits()
    return talk


hit = build("400 ms")
near_miss = build("5 ms")
