"""On ordinary traffic nothing is claimed; what is only like it, and wrong, still is."""

import pytest

from captures.recipes import Conversation, Script, frames
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from tests.rules import ordinary, ordinary_ends, ordinary_protocols, results
from tests.rules.ordinary import ADDRESS, BROWSER, NAME, browses, clear, lines, secure, tells, trade


@pytest.fixture
def result(tmp_path):
    def of(story, **how):
        return results.story(story, tmp_path / "talk.pcapng", **how)

    return of


def causes(found):
    """The causes of all findings."""
    return {finding.cause for finding in found.findings}


@pytest.mark.parametrize("story", results.ORDINARY, ids=lambda story: story.__name__)
def test_of_ordinary_traffic_nothing_is_claimed(story, result):
    found = result(story())
    assert (found.verdict.status, causes(found)) == ("healthy", set())


def test_a_server_that_never_answers_an_unknown_program_is_named(result):
    talk = secure(alpn=("http/1.1",))
    trade(talk, 420, 3000)
    tells(talk.passes("1 s"), "client", 500)
    assert result(talk.passes("30 s").link_is_alive()).verdict.cause == "http/response-missing"


def test_two_tickets_are_no_answer(result):
    talk = secure(alpn=("http/1.1",))
    tells(talk, "client", 420)
    tells(talk, "server", 240, 240)
    assert result(talk.passes("30 s").link_is_alive()).verdict.cause == "http/response-missing"


def test_a_server_that_is_late_with_everything_is_no_poll(result):
    talk = clear()
    for path in ("/a", "/b", "/c", "/d"):
        talk.get(path, NAME, agent=BROWSER)
        talk.replies("200 OK", b"x" * 400, after="20 s")
        talk.client.acknowledges()
    assert result(talk.both_close()).verdict.cause == "http/response-late"


def test_a_known_command_does_not_poll(result):
    assert causes(result(ordinary.long_poll_in_clear(), client="go")) == {"http/response-late"}


def test_a_file_that_stops_once_is_no_stream(result):
    talk = clear()
    talk.get("/file", NAME, agent=BROWSER)
    talk.streams(b"HTTP/1.1 200 OK\r\nContent-Length: 120000\r\n\r\n" + bytes(60_000))
    talk.passes("10 s").streams(60_000)
    assert result(talk.both_close()).verdict.cause == "http/body-stalled"


def test_a_proxy_that_still_says_no_refuses(result):
    talk = clear("198.51.100.7:3128", "proxy.example.org")
    for _ in range(2):
        lines(
            talk,
            (
                b"CONNECT app.example.org:443 HTTP/1.1\r\nHost: app.example.org:443\r\n\r\n",
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            ),
        )
    assert result(talk.both_close()).verdict.cause == "http/connect-refused"


def test_a_few_ports_are_no_scan(result):
    talks = []
    for index in range(3):
        talk = Conversation(client=f"192.0.2.10:{52000 + index}", server=f"{ADDRESS}:{8000 + index}")
        talk.client.synchronizes()
        talk.server.refuses()
        talks.append(talk)
    assert result(talks).verdict.cause == "tcp/refused"
    assert "port_scan" not in {row.kind for row in result(talks).capture.diagnostics}


def test_a_scan_is_told_as_such(result):
    assert "port_scan" in {row.kind for row in result(ordinary_protocols.scan_of_ports()).capture.diagnostics}


@pytest.mark.parametrize(("seconds", "cause"), [(0.001, None), (3600, "tcp/refused")])
def test_who_calls_is_asked_while_the_call_lasts(seconds, cause, result):
    assert result(ordinary_protocols.asks_who_calls("192.0.2.10", seconds)).verdict.cause == cause


def test_a_name_to_be_reached_that_does_not_exist_is_named(result):
    script = Script()
    script.answers(script.asks("proxy.corp.example", edns=False), rcode="NXDOMAIN")
    assert result(script).verdict.cause == "dns/name-not-found"


def test_a_missing_part_of_a_page_fails_nothing_and_a_missing_file_does(result):
    page = clear()
    page.get("/", NAME, agent=BROWSER)
    page.replies("200 OK", b"x" * 900)
    page.get("/favicon.ico", NAME, agent=BROWSER)
    page.replies("404 Not Found", b"no")
    file = clear()
    file.get("/file", NAME, agent="Fetch/1")
    file.replies("404 Not Found", b"no")
    assert result(page.both_close()).verdict.status == "healthy"
    assert result(file.both_close()).verdict.cause == "http/error-status"


def test_a_server_that_says_lines_and_never_that_it_speaks_ssh_is_waited_for(result):
    talk = clear("198.51.100.7:22", "shell.example.org")
    lines(talk, (b"SSH-2.0-OpenSSH_9.7\r\n", b"a line\r\n"))
    for line in (b"another\r\n", b"a third\r\n"):
        ordinary.greets(talk.passes("10 s"), line)
    found = result(talk.passes("5 s").link_is_alive())
    assert (found.verdict.status, found.verdict.cause) == ("hung", None)
    assert "not that it speaks SSH" in str(found.verdict.summary)


def test_lookups_from_two_sockets_do_not_make_a_shell_go(result):
    talk = Conversation(server="198.51.100.7:22").dns("shell.example.org", "198.51.100.7").handshake()
    ordinary.greets(talk, b"SSH-2.0-OpenSSH_9.6\r\n")
    lines(talk, (b"SSH-2.0-OpenSSH_9.7\r\n", bytes(1000)))
    assert result(talk.passes("40 s").link_is_alive()).verdict.status == "healthy"


def test_how_long_a_client_took_to_ask_is_no_wait_for_the_answer(result):
    ledger = result(ordinary.upload_at_its_clients_pace()).ledger
    assert sum(row.ns for row in ledger if row.phase == "request") < 10**9


def test_a_known_command_waits_for_the_other_side_to_close(result):
    assert causes(result(ordinary.socket_that_its_server_keeps(), client="go")) == {"tcp/half-closed"}


def test_a_name_that_failed_is_not_what_went_wrong_where_others_were_served_afterwards(result):
    talk = clear()
    talk.get("/slow", NAME, agent=BROWSER)
    script = Script(start=talk.now)
    script.answers(script.asks("elsewhere.example.net", edns=False), rcode="SERVFAIL")
    talk.replies("200 OK", b"x" * 900, after="20 s")
    later = clear(port=51001, start=talk.now)
    later.get("/next", NAME, agent=BROWSER)
    later.replies("200 OK", b"x" * 900)
    found = result([talk.both_close(), script, later.both_close()])
    assert found.verdict.cause == "http/response-late"


def test_a_resolver_that_answers_others_is_not_said_to_answer_nothing(result):
    script = Script()
    ordinary.look_up(script, "a.example.org", ADDRESS)
    for _ in range(2):
        script.asks("b.example.org", edns=False, port=41000)
        script.passes("5 s")
    verdict = result(script.link_is_alive()).verdict
    assert verdict.cause == "dns/resolver-unanswered"
    assert "b.example.org" in str(verdict.summary)
    assert "nothing" not in str(verdict.summary)


def test_what_a_closed_window_threw_away_is_no_loss(result):
    talk = clear()
    talk.get("/file", NAME, agent=BROWSER)
    cuts = talk.streams(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + bytes(100_000), every=4)
    late = talk.server.sends(100_000 - 20_000, lost=True, unasked=True)
    talk.client.acknowledges(window=0, upto=cuts[-1][1])
    talk.passes("300 ms").client.acknowledges(window=65535, upto=cuts[-1][1])
    for start, end in late:
        talk.server.resends(start, end)
        talk.client.acknowledges(upto=end)
    talk.server.sends(20_000, unasked=True)
    talk.client.acknowledges()
    assert "tcp/loss" not in causes(result(talk.both_close()))


def test_captures_put_together_are_not_said_to_have_lasted_for_years(result):
    first = browses().exits()
    later = browses(first.now + 3 * 365 * 86_400 * 10**9, port=51002).exits()
    found = result([first, later])
    assert found.verdict.status == "healthy"
    assert "time_leap" in {row.kind for row in found.capture.diagnostics}
    assert "passed" not in str(found.verdict.summary)


def test_of_what_cannot_be_judged_little_is_said(result):
    script = Script()
    for index in range(20):
        there = frames.udp(True, ("192.0.2.10", 40002), ("198.51.100.9", 16384), 64, index, bytes(172))
        script.adds(script.now, there)
        script.passes("20 ms")
    verdict = result(script).verdict
    assert verdict.status == "healthy"
    assert verdict.confidence <= 0.5


def test_a_long_response_in_chunks_that_is_cut_is_named(result):
    talk = clear()
    ordinary_ends.sends_chunks(talk, b"x" * 200_000, last=b"")
    assert result(ordinary_ends.closes_first(talk)).verdict.cause == "tcp/early-close"


def test_a_reset_in_the_place_of_an_answer_is_a_no_in_any_protocol(result):
    talk = clear("198.51.100.8:3306", "db.example.org")
    lines(talk, (bytes(120), bytes(60)))
    talk.client.sends(bytes(40))
    talk.passes("40 ms").server.resets()
    assert result(talk).verdict.cause == "tcp/reset"


def test_segments_picked_out_of_a_flow_prove_no_hole(tmp_path):
    """Whoever gets what lies behind a hole acknowledges it at once; where nobody did, frames are missing from the file."""
    talk = clear("198.51.100.8:88", "kdc.example.org")
    talk.client.sends(bytes(300))
    talk.server.sends(1460 + 112)
    talk.client.acknowledges()
    path = tmp_path / "picked.pcapng"
    path.write_bytes(
        Timeline(
            talk.passes("9 s").link_is_alive(),
            keep=lambda _, octets: not 66 <= len(octets) <= 74 and len(octets) < 1400,
        ).octets()
    )
    assert "tcp/mtu-black-hole" not in causes(analyze([path]))


def test_who_repeats_needlessly_and_goes_on_is_not_deaf(result):
    talk = clear()
    pieces = talk.client.sends(1000)
    talk.server.acknowledges()
    for _ in range(40):
        talk.passes("40 ms").client.resends(*pieces[0])
        talk.passes("40 ms").client.sends(1000)
        talk.server.acknowledges()
    assert "local/ingress-dropped" not in causes(result(talk))


def test_of_traffic_of_nobody_known_its_last_moments_set_no_status(result):
    """On a desktop something is always just being waited for when the recording ends."""
    talk = secure(alpn=("http/1.1",))
    for _ in range(60):
        trade(talk.passes("50 s"), 420, 3000)
    tells(talk, "client", 420)
    talk.passes("16 s").link_is_alive()
    assert result(talk).verdict.status == "healthy"
    assert result(talk, client="curl").verdict.cause == "http/response-missing"
