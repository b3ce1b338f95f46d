"""Law: what a late answer cost is what the same programme takes less without it, whatever else was waited for beside it.

Random programmes of two to four connections, each a chain of requests of its own; some have one answer that is late. What
they take, and what they would take without one of the late answers, is the longest chain's sum: arithmetic, not analysis.
"""

import random

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze

HOSTS = (
    ("proxy.golang.org", "198.51.100.10"), ("storage.googleapis.com", "198.51.100.50"),
    ("sum.golang.org", "198.51.100.30"), ("goproxy.cn", "198.51.100.20"),
)  # fmt: skip
QUICK_S = 0.05
WORTH_S = 1.2
"""A cause that cost so much must be named; group.SIGNIFICANT with room for the client's own milliseconds."""


def programme(chance):
    """Seconds that each answer takes, chain by chain, and which of a chain is late (None: none)."""
    chains = []
    for _ in range(chance.randint(2, 4)):
        answers = [chance.uniform(QUICK_S, 0.7) for _ in range(chance.randint(1, 6))]
        late = chance.randrange(len(answers)) if chance.random() < 0.7 else None
        if late is not None:
            answers[late] = chance.uniform(2.2, 9)
        chains.append((answers, late))
    return chains


def played(chains):
    """The programme as a capture: all connections begin at once and close when the last answer has come."""
    talks = []
    for number, (answers, _) in enumerate(chains):
        host, address = HOSTS[number]
        talk = Conversation(client=f"192.0.2.10:{51001 + number}", server=f"{address}:443").dns(host, address)
        talk.handshake().opens(host)
        for seconds in answers:
            talk.request(46)
            talk.response("6 kB", after=f"{seconds:.3f} s")
        talks.append(talk)
    end = max(talk.now for talk in talks)
    for talk in talks:
        talk.until(f"{(end - talk.start_ns) / 1e9:.6f} s").exits()
    return Timeline(*talks).octets()


def costs(chains):
    """By host: the seconds that its late answer made the programme longer."""
    whole = max(sum(answers) for answers, _ in chains)
    found = {}
    for number, (answers, late) in enumerate(chains):
        if late is not None:
            without = [
                sum(other) - (answers[late] - QUICK_S if i == number else 0) for i, (other, _) in enumerate(chains)
            ]
            found[HOSTS[number][0]] = whole - max(without)
    return found


@pytest.mark.parametrize("seed", range(24))
def test_a_late_answer_costs_what_the_run_takes_less_without_it(seed, tmp_path):
    chains = programme(random.Random(seed))
    path = tmp_path / "programme.pcapng"
    path.write_bytes(played(chains))
    result = analyze([path], client="go", kernels="plain")
    verdict, true = result.verdict, costs(chains)
    if verdict.cause is None:
        assert max(true.values(), default=0) < WORTH_S
        return
    assert verdict.cause == "http/response-late"
    assert true[verdict.culprit.host] == pytest.approx(max(true.values()), abs=0.3)
    assert verdict.seconds == pytest.approx(true[verdict.culprit.host], rel=0.1, abs=0.3)
    whole = sum(row.ns for row in result.ledger) / 1e9
    assert verdict.without_it == pytest.approx(whole - verdict.seconds, abs=0.01)
