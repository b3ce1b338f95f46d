"""The resolver refuses to answer this client.

hit:        REFUSED to everything, from the only resolver
near_miss:  REFUSED from the first of two; go asks the second at once
"""

from captures.recipes import Conversation, Script

hit = Script()
for _ in range(2):
    for question in hit.asks_both("proxy.golang.org"):
        hit.answers(question, rcode="REFUSED", after="3 ms")

near_miss = Conversation(server="198.51.100.5:443")
for question in near_miss.asks_both("proxy.golang.org"):
    near_miss.answers(question, rcode="REFUSED", after="3 ms")
near_miss.dns("proxy.golang.org", "198.51.100.5", resolver="192.0.2.54")
near_miss.handshake().opens().fetches().exits()
