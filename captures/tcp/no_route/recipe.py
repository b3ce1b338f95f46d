"""The resolver is on the link and answers; the gateway is gone, and is asked for in vain: no SYN can leave.

hit:        three questions for the gateway, a second apart; then the same for the fallback's name
near_miss:  the gateway is slow to answer, the third question is, and the SYN leaves
"""

from captures.recipes import Conversation, Script

hit = Script()
hit.dns("proxy.golang.org", "198.51.100.5").passes("200 us").asks_neighbour()
hit.dns("goproxy.example.test", "203.0.113.7").passes("200 us").asks_neighbour()

near_miss = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
near_miss.asks_neighbour(times=2).link_is_alive()
near_miss.handshake().opens().fetches().exits()
