"""What a command line says of its timers is what the client is judged by."""

import shlex

import pytest

from captures.recipes import Conversation
from captures.recipes.run import Run
from captures.recipes.timeline import Timeline
from netanalyze.clients import client_by_name, client_of
from netanalyze.clients.options import variables, with_options
from tests.rules.results import story


@pytest.mark.parametrize(
    ("line", "phase", "seconds", "word"),
    [
        ("curl -m 5 https://example.org", "response", [5.0], "-m"),
        ("curl -sSfm5 https://example.org", "dial", [5.0], "-m"),
        ("curl --max-time=2.5 https://example.org", "body", [2.5], "--max-time"),
        ("curl --connect-timeout 4 -m 60 https://example.org", "tls", [4.0], "--connect-timeout"),
        ("curl --connect-timeout 4 -m 60 https://example.org", "response", [60.0], "-m"),
        ("sh -c 'cd /tmp && curl -m 5 https://example.org'", "tls", [5.0], "-m"),
        ("wget -T 3 -t 2 https://example.org", "dial", [3.0], "-T"),
        ("wget -qT3 https://example.org", "body", [3.0], "-T"),
        ("wget --read-timeout=7 https://example.org", "response", [7.0], "--read-timeout"),
        ("python3 -m pip install --timeout 2 cats", "response", [2.0], "--timeout"),
        ("env PIP_DEFAULT_TIMEOUT=4 pip install cats", "tls", [4.0], "PIP_DEFAULT_TIMEOUT"),
        ("npm ci --fetch-timeout=5000", "response", [5.0], "--fetch-timeout"),
        ("git -c http.lowspeedlimit=1000 -c http.lowSpeedTime=20 clone https://example.org/cats", "body", [20.0],
         "http.lowSpeedTime"),
        ("ssh -o ConnectTimeout=5 example.org", "dial", [5.0], "ConnectTimeout"),
        ("ssh -oServerAliveInterval=10 example.org", "keepalive", [30.0], "ServerAliveInterval"),
        ("apt-get -o Acquire::http::Timeout=5 update", "dial", [5.0], "Acquire::http::Timeout"),
    ],
)  # fmt: skip
def test_an_option_sets_the_timer(line, phase, seconds, word):

    words = shlex.split(line)
    given = with_options(client_of(words), words, {})
    assert [t.seconds for t in given.guards(phase)] == seconds
    assert [t.set_by for t in given.guards(phase)] == [word]
    assert phase not in given.unguarded


@pytest.mark.parametrize(
    "line",
    [
        "curl -o -m https://example.org/5",
        "curl -m 0 https://example.org",
        "curl -m five https://example.org",
        "curl -H m5 https://example.org",
        "git -c http.lowSpeedTime=20 fetch",
        "wget https://example.org/-T/5",
        "go mod download -x",
    ],
)
def test_what_sets_nothing_leaves_the_client_as_it_is(line):
    words = line.split()
    client = client_of(words)
    assert with_options(client, words, {}) is client


def test_a_variable_that_sets_a_timer_is_recorded_if_it_is_a_figure():
    clients = [client_by_name(name) for name in ("pip", "git", "npm")]
    found = variables(
        {"PIP_TIMEOUT": "5", "GIT_HTTP_LOW_SPEED_TIME": "secret", "HOME": "/root", "TIMEOUT": "5"}, clients
    )
    assert found == {"PIP_TIMEOUT": "5"}


def test_an_environment_sets_the_timer_where_the_line_does_not():
    git = with_options(
        client_by_name("git"), ["git", "fetch"], {"GIT_HTTP_LOW_SPEED_TIME": "9", "GIT_HTTP_LOW_SPEED_LIMIT": "1"}
    )
    assert [t.seconds for t in git.guards("response")] == [9.0]


@pytest.fixture
def judged(tmp_path):
    def of(line, talk, code, seconds):
        """The verdict on a command of so many seconds, under a capture."""
        run = Run(*line.split(), client="curl").has(talk)
        run.ends(seconds, code)
        return story(Timeline(talk, run=run), tmp_path / "run.pcapng").verdict

    return of


def silent_server():
    talk = Conversation(server="198.51.100.5:443").dns("files.example.org", "198.51.100.5")
    talk.handshake().client_hello("files.example.org")
    return talk


def closing(talk, after):
    talk.passes(after).client.closes()
    talk.server.acknowledges()
    return talk


def test_a_handshake_given_up_by_the_timer_of_the_line_failed_for_what_it_waited_for(judged):
    found = judged("curl -m 2 https://files.example.org/", closing(silent_server(), "1.95 s"), 28, "2.02 s")
    assert (found.cause, found.status) == ("tls/server-hello-missing", "failed")
    assert (
        str(found.proof[-1][1])
        == 'the client gives up: you set this timer to 2 s (-m), "curl: (28) Operation timed out"'
    )


def test_the_time_of_a_whole_transfer_runs_from_its_lookup(judged):
    talk = Conversation(server="198.51.100.5:80").dns("files.example.org", "198.51.100.5", after="1.2 s")
    talk.handshake().client.sends(b"GET / HTTP/1.1\r\nHost: files.example.org\r\nUser-Agent: curl/7.88.1\r\n\r\n")
    talk.server.acknowledges()
    found = judged("curl -m 6 http://files.example.org/", closing(talk, "4.7 s"), 28, "6.03 s")
    assert (found.cause, found.status) == ("http/response-missing", "failed")
    assert "you set this timer to 6 s (-m)" in str(found.proof[-1][1])


def test_syns_that_a_short_timer_ended_were_not_answered(judged):
    talk = Conversation(server="198.51.100.5:443").dns("files.example.org", "198.51.100.5").syns(2)
    found = judged("curl --connect-timeout 2 https://files.example.org/", talk, 28, "2.02 s")
    assert (found.cause, found.status) == ("tcp/syn-unanswered", "failed")
    assert "--connect-timeout" in str(found.proof[-1][1])


def test_a_command_that_timeout_ended_hung(judged):
    found = judged("timeout 20 curl https://files.example.org/", silent_server(), 124, "20 s")
    assert (found.cause, found.status) == ("tls/server-hello-missing", "hung")
