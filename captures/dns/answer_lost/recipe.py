"""One query of two gets no answer; the repeat 5 s later does.

hit:        A is lost once
near_miss:  nothing is lost: A takes 1.4 s
"""

from captures.recipes import Conversation

hit = Conversation(server="198.51.100.5:443")
four, six = hit.asks_both("proxy.golang.org")
hit.answers(six)
hit.until("5.005 s")
hit.answers(hit.asks("proxy.golang.org", "A"), ("A", "198.51.100.5"))
hit.handshake().opens().fetches().exits()

near_miss = Conversation(server="198.51.100.5:443")
four, six = near_miss.asks_both("proxy.golang.org")
near_miss.answers(six)
near_miss.answers(four, ("A", "198.51.100.5"), after="1.4 s")
near_miss.handshake().opens().fetches().exits()
