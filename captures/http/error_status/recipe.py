"""The network worked, and the answer is an error. HTTP in the clear, so that it can be read.

hit:        502 for the file that was needed; go asks nothing more
near_miss:  404 for sumdb/…/supported, as of many a proxy; all else is 200
"""

from captures.recipes import Conversation

HOST = "goproxy.example.test"


def build():
    talk = Conversation(server="198.51.100.5:80").dns(HOST, "198.51.100.5")
    talk.handshake()
    return talk


hit = build()
hit.get("/example.com/module/@v/v1.0.0.mod", HOST)
hit.replies("502 Bad Gateway", b"upstream failed\n", after="80 ms", content_type="text/plain")
hit.passes("1 ms").both_close()

near_miss = build()
near_miss.get("/example.com/module/@v/v1.0.0.mod", HOST).replies("200 OK", b"module example.com/module\n")
for _ in range(2):
    near_miss.get("/sumdb/sum.golang.org/supported", HOST).replies("404 Not Found", b"not found\n")
near_miss.get("/example.com/module/@v/v1.0.0.zip", HOST).replies("200 OK", bytes(3000), content_type="application/zip")
near_miss.passes("3 ms").both_close()
