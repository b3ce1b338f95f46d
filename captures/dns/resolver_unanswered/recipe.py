"""The only resolver never answers, and go asks twice.

hit:        both families asked at 0 and 5 s; the gateway answers ARP all the while, so the link is alive
near_miss:  the first round is lost as well, but the second is answered
"""

from captures.recipes import Conversation, Script


def unanswered_round(talk):
    talk.asks_both("proxy.golang.org")
    talk.passes("5.005 s")


hit = Script()
unanswered_round(hit)
hit.link_is_alive()
unanswered_round(hit)
hit.link_is_alive()

near_miss = Conversation(server="198.51.100.5:443")
unanswered_round(near_miss)
near_miss.dns("proxy.golang.org", "198.51.100.5")
near_miss.handshake().opens().fetches().exits()
