"""Law: what a run may cost at its end is bounded, and what was left out is said, with how many."""

import json

import pytest
from costly import SHAPES
from costly_names import lookups_without_answer  # noqa: F401 (its module enters the shapes)
from costly_streams import stalls_in_one_flow  # noqa: F401
from test_work_is_linear import capture_file, counted, reported

from netanalyze import analyzer
from netanalyze.capture.source import open_source
from netanalyze.conversations import dns_reader, messages
from netanalyze.diagnostics import Diagnostics
from netanalyze.flows.network import left_out
from netanalyze.kernel import Engine


@pytest.mark.parametrize(
    ("module", "bound", "shape", "words"),
    [
        (left_out, "LOOKUPS_MOST", "lookups_without_answer", "the first 10 of 25 lookups are judged"),
        (left_out, "FLOWS_MOST", "refused_retries", "the 10 of 25 flows with the most packets are judged"),
        (dns_reader, "TRANSACTIONS_MOST", "names_that_do_not_exist", "the first 10 of 25 DNS queries are kept"),
        (messages, "ICMP_MOST", "errors_about_one_attempt", "the first 10 of 25 ICMP errors are kept"),
    ],
)
def test_what_is_left_out_is_said_in_every_report(module, bound, shape, words, monkeypatch, tmp_path):
    case = SHAPES[shape](25)
    path = capture_file(case, tmp_path / "many.pcap")
    for report in reported(case, path)[1:]:
        assert words not in (report if isinstance(report, str) else json.dumps(report))
    monkeypatch.setattr(module, bound, 10)
    result, *reports = reported(case, path)
    (row,) = (row for row in result.capture.diagnostics if row.kind == "left_out")
    assert (row.count, str(row.detail)) == (15, words)
    for report in reports:
        assert words in " ".join((report if isinstance(report, str) else json.dumps(report)).split())


def test_a_look_at_a_run_costs_no_more_the_longer_it_goes_on(monkeypatch, tmp_path):
    monkeypatch.setattr(analyzer, "STANDING_MOST", 20)

    def looked_at(size):
        case, made = SHAPES["names_that_lead_to_refusals"](size), []
        one = analyzer.Analyzer(Engine(mode="plain"), Diagnostics())
        with open_source([str(capture_file(case, tmp_path / "run.pcap"))], Diagnostics(), one.engine) as source:
            for batch in source.batches():
                one.feed(batch, source.interfaces)
        work = counted(lambda: made.append(one.run_status(one.tracker.last_ns)))
        assert made[0].now_ns == one.tracker.last_ns
        return sum(work.values())

    looked_at(30)
    once, later = looked_at(60), looked_at(240)
    assert later <= 1.1 * once
