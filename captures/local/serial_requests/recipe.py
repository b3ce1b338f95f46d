"""Small files over a round trip of 200 ms, every answer as soon as it can be here.

hit:        sixteen, each asked for when the one before has come
near_miss:  forty-eight, three at a time: as many round trips, and the client does ask ahead
"""

from captures.recipes import Conversation
from captures.recipes.secure import RESPONSE_HEAD

ROUNDS, SIZE = 16, "300 B"


def build(at_once):
    talk = Conversation(server="198.51.100.5:443", rtt="200 ms").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response(SIZE)
    for _ in range(ROUNDS):
        for _ in range(at_once):
            talk.request(46, acknowledged=at_once == 1)
        talk.streams(b"".join(talk.record(RESPONSE_HEAD) + talk.body(SIZE) for _ in range(at_once)))
    return talk.exits()


hit = build(at_once=1)
near_miss = build(at_once=3)
