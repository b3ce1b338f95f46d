"""HEALTHY is a claim: what is open speaks against it, and how sure it is rests on what was seen."""

import pytest

from captures.recipes import Conversation, Script, frames, tls
from captures.recipes.certificates import chain
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from netanalyze.cli.main import run
from netanalyze.errors import NothingSelected
from netanalyze.findings import Frames
from tests.rules.ordinary import ADDRESS, BROWSER, NAME, browses, clear, lines, secure, trade

SSH = b"SSH-2.0-OpenSSH_9.6\r\n"


@pytest.fixture
def capture(tmp_path):
    def write(*story):
        path = tmp_path / "talk.pcapng"
        path.write_bytes(Timeline(*story).octets())
        return path

    return write


def asks_by_udp(port, answered, seconds=8, client_port=40002):
    script = Script()
    there, here = ("192.0.2.10", client_port), ("198.51.100.9", port)
    script.adds(script.now, frames.udp(True, there, here, 64, 1, bytes(48)))
    script.passes("20 ms")
    if answered:
        script.adds(script.now, frames.udp(False, here, there, 60, 1, bytes(48)))
    return script.passes(f"{seconds} s").link_is_alive()


@pytest.mark.parametrize("port", [123, 161, 3478])
def test_a_datagram_that_is_owed_an_answer_and_gets_none_is_not_healthy(port, capture):
    healthy = analyze([capture(asks_by_udp(port, answered=True))]).verdict
    missed = analyze([capture(asks_by_udp(port, answered=False))]).verdict
    assert (healthy.status, missed.status, missed.cause) == ("healthy", "degraded", None)
    assert missed.proof[0][0] == Frames(1)
    assert missed.attributes["unexplained"]


def says_by_udp(*datagrams):
    """What a client says to a port of no protocol in particular, over IPv6."""
    script = Script(client="[2001:db8::10]:0")
    there, here = ("2001:db8::10", 40002), ("2001:db8:9::9", 40111)
    for mine, octets in datagrams:
        ends = (there, here) if mine else (here, there)
        script.adds(script.now, frames.udp(mine, *ends, 64 if mine else 57, 1, octets))
        script.passes("30 ms")
    return script


RECORD, COOKIE = (
    bytes.fromhex("16fefd0000000000000000") + b"\0\x60",
    bytes.fromhex("16feff0000000000000000") + b"\0\x1f\x03",
)
HELLO, TALK = RECORD + b"\1" + bytes(95), bytes.fromhex("17fefd0001000000000009") + b"\0\x40" + bytes(64)


def test_a_dtls_hello_is_owed_an_answer_whatever_its_port(capture):
    def verdict(*datagrams):
        return analyze([capture(says_by_udp(*datagrams).passes("8 s").link_is_alive())]).verdict

    missed = verdict((True, HELLO))
    assert (missed.status, missed.cause) == ("degraded", None)
    assert "DTLS" in str(missed.summary)
    assert verdict((True, HELLO), (False, COOKIE + bytes(30))).status == "healthy"
    assert verdict((True, TALK)).status == "healthy"  # encrypted: it may only tell


@pytest.mark.parametrize("port", [514, 16384], ids=["syslog", "rtp"])
def test_a_protocol_that_only_tells_owes_no_answer(port, capture):
    assert analyze([capture(asks_by_udp(port, answered=False))]).verdict.status == "healthy"


def test_a_server_that_greets_in_another_protocol_fails_the_request(capture):
    talk = clear()
    talk.get("/", NAME, agent=BROWSER)
    talk.server.sends(SSH)
    talk.client.acknowledges()
    verdict = analyze([capture(talk.both_close())]).verdict
    assert (verdict.status, verdict.cause) == ("failed", None)
    assert "SSH" in str(verdict.summary)
    assert [frame for frame, _ in verdict.proof] == [Frames(8), Frames(10)]


def test_how_long_a_syn_lay_unanswered_is_told_to_the_end_whatever_others_did_meanwhile(capture):
    peer = Conversation(client="192.0.2.10:52000", server="203.0.113.9:30303")
    peer.client.synchronizes(lost=True)
    other = clear(start="2024-01-01T00:00:01Z")
    lines(other, (bytes(120), bytes(60)))
    other.both_close().passes("1.5 s").link_is_alive()
    found = analyze([capture(peer, other)])
    open_for = (found.capture.end_ns - found.capture.start_ns) / 1e9
    assert found.verdict.seconds == pytest.approx(open_for, abs=0.1)
    assert (found.verdict.status, found.verdict.cause) == ("degraded", None)


def test_what_was_given_up_in_a_capture_of_another_year_does_not_lie_open_until_now(capture):
    peer = Conversation(client="192.0.2.10:52000", server="203.0.113.9:30303")
    peer.client.synchronizes(lost=True)
    soon = browses("2024-01-01T00:00:00.4Z").exits()
    later = browses(soon.now + 3 * 365 * 86_400 * 10**9, port=51002).exits()
    assert analyze([capture(peer, soon, later)]).verdict.status == "healthy"


def test_a_capture_that_ends_in_the_midst_of_an_opening_is_too_short(capture):
    talk = clear()
    talk.client_hello(NAME, go="another")
    verdict = analyze([capture(talk)]).verdict
    assert (verdict.status, verdict.cause) == ("unusable", None)


def test_a_reset_of_an_idle_connection_is_told_unless_servers_may_end_it_so(capture):
    database = clear("198.51.100.8:1433", "db.example.org")
    lines(database, (bytes(200), bytes(300)))
    kept = clear()
    kept.get("/", NAME, agent=BROWSER)
    kept.replies("200 OK", b"x" * 400)
    kept.client.acknowledges()
    for talk in (database, kept):
        talk.passes("30 s").server.resets()
    assert analyze([capture(database)]).verdict.cause == "tcp/reset"
    assert analyze([capture(kept)]).verdict.status == "healthy"


def test_a_reset_before_the_servers_own_syn_ack_is_injected(capture):
    talk = Conversation(server=f"{ADDRESS}:2222", rtt="200 ms")
    talk.client.synchronizes()
    talk.passes("20 ms").server.refuses(ttl=41)
    talk.passes("80 ms").server.synchronizes(acknowledging=True)
    talk.client.acknowledges()
    talk.client.sends(bytes(25))
    found = analyze([capture(talk.passes("3 s").link_is_alive())])
    assert found.verdict.cause == "tcp/reset"
    assert found.verdict.attributes["origin"] != "peer"


@pytest.mark.parametrize(("hops", "cause"), [(0, "local/ingress-dropped"), (4, "tcp/path-death")])
def test_a_reset_behind_repeats_that_nobody_heard_is_not_the_cause(hops, cause, capture):
    """Beside the client what is not heard arrived; farther away nobody can tell that it did."""
    talk = Conversation(server=f"{ADDRESS}:80", rtt="20 ms")
    talk.client.ttl -= hops
    talk.handshake()
    talk.get("/file", NAME, agent=BROWSER)
    talk.streams(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + bytes(50_000))
    pieces = talk.server.sends(1400, unasked=True)
    for pause in ("300 ms", "600 ms", "1.2 s", "2.4 s", "4.8 s"):
        talk.passes(pause).server.resends(*pieces[0])
    talk.passes("9 s").server.resets()
    assert analyze([capture(talk)]).verdict.cause == cause


def test_the_more_is_seen_to_end_well_the_surer_health_is(capture):
    page = analyze([capture(browses().both_close())]).verdict
    talk = secure(alpn=("http/1.1",))
    for _ in range(12):
        trade(talk, 420, 3000)
    more = analyze([capture(talk.both_close())]).verdict
    unread = clear("198.51.100.8:3306", "db.example.org")
    lines(unread, (bytes(120), bytes(60)))
    less = analyze([capture(unread.both_close())]).verdict
    assert {page.status, more.status, less.status} == {"healthy"}
    assert less.confidence < page.confidence < more.confidence < 1
    assert "connections of protocols that are not read" in less.attributes["hidden"]


@pytest.mark.parametrize("wish", [["--host", "nobody.example.org"], ["--between", "900", "901"]])
def test_a_selection_that_selects_nothing_is_an_error(wish, capture, capsys):
    path = capture(browses().both_close())
    assert run(["analyze", "-q", str(path), *wish]) == 2
    told = capsys.readouterr().err
    assert NAME in told
    with pytest.raises(NothingSelected):
        analyze([path], hosts=["nobody.example.org"])


@pytest.mark.parametrize(("after", "cause"), [("100 ms", None), ("20 s", "tcp/path-death")])
def test_a_keep_alive_on_which_the_capture_ends_proves_no_dead_path(after, cause, capture):
    talk = browses()
    talk.passes("30 s").client.keeps_alive(lost=True)
    verdict = analyze([capture(talk.passes(after).link_is_alive())]).verdict
    assert verdict.cause == cause


@pytest.mark.parametrize(("year", "judged"), [(2034, True), (1970, False)])
def test_a_clock_that_was_never_set_judges_no_certificate(year, judged, capture):
    talk = clear(start=f"{year}-01-01T00:00:09Z")
    talk.client_hello(NAME, go="another")
    talk.server_flight(chain=chain(NAME, expires="2024-01-01T02:00:00+00:00"))
    talk.passes("2 ms").client.sends(tls.alert("bad_certificate"))
    found = analyze([capture(talk.both_close())])
    assert ("tls/certificate-expired" in {one.cause for one in found.findings}) == judged
    assert found.verdict.status == "failed"


@pytest.mark.parametrize("port", [123, 500, 5060, 51820], ids=["NTP", "IKE", "SIP", "WireGuard"])
def test_what_a_peer_sends_again_and_again_is_owed_an_answer(port, capture):
    script = Script()
    for _ in range(4):
        there, here = ("192.0.2.10", port), ("198.51.100.9", port)
        script.adds(script.now, frames.udp(True, there, here, 64, 1, bytes(148)))
        script.passes("5 s")
    verdict = analyze([capture(script)]).verdict
    assert (verdict.status, verdict.cause) == ("hung", None)
    assert verdict.attributes["unexplained"]


def at_the_server(name, port, start, refused):
    """One caller from afar, as the server's own capture has it."""
    talk = Conversation(client=f"203.0.113.{name}:40000", server=f"198.51.100.5:{port}", start=start)
    talk.client.ttl, talk.server.ttl = 49, 64
    if refused:
        talk.client.synchronizes()
        talk.server.refuses()
    else:
        talk.handshake().get("/", NAME, BROWSER).replies(200, b"cats").both_close()
    return talk


@pytest.mark.parametrize(("strangers", "cause"), [(6, None), (2, "tcp/refused")])
def test_what_strangers_try_at_a_server_is_no_failure_of_its_own(strangers, cause, capture):
    served = at_the_server(200, 80, Script().now, refused=False)
    tries = [
        at_the_server(number, 23, served.start_ns + number * 10**9, refused=True) for number in range(1, strangers + 1)
    ]
    assert analyze([capture(served, *tries)]).verdict.cause == cause
