"""The name is answered, and no SYN follows: this host's own firewall drops what it sends before the capture sees it.

hit:        nothing for go's 30 s, then the fallback's name is looked up, answered, and nothing again
near_miss:  the host is busy, and the SYN leaves 2 s after the answer
"""

from captures.recipes import Conversation, Script

hit = Script()
hit.dns("proxy.golang.org", "198.51.100.5")
hit.until("30.01 s").dns("goproxy.example.test", "203.0.113.7")
hit.until("60.02 s").link_is_alive()

near_miss = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
near_miss.passes("2 s").handshake().opens().fetches().exits()
