"""A RST answers the SYN.

hit:        from the only address there is
near_miss:  from the first of two addresses; the second accepts at once
"""

from captures.recipes import Conversation, Timeline

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.client.synchronizes()
hit.server.refuses()

first = Conversation(server="198.51.100.6:443").dns("proxy.golang.org", "198.51.100.6", "198.51.100.5")
first.client.synchronizes()
first.server.refuses()
second = Conversation(client="192.0.2.10:51002", server="198.51.100.5:443", start=first.now)
second.handshake().opens().fetches().exits()
near_miss = Timeline(first, second)
