"""Only one direction was captured.

hit:        a healthy run of which the capture holds what the client sent
near_miss:  the same run, whole
"""

from captures.recipes import Conversation, Timeline

CLIENT = b"\xc0\x00\x02\x0a"
SOURCE_ADDRESS = slice(26, 30)


def run():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B", "9 kB", "3 kB").exits()
    return talk


hit = Timeline(run(), keep=lambda _, octets: octets[SOURCE_ADDRESS] == CLIENT)
near_miss = Timeline(run())
