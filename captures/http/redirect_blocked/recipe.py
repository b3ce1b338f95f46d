"""The proxy answers with a redirect, and its target is what fails. HTTP in the clear, so that it can be read.

hit:        302 to a store whose address answers no SYN
near_miss:  302 to the store, and the store has the file
"""

from captures.recipes import Conversation, Timeline

PROXY, STORE = "goproxy.example.test", "store.example.test"
PATH = "/example.com/module/@v/v1.0.0.zip"


def build():
    talk = Conversation(server="198.51.100.5:80").dns(PROXY, "198.51.100.5")
    talk.handshake().get(PATH, PROXY).replies("302 Found", location=f"http://{STORE}{PATH}")
    target = Conversation(client="192.0.2.10:51002", server="203.0.113.7:80", start=talk.now)
    return talk, target.dns(STORE, "203.0.113.7")


talk, target = build()
target.syns()
target.until("30.1 s").link_is_alive()
hit = Timeline(talk, target)

talk, target = build()
target.handshake().get(PATH, STORE).replies("200 OK", bytes(3000), content_type="application/zip")
target.passes("3 ms").both_close()
talk.joins(target).both_close()
near_miss = Timeline(talk, target)
