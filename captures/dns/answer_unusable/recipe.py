"""Answers come, and none fits the query, so go ignores them and waits its 5 s, twice.

hit:        every answer bears an id that was not asked
near_miss:  a stray answer with a wrong id, then the right one
"""

from captures.recipes import Conversation, Script


def wrong(question):
    return question.identifier ^ 0x2101


hit = Script()
for _ in range(2):
    for question in hit.asks_both("proxy.golang.org"):
        records = [("A", "198.51.100.5")] if question.kind == "A" else []
        hit.answers(question, *records, identifier=wrong(question))
    hit.passes("5 s")
hit.link_is_alive()

near_miss = Conversation(server="198.51.100.5:443")
four, six = near_miss.asks_both("proxy.golang.org")
near_miss.answers(four, ("A", "203.0.113.66"), identifier=wrong(four), after="1 ms")
near_miss.answers_both((four, six), "198.51.100.5")
near_miss.handshake().opens().fetches().exits()
