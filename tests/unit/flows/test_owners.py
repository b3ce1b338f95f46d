"""Flows are joined to the processes that had their sockets, and none to another's."""

import pytest

from captures.recipes import Conversation, Run, Script, Timeline
from netanalyze.api import analyze
from netanalyze.capture.write import PcapngWriter
from tests.rules.results import story

OWN, OTHER = 4711, 9


@pytest.fixture
def judged(tmp_path):
    """The flows and the verdict of an analysis of stories under a run."""

    def judge(*stories, run):
        document = story(Timeline(*stories, run=run), tmp_path / "x.pcapng").to_json()
        return {flow["orig_port"]: flow for flow in document["flows"] if flow["transport"] == "tcp"}, document

    return judge


def refused(port):
    talk = Conversation(client=f"192.0.2.10:{port}", server="198.51.100.5:443")
    talk.syns(1, lost=False)
    talk.server.refuses()
    return talk


def test_a_flow_bears_its_process(judged):
    talk = refused(51000)
    flows, _ = judged(talk, run=Run("curl", "https://a.test").has(talk).ends("3 s", 7))
    assert (flows[51000]["process"], flows[51000]["pid"], flows[51000]["owned"]) == ("curl", OWN, "certain")


def test_what_is_proved_to_be_others_is_never_judged(judged):
    mine, theirs = refused(51000), refused(52000)
    run = Run("curl", "https://a.test").has(mine).has(theirs, pid=OTHER, owned="other").ends("3 s", 7)
    flows, document = judged(mine, theirs, run=run)
    assert (flows[51000]["judged"], flows[52000]["judged"]) == (1, 0)
    assert {finding["flow"] for finding in document["findings"]} == {flows[51000]["flow_id"]}


def test_others_failures_leave_the_command_healthy(judged):
    theirs = refused(52000)
    _, document = judged(theirs, run=Run("make").has(theirs, pid=OTHER, owned="other").ends("3 s", 0))
    assert document["verdict"]["status"] == "healthy"


def test_what_nobody_saw_is_inferred_from_where_it_goes(judged):
    mine, unseen = refused(51000), refused(53000)
    flows, _ = judged(mine, unseen, run=Run("curl", "https://a.test").has(mine).ends("3 s", 7))
    assert (flows[53000]["owned"], flows[53000]["judged"], flows[53000]["pid"]) == ("inferred", 1, None)


def test_where_every_socket_is_known_an_unknown_one_elsewhere_is_not_the_commands(judged):
    mine = refused(51000)
    elsewhere = Conversation(client="192.0.2.10:54000", server="203.0.113.9:443")
    elsewhere.syns(1)
    flows, _ = judged(mine, elsewhere, run=Run("curl", "https://a.test").has(mine).ends("3 s", 7))
    assert (flows[54000]["owned"], flows[54000]["judged"]) == (None, 0)


def test_a_socket_of_long_ago_with_the_same_addresses_is_not_the_flows(judged):
    before, talk = refused(51000), refused(51000)
    before.frames = [(at - 60 * 10**9, octets) for at, octets in before.frames]
    run = Run("curl", "https://a.test").has(before, pid=OTHER, owned="other").has(talk).ends("3 s", 7)
    flows, _ = judged(talk, run=run)
    assert flows[51000]["owned"] == "certain"


def test_a_socket_whose_syn_never_left_shows_a_firewall_on_this_machine(judged):
    script = Script()
    script.dns("a.test", "198.51.100.5").until("10 s").link_is_alive()
    run = Run("curl", "https://a.test").has(refused(51000)).ends("10 s", 28)
    verdict = judged(script, run=run)[1]["verdict"]
    assert verdict["cause"] == "local/egress-dropped"
    assert verdict["confidence"] > 0.9


def test_a_command_that_never_tried_to_connect_is_not_stopped_by_a_firewall(judged):
    script = Script()
    script.dns("a.test", "198.51.100.5").until("10 s").link_is_alive()
    verdict = judged(script, run=Run("go", "mod", "verify", client="go 1.27.3").ends("10 s", 0))[1]["verdict"]
    assert verdict["cause"] is None


def test_ptcpdump_s_comments_name_a_flow_s_process(tmp_path):
    """Of which nobody says whether it is the command's; a comment of somebody else's names nobody."""
    path = tmp_path / "x.pcapng"
    says = {
        51000: "PID: 4711\nCmd: /usr/bin/curl\nArgs: curl -I https://a.test\nParentPID: 99\nParentCmd: /usr/bin/bash",
        52000: "PID of nobody",
    }
    with path.open("wb") as stream, PcapngWriter(stream) as writer:
        writer.add_interface("eth0")
        for port, comment in says.items():
            for at, octets in refused(port).frames:
                writer.write(0, at, octets, comment=comment)
    document = analyze([path]).to_json()
    flows = {flow["orig_port"]: (flow["process"], flow["pid"], flow["owned"]) for flow in document["flows"]}
    assert flows == {51000: ("curl", 4711, None), 52000: (None, None, None)}
    assert document["verdict"]["cause"] == "tcp/refused"
