"""What neighbour discovery shows on the local link is told: who is alive, and who is asked for in vain."""

from dataclasses import replace

import pytest

from captures.recipes import Conversation, Script
from captures.recipes.script import GATEWAY
from captures.recipes.timeline import Timeline
from netanalyze.analyzer import Analyzer
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.processes import CERTAIN, DownLink, Process, Processes, SocketOwner
from netanalyze.result import RunFacts
from netanalyze.units import NEVER_NS
from tests.rules.results import story

SECOND = 10**9
CLIENT, SERVER = "192.0.2.10", "198.51.100.5"


def result(tmp_path, *stories, client="go"):
    """The analysis of these stories on one link."""
    return story(Timeline(*stories), tmp_path / "link.pcapng", client=client)


def silent_dial():
    """SYNs into nothing, after a lookup; the gateway's link address is known from a question of its own."""
    return Conversation(server=f"{SERVER}:443").link_is_alive().dns("proxy.golang.org", SERVER).syns()


def shown(verdict):
    """Everything the proof says."""
    return " ".join(str(text) for _, text in verdict.proof)


def test_a_next_hop_that_answers_meanwhile_puts_the_fault_beyond_it(tmp_path):
    verdict = result(tmp_path, silent_dial().until("30 s").link_is_alive()).verdict
    assert verdict.cause == "tcp/syn-unanswered"
    assert f"the next hop, {GATEWAY}, is heard meanwhile" in shown(verdict)
    assert str(verdict.where) == f"path beyond {GATEWAY}, which is up, or server"


def test_a_word_from_before_the_silence_proves_nothing(tmp_path):
    verdict = result(tmp_path, silent_dial()).verdict
    assert verdict.cause == "tcp/syn-unanswered"
    assert "link" not in verdict.attributes


def test_a_next_hop_asked_for_in_vain_is_the_culprit(tmp_path):
    verdict = result(tmp_path, silent_dial().asks_neighbour()).verdict
    assert (verdict.cause, verdict.culprit.role, verdict.culprit.address) == ("tcp/syn-unanswered", "path", GATEWAY)
    assert str(verdict.summary) == f"{GATEWAY} does not answer on the local link: nothing gets out."
    assert not any("GOPROXY=https" in (step.command or "") for step in verdict.fix), "another mirror is no help"


def test_two_questions_are_not_yet_in_vain(tmp_path):
    verdict = result(tmp_path, silent_dial().asks_neighbour(times=2)).verdict
    assert "link" not in verdict.attributes


def test_another_hosts_questions_say_nothing_of_the_commands_next_hop(tmp_path):
    verdict = result(tmp_path, silent_dial().asks_neighbour("192.0.2.77", times=9)).verdict
    assert "link" not in verdict.attributes


def test_a_server_on_the_same_link_that_is_asked_for_in_vain_is_named(tmp_path):
    near = "192.0.2.88"
    talk = Script().dns("proxy.corp.test", near).passes("200 us").asks_neighbour(near)
    verdict = result(tmp_path, talk).verdict
    assert verdict.cause == "tcp/no-route"
    assert (verdict.culprit.host, verdict.culprit.address) == ("proxy.corp.test", near)


def test_a_server_that_was_reached_after_all_is_not_without_a_route(tmp_path):
    talk = Conversation(server=f"{SERVER}:443").dns("proxy.golang.org", SERVER)
    talk.asks_neighbour("192.0.2.77").handshake().opens().fetches().exits()
    assert result(tmp_path, talk).verdict.cause is None


def test_a_capture_of_one_hosts_vain_questions_is_that_hosts_dead_link(tmp_path):
    verdict = result(tmp_path, Script().asks_neighbour(times=6)).verdict
    assert (verdict.cause, verdict.culprit.address) == ("tcp/no-route", GATEWAY)
    assert verdict.confidence < 0.8, "whose questions they are is inferred"


def test_a_proxy_that_the_commands_error_names_is_the_culprit(tmp_path):
    error = (
        'go: a.test/m@v1.0.0: Get "https://proxy.golang.org/a.test/m/@v/v1.0.0.mod": proxyconnect tcp: '
        "dial tcp 192.0.2.77:3128: connect: no route to host\n"
    )
    verdict = story(
        Timeline(Script().asks_neighbour("192.0.2.77")), tmp_path / "link.pcapng", client="go", trace=error
    ).verdict
    assert (verdict.cause, verdict.culprit.role, verdict.culprit.port) == ("tcp/no-route", "http-proxy", 3128)


def test_what_has_no_flow_at_all_is_not_called_healthy(tmp_path):
    assert result(tmp_path, Script().link_is_alive(), client=None).verdict.status == "unusable"


@pytest.mark.parametrize(("times", "status"), [(8, "hung"), (2, "unusable")])
def test_of_an_unknown_command_vain_questions_are_left_unexplained(times, status, tmp_path):
    verdict = result(tmp_path, Script().asks_neighbour(times=times), client=None).verdict
    assert (verdict.cause, verdict.status) == (None, status)


def test_of_several_hosts_questions_the_answers_may_go_where_nobody_records(tmp_path):
    stories = Script().asks_neighbour(times=8), Script("192.0.2.11:51000").asks_neighbour("192.0.2.70", times=8)
    assert result(tmp_path, *stories, client=None).verdict.status == "unusable"


@pytest.mark.parametrize(("hosts", "status"), [(2, "failed"), (20, "unusable")])
def test_who_asks_for_many_hosts_looks_for_those_that_are_there(hosts, status, tmp_path):
    script = Script()
    for number in range(hosts):
        script.asks_neighbour(f"192.0.2.{70 + number}", times=3)
    assert result(tmp_path, script, client=None).verdict.status == status


def processes(local):
    """A command with one socket at an address of this machine."""
    socket = SocketOwner(17, local, 40000, "203.0.113.53", 53, 0, NEVER_NS, 10, CERTAIN)
    return Processes(
        root=10, processes=(Process(10, 1, 0, NEVER_NS, ("go", "mod", "download"), None),), sockets=(socket,),
        waits=(), full_disks=(), files=(), means="events; exact",
    )  # fmt: skip


def judged(tmp_path, seen, *stories, end_ns=None):
    """The verdict on these stories with what was seen of the machine meanwhile."""
    path = tmp_path / "link.pcapng"
    path.write_bytes(Timeline(*stories).octets())
    engine, diagnostics = Engine(mode="plain"), Diagnostics()
    analyzer = Analyzer(engine, diagnostics)
    analyzer.processes = seen
    with open_source([str(path)], diagnostics, engine) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    return analyzer.finish(end_ns, client="go").verdict


@pytest.mark.parametrize(("local", "cause"), [(CLIENT, "tcp/no-route"), ("192.0.2.11", "capture/no-traffic")])
def test_whose_vain_questions_they_are_is_told_by_the_commands_sockets(tmp_path, local, cause):
    assert judged(tmp_path, processes(local), Script().asks_neighbour(times=6)).cause == cause


def asking():
    """A request that has been sent and acknowledged, and when."""
    talk = Conversation(server=f"{SERVER}:443").dns("proxy.golang.org", SERVER).handshake().opens()
    talk.response("600 B")
    talk.request(46)
    return talk, talk.now


def down(start_ns, end_ns, interface="eth0"):
    """A machine whose interface was down."""
    return replace(processes(CLIENT), sockets=(), down_links=(DownLink(interface, start_ns, end_ns),))


def test_an_interface_that_went_down_is_named_before_the_server_that_could_not_answer(tmp_path):
    talk, asked_ns = asking()
    end_ns = asked_ns + 20 * SECOND
    verdict = judged(tmp_path, down(asked_ns + SECOND, end_ns), talk, end_ns=end_ns)
    assert (verdict.cause, verdict.culprit.role, verdict.status) == ("tcp/no-route", "client-host", "hung")
    assert str(verdict.summary) == "eth0 went down on this machine, and nothing got out."
    assert 18 < verdict.seconds <= 20


def test_an_interface_that_came_back_costs_the_time_it_was_down(tmp_path):
    talk, asked_ns = asking()
    talk.passes("8 s").response("6 kB")
    talk.exits()
    verdict = judged(tmp_path, down(asked_ns + SECOND, asked_ns + 7 * SECOND), talk)
    assert (verdict.cause, verdict.status) == ("tcp/no-route", "degraded")
    assert 5 < verdict.seconds < 8.1


def test_another_interface_that_went_down_changed_nothing(tmp_path):
    talk, asked_ns = asking()
    for _ in range(6):
        talk.passes("1 s").response("600 B")
        talk.request(46)
    talk.response("600 B")
    talk.exits()
    verdict = judged(tmp_path, down(asked_ns + SECOND // 2, asked_ns + 5 * SECOND, "wlan0"), talk)
    assert verdict.cause != "tcp/no-route"


def at_rest(seconds):
    """A connection that was closed, and nothing asked since for so many seconds."""
    talk, _ = asking()
    talk.response("600 B")
    talk.exits()
    return talk.passes(f"{seconds} s")


def test_an_interface_that_is_down_to_the_end_while_something_still_leaves_is_not_the_way(tmp_path):
    talk, asked_ns = asking()
    beside = Conversation(client=f"{CLIENT}:51900", server=f"{SERVER}:443", start=asked_ns + 19_700_000_000).syns(1)
    verdict = judged(
        tmp_path, down(asked_ns + SECOND, asked_ns + 20 * SECOND), talk, beside, end_ns=asked_ns + 20 * SECOND
    )
    assert verdict.cause != "tcp/no-route", "a SYN left in the last half second"


def test_what_leaves_within_a_look_of_its_coming_back_proves_nothing_against_it(tmp_path):
    talk, asked_ns = asking()
    beside = Conversation(client=f"{CLIENT}:51900", server=f"{SERVER}:443", start=asked_ns + 6_700_000_000).syns(1)
    talk.passes("8 s").response("6 kB")
    talk.exits()
    assert judged(tmp_path, down(asked_ns + SECOND, asked_ns + 7 * SECOND), talk, beside).cause == "tcp/no-route"
    sooner = Conversation(client=f"{CLIENT}:51900", server=f"{SERVER}:443", start=asked_ns + 6_300_000_000).syns(1)
    assert judged(tmp_path, down(asked_ns + SECOND, asked_ns + 7 * SECOND), talk, sooner).cause != "tcp/no-route"


def test_an_interface_that_was_down_for_less_than_two_looks_is_not_told(tmp_path):
    talk, asked_ns = asking()
    talk.passes("8 s").response("6 kB")
    talk.exits()
    assert judged(tmp_path, down(asked_ns + SECOND, asked_ns + 2 * SECOND), talk).cause != "tcp/no-route"


def test_an_interface_that_went_down_when_all_was_done_held_nobody_up(tmp_path):
    talk = at_rest(20)
    end_ns = talk.now
    assert judged(tmp_path, down(end_ns - 15 * SECOND, end_ns), talk, end_ns=end_ns).cause != "tcp/no-route"


def ended_well(tmp_path, seen):
    """The verdict on a command that ended with 0 while the capture has nothing but the link's own frames."""
    path = tmp_path / "quiet.pcapng"
    path.write_bytes(Timeline(Script().link_is_alive()).octets())
    engine, diagnostics = Engine(mode="plain"), Diagnostics()
    analyzer = Analyzer(engine, diagnostics)
    analyzer.processes = seen
    with open_source([str(path)], diagnostics, engine) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    run = RunFacts(("go", "vet"), 0, 10**18, 10**18 + SECOND, "go")
    return analyzer.finish(run.end_ns, run).verdict


def test_a_command_that_made_no_socket_used_no_network_whatever_the_link_says(tmp_path):
    quiet = ended_well(tmp_path, replace(processes(CLIENT), sockets=()))
    assert (quiet.status, quiet.cause) == ("healthy", None)
    assert ended_well(tmp_path, None).status == "unusable", "nobody looked at its sockets"
    assert ended_well(tmp_path, processes(CLIENT)).status != "healthy", "its socket's packets are not in the capture"
