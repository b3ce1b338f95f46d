"""What the reports have in common: figures that add up, frames as ranges, filters, notes."""

import pytest
import sample_results
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.causes.advice.form import RUN
from netanalyze.findings import Culprit
from netanalyze.report import commands, facts
from netanalyze.result import Step, Verdict
from netanalyze.result.display_filter import wireshark_filter
from netanalyze.result.ledger import LedgerRow
from netanalyze.wording import english


@given(st.lists(st.integers(0, 10**12), max_size=30), st.integers(0, 3))
def test_printed_shares_add_up_to_the_printed_sum(parts, decimals):
    figures = facts.rounded_shares(parts, decimals)
    unit = 10 ** (9 - decimals)
    assert round(sum(map(float, figures)) * 10**decimals) == (sum(parts) + unit // 2) // unit


@given(
    st.lists(st.tuples(st.integers(0, 10**10), st.sampled_from(["dns", "tls", "local"]), st.booleans()), max_size=60)
)
def test_ledger_lines_are_few_and_lose_nothing(rows):
    moment, made = sample_results.START, []
    for ns, phase, blamed in rows:
        made.append(LedgerRow(moment, moment + ns, phase, f"{phase}/x" if blamed else None))
        moment += ns
    result = sample_results.result(Verdict("hung", ""), ends=1, rows=made)
    for most in (3, 12):
        lines = facts.ledger_lines(result, most)
        assert len(lines) <= most
        assert [line for line in lines if not float(line.figure)] == []
        whole, decimals = sum(ns for ns, _, _ in rows), facts.ledger_decimals(result)
        assert sum(float(line.figure) for line in lines) == pytest.approx(
            float(facts.rounded_shares([whole], decimals)[0])
        )


@pytest.mark.parametrize(
    ("spent", "told"), [(0, "no time lost in waiting"), (0.0041, "4 ms of 900 ms lost"), (0.25, "0.25 of 0.90 s lost")]
)
def test_time_lost_that_is_too_short_for_seconds_is_not_called_none(spent, told):
    result = sample_results.result(Verdict("failed", "", seconds=spent), ends=0.9)
    assert english(facts.lost(result)) == told


def test_filter_names_frames_then_the_flow():
    result = sample_results.failed()
    assert wireshark_filter(result) == "frame.number in {13,16..25}"
    assert wireshark_filter(result, 20) == "ip.addr == 142.250.66.81 && tcp.port == 51234"


def test_filter_of_several_files_names_the_flow():
    result = sample_results.failed()
    from dataclasses import replace

    two = replace(result, capture=replace(result.capture, files=("a.pcap", "b.pcap")))
    assert wireshark_filter(two) == "ip.addr == 142.250.66.81 && tcp.port == 51234"


def test_culprit_text():
    proxy = Culprit("http-proxy", None, "192.0.2.1", 3128)
    far = Culprit("module-proxy", "proxy.golang.org", None, None, via=proxy)
    assert english(facts.culprit_text(far)) == "module-proxy proxy.golang.org, through http-proxy 192.0.2.1:3128"
    assert english(facts.culprit_text(Culprit("path", None, "2001:db8::1", 443))) == "path to [2001:db8::1]:443"
    assert english(facts.culprit_text(Culprit("client-host"))) == "this machine"


@pytest.mark.parametrize(
    ("text", "scope", "room", "note"),
    [
        ("Ask another module proxy, for this run", RUN, 60, "ask another module proxy, for this run"),
        ("Ask another module proxy, for this run", RUN, 20, "this run only"),
        ("If the modules are public: a public proxy", "", 20, "if the modules are public: a public proxy"),
        ("A small ClientHello, for this run", RUN, 10, "a small ClientHello, for this run"),
        ("MTU down, this run", RUN, 40, "MTU down, this run"),
    ],
)
def test_note_beside_a_command(text, scope, room, note):
    assert str(commands.step_note(Step(text, "go", scope), room)) == note
