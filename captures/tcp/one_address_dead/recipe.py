"""One of a name's addresses is dead, and go tries it first.

hit:        15 s (half of go's 30) on the first address, then the second connects
near_miss:  the second is dead too: nothing saves the connection
"""

from captures.recipes import Conversation, Timeline

DEAD, OTHER = "198.51.100.6", "198.51.100.5"


def build():
    first = Conversation(server=f"{DEAD}:443").dns("proxy.golang.org", DEAD, OTHER)
    first.syns(8)
    second = Conversation(client="192.0.2.10:51002", server=f"{OTHER}:443", start=first.now).passes("3.631 s")
    return first, second


first, second = build()
second.handshake().opens().fetches().exits()
hit = Timeline(first, second)

first, second = build()
second.syns(8)
second.passes("3.631 s").link_is_alive()
near_miss = Timeline(first, second)
