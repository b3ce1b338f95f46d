"""What the server sends is damaged on the way: it comes, with a wrong checksum, and is thrown away.

hit:        the rest of a response arrives seven times in vain; over IPv6, until the client gives up after 30 s
near_miss:  all that this machine sends has no right checksum yet, for its card fills them in; two SYNs get lost as well
"""

from captures.recipes import Conversation


def begin(**how):
    return Conversation(client="[2001:db8::10]:50777", server="[2001:db8:61::3]:8443", rtt="38 ms", **how)


hit = begin()
hit.handshake().opens(sni="mirror.example.net").response("600 B")
hit.request(46)
hit.server.checksum = 0x1DEA
cuts = hit.server.sends("3 kB", lost=True)
for wait in ("240 ms", "480 ms", "960 ms", "1.92 s", "3.84 s", "7.68 s"):
    hit.passes(wait).server._put(
        hit.now, "A", hit.server.isn + 1 + cuts[0][0], hit.client.isn + 1 + hit.client.next, 509, (),
        bytes(hit.server.stream[slice(*cuts[0])]), hit.server.ttl, None,
    )  # fmt: skip
hit.passes("15 s").client.closes()

near_miss = begin()
near_miss.client.checksum = 0x0BAD
near_miss.handshake(lost_syns=2).opens(sni="mirror.example.net").fetches("1200 B").exits()
