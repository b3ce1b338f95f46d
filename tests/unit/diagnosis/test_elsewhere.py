"""Where no flow owes a move, the verdict says what the command waits for on this machine."""

import pytest

from captures.recipes import Conversation, Run, Script, Timeline
from tests.rules.results import story


@pytest.fixture
def verdict(tmp_path):
    """The verdict on a run among a neighbour's packets."""

    def judge(run, *stories):
        return story(
            Timeline(*stories, Script().until("20 s").link_is_alive(), run=run), tmp_path / "x.pcapng"
        ).to_json()["verdict"]

    return judge


def test_the_last_of_a_chain_is_named(verdict):
    run = Run("make", "test").forks(4712, "sleep", "60", at="1 s")
    run.waits("child", "1 s", "19.9 s", holder=4712).waits("sleep", "1 s", "19.9 s", pid=4712)
    found = verdict(run.ends("20 s"))
    assert (found["status"], found["cause"], found["seconds"]) == ("hung", None, 19.0)
    assert found["summary"] == "Not the network: sleep sleeps."
    assert [step["shows"].split(" (")[0] for step in found["proof"]] == ["make", "sleep"]


def test_a_question_of_an_ordinary_program_is_no_credentials_prompt(verdict):
    found = verdict(Run("python3", "ask.py").waits("terminal", "1 s", "19.9 s", "/dev/pts/3").ends("20 s"))
    assert (found["cause"], found["summary"]) == (None, "Not the network: python3 waits for somebody to type.")


def test_who_waits_for_a_daemon_is_told_which_and_how_to_find_it(verdict):
    found = verdict(Run("docker", "pull", "x").waits("service", "1 s", "19.9 s", "/run/docker.sock").ends("20 s"))
    assert found["summary"] == "Not the network: docker waits for the program behind /run/docker.sock."
    assert found["verify"] == "ss -xp | grep -F -- /run/docker.sock"


@pytest.mark.parametrize(
    ("program", "socket", "cause"),
    [
        ("ssh", "/tmp/ssh-XXXXAb12/agent.77", "local/credential-prompt"),
        ("ssh-add", "/run/user/1000/gnupg/S.gpg-agent.ssh", "local/credential-prompt"),
        ("ssh", "/run/user/1000/bus", None),
        ("python3", "/tmp/ssh-XXXXAb12/agent.77", None),
    ],
)
def test_ssh_at_its_agents_door_waits_for_credentials(verdict, program, socket, cause):
    found = verdict(Run(program, "-T", "git@forge.example.test").waits("service", "1 s", "19.9 s", socket).ends("20 s"))
    assert (found["cause"], found["status"]) == (cause, "hung")


@pytest.mark.parametrize("kind", ["network", "idle"])
def test_what_may_wait_for_anything_is_not_said_to_be_elsewhere(verdict, kind):
    found = verdict(Run("daemon").waits(kind, "1 s", "19.9 s", "epoll").ends("20 s"))
    assert not found["attributes"].get("not_network")


def test_a_command_that_ended_well_waits_for_nothing(verdict):
    assert verdict(Run("sleep", "19").waits("sleep", "0.1 s", "19 s").ends("19.1 s", 0))["status"] == "healthy"


def test_what_to_do_about_a_lock_names_its_holder(verdict):
    run = Run("go", "mod", "download", client="go 1.27.3").forks(4242, "go", "build", own=False)
    found = verdict(
        run.waits("lock", "1 s", "19.9 s", "/cache/v1.0.0.lock", holder=4242, state="T stopped").ends("20 s")
    )
    assert found["summary"] == "Not the network: go waits for a lock that another go holds."
    assert any("4242" in (step["command"] or "") for step in found["fix"])
    assert any("never" in text for text in found["no_use"])
    assert found["attributes"]["holder_state"] == "T stopped"


def test_the_servers_demand_for_credentials_is_no_rival_of_the_prompt(verdict):
    talk = Conversation(server="198.51.100.7:80").dns("forge.example.test", "198.51.100.7").handshake()
    talk.get("/private", "forge.example.test", agent="git/2.39.5")
    talk.replies(401)
    run = Run("git", "fetch", client="git").has(talk).waits("terminal", "1 s", "19.9 s", "/dev/tty").ends("20 s")
    found = verdict(run, talk)
    assert found["cause"] == "local/credential-prompt"
    assert not [a for a in found["alternatives"] if a["cause"].startswith("http/")]
