"""What is said while a command other than go still waits: by its own timers, and that it rests between its tries."""

import pytest

from captures.recipes import Conversation, Timeline
from netanalyze.analyzer import Analyzer
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.live.sentences import waiting
from netanalyze.result import RunFacts

SECOND = 10**9


@pytest.fixture
def run_status(tmp_path):
    def of(talk, client, after):
        """How a run of ``client`` stands so many seconds after its capture began."""
        path = tmp_path / "run.pcapng"
        path.write_bytes(Timeline(talk).octets())
        diagnostics, engine = Diagnostics(), Engine(mode="plain")
        analyzer = Analyzer(engine=engine, diagnostics=diagnostics)
        with open_source([str(path)], diagnostics, engine) as source:
            for batch in source.batches():
                analyzer.feed(batch, source.interfaces)
        start = analyzer.tracker.first_ns
        facts = RunFacts(argv=(client, "x"), start_ns=start, client=client)
        return analyzer.run_status(start + round(after * SECOND), facts)

    return of


def silent_hello():
    talk = Conversation(server="198.51.100.5:443").dns("registry.example.org", "198.51.100.5")
    talk.handshake().client_hello("registry.example.org")
    return talk


def refused():
    talk = Conversation(server="198.51.100.5:443").dns("registry.example.org", "198.51.100.5")
    talk.client.synchronizes()
    talk.server.refuses()
    return talk


@pytest.mark.parametrize(
    ("client", "said"),
    [("pip", "pip tries again in "), ("cargo", "cargo tries again in "), ("git", "git gives up in "),
     ("npm", "npm sets no limit")],
)  # fmt: skip
def test_a_wait_is_told_by_the_clients_own_timer(run_status, client, said):
    now = run_status(silent_hello(), client, 6.0)
    assert now.wait is not None
    assert said in str(waiting(now.wait, now.now_ns, client))


def test_a_rest_is_told_with_why_the_last_try_failed(run_status):
    now = run_status(refused(), "npm", 6.0)
    assert now.resting
    assert str(now.note).startswith("npm rests before it tries again, ")
    assert "refuses the connection" in str(now.note)


@pytest.mark.parametrize(("client", "after"), [("npm", 90.0), ("go", 6.0), ("curl", 6.0)])
def test_who_does_not_rest_is_not_said_to(run_status, client, after):
    assert not run_status(refused(), client, after).resting
