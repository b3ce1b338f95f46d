"""A router answers the SYN with ICMP.

hit:        communication administratively prohibited, two hops away
near_miss:  the IPv6 address is unreachable in the same way, and IPv4 works at once
"""

from captures.recipes import Conversation, Script, Timeline

hit = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
hit.client.synchronizes(lost=True)
hit.icmp_error(hit.last_frame(), code=13, reporter="203.0.113.1", after="6 ms", hops=2, ttl=62)

look = Script().dns("proxy.golang.org", "2001:db8:5::5", "198.51.100.5")
six = Conversation(client="[2001:db8::10]:51000", server="[2001:db8:5::5]:443", start=look.now)
six.client.synchronizes(lost=True)
six.icmp_error(six.last_frame(), code=1, reporter="2001:db8::1", after="1 ms", hops=0)
four = Conversation(client="192.0.2.10:51002", server="198.51.100.5:443", start=six.now)
four.handshake().opens().fetches().exits()
near_miss = Timeline(look, six, four)
