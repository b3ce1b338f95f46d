"""SYNs go out on the kernel's schedule, and nothing comes back.

hit:        nine SYNs in 19.6 s; go gives up 30 s after it began, while the link is alive
near_miss:  the first SYN is lost, the second is answered
"""

from captures.recipes import Conversation


def build():
    return Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")


hit = build()
hit.syns()
hit.until("30.01 s").link_is_alive()

near_miss = build()
near_miss.handshake(lost_syns=1).opens().fetches().exits()
