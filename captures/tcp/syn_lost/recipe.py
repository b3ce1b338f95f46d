"""A SYN is lost and a repeat works.

hit:        two SYNs are lost; the third, 2 s later, is answered
near_miss:  none is lost: the way is long, 600 ms there and back
"""

from captures.recipes import Conversation

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.handshake(lost_syns=2).opens().fetches().exits()

near_miss = Conversation(server="198.51.100.5:443", rtt="600 ms").dns("proxy.golang.org", "198.51.100.5")
near_miss.handshake().opens().fetches().exits()
