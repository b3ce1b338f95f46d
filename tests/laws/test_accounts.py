"""Laws of what is told: the ledger adds up to the wall time, the JSON is strict, the times fit together."""

import itertools
import json
import math

import jsonschema
import pytest
from feeding import COMPILED, RECIPES, RECORDINGS, START_NS, Capture, Frame, analysed, examples, name, read, told
from hypothesis import given
from hypothesis import strategies as st
from traffic import client_hello, damaged, ethernet, ipv4, tcp, traffic

import netanalyze.report.json as report
from netanalyze.capture.recording import RecordedRun
from netanalyze.causes import causes
from netanalyze.errors import NothingSelected
from netanalyze.findings import EVIDENCE_KINDS, ROLES
from netanalyze.kernel import Engine
from netanalyze.processes import Process, Processes
from netanalyze.report.schema import schema
from netanalyze.result import STATUSES, RunFacts, run_facts
from netanalyze.result.ledger import PHASES
from netanalyze.tracking.tracker import STEP_NS
from netanalyze.units import NEVER_NS

SECOND = 1_000_000_000
VALIDATOR = jsonschema.Draft202012Validator(schema())


def ledger_adds_up(result, start, end):
    """The rows lie end to end from ``start`` to ``end``; each is longer than nothing and has one owner."""
    rows = result.ledger
    if end <= start:
        assert not rows
        return
    assert rows[0].start_ns == start
    assert rows[-1].end_ns == end
    for row, following in itertools.pairwise(rows):
        assert row.end_ns == following.start_ns
    for row in rows:
        assert row.end_ns > row.start_ns
        assert row.phase in PHASES
    assert sum(row.ns for row in rows) == end - start


def consistent(result, span=None):
    """What every result must keep to, whatever the capture; ``span`` is when things can have happened, ns."""
    span = span or (result.capture.start_ns, result.capture.end_ns)
    document = result.to_json()
    VALIDATOR.validate(json.loads(report.render(result), parse_constant=pytest.fail))
    capture, verdict = document["capture"], document["verdict"]
    duration = capture["duration"]
    known = set(causes())
    assert verdict["status"] in STATUSES
    assert verdict["cause"] is None or not causes()[verdict["cause"]].about_client
    assert 0 <= verdict["confidence"] <= 1
    wall = sum(row["seconds"] for row in document["ledger"])
    assert -1e-3 <= verdict["seconds"] <= max(wall, duration) + 1e-3
    if verdict["status"] == "healthy":
        assert verdict["cause"] is None
        assert verdict["seconds"] == 0
    if verdict["without_it"] is not None:
        assert verdict["without_it"] >= 0
    if verdict["cause"] is not None:
        assert document["findings"][verdict["finding"]]["cause"] == verdict["cause"]
        blamed = document["findings"][verdict["finding"]][
            "culprit"
        ]  # a helper that asked for the command may stand between
        assert verdict["culprit"] | {"via": None} == blamed | {"via": None}
    for finding in result.findings:
        assert span[0] <= finding.start_ns <= finding.end_ns <= span[1], finding
    for index, finding in enumerate(document["findings"]):
        assert finding["cause"] in known
        assert finding["culprit"]["role"] in ROLES
        if finding["start"] is None:  # a command without a single frame: there is nothing to count from
            continue
        assert finding["start"] <= finding["end"]
        assert math.isclose(finding["seconds"], finding["end"] - finding["start"], abs_tol=1e-6)
        assert finding["evidence"]
        assert finding["consequence_of"] != index
        for evidence in finding["evidence"]:
            assert evidence["kind"] in EVIDENCE_KINDS
            if evidence["kind"] == "frame":
                assert 1 <= evidence["ref"] <= capture["packets"]
        if finding["flow"] is not None:
            assert 0 <= finding["flow"] < capture["total_flows"]
    assert [flow["flow_id"] for flow in document["flows"]] == list(range(len(document["flows"])))
    for flow in document["flows"]:
        assert flow["orig_packets"] + flow["resp_packets"] >= 1
        assert 1 <= flow["first_frame"] <= flow["last_frame"] <= capture["packets"]
    for stall in document["stalls"]:
        assert stall["start"] <= stall["end"]
    for mark in result.tcp_marks.rows():
        assert 1 <= mark["frame_number"] <= capture["packets"]


@pytest.mark.parametrize("path", [*RECIPES, *RECORDINGS], ids=name)
def test_the_ledger_of_a_capture_adds_up_and_its_result_is_consistent(path):
    result = analysed(read(path))
    ledger_adds_up(result, result.capture.start_ns, result.capture.end_ns)
    consistent(result)


@examples(200)
@given(capture=traffic(), later=st.sampled_from((0, 0, 1, 700_000_000, 45 * SECOND)))
def test_the_ledger_of_made_up_traffic_adds_up(capture, later):
    last = max((frame.time_ns for frame in capture.frames), default=NEVER_NS)
    end = None if last == NEVER_NS else last + later
    result = analysed(capture, end_ns=end)
    if end is not None:
        ledger_adds_up(result, result.capture.start_ns, end)
    consistent(result, (result.capture.start_ns, end or 0))


@examples(100)
@given(
    capture=traffic(),
    before=st.integers(0, 3 * SECOND),
    after=st.integers(0, 40 * SECOND),
    code=st.sampled_from((0, 1, -9, None)),
)
def test_the_ledger_covers_the_run(capture, before, after, code):
    """Under a command the ledger is that of the command: from its start to its end."""
    times = [frame.time_ns for frame in capture.frames] or [START_NS]
    start, end = min(times) - before, max(times) + after
    run = RunFacts(("go", "mod", "download"), code, start, end, "go")
    result = analysed(capture, end_ns=end, run=run)
    ledger_adds_up(result, start, end)
    consistent(result, (start, end))


@examples(150)
@given(
    capture=traffic(),
    begin=st.integers(-2 * SECOND, 50 * SECOND),
    length=st.one_of(st.integers(0, 1_000_000), st.integers(0, 40 * SECOND)),
    code=st.sampled_from((0, 7, None)),
    joined=st.one_of(st.none(), st.integers(0, 50 * SECOND)),
    until=st.one_of(st.none(), st.integers(0, 50 * SECOND)),
    watched=st.booleans(),
)
def test_the_ledger_is_the_runs_own_time_wherever_the_capture_lies(
    capture, begin, length, code, joined, until, watched
):
    """It begins at 0 and adds up to the wall time, of a run of microseconds too, and of one before, within or after the
    capture; of a joined run the time before is nobody's, of one that outlasted its capture the time after."""
    start = START_NS + begin
    joined_ns = NEVER_NS if joined is None else min(start + joined, start + length)
    until_ns = NEVER_NS if until is None or until >= length else start + until
    run = RunFacts(("sh", "-c", "…"), code, start, start + length, joined_ns=joined_ns, captured_until_ns=until_ns)
    seen = Processes(7, (Process(7, 1, start),), means="events; sock_diag, bpf") if watched else None
    result = analysed(capture, processes=seen, end_ns=run.seen_until_ns, run=run)
    ledger_adds_up(result, start, start + length)
    document = result.to_json()
    VALIDATOR.validate(document)
    if length:
        assert document["ledger"][0]["start"] == 0
        assert sum(row["seconds"] for row in document["ledger"]) == pytest.approx(document["run"]["wall"], abs=1e-7)
    assert 0 <= document["verdict"]["seconds"] <= max(length / SECOND, document["capture"]["duration"]) + 1e-3
    assert document["capture"]["duration"] >= 0
    assert document["verdict"]["status"] != "unusable" or code is None or not watched


def test_a_run_whose_end_lies_before_its_beginning_has_no_end_that_is_known():
    run = run_facts(RecordedRun(("true",), 0, START_NS, START_NS - 5))
    result = analysed(Capture(()), run=run)
    assert (result.run.wall, result.ledger) == (None, ())
    VALIDATOR.validate(result.to_json())


@examples(100)
@given(capture=traffic(), span=st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted))
def test_the_ledger_covers_the_span_that_was_asked_for(capture, span):
    times = [frame.time_ns for frame in capture.frames]
    if not times:
        return
    first, last = min(times), max(times)
    start, end = (first + seconds * SECOND for seconds in span)
    try:
        result = analysed(capture, between=(start, end))
    except NothingSelected:
        assert not any(flow["first_ns"] <= end and flow["last_ns"] >= start for flow in analysed(capture).flows.rows())
        return
    ledger_adds_up(result, start, min(end, last))


@examples(200)
@given(data=st.data(), capture=traffic())
def test_damaged_captures_have_consistent_results(data, capture):
    if data.draw(st.booleans()):
        capture = read(data.draw(st.sampled_from([p for p in RECIPES if p.stat().st_size < 20_000])))
    result = analysed(data.draw(damaged(capture)))
    ledger_adds_up(result, result.capture.start_ns, result.capture.end_ns)
    consistent(result)


@pytest.mark.parametrize("path", RECORDINGS, ids=name)
def test_the_same_capture_tells_the_same_twice(path):
    assert told(analysed(read(path))) == told(analysed(read(path)))


def test_one_octet_before_the_stream_is_no_answer():
    """A server's keep-alive probe carries an octet of old; its answer has not begun, and nothing can be dated from it."""
    hello = client_hello()
    result = analysed(
        conversation_of(
            (0, 0, 0, 2, b""), (1, 0, 1, 18, b""), (0, 1, 1, 24, hello), (1, 1, 1 + len(hello), 16, b""),
            (1, 0, 1 + len(hello), 16, b"x"), (0, 1 + len(hello), 1, 16, b""),
        ),
        end_ns=START_NS + 30 * SECOND,
    )  # fmt: skip
    consistent(result, (START_NS, START_NS + 30 * SECOND))


def conversation_of(*segments):
    """``(side, seq, ack, flags, payload)``, half a second apart."""
    frames = []
    for number, (side, seq, ack, flags, payload) in enumerate(segments):
        (a, p), (b, q) = ((10, 40000), (80, 443))[:: 1 - 2 * side]
        octets = ethernet(ipv4(a, b, 6, tcp(p, q, seq, ack, flags, payload=payload)))
        frames.append(Frame(START_NS + number * SECOND // 2, octets, len(octets)))
    return Capture(tuple(frames))


@pytest.mark.parametrize("path", RECIPES, ids=name)
@pytest.mark.parametrize("part", [3, 2])
@pytest.mark.parametrize("step", [-3600 * SECOND, -SECOND // 5])
def test_a_clock_that_steps_back_is_a_diagnostic_and_no_failure(path, part, step):
    capture = read(path)
    first = len(capture.frames) * (part - 1) // part
    frames = [f if n < first else f._replace(time_ns=f.time_ns + step) for n, f in enumerate(capture.frames)]
    stepped = any(frame.time_ns <= before.time_ns - STEP_NS for before, frame in itertools.pairwise(frames))
    result = analysed(Capture(tuple(frames), capture.link_types))
    assert any(d.kind == "clock_step" for d in result.capture.diagnostics) == stepped
    ledger_adds_up(result, result.capture.start_ns, result.capture.end_ns)
    consistent(result)


def test_frames_that_were_handed_over_late_are_no_clock_that_was_set_back():
    capture = read(RECIPES[0])
    frames = list(capture.frames)
    frames[3] = frames[3]._replace(time_ns=frames[2].time_ns - STEP_NS // 2)
    result = analysed(Capture(tuple(frames), capture.link_types))
    assert not any(d.kind == "clock_step" for d in result.capture.diagnostics)


def undated(result):
    """What is told, without the dates."""
    document = told(result)
    for moment in ("start", "end"):
        document["capture"].pop(moment)
    for event in document["events"]:
        event["time_ns"] -= result.capture.start_ns
    return document


def moved(capture, by):
    return Capture(tuple(f._replace(time_ns=f.time_ns + by) for f in capture.frames), capture.link_types)


YEARS_NS = 365 * 86400 * SECOND
dates = st.sampled_from((-20, 4, 5, 15, 75, 90)).map(lambda years: years * YEARS_NS)


@examples(100)
@given(capture=traffic(), by=dates, compiled=st.just("compiled" if COMPILED else "plain"))
def test_made_up_traffic_tells_the_same_at_any_date(capture, by, compiled):
    for mode in {"plain", compiled}:
        assert undated(analysed(moved(capture, by), engine=Engine(mode=mode))) == undated(analysed(capture))


@pytest.mark.parametrize("path", RECORDINGS, ids=name)
def test_a_recording_tells_the_same_fifteen_years_later(path):
    capture = read(path)
    assert undated(analysed(moved(capture, 15 * YEARS_NS))) == undated(analysed(capture))
