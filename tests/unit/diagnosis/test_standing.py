"""What is said while the command still runs: recordings are fed as they came, and asked again and again."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from netanalyze.analyzer import Analyzer
from netanalyze.capture.batch import FrameBatch
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine

RECORDED = Path(__file__).parents[3] / "captures" / "recorded"
STEP_NS = 250_000_000
SECOND = 10**9
MOVED_NS = 1_500_000_000
"""The status line is drawn no sooner after something moved."""
LATER = {
    "tcp/outage": {"tcp/path-death"},
    "dns/first-resolver-dead": {"dns/resolver-unanswered"},
    "dns/conflicting-answers": {"tcp/syn-unanswered"},
    "tcp/ipv6-fallback": {"tcp/syn-unanswered", "tcp/one-address-dead"},
}
"""What a cause looks like until what is owed has come, or something else was tried."""


def told(name):
    """Each second's ``(seconds since the start, causes, wait)`` of a recording, as the status line would have them."""
    diagnostics, engine = Diagnostics(), Engine(mode="plain")
    analyzer = Analyzer(engine=engine, diagnostics=diagnostics)
    (path,) = (RECORDED / name).glob("capture.pcap*")
    said = []
    with open_source([str(path)], diagnostics, engine) as source:
        (batch,) = list(source.batches())
        times = batch.frames[:, 3]
        now, at = int(times[0]), 0
        while at < len(times):
            now += STEP_NS
            until = int(np.searchsorted(times, now))
            if until > at:
                rows = batch.frames[at:until]
                analyzer.feed(FrameBatch(batch.buffer, rows, batch.first_frame_number + at), source.interfaces)
                at = until
            run_status = analyzer.run_status(now)
            if run_status.now_ns - run_status.moved_ns >= MOVED_NS and run_status.finding is not None:
                said.append(
                    ((now - int(times[0])) / SECOND, {run_status.finding.cause, *run_status.rivals}, run_status.wait)
                )
    return said


def truth(name):
    return tomllib.loads((RECORDED / name / "truth.toml").read_text())


NAMES = sorted(path.parent.name for path in RECORDED.glob("*/truth.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_no_cause_is_shown_that_is_not_so(name):
    known = truth(name)
    right = {known.get("cause"), *known.get("also_accept", ())} - {None, ""}
    right |= set().union(*(LATER.get(cause, set()) for cause in right))
    for seconds, causes, _ in told(name):
        assert causes & right, f"after {seconds} s"


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("client-hello-dropped", "tls/client-hello-dropped"),
        ("response-missing", "http/response-missing"),
        ("body-stalled", "http/body-stalled"),
        ("outage", "tcp/path-death"),
        ("first-resolver-dead", "dns/resolver-unanswered"),
    ],
)
def test_the_cause_is_shown_while_it_hangs(name, cause):
    said = told(name)
    assert any(cause in causes for _, causes, _ in said)
    waits = [wait for _, causes, wait in said if cause in causes]
    assert waits[0] is not None
    assert waits[0].host or waits[0].address
    assert sum(wait is None for wait in waits) * STEP_NS <= SECOND  # as it ends, the command has given up already


def test_asking_changes_nothing():
    diagnostics, engine = Diagnostics(), Engine(mode="plain")
    results = []
    for asks in (False, True):
        analyzer = Analyzer(engine=engine, diagnostics=Diagnostics())
        with open_source([str(RECORDED / "loss" / "capture.pcap")], diagnostics, engine) as source:
            (batch,) = list(source.batches())
            for at in range(0, len(batch), 40):
                rows = batch.frames[at : at + 40]
                analyzer.feed(FrameBatch(batch.buffer, rows, batch.first_frame_number + at), source.interfaces)
                if asks:
                    analyzer.run_status(int(rows[-1, 3]))
        results.append(analyzer.finish().to_json())
    assert results[0] == results[1]
