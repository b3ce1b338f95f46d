"""A is answered at once, AAAA never, and go waits for both.

hit:        AAAA asked at 0 and 5 s; the connection begins after 10 s
near_miss:  AAAA is answered as well, NOERROR with no record
"""

from captures.recipes import Conversation


def fetch(talk):
    talk.handshake().opens().fetches().exits()


hit = Conversation(server="198.51.100.5:443")
four, six = hit.asks_both("proxy.golang.org")
hit.answers(four, ("A", "198.51.100.5"))
hit.until("5.005 s").asks("proxy.golang.org", "AAAA")
hit.until("10.01 s")
fetch(hit)

near_miss = Conversation(server="198.51.100.5:443")
four, six = near_miss.asks_both("proxy.golang.org")
near_miss.answers(four, ("A", "198.51.100.5"))
near_miss.answers(six, after="60 ms")
fetch(near_miss)
