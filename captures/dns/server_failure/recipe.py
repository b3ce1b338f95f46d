"""The resolver says SERVFAIL.

hit:        to both families, and again when go asks a second time; nothing can follow
near_miss:  to AAAA only; A is answered, and go takes that
"""

from captures.recipes import Conversation, Script

hit = Script()
for _ in range(2):
    for question in hit.asks_both("proxy.golang.org"):
        hit.answers(question, rcode="SERVFAIL", after="35 ms")

near_miss = Conversation(server="198.51.100.5:443")
four, six = near_miss.asks_both("proxy.golang.org")
near_miss.answers(four, ("A", "198.51.100.5"))
near_miss.answers(six, rcode="SERVFAIL", after="35 ms")
near_miss.answers(near_miss.asks("proxy.golang.org", "AAAA"), rcode="SERVFAIL")
near_miss.handshake().opens().fetches().exits()
