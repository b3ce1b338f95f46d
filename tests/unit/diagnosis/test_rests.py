"""A command that rests between tries that fail: the failure has the time, by how the command is known to rest."""

import pytest

from captures.recipes import Conversation, Timeline
from netanalyze.api import analyze
from netanalyze.clients import client_by_name
from netanalyze.diagnosis.rests import NOTE, rests
from netanalyze.findings import Culprit, Finding, frames

SECOND = 10**9


def refused_at(*moments):
    """Tries that are refused, each at a moment after the first."""
    talks = [Conversation(server="198.51.100.5:443").dns("registry.example.org", "198.51.100.5")]
    start = talks[0].now
    for number, moment in enumerate(moments):
        if number:
            talks.append(
                Conversation(client=f"192.0.2.10:{51000 + number}", server="198.51.100.5:443", start=start).passes(
                    moment
                )
            )
        talks[-1].client.synchronizes()
        talks[-1].server.refuses()
    return Timeline(*talks)


@pytest.fixture
def told(tmp_path):
    def of(client, *moments):
        path = tmp_path / "tries.pcapng"
        path.write_bytes(refused_at(*moments).octets())
        return analyze([path], client=client)

    return of


@pytest.mark.parametrize(
    ("client", "moments", "lost"),
    [
        ("npm", ("0 s", "10 s", "70 s"), 70.0),
        ("pip", ("0 s", "10 ms", "510 ms", "1.51 s", "3.51 s", "7.51 s"), 7.5),
        ("npm", ("0 s", "200 s"), 0.0),
        ("go", ("0 s", "10 s", "70 s"), 0.0),
        ("generic", ("0 s", "10 s", "70 s"), 0.0),
    ],
)
def test_the_rests_of_a_client_that_tries_again_are_the_failures(told, client, moments, lost):
    result = told(client, *moments)
    assert result.verdict.cause == "tcp/refused"
    assert result.verdict.seconds == pytest.approx(lost, abs=0.1)
    assert sum(row.ns for row in result.ledger) == result.ledger[-1].end_ns - result.ledger[0].start_ns
    noted = [row for row in result.ledger if str(row.note) == NOTE]
    assert bool(noted) is bool(lost)
    assert all(row.cause == "tcp/refused" and row.phase == "local" for row in noted)


def failed(start, end, fatal=True):
    return Finding(
        cause="tcp/refused", culprit=Culprit("server", "a.example"), start_ns=start, end_ns=end, message="refused",
        evidence=frames((1, "RST")), confidence=0.9, fatal=fatal,
    )  # fmt: skip


def test_the_rest_under_way_at_the_end_is_told_too_and_none_after_the_last_try():
    npm = client_by_name("npm")
    first, second, third = failed(0, 1), failed(10 * SECOND, 10 * SECOND + 1), failed(70 * SECOND, 70 * SECOND + 1)
    under_way = rests(npm, [first, second], 30 * SECOND)
    assert [(r.start_ns, r.end_ns) for r in under_way] == [(1, 10 * SECOND), (10 * SECOND + 1, 30 * SECOND)]
    assert rests(npm, [first, second, third], 300 * SECOND)[-1].end_ns == 70 * SECOND
    assert rests(npm, [failed(0, 1, fatal=False)], 30 * SECOND) == []


def test_what_fails_side_by_side_is_one_try():
    npm = client_by_name("npm")
    together = [failed(0, 1), failed(50_000_000, 50_000_001)]
    assert [(r.start_ns, r.end_ns) for r in rests(npm, together, 5 * SECOND)] == [(50_000_001, 5 * SECOND)]
