"""In the middle of a body the path dies: no segment comes, no keep-alive is answered.

hit:        nine probes in vain, and the client's kernel gives up 166 s after the last segment
near_miss:  the body stops in the same way, but probes are answered, and after 40 s the rest comes
"""

from captures.recipes import Conversation


def begin():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response("600 B")
    talk.request(46).response("9000 B", ends=False)
    return talk


hit = begin()
hit.gives_up_keep_alive()

near_miss = begin()
near_miss.stays_silent("40 s")
near_miss.streams(near_miss.body("9000 B"))
near_miss.consumes("8192 B").exits()
