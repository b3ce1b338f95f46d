"""The client has closed its half, the server neither goes on nor closes, and the command waits for the end.

hit:        a git:// fetch: FIN acknowledged, then only answered keep-alives for 62 s
near_miss:  the server closes 400 ms later
"""

from captures.recipes import Conversation

REQUEST = b"003agit-upload-pack /example/module.git\0host=git.example.org\0"
REFERENCE = b"004a" + b"5" * 40 + b" HEAD\0multi_ack side-band ofs\n0000"


def build():
    talk = Conversation(server="203.0.113.9:9418").dns("git.example.org", "203.0.113.9")
    talk.handshake()
    talk.passes("200 us").client.sends(REQUEST)
    talk.server.acknowledges()
    talk.passes("2 ms").server.sends(REFERENCE)
    talk.client.acknowledges()
    talk.passes("1 ms").client.sends(b"0000")
    talk.client.closes()
    talk.server.acknowledges()
    return talk


hit = build()
hit.stays_silent("62 s", probing=("server",))

near_miss = build()
near_miss.passes("400 ms").server.closes()
near_miss.client.acknowledges()
