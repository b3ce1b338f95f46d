"""The host's own firewall drops what comes in, behind the recorder: the SYN-ACK is captured and was never heard.

hit:        each SYN is answered, and sent again on the kernel's schedule as if it had not been; 30 s
near_miss:  one SYN-ACK is lost behind the recorder, the second is heard
"""

from captures.recipes import Conversation


def build():
    return Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")


hit = build()
hit.unheard()
hit.until("30.01 s").link_is_alive()

near_miss = build()
near_miss.handshake(unheard=1).opens().fetches().exits()
