"""What limited a transfer, as a table, in the time-sequence figure and in the HTML report."""

from pathlib import Path

import pytest

import netanalyze
from netanalyze.report.html import render

RECORDED = Path(__file__).resolve().parents[3] / "captures" / "recorded" / "loss-of-a-few" / "capture.pcap"


@pytest.fixture(scope="module")
def analysis():
    return netanalyze.open(RECORDED)


def test_the_spans_of_a_transfer_are_rows_that_lie_end_to_end(analysis):
    spans = analysis.transfers
    assert set(spans["limit"]) >= {"latency", "loss"}
    assert (spans["end"].to_numpy()[:-1] == spans["start"].to_numpy()[1:]).all()
    longest = spans.loc[(spans["end"] - spans["start"]).idxmax()]
    assert longest["limit"] == "loss"
    assert spans["octets"].sum() > 2_000_000


def test_the_figure_and_the_html_say_what_limited_it(analysis):
    flow = int(analysis.transfers["flow_id"].iloc[0])
    said = {text.get_text() for axes in analysis.flow(flow).plot.sequence().axes for text in axes.texts}
    assert "loss" in said
    assert "limited by: loss" in render(analysis.result)


def test_the_verdict_says_what_it_cost_and_what_the_run_had_taken_without(analysis):
    verdict, (finding, *_) = analysis.verdict, analysis.result.findings
    assert verdict.cause == finding.cause == "tcp/loss"
    assert finding.quantities["spent"] > finding.quantities["cost"] > 2
    assert verdict.seconds == pytest.approx(finding.quantities["cost"], abs=0.01)
    owned = sum(row.ns for row in analysis.result.ledger if row.cause == "tcp/loss")
    assert owned > 4 * 10**9
    assert 0.5 < verdict.without_it < 2.5
