"""Our side stops reading: its window shrinks to nothing.

hit:        the window stays shut for 26 s, and every probe of the server is told so
near_miss:  it opens again after 350 ms
"""

from captures.recipes import Conversation

WINDOW = 20_000


def begin():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake(window=WINDOW).opens()
    body = talk.body("40 kB")
    talk.passes("1 ms").server.sends(talk.record(88))
    left = talk.client.window - len(talk.record(88))
    sent = 0
    while left:
        piece = body[sent : sent + min(2 * talk.server.segment, left)]
        talk.server.sends(piece, unasked=sent > 0, push=False)
        sent, left = sent + len(piece), left - len(piece)
        talk.client.acknowledges(window=left)
    return talk, body[sent:]


hit, rest = begin()
wait = 0.22
for _ in range(7):
    hit.passes(f"{wait:.2f} s").server.keeps_alive()
    hit.client.acknowledges()
    wait *= 2

near_miss, rest = begin()
near_miss.passes("220 ms").server.keeps_alive()
near_miss.client.acknowledges()
near_miss.passes("130 ms").client.acknowledges(window=WINDOW)
near_miss.streams(rest[:15000])
near_miss.streams(rest[15000:])
near_miss.consumes("40 kB").exits()
