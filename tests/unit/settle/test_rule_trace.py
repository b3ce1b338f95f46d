"""What ``nft -a monitor trace`` prints: which rule, or which chain's policy, dropped what was traced."""

import os

import pytest

from netanalyze.settle import rule_trace
from netanalyze.settle.rule_trace import DroppingRule, RuleTrace, dropping_rules

PRINTED = """\
trace id b003c58b inet mine out packet: oif "lo" ip saddr 127.0.0.1 ip daddr 127.0.0.1 tcp sport 42696 tcp dport 443
trace id b003c58b inet mine out rule ip daddr 127.0.0.1 meta nftrace set 1 # handle 3 (verdict continue)
trace id b003c58b inet mine out policy accept
trace id b003c58b inet own out rule tcp dport 443 drop # handle 2 (verdict drop)
trace id 615980a3 ip filter OUTPUT rule tcp dport 444 counter packets 0 bytes 0 drop # handle 7 (verdict drop)
trace id 6bea2079 inet own inp policy drop\x20
trace id 6bea2079 inet own rej rule udp dport 99 accept # handle 5 (verdict accept)
"""


def test_rules_and_policies_that_dropped_are_named_and_those_that_let_pass_are_not():
    assert dropping_rules(PRINTED) == {
        DroppingRule("inet", "own", "out", 2, "tcp dport 443 drop"),
        DroppingRule("ip", "filter", "OUTPUT", 7, "tcp dport 444 counter packets 0 bytes 0 drop"),
        DroppingRule("inet", "own", "inp", None, ""),
    }


@pytest.mark.parametrize(
    "text", ["", "trace id", "rule (verdict drop)", "trace id zz a b c rule x (verdict drop)", "\0"]
)
def test_what_is_no_line_of_a_trace_names_no_rule(text):
    assert dropping_rules(text) == frozenset()


def refuse(*argv, **options):
    pytest.fail("started")


@pytest.mark.parametrize(("user", "program"), [(1000, "/usr/sbin/nft"), (0, None)])
def test_without_root_or_nft_nothing_is_started_and_what_is_to_be_sent_is_sent(monkeypatch, user, program):
    sent = []
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(rule_trace.shutil, "which", lambda name: program)
    monkeypatch.setattr(rule_trace.subprocess, "Popen", refuse)
    with RuleTrace("192.0.2.1", 443) as trace:
        assert not trace.works
        assert trace.during(lambda: sent.append(1)) == frozenset()
    assert sent == [1]


def test_where_nft_refuses_the_table_nothing_is_traced_and_nothing_is_left_running(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(rule_trace.shutil, "which", lambda name: "/usr/sbin/nft")
    monkeypatch.setattr(rule_trace, "OWNER", ("cat",))
    monkeypatch.setattr(rule_trace, "MONITOR", ("cat",))
    monkeypatch.setattr(rule_trace, "READY_S", 0.1)
    started, popen = [], rule_trace.subprocess.Popen

    def start(*argv, **options):
        started.append(popen(*argv, **options))
        return started[-1]

    monkeypatch.setattr(rule_trace.subprocess, "Popen", start)
    trace = RuleTrace("192.0.2.1", 443)
    assert not trace.works
    trace.close()
    assert [process.returncode for process in started] == [0, 0]
