"""What somebody who reads the frames one by one would not sign, and what he would."""

import pytest

from captures.recipes import Conversation


def clear(port=80):
    """A connection to a server that speaks HTTP in clear."""
    return Conversation(server=f"198.51.100.5:{port}").dns("files.example.org", "198.51.100.5").handshake()


@pytest.mark.parametrize("client", ["go", "generic"])
def test_a_late_answer_in_clear_is_late_and_no_pause_in_a_body(result, client):
    talk = clear()
    talk.get("/a", "files.example.org")
    talk.replies("200 OK", b"x" * 400)
    talk.get("/b", "files.example.org")
    talk.server.acknowledges()
    talk.replies("200 OK", b"y" * 400, after="9 s")
    talk.exits()
    found = result(talk, client=client)
    assert {f.cause for f in found.findings} == {"http/response-late"}
    waits = [row for row in found.ledger if row.phase == "request" and row.cause == "http/response-late"]
    assert sum(row.ns for row in waits) / 1e9 == pytest.approx(9, abs=0.1)


def test_a_connection_that_nobody_uses_is_a_hang_only_of_a_command_that_waits(result):
    def idle():
        talk = clear()
        talk.get("/a", "files.example.org", agent="Browser/1")
        talk.replies("200 OK", b"x" * 400)
        talk.client.acknowledges()
        talk.stays_silent("40 s")
        return talk

    assert result(idle()).verdict.status == "healthy"
    assert result(idle(), client="go").verdict.attributes.get("not_network")


def test_gits_dial_is_given_up_by_gits_timer_not_by_gos(result):
    def dial(host):
        talk = Conversation(server="198.51.100.40:443").dns(host, "198.51.100.40")
        talk.syns()
        talk.passes("90 s").dns("later.example.org", "198.51.100.41")
        return talk

    forge, proxy = (result(dial(host), client="go").verdict for host in ("github.com", "proxy.golang.org"))
    assert forge.cause == proxy.cause == "tcp/syn-unanswered"
    assert forge.seconds > proxy.seconds + 30


def test_what_proves_the_verdict_is_not_ignored(result):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.syns()
    verdict = result(talk, client="go").verdict
    assert verdict.cause == "tcp/syn-unanswered"
    assert verdict.ignored == ()


def test_the_window_of_a_reset_closes_nothing(result):
    talk = clear()
    talk.get("/a", "files.example.org", agent="Browser/1")
    talk.replies("200 OK", b"x" * 400)
    talk.client.acknowledges()
    talk.passes("60 s").client.resets()
    found = result(talk)
    assert found.verdict.status == "healthy"
    assert not any(str(row.note) == "waiting for window update" for row in found.ledger)


def test_a_wait_in_the_middle_of_a_body_is_not_called_transfer(result):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens()
    body = talk.body("40 kB")
    talk.streams(body[:20_000])
    talk.passes("4 s")
    talk.streams(body[20_000:])
    talk.exits()
    verdict = result(talk).verdict
    assert verdict.status == "healthy"
    assert "waiting for servers" in str(verdict.summary)
    assert any("waiting for servers" in str(line.what) for line in verdict.limits)


def test_modules_that_were_never_asked_for_are_named(result):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B")
    talk.stays_silent("40 s")
    base = "https://proxy.golang.org/example.com/"
    asked = [f"{base}{name}/@v/v1.0.0.{kind}" for name in "ba" for kind in ("info", "zip")]
    asked.remove(f"{base}b/@v/v1.0.0.zip")
    trace = "".join(f"# get {url}\n# get {url}: 200 OK (0.010s)\n" for url in asked)
    proof = result(talk, trace=trace).verdict.proof
    assert any("example.com/b/@v/v1.0.0.zip" in str(shows) for _, shows in proof)
    assert not any("example.com/a/" in str(shows) for _, shows in proof)
