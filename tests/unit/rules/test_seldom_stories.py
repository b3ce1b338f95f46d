"""Stories at conditions that no recipe comes by: what a rule says there, and beside it."""

from types import SimpleNamespace

import pytest

from captures.recipes import Conversation
from netanalyze.api import analyze
from netanalyze.causes import LACKING, _undermining
from netanalyze.causes.cause import cause_of
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Culprit, frames
from netanalyze.units import SECOND_NS
from tests.rules.ordinary import NAME, clear

PROXY = "https://proxy.golang.org/"


def causes(found):
    return {finding.cause for finding in found.findings}


@pytest.mark.parametrize("id_", ["nothing/loss", "advice/form", "tcp/_advice", "tcp/no-such-cause", "tcp", ""])
def test_only_a_cause_is_one(id_):
    with pytest.raises(KeyError):
        cause_of(id_)


@pytest.mark.parametrize(("address", "private"), [("10.1.2.3", True), ("198.51.100.9", False)])
def test_a_module_whose_host_has_a_private_address_is_private(address, private, result):
    talk = (
        Conversation(server="198.51.100.5:443").dns("git.example.org", address).dns("proxy.golang.org", "198.51.100.5")
    )
    talk.handshake().opens().fetches("1200 B", "9 kB").exits()
    asked = f"# get {PROXY}git.example.org/t/m/@v/v1.0.0.info"
    found = result(talk, trace=f"{asked}\n{asked}: 404 Not Found (0.020s)\n")
    assert ("go/private-module-through-proxy" in causes(found)) is private


@pytest.mark.parametrize(("second", "again"), [("v1.0.0.zip", True), ("v1.0.1.zip", False), ("v1.0.0.mod", False)])
def test_a_zip_that_comes_twice_in_clear_is_fetched_again(second, again, result):
    talk = clear(name=NAME)
    for name in ("v1.0.0.zip", second):
        talk.get(f"/example.com/m/@v/{name}", NAME)
        talk.replies("200 OK", b"x" * 200)
    talk.both_close()
    assert ("go/refetched" in causes(result(talk))) is again


@pytest.mark.parametrize(("printed", "cause"), [(403, "http/connect-refused"), (404, "http/error-status")])
def test_a_status_that_a_proxy_gave_to_connect_is_not_the_hosts(printed, cause, result):
    talk = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
    talk.handshake().connect_request("proxy.golang.org:443")
    talk.replies("403 Forbidden", b"no\n").both_close()
    url = f"{PROXY}example.com/m/@v/v1.0.0.mod"
    trace = f"# get {url}\n# get {url}: {printed} Not so (0.02s)\ngo: example.com/m@v1.0.0: reading {url}: {printed} Not so\n"
    found = result(talk, trace=trace)
    assert (cause == "http/error-status") == ("http/error-status" in causes(found))
    assert found.verdict.cause == cause


@pytest.mark.parametrize("ends", ["closes", "resets", "waits"])
def test_a_body_that_its_server_breaks_off_after_a_pause_has_not_stalled(ends, result):
    talk = clear(name=NAME)
    talk.get("/big.iso", NAME)
    talk.passes("20 ms").server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + bytes(40_000))
    talk.client.acknowledges()
    talk.passes("70 s")
    if ends == "closes":
        talk.server.closes()
        talk.client.acknowledges()
        talk.client.closes()
        talk.server.acknowledges()
    elif ends == "resets":
        talk.server.resets()
    else:
        talk.link_is_alive()
    assert ("http/body-stalled" in causes(result(talk))) is (ends == "waits")


@pytest.mark.parametrize("named", [True, False])
def test_a_server_that_says_other_lines_than_its_identification_is_called_by_name_or_address(named, result):
    talk = Conversation(client="192.0.2.10:50022", server="198.51.100.22:22")
    if named:
        talk.dns("git.example.org", "198.51.100.22")
    talk.handshake().client.sends(b"SSH-2.0-OpenSSH_9.6\r\n")
    talk.server.acknowledges()
    for _ in range(8):
        talk.passes("9 s").server.sends(b"x7Gq\r\n")
        talk.client.acknowledges()
    summary = str(result(talk.link_is_alive()).verdict.summary)
    assert f"{'git.example.org' if named else '198.51.100.22'} said other lines" in summary


@pytest.mark.parametrize("last", [True, False])
def test_a_command_whose_last_line_is_a_program_that_it_runs_waits_for_that(last):
    lines = [
        "# get https://proxy.golang.org/example.com/m/@v/list",
        "# get https://proxy.golang.org/example.com/m/@v/list: 200 OK (0.1s)",
    ]
    lines.insert(2 if last else 0, "cd /c/vcs/1; git ls-remote -q --end-of-options https://git.example.org/m")
    verdict = analyze(trace="\n".join(lines) + "\n", client="go").verdict
    assert (verdict.status == "hung") is last


@pytest.mark.parametrize("greeted", [True, False])
def test_what_a_socks_proxy_leaves_unanswered_is_its_greeting_or_the_target(greeted, result):
    talk = Conversation(server="192.0.2.80:1080", rtt="2 ms", hops=0)
    talk.handshake().client.sends(b"\x05\x01\x00")
    talk.server.acknowledges()
    if greeted:
        talk.server.sends(b"\x05\x00")
        talk.client.sends(b"\x05\x01\x00\x03\x0bexample.org\x01\xbb")
        talk.server.acknowledges()
    found = result(talk.passes("70 s").link_is_alive())
    shown = [str(evidence.shows) for finding in found.findings for evidence in finding.evidence]
    assert found.verdict.cause == "http/connect-unanswered"
    assert ("SOCKS example.org:443" if greeted else "SOCKS greeting") in shown


@pytest.mark.parametrize(("ends", "status"), [("# get {mod}: 200 OK (0.1s)", "unusable"), ("# get {mod}", "hung")])
def test_a_habit_of_go_is_no_verdict_where_words_are_all_there_is(ends, status):
    archive, mod = (f"{PROXY}example.com/m/@v/v1.0.0.{kind}" for kind in ("zip", "mod"))
    twice = [f"# get {archive}", f"# get {archive}: 200 OK (0.1s)"] * 2
    found = analyze(trace="\n".join([*twice, f"# get {mod}", ends.format(mod=mod)]) + "\n", client="go")
    assert "go/refetched" in causes(found)
    assert (found.verdict.status, found.verdict.cause) == (status, None)


@pytest.mark.parametrize(("lacking", "undermined"), [(0, False), (2, False), (3, True), (4, True)])
def test_from_one_frame_in_a_hundred_on_that_is_lacking_no_wait_is_sure(lacking, undermined):
    assert LACKING.value == 0.01
    diagnostics = Diagnostics()
    diagnostics.add("acked_unseen", lacking)
    finding = cause_of("http/goaway").finding(
        Culprit("path"), (0, 9 * SECOND_NS), "it waits", frames((1, "a request")), 0.9
    )
    undermining = _undermining(SimpleNamespace(diagnostics=diagnostics, total_packets=300))
    assert ("acked_unseen" in undermining(finding)) is undermined


@pytest.mark.parametrize(("octets", "full"), [(1448, True), (1004, False)])
def test_what_is_written_at_intervals_is_no_segment_of_full_size(octets, full, result):
    """A camera writes each frame when it is there: the end of a write is no sign of a shaper."""
    talk = clear(name=NAME)
    talk.get("/camera", NAME)
    talk.server.sends(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n")
    talk.client.acknowledges()
    for _ in range(200):
        talk.passes("40 ms").server.sends(b"v" * octets, unasked=True)
        talk.client.acknowledges(unasked=True)
    assert ("tcp/throttled" in causes(result(talk.both_close()))) is full
