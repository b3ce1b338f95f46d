"""A stub resolver asks over TLS, on a network that drops port 853, and asks in plain after its time-out.

hit:        five SYNs to port 853 unanswered, then the same name over UDP, and the download
near_miss:  a device tries port 853 while it asks in plain all along: nobody waits for it
"""

from captures.recipes import Conversation, Timeline


def probe():
    talk = Conversation(client="192.0.2.10:50853", server="192.0.2.53:853")
    return talk.syns(5)


def work(start, after):
    talk = Conversation(start=start, resolver="192.0.2.53").passes(after)
    talk.dns("files.example.org", "198.51.100.5")
    return talk.handshake().opens("files.example.org").fetches("1200 B").exits()


blocked = probe()
hit = Timeline(blocked, work(blocked.start_ns, "5 s"))
aside = probe()
near_miss = Timeline(aside, work(aside.start_ns, "200 ms"))
