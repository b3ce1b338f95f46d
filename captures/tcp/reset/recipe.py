"""A RST in the middle of a transfer.

hit:        the server's own kernel resets after 9 of many kB: time stamps, next IP id, same TTL
near_miss:  the response is complete; then the client's process ends and its kernel resets
"""

from captures.recipes import Conversation


def begin(**body):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response("600 B")
    talk.request(46).response("9000 B", **body)
    return talk


hit = begin(ends=False)
hit.passes("2.1 s").server.resets()

near_miss = begin()
near_miss.passes("4 ms").client.resets()
