"""A command that the network did not fail gets one verdict, whoever else talks on the interface."""

import pytest

from captures.recipes import Conversation, Run, Script, Timeline
from tests.rules.results import story

MINE, OTHERS = "certain", "other"


@pytest.fixture
def result(tmp_path):
    """The result of a recording of a run among these stories, as JSON."""

    def judge(run, *stories):
        return story(Timeline(*stories, run=run), tmp_path / "x.pcapng").to_json()

    return judge


def refused():
    talk = Conversation(client="192.0.2.10:51000", server="198.51.100.9:443")
    talk.client.synchronizes()
    talk.server.refuses()
    return talk


def silent():
    talk = (
        Conversation(client="192.0.2.10:51001", server="198.51.100.7:443")
        .handshake()
        .opens()
        .fetches("1 kB")
        .request(46)
    )
    return talk.stays_silent("20 s", probing=("client",))


def healthy():
    return Conversation(client="192.0.2.10:51002").handshake().opens().fetches().exits()


def unknown_names():
    return Script().until("3 s").link_is_alive()


NEIGHBOURS = {
    "nobody": [],
    "refused": [refused],
    "silent": [silent],
    "healthy": [healthy],
    "all at once": [refused, silent, healthy, unknown_names],
}


@pytest.mark.parametrize("neighbours", NEIGHBOURS)
@pytest.mark.parametrize("owned", [OTHERS, None], ids=["known to be others'", "of unknown owner"])
@pytest.mark.parametrize("length", ["922 us", "2 ms", "19 s"])
def test_who_else_talks_decides_nothing(result, neighbours, owned, length):
    stories = [made() for made in NEIGHBOURS[neighbours]]
    run = Run("sh", "-c", "exit 7").says("boom").ends(length, 7)
    for talk in stories if owned else ():
        if isinstance(talk, Conversation):
            run.has(talk, pid=99, owned=owned)
    found = result(run, *stories)
    verdict = found["verdict"]
    assert (verdict["status"], verdict["cause"], verdict["seconds"]) == ("failed", None, 0)
    assert verdict["attributes"] == {"not_network": True}
    assert verdict["summary"] == "Not the network: the command ended with status 7. Its last line: boom"
    assert verdict["confidence"] >= 0.9
    assert found["ledger"][0]["start"] == 0
    assert sum(row["seconds"] for row in found["ledger"]) == pytest.approx(found["run"]["wall"], abs=1e-9)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (Run("sh").says("boom").ends("1 ms", 3), "the command ended with status 3. Its last line: boom"),
        (Run("sh").says("{x} {0} %s").ends("1 ms", 3), "the command ended with status 3. Its last line: {x} {0} %s"),
        (Run("sh").says("").ends("1 ms", 3), "the command ended with status 3. It wrote nothing on standard error"),
        (Run("sh").ends("1 ms", 3), "the command ended with status 3. What it printed is not known."),
        (Run("sh").says("").is_killed("1 ms", "SIGKILL", 137), "SIGKILL ended the command. It wrote nothing"),
        (
            Run("curl", "--nope").says("curl: (2) no such option").ends("1 ms", 2),
            "the command ended with status 2. Its last",
        ),
    ],
)
def test_how_it_ended_is_told_with_its_last_line(result, run, told):
    verdict = result(run)["verdict"]
    assert (verdict["status"], verdict["attributes"]) == ("failed", {"not_network": True})
    assert verdict["summary"].startswith("Not the network: " + told)


def test_one_that_ended_well_and_used_no_network_is_healthy(result):
    verdict = result(Run("true").ends("1 ms", 0), refused())["verdict"]
    assert (verdict["status"], verdict["summary"]) == ("healthy", "Nothing is wrong; the command used no network.")


@pytest.mark.parametrize(
    "run",
    [
        Run("curl", "-s", "http://a.test", client="curl 8").says("").ends("9 ms", 7),
        Run("python3", "x.py").says("ConnectionRefusedError: [Errno 111] Connection refused").ends("1 ms", 1),
        Run("docker", "pull", "x", client="docker").says("no such image").ends("1 s", 1),
        Run("ping", "a.test").says("").ends("1 s", 1),
        Run("sh", "-c", "ping a.test").forks(4712, "/bin/ping", "a.test", ends="1 s").says("").ends("1 s", 1),
    ],
    ids=["says nothing", "blames the network", "a daemon does it", "raw sockets", "raw sockets of a child"],
)
def test_what_the_network_may_have_failed_is_left_open(result, run):
    verdict = result(run, healthy())["verdict"]
    assert (verdict["status"], verdict["cause"], verdict["attributes"]) == ("failed", None, {"unexplained": True})


def test_a_command_that_got_all_it_asked_for_fails_by_itself(result):
    talk = healthy()
    verdict = result(Run("sh", "-c", "…").has(talk).says("no such field").ends("5 s", 4), talk, refused())["verdict"]
    assert (verdict["status"], verdict["cause"], verdict["attributes"]) == ("failed", None, {"not_network": True})
    assert verdict["summary"] == "Not the network: the command ended with status 4. Its last line: no such field"
    assert "nobody owed it anything" in verdict["where"]


def test_a_command_that_gave_up_on_an_answer_was_owed_one(result):
    talk = Conversation(server="198.51.100.5:443").handshake().opens().fetches("1 kB").request(46)
    talk.until("2 s").client.closes()
    verdict = result(Run("curl", "-m", "2").has(talk).says("").ends("2.2 s", 28), talk)["verdict"]
    assert verdict["status"] == "failed"
    assert "not_network" not in verdict["attributes"]


@pytest.mark.parametrize("kind", ["sleep", "running", "terminal", "pipe"])
def test_one_that_was_ended_early_hung_on_what_it_waited_for_all_along(result, kind):
    found = result(Run("cat").waits(kind, "0.01 s", "0.98 s", "it").ends("1 s"), healthy())
    verdict = found["verdict"]
    assert (verdict["status"], verdict["cause"]) == ("hung", None)
    assert verdict["attributes"]["not_network"]
    assert 0 < verdict["seconds"] <= found["run"]["wall"] == 1.0
