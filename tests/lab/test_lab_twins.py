"""The runs without a fault, the delays that were made, and the figures of verdicts and ledgers held against both."""

from dataclasses import replace

import pytest

from netanalyze.lab import Recording, list_scenarios, load
from netanalyze.lab.batch import ScenarioOutcome
from netanalyze.lab.journal import VARIABLE, Delay, note, read
from netanalyze.lab.scenario import parse
from netanalyze.lab.scores.accounts import (
    page_of_ledgers,
    page_of_twins,
    told_of_ledgers,
    told_of_phases,
    told_of_twins,
)
from netanalyze.lab.scores.counterfactual import Counterfactual, counterfactual
from netanalyze.lab.scores.held import Held, account, common, longest_phase, merged
from netanalyze.lab.scores.judge import held_against
from netanalyze.lab.servers.dns_server import Resolver, Rule
from netanalyze.lab.twin import Twin, families, likeness, read_twins, twin, write_twins
from netanalyze.result.ledger import LedgerRow

SECOND = 10**9
FAULTS = ("loss", "outage", "drop_", "reset_", "forge_", "corrupt", "duplicate", "reorder", "rate")


@pytest.mark.parametrize("name", list_scenarios())
def test_a_twin_has_no_fault_that_is_not_kept(name):
    scenario = load(name)
    declared = twin(scenario)
    if declared is None:
        assert scenario.truth.cause is None or scenario.truth.cause.startswith(("capture/", "local/configuration"))
        return
    assert twin(declared) is None
    assert not [m for m in declared.wire or () if m.startswith(FAULTS) and f"wire.{m}" not in scenario.keeps]
    assert not declared.dns or "dns" in scenario.keeps
    assert declared.router.ipv4 == () or "router" in scenario.keeps
    assert (declared.command.lock, declared.command.signals, declared.command.disk) == ("", (), 0)
    for host, site in declared.sites.items():
        if not {"sites", f"sites.{host}"} & set(scenario.keeps):
            assert set(site) <= {"protocols", "plain", "maximum", "streams", "folder", "conducts"}
            assert all(set(conduct) == {"path", "redirect"} for conduct in site.get("conducts", ()))


def test_a_twin_is_as_far_from_its_servers_and_does_the_same_work():
    scenario = load("loss-heavy")
    declared = twin(scenario)
    assert declared.wire == {"delay": 0.03}
    assert (declared.command.libraries, declared.command.middle, declared.command.argv) == (
        3,
        True,
        ("go", "mod", "download", "-x"),
    )


def test_what_a_scenario_keeps_its_twin_has():
    declared = twin(load("two-loss-silent-server"))
    assert declared.wire == {"delay": 0.02, "loss_down": 0.02}
    assert declared.sites == {}
    kept = twin(load("parallel-shorter-late"))
    assert kept.sites["storage.googleapis.com"]["conducts"][0]["delay"] == 5.0
    assert kept.sites["proxy.golang.org"]["conducts"] == [
        {"path": "*/lib03/*.zip", "redirect": "https://storage.googleapis.com"}
    ]


def test_a_proxy_that_the_command_is_told_to_use_is_there_in_the_twin():
    assert twin(load("connect-proxy-dead")).proxy == {}
    assert twin(load("socks-silent")).proxy == {"kind": "socks"}


def test_scenarios_that_differ_in_their_fault_alone_share_a_twin():
    shared = [
        names for _, names in families([load(name) for name in ("body-stalled", "outage", "path-death", "plain")])
    ]
    assert shared == [["body-stalled", "outage", "path-death"]]
    one, other = twin(load("outage")), twin(load("response-late"))
    assert likeness(one) != likeness(other)


def test_twins_are_read_as_they_were_written(tmp_path):
    assert read_twins(tmp_path) == {}
    write_twins(tmp_path, Twin("outage", 0, 1.5, 1.4), ["outage", "path-death"])
    write_twins(tmp_path, Twin("refused", 0, 0.3, 0.2), ["refused"])
    assert read_twins(tmp_path)["path-death"] == Twin("outage", 0, 1.5, 1.4)
    assert set(read_twins(tmp_path)) == {"outage", "path-death", "refused"}


@pytest.mark.parametrize(
    ("said", "least", "twin_s", "right"),
    [
        (1.4, None, 1.0, True), (1.6, None, 1.0, False), (0.4, None, 1.0, False), (11.9, None, 10.0, True),
        (12.1, None, 10.0, False), (None, 0.9, 1.0, True), (None, 1.6, 1.0, False), (None, 0.2, 40.0, True),
        (None, None, 1.0, True),
    ],
)  # fmt: skip
def test_a_figure_is_right_near_the_twins_and_a_bound_is_unless_the_twin_took_less(said, least, twin_s, right):
    assert Counterfactual(said, least, twin_s).right is right


def said(name, **figures):
    truth = load(name).truth
    verdict = {"status": truth.status, "cause": truth.cause, "culprit": {"role": truth.role, "host": truth.host}}
    return held_against(truth, verdict | {"confidence": 0.9} | figures, packets_only=False)


def test_only_a_verdict_that_is_right_is_asked_what_the_run_would_have_taken():
    late = said("response-late", without_it=1.0)
    assert counterfactual(late, Twin("x", 0, 1.2, 1.1)).said == 1.0
    assert counterfactual(late, Twin("x", 1, 1.2, 1.1)) is None
    assert counterfactual(late, None) is None
    assert counterfactual(replace(late, right=False), Twin("x", 0, 1.2, 1.1)) is None


def test_spans_are_put_together_and_cut():
    assert merged([(5, 6), (0, 2), (2, 3), (4, 4)]) == [(0, 3), (5, 6)]
    assert common([(0, 4), (6, 9)], [(3, 7), (8, 12)]) == [(3, 4), (6, 7), (8, 9)]


def row(start, end, phase, cause=None):
    return LedgerRow(round(start * SECOND), round(end * SECOND), phase, cause)


def test_the_seconds_that_were_held_up_must_have_an_owner_of_their_kind():
    delays = [Delay("dns-answer", 1, 4), Delay("dns-answer", 1.1, 4)]
    good = account(delays, [(0.5, 4.5)], [row(0, 1, "local"), row(1, 4, "dns"), row(4, 5, "connect")])
    bad = account(delays, [(0.5, 4.5)], [row(0, 1, "local"), row(1, 2, "dns"), row(2, 5, "connect")])
    assert [(h.kind, h.waited, h.owned, h.right) for h in good] == [("dns-answer", 3, 3, True)]
    assert [(h.owned, h.others, h.right) for h in bad] == [(1, {"connect": 2}, False)]


def test_what_went_on_beside_a_delay_did_not_wait_for_it():
    ledger = [row(0, 3, "transfer"), row(3, 6, "request")]
    (held,) = account([Delay("response", 0, 6)], [(3, 6)], ledger)
    assert (held.waited, held.owned) == (3, 3)


def test_a_delay_without_an_end_lasts_to_the_end_of_the_run_and_two_at_a_time_may_share():
    ledger = [row(0, 2, "request"), row(2, 10, "idle")]
    response, stopped = account([Delay("response", 0, 2), Delay("stopped", 1, None)], [(0, 10)], ledger)
    assert (response.kind, response.right, stopped.kind, stopped.waited, stopped.right) == (
        "response",
        True,
        "stopped",
        9,
        True,
    )


def test_an_outage_is_known_by_its_cause_in_any_phase():
    ledger = [row(0, 1, "transfer"), row(1, 6, "tls", "tcp/outage")]
    (held,) = account([Delay("outage", 1, 6)], [(1, 6)], ledger)
    assert held.right


def test_the_clients_own_time_is_one_phase_short_or_long():
    assert longest_phase([row(0, 2, "local"), row(2, 5, "request"), row(5, 7, "idle")]) == "idle"
    assert longest_phase([]) == ""


def test_the_journal_has_what_was_held_up(tmp_path, monkeypatch):
    path = tmp_path / "delays.jsonl"
    monkeypatch.delenv(VARIABLE, raising=False)
    note("body", 3)
    assert read(path) == []
    monkeypatch.setenv(VARIABLE, str(path))
    note("body", 3, "here", start=10.0)
    note("response", None, start=5.0)
    note("response", 0)
    assert read(path) == [Delay("response", 5.0, None), Delay("body", 10.0, 13.0, "here")]


def test_a_resolver_writes_down_the_query_it_drops(tmp_path, monkeypatch):
    path = tmp_path / "delays.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    query = b"\0\7\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1"
    assert Resolver("198.51.100.53", {}, [Rule("drop")]).responses(query, "udp") == []
    (delay,) = read(path)
    assert (delay.kind, delay.end - delay.start) == ("dns-answer", pytest.approx(5))


def outcomes(tmp_path):
    def one(name, twin_s, held=(), spent="", **figures):
        recording = Recording(load(name), tmp_path / "x", tmp_path / "y", 0, 7.0)
        judgement = replace(said(name, seconds=6.0, **figures), held=held, spent=spent)
        return ScenarioOutcome(load(name), recording, judgement, judgement, twin=Twin(name, 0, twin_s + 0.2, twin_s))

    return [
        one("response-late", 1.0, (Held("response", 6.0, 6.0, {}),), without_it=1.1),
        one("outage", 1.0, (Held("outage", 5.0, 3.0, {"local": 2.0}),), without_it=4.0),
        one("body-stalled", 1.0, without_it_at_least=0.8),
        one("thin-link", 1.0, spent="request"),
    ]


def test_the_scoreboard_counts_the_seconds_that_are_right_and_tells_the_others(tmp_path):
    found = outcomes(tmp_path)
    twins, ledgers, slow = told_of_twins(found), told_of_ledgers(found), told_of_phases(found)
    assert "1/2" in twins[0]
    assert "lower bounds that hold 1/1" in twins[0]
    assert twins[1:] == ["  outage: said 4.00, the twin took 1.00 s"]
    assert ledgers == ["ledger: delays with the right owner 1/2", "  outage: outage 3.00 of 5.00 s (2.00 s local)"]
    assert slow == [
        "slow runs: what the time went to, right 0/1",
        "  thin-link: most went to request, true is transfer",
    ]
    page = "\n".join([*page_of_twins(found), *page_of_ledgers(found)])
    assert "| outage | tcp/outage | 7.00 | 6.00 | 4.00 | 1.00 | 1.20 | +3.00 | NO |" in page
    assert "| body-stalled | http/body-stalled | 7.00 | 6.00 | ≥ 0.80 | 1.00 | 1.20 |  | yes |" in page
    assert "| outage | outage | 5.00 | 3.00 | 2.00 local | NO |" in page


def test_without_twins_and_journals_the_scoreboard_says_nothing_of_them(tmp_path):
    bare = [replace(outcome, twin=None, trace=replace(outcome.trace, held=())) for outcome in outcomes(tmp_path)]
    assert told_of_twins(bare) == page_of_twins(bare) == told_of_ledgers(bare) == page_of_ledgers(bare) == []


def test_a_scenario_says_what_it_keeps_in_words_that_are_known():
    words = ("wire.", "sites", "dns", "router", "network", "proxy")
    assert all(word.startswith(words) for name in list_scenarios() for word in load(name).keeps)
    assert parse("x", 'title = "x"\nkeeps = ["dns"]\n[truth]\nstatus = "healthy"').keeps == ("dns",)
