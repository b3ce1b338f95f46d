"""Redirects without end. HTTP in the clear, so that they can be read.

hit:        two paths point at each other, until go stops after ten
near_miss:  two redirects, then the file
"""

from captures.recipes import Conversation

HOST = "goproxy.example.test"
PATHS = ("/example.com/module/@v/v1.0.0.mod", "/mirror/example.com/module/@v/v1.0.0.mod")


def redirected(talk, times):
    for hop in range(times):
        talk.get(PATHS[hop % 2], HOST).replies("302 Found", location=f"http://{HOST}{PATHS[(hop + 1) % 2]}")


hit = Conversation(server="198.51.100.5:80").dns(HOST, "198.51.100.5").handshake()
redirected(hit, 10)
hit.passes("1 ms").both_close()

near_miss = Conversation(server="198.51.100.5:80").dns(HOST, "198.51.100.5").handshake()
redirected(near_miss, 2)
near_miss.get("/store/module-v1.0.0.mod", HOST).replies("200 OK", b"module example.com/module\n")
near_miss.passes("3 ms").both_close()
