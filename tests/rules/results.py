"""Every story of the fast suites, its result, and that result as lines a person can compare."""

import functools
import os
import tomllib
from pathlib import Path
from unittest import mock

from captures.recipes.timeline import Timeline
from netanalyze import analyzer
from netanalyze.api import analyze
from netanalyze.causes import judge
from tests.rules import ordinary, ordinary_channels, ordinary_ends, ordinary_protocols
from tests.rules.edges import edges
from tests.rules.pairs import PAIRS

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
GOLDEN = Path(__file__).parent / "golden"
RECIPES = {path.parent: tomllib.loads(path.read_text()) for path in sorted(CAPTURES.glob("*/*/expect.toml"))}
"""What the verdict on a recipe's captures must hold."""
RECORDED = {path.parent: tomllib.loads(path.read_text()) for path in sorted(CAPTURES.glob("recorded/*/truth.toml"))}
"""What is true of a real run."""
ORDINARY = ordinary.STORIES + ordinary_protocols.STORIES + ordinary_ends.STORIES + ordinary_channels.STORIES

LONGEST_LIST = 12
FLOW = "service conn_state history judged orig_octets resp_octets orig_packets resp_packets initial_rtt orig_retransmissions "
FLOW += "resp_retransmissions orig_timeout resp_timeout orig_tail_losses resp_tail_losses orig_in_flight_most "
FLOW += "resp_in_flight_most orig_sacks resp_sacks orig_dsacks resp_dsacks host sni tunnel established"
COLUMNS = {
    "flows": FLOW,
    "dns": "qname qtype_name resolver rcode_name query response queries responses edns truncated rejected_by_frame answers",
    "tls": "sni version alpn_chosen client_hello server_hello client_hello_segments client_hello_acked client_hello_sacked "
    "hello_retry_request alert alert_by established",
    "http": "",
    "stalls": "flow_id start end waiting_for waiting_on resent last_frame next_frame",
}
"""What is compared of each table's rows; empty: all of it."""


def analysed(*paths, **how):
    """``(result, case)``: what an analysis gives, and what its rules looked at."""
    cases = []
    with mock.patch.object(analyzer, "judge", lambda case: cases.append(case) or judge(case)):
        return analyze(paths, **how), cases[-1]


@functools.cache
def judged(folder, kind):
    """``(JSON, case)`` of a recipe's hit or near miss."""
    result, case = analysed(folder / f"{kind}.pcapng")
    return result.to_json(), case


def judged_anew(folder, kind):
    """The same case, made for one test alone: it may change it."""
    return of_objects(judged.__wrapped__(folder, kind)[1])


def of_objects(case):
    """A case whose flows, dials and stalls are lists of objects: what is told of all of them is told from these."""
    case.flows, case.everything = list(case.flows), list(case.everything)
    case.dials, case.stalls = list(case.dials), list(case.stalls)
    if case.client.name != "generic" and case.flows:  # whose they are was told from each
        case.lookups = list(case.lookups)
    return case


def judged_run(folder):
    """What the rules look at of a real run, with what go printed."""
    return of_objects(analysed(next(folder.glob("capture.pcap*")), trace=(folder / "go.stderr.txt").read_text())[1])


def recipe(folder, kind):
    """What an analysis of a recipe's hit or near miss gives, as JSON."""
    return judged(folder, kind)[0]


def of_recipe(folder, kind):
    """The lines of a recipe's capture, and where the thresholds of its cause bite."""
    document, case = judged(folder, kind)
    return [*lines(document), *edges(RECIPES[folder]["hit"]["cause"], case)]


@functools.cache
def recording(folder, traced):
    """What an analysis of a real run gives, as JSON: from the packets alone, or with what go printed."""
    trace = (folder / "go.stderr.txt").read_text() if traced else None
    return analyze([next(folder.glob("capture.pcap*"))], trace=trace).to_json()


def story(told, path, **how):
    """What an analysis of stories that share a clock gives; ``path`` is where their capture is written."""
    return judged_story(told, path, **how)[0]


def judged_story(told, path, **how):
    """``(result, case)`` of the same."""
    if not isinstance(told, Timeline):
        told = Timeline(*(told if isinstance(told, (list, tuple)) else [told]))
    path.write_bytes(told.octets())
    return analysed(path, **how)


def cases():
    """``{name: what gives its lines, from a path to write to}`` for every story."""
    found = {}
    for folder in RECIPES:
        for kind in ("hit", "near_miss"):
            found[f"{folder.parent.name}.{folder.name}.{kind}"] = lambda _, f=folder, k=kind: of_recipe(f, k)
    for folder in RECORDED:
        for traced in (False, True):
            name = f"recorded.{folder.name}{'.traced' if traced else ''}"
            found[name] = lambda _, f=folder, t=traced: lines(recording(f, t))
    for one in ORDINARY:
        found[f"ordinary.{one.__name__}"] = lambda path, s=one: lines(story(s(), path).to_json())
    for one, *_ in PAIRS:
        for index, kind in enumerate(("hit", "near_miss")):
            found[f"pairs.{one.__name__}.{kind}"] = lambda path, s=one, i=index: lines(story(s()[i], path).to_json())
    return found


def compare(text, path):
    """A text is its golden copy, which NETANALYZE_GOLDEN=write writes anew."""
    if os.environ.get("NETANALYZE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"please run with NETANALYZE_GOLDEN=write, which writes {path.name}"
    assert text == path.read_text(encoding="utf-8")


def written(value):
    """A value of the JSON in few characters; what is null or empty is nothing."""
    if isinstance(value, dict):
        parts = [(key, written(part)) for key, part in value.items()]
        return " ".join(f"{key}={part}" for key, part in parts if part)
    if isinstance(value, list):
        return "[" + " | ".join(written(part) for part in value) + "]" if value else ""
    return "" if value is None or value == 0 else f"{value:.6g}" if isinstance(value, float) else str(value)


def lines(document):
    """The result as lines: the verdict, the findings, the ledger, and of each table what rules look at."""
    capture = document["capture"]
    yield "capture " + written({key: capture[key] for key in ("vantage", "judged_flows", "total_flows")})
    for diagnostic in capture["diagnostics"]:
        yield "diagnostic " + written({key: diagnostic[key] for key in ("kind", "count", "first_frame")})
    yield from members("verdict", document["verdict"])
    for finding in document["findings"]:
        yield from members(finding["cause"], {k: v for k, v in finding.items() if k not in ("cause", "alternatives")})
    yield from listed("ledger", [{k: v for k, v in row.items() if k != "seconds"} for row in document["ledger"]])
    for table, columns in COLUMNS.items():
        rows = document[table]
        yield from listed(table, [{k: row[k] for k in columns.split()} for row in rows] if columns else rows)


def members(name, value):
    """A line for what is one thing, and one for each part of what is several."""
    yield f"{name} " + written({key: part for key, part in value.items() if not isinstance(part, list)})
    for key, parts in value.items():
        for part in parts if isinstance(parts, list) else ():
            yield f"  {key} {written(part)}"


def listed(name, rows):
    """A line for each row; where there are many, the first and how many more."""
    for row in rows[:LONGEST_LIST]:
        yield f"{name} {written(row)}"
    if len(rows) > LONGEST_LIST:
        yield f"{name} and {len(rows) - LONGEST_LIST} more"
