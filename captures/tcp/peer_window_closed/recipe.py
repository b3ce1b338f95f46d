"""The other side stops reading: its window shuts while the client has more to send.

hit:        a git push of wants and haves fills 16 kB of window; 26 s of probes are told zero
near_miss:  the window opens again after 350 ms
"""

from captures.recipes import Conversation

WINDOW = 16_000


def begin():
    talk = Conversation(server="203.0.113.9:443").dns("git.example.org", "203.0.113.9")
    talk.handshake(window=WINDOW).opens(sni="git.example.org")
    talk.response("900 B")
    head = talk.record(120)
    body = head + b"".join(talk.record(4105) for _ in range(6))
    left, sent = talk.server.window, 0
    while left:
        piece = body[sent : sent + min(2 * talk.client.segment, left)]
        talk.client.sends(piece, push=False)
        sent, left = sent + len(piece), left - len(piece)
        talk.server.acknowledges(window=left)
    return talk, body[sent:]


hit, rest = begin()
wait = 0.22
for _ in range(7):
    hit.passes(f"{wait:.2f} s").client.keeps_alive()
    hit.server.acknowledges()
    wait *= 2

near_miss, rest = begin()
near_miss.passes("220 ms").client.keeps_alive()
near_miss.server.acknowledges()
near_miss.passes("110 ms").server.acknowledges(window=WINDOW)
near_miss.client.sends(rest)
near_miss.server.acknowledges()
near_miss.response("3 kB")
near_miss.exits()
