"""A program gives each attempt 180 ms, and the way there and back takes 420: no connection is ever made.

hit:        four attempts over IPv6, one after the other; the SYN-ACK of each finds its socket closed
near_miss:  two are raced, as RFC 8305 has it: the second is answered first and does the work, the first is dropped
"""

from captures.recipes import Conversation, Timeline

SERVER = "[2001:db8:51::7]:9443"


def attempt(number, rtt="420 ms", start=None):
    begun = {} if start is None else {"start": start}
    return Conversation(client=f"[2001:db8::10]:{50100 + number}", server=SERVER, rtt=rtt, **begun)


def given_up(talk):
    talk.client.synchronizes()
    return talk


def comes_late(talk):
    talk.server.synchronizes(acknowledging=True)
    talk.client.refuses()
    return talk


tries = [given_up(attempt(0))]
for number in range(1, 4):
    tries.append(given_up(attempt(number, start=tries[-1].now + 180_000_000)))
hit = Timeline(*map(comes_late, tries))

first = given_up(attempt(0))
second = attempt(1, rtt="24 ms", start=first.now + 250_000_000)
second.handshake().opens().fetches("1200 B").exits()
near_miss = Timeline(comes_late(first), second)
