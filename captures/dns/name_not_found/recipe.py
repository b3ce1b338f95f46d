"""A name that was needed does not exist.

hit:        NXDOMAIN for both families; the command has nowhere to go
near_miss:  NXDOMAIN for the name with the search suffix only; the name itself exists
"""

from captures.recipes import Conversation, Script

hit = Script()
for question in hit.asks_both("goproxy.example.test"):
    hit.answers(question, rcode="NXDOMAIN", after="24 ms")

near_miss = Conversation(server="198.51.100.5:443")
for question in near_miss.asks_both("proxy.golang.org.corp.example.test"):
    near_miss.answers(question, rcode="NXDOMAIN", after="5 ms")
near_miss.dns("proxy.golang.org", "198.51.100.5")
near_miss.handshake().opens().fetches().exits()
