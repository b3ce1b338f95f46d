"""URLs that the command told of, on the flows and frames they went over."""

from pathlib import Path

import pytest

from netanalyze.analyzer import Analyzer
from netanalyze.capture.source import open_source
from netanalyze.clients.requests import told_requests
from netanalyze.clients.trace import parse_trace
from netanalyze.diagnostics import Diagnostics
from netanalyze.flows.application import application
from netanalyze.kernel import Engine

RECORDED = Path(__file__).parents[3] / "captures" / "recorded"
HOST = "proxy.golang.org"


def analyzed(name):
    """An analyzer that has read a recording, and the flow of it that carried requests."""
    diagnostics, engine = Diagnostics(), Engine(mode="plain")
    analyzer = Analyzer(engine=engine, diagnostics=diagnostics)
    (path,) = (RECORDED / name).glob("capture.pcap*")
    with open_source([str(path)], diagnostics, engine) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    analyzer.finish()
    flows = [f for f in analyzer._flows if f.host == HOST and f.tls and application(f) and application(f).requests]
    return analyzer._flows, max(flows, key=lambda flow: len(application(flow).requests))


def stamped(*lines):
    """What go prints, each line after its time, in order."""
    return parse_trace("".join(f"{ns / 1e9:.6f} {text}\n" for ns, text in sorted(lines)), "go")


@pytest.fixture(scope="module")
def recording():
    return analyzed("response-missing")


def test_each_line_finds_the_record_that_left_after_it(recording):
    flows, flow = recording
    asked = application(flow).requests
    lines = [(r.time_ns - 2_000_000, f"# get https://{HOST}/m{i}/@v/v1.0.0.mod") for i, r in enumerate(asked)]
    rows = told_requests(flows, stamped(*lines))
    assert [(row["flow_id"], row["request_frame"]) for row in rows] == [(flow.id, r.frame_number) for r in asked]
    assert {row["source"] for row in rows} == {"trace"}
    assert all(row["status"] == -1 and row["response_frame"] == 0 for row in rows)


def test_an_answer_is_the_last_thing_that_came_before_its_line(recording):
    flows, flow = recording
    read = application(flow)
    first, answer = read.requests[0], read.responses[0]
    url = f"https://{HOST}/m0/@v/v1.0.0.mod"
    told = (first.time_ns, f"# get {url}"), (answer.time_ns + 1_000_000, f"# get {url}: 200 OK (0.050s)")
    (row,) = told_requests(flows, stamped(*told))
    assert (row["status"], row["request_frame"]) == (200, first.frame_number)
    came = [r.frame_number for r in read.responses if r.time_ns <= answer.time_ns + 1_000_000]
    assert row["response_frame"] == came[-1]
    assert row["target"] == "/m0/@v/v1.0.0.mod"


def test_other_hosts_and_lines_without_a_time_are_left_out(recording):
    flows, flow = recording
    ns = application(flow).requests[0].time_ns
    assert told_requests(flows, stamped((ns, "# get https://elsewhere.test/m/@v/list"))) == []
    assert told_requests(flows, parse_trace(f"# get https://{HOST}/m/@v/list\n", "go")) == []
    assert told_requests(flows, None) == []
