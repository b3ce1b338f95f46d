"""The answer is truncated, and TCP to the resolver's port 53 gets nowhere.

hit:        SYNs to port 53 for 5 s, twice, for each family
near_miss:  the same truncation, but TCP works and brings the answer
"""

from captures.recipes import Conversation, Script, Timeline, names

RESOLVER = "192.0.2.53"


def truncated(look, name, kind):
    question = look.asks(name, kind)
    look.answers(question, truncated=True)
    return question


def over_tcp(look, port):
    return Conversation(client=f"192.0.2.10:{port}", server=f"{RESOLVER}:53", rtt="4 ms", start=look.now, hops=0)


def failing():
    stories = []
    for attempt in range(2):
        for index, kind in enumerate(("A", "AAAA")):
            look = Script(client=f"192.0.2.10:{51000 + 2 * attempt + index}").until(f"{5012 * attempt + 3 * index} ms")
            truncated(look, "proxy.golang.org", kind)
            stories += [look, over_tcp(look, 51010 + 2 * attempt + index).passes("80 us").syns(5)]
    end = Script().until("10.02 s").link_is_alive()
    return Timeline(*stories, end)


def working():
    stories, records = [], {"A": [("A", f"198.51.100.{last}") for last in range(5, 45)], "AAAA": []}
    for index, (kind, found) in enumerate(records.items()):
        look = Script(client=f"192.0.2.10:{51000 + index}").until(f"{3 * index} ms")
        question = truncated(look, "proxy.golang.org", kind)
        tcp = over_tcp(look, 51010 + index).passes("80 us").handshake()
        query = names.query(question.identifier, question.name, kind)
        answer = names.response(question.identifier, question.name, kind, found)
        tcp.client.sends(len(query).to_bytes(2, "big") + query)
        tcp.server.sends(len(answer).to_bytes(2, "big") + answer)
        stories += [look, tcp.both_close()]
    talk = Conversation(server="198.51.100.5:443", start=stories[-1].now)
    talk.handshake().opens().fetches().exits()
    return Timeline(*stories, talk)


hit = failing
near_miss = working
