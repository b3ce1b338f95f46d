"""The name exists and has no address.

hit:        NOERROR with no record for A and for AAAA
near_miss:  none for A, one for AAAA, and that is enough
"""

from captures.recipes import Conversation, Script, Timeline

hit = Script()
hit.dns("goproxy.example.test", after="18 ms")

look = Script()
look.dns("goproxy.example.test", "2001:db8:5::5", after="18 ms")
talk = Conversation(client="[2001:db8::10]:51000", server="[2001:db8:5::5]:443", start=look.now).passes("80 us")
talk.handshake().opens(sni="goproxy.example.test").fetches().exits()
near_miss = Timeline(look, talk)
