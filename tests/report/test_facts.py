"""What the reports have in common: figures that add up, frames as ranges, filters, notes."""

import pytest
import sample_results
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.findings import Culprit
from netanalyze.report import facts
from netanalyze.result import LedgerRow, Step, Verdict


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


def test_filter_names_frames_then_the_flow():
    result = sample_results.failed()
    assert facts.wireshark_filter(result) == "frame.number in {13,16..25}"
    assert facts.wireshark_filter(result, 20) == "ip.addr == 142.250.66.81 && tcp.port == 51234"


def test_filter_of_several_files_names_the_flow():
    result = sample_results.failed()
    from dataclasses import replace

    two = replace(result, capture=replace(result.capture, files=("a.pcap", "b.pcap")))
    assert facts.wireshark_filter(two) == "ip.addr == 142.250.66.81 && tcp.port == 51234"


@pytest.mark.parametrize(
    ("text", "label"), [("13", "#13"), ("#16-17", "#16-17"), ("3, 5", "#3, 5"), ("trace", "trace"), ("", "")]
)
def test_frame_label(text, label):
    assert facts.frame_label(text) == label


def test_culprit_text():
    proxy = Culprit("http-proxy", None, "192.0.2.1", 3128)
    far = Culprit("module-proxy", "proxy.golang.org", None, None, via=proxy)
    assert facts.culprit_text(far) == "module-proxy proxy.golang.org, through http-proxy 192.0.2.1:3128"
    assert facts.culprit_text(Culprit("path", None, "2001:db8::1", 443)) == "path to [2001:db8::1]:443"
    assert facts.culprit_text(Culprit("client-host")) == "this machine"


@pytest.mark.parametrize(
    ("text", "room", "note"),
    [
        ("Ask another module proxy, for this run", 60, "ask another module proxy, for this run"),
        ("Ask another module proxy, for this run", 20, "this run only"),
        (
            "If the modules are public: a public proxy, this run",
            20,
            "if the modules are public: a public proxy, this run",
        ),
        ("A small ClientHello, for this run", 40, "a small ClientHello, for this run"),
        ("MTU down, this run", 40, "MTU down, this run"),
    ],
)
def test_note_beside_a_command(text, room, note):
    assert facts.step_note(Step(text, "go"), room) == note
