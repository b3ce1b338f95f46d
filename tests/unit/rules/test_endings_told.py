"""Ends of connections: what the far side shows it heard, and what the command says was not whole."""

from captures.recipes import Conversation
from netanalyze.clients.trace import parse_trace


def begun():
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    return talk.handshake().opens().fetches("1200 B", "1200 B")


def test_a_server_that_repeats_what_was_acknowledged_does_not_show_that_the_way_there_is_alive(verdict):
    talk = begun()
    answer = len(talk.server.stream) - 200, len(talk.server.stream)
    asked = talk.client.sends(talk.record(46), lost=True)[0]
    wait = 0.3
    for _ in range(6):
        talk.passes(f"{wait} s").client.resends(*asked, lost=True)
        talk.passes("100 ms").server.resends(*answer)
        talk.client.acknowledges(lost=True)
        wait *= 2
    found = verdict(talk)
    assert (found.cause, found.culprit.role) == ("tcp/path-death", "path")


def reset_right_behind_a_head():
    talk = begun()
    talk.request(46).passes("1 ms").server.sends(talk.record(110))
    talk.passes("1 ms").server.resets()
    return talk


def test_a_reset_right_behind_a_small_response_is_a_failure_if_the_command_says_so(verdict):
    url = "https://proxy.golang.org/example.com/m/@v/v1.0.0.zip"
    said = f'go: example.com/m@v1.0.0: read "{url}": read tcp 192.0.2.10:51000->198.51.100.5:443: read: connection reset by peer'
    assert verdict(reset_right_behind_a_head(), trace=said).cause == "tcp/reset"


def test_curl_says_whose_connections_are_its_own():
    said = "*   Trying 198.51.100.90:443...\n* Connected to www.example.org (198.51.100.90) port 443 (#0)\n"
    assert parse_trace(said).hosts == ("www.example.org",)
    assert parse_trace("* Host www.example.org:443 was resolved.\n").hosts == ("www.example.org",)
