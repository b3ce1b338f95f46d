"""Queries with an OPT record vanish, queries without one are answered by the same resolver.

hit:        go's lookup dies in silence; git's, without OPT, for the same name is answered
near_miss:  go's first round is lost too, but the second, with OPT like the first, is answered
"""

from captures.recipes import Conversation, Script

NAME, ADDRESS = "proxy.golang.org", "198.51.100.5"

hit = Script()
for _ in range(2):
    hit.asks_both(NAME)
    hit.passes("2.4 s")
    plain = hit.asks(NAME, "A", edns=False, port=40321), hit.asks(NAME, "AAAA", edns=False, port=40321)
    hit.answers_both(plain, ADDRESS)
    hit.passes("2.6 s")
hit.link_is_alive()

near_miss = Conversation(server="198.51.100.5:443")
near_miss.asks_both(NAME)
near_miss.passes("2.4 s")
plain = near_miss.asks(NAME, "A", edns=False, port=40321), near_miss.asks(NAME, "AAAA", edns=False, port=40321)
near_miss.answers_both(plain, ADDRESS)
near_miss.until("5.005 s").dns(NAME, ADDRESS)
near_miss.handshake().opens().fetches().exits()
