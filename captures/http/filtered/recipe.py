"""Plain HTTP is cut by what it says: one module's name, and a box on the way resets.

hit:        a first module comes; the GET with the word in its path meets three forged RSTs, and the server's late answer
near_miss:  the same two requests, both answered; then the client's own process ends with a RST
"""

from captures.recipes import Conversation

HOST = "goproxy.example.test"
PLAIN, NAMED = "/example.com/module/@v/v1.0.0.mod", "/cloud.example.com/blocked/@v/v1.0.0.mod"


def begin():
    talk = Conversation(server="198.51.100.5:80").dns(HOST, "198.51.100.5")
    return talk.handshake().get(PLAIN, HOST).replies("200 OK", b"module example.com/module\n")


hit = begin()
hit.passes("300 us").client.sends(f"GET {NAMED} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: GoCommand/1\r\n\r\n".encode())
asked = len(hit.client.stream)
for number, offset in enumerate((0, 1460, 4380)):
    at = hit.server.next + offset
    hit.server.forged_reset(ttl=58, offset=at, acknowledging=asked, after="60 us" if number else "7 ms", ip_id=0x3039)
hit.passes("12 ms").server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nmodule blocked")
hit.client.refuses()

near_miss = begin()
near_miss.get(NAMED, HOST).replies("200 OK", b"module cloud.example.com/blocked\n")
near_miss.passes("3 ms").client.resets()
