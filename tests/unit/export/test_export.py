"""``netanalyze export``: forms that other programs read, held to what they want."""

import csv
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.cli.export import FORMS
from netanalyze.cli.main import run
from netanalyze.export import FORMATS
from netanalyze.export.community_id import community_id

CAPTURES = Path(__file__).parents[3] / "captures"
HANG = CAPTURES / "recorded" / "client-hello-dropped" / "capture.pcap"
CLEAR = CAPTURES / "http" / "error_status" / "hit.pcapng"
ALL = sorted(CAPTURES.glob("*/*/*.pcap*"))


def files(form, path=HANG):
    return dict(FORMATS[form].files(analyze([path])))


def log(text):
    """Rows of one of Zeek's logs, and the types of its fields."""
    lines = text.decode().splitlines()
    head = {line.split("\t")[0]: line.split("\t")[1:] for line in lines if line.startswith("#")}
    return [dict(zip(head["#fields"], line.split("\t"))) for line in lines if not line.startswith("#")], head


def test_zeek_s_logs_have_its_names_and_say_what_is_unset():
    made = files("zeek")
    assert set(made) == {"conn.log", "dns.log", "ssl.log"}
    for octets in made.values():
        rows, head = log(octets)
        assert len(head["#fields"]) == len(head["#types"])
        assert all(len(row) == len(head["#fields"]) for row in rows)
    conn, _ = log(made["conn.log"])
    tls, _ = log(made["ssl.log"])
    assert {row["uid"] for row in tls} <= {row["uid"] for row in conn}
    assert {row["server_name"] for row in tls} == {"proxy.golang.org"}
    assert {row["established"] for row in tls} == {"F"}
    assert {row["cipher"] for row in tls} == {"-"}


def test_json_lines_leave_out_what_is_unset():
    rows = [json.loads(line) for line in files("zeek-json")["ssl.log"].splitlines()]
    assert rows
    assert all("cipher" not in row and isinstance(row["ts"], float) and row["established"] is False for row in rows)


def test_a_tab_or_a_line_end_in_a_name_breaks_no_row(monkeypatch):
    result = analyze([HANG])
    result.dns.qname[0] = "evil\t\nname,\\x"
    rows, head = log(dict(FORMATS["zeek"].files(result))["dns.log"])
    assert rows[0]["query"] == "evil\\x09\\x0aname,\\x5cx"
    assert len(rows[0]) == len(head["#fields"])


@pytest.mark.parametrize(
    ("ends", "wanted"),
    [
        (("tcp", "128.232.110.120", 34855, "66.35.250.204", 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        (("udp", "192.168.1.52", 54585, "8.8.8.8", 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
        (
            ("tcp", "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25),
            "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
        ),
    ],
)  # fmt: skip
def test_community_ids_are_those_of_the_specification(ends, wanted):
    transport, source, source_port, destination, destination_port = ends
    assert community_id(*ends) == wanted
    assert community_id(transport, destination, destination_port, source, source_port) == wanted


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark (apt-get install tshark)")
def test_community_ids_are_tsharks():
    argv = [
        "tshark",
        "-n",
        "-r",
        str(HANG),
        "-Y",
        "tcp or udp",
        "--enable-protocol",
        "communityid",
        "-T",
        "fields",
        "-e",
        "communityid",
    ]
    theirs = set(subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split())
    rows, _ = log(files("zeek")["conn.log"])
    assert {row["community_id"] for row in rows} == theirs


@pytest.mark.parametrize("path", [HANG, CLEAR], ids=["TLS", "clear"])
def test_a_har_has_all_that_the_specification_requires(path):
    document = json.loads(files("har", path)["archive.har"])["log"]
    assert document["version"] == "1.2"
    assert document["entries"]
    for entry in document["entries"]:
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
        assert {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} <= set(
            entry["request"]
        )
        assert {"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL"} <= set(
            entry["response"]
        )
        timings = entry["timings"]
        assert min(timings["send"], timings["wait"], timings["receive"]) >= 0
        spent = sum(ms for name, ms in timings.items() if ms > 0 and name != "ssl")
        assert entry["time"] == pytest.approx(spent, abs=0.01)


def test_a_request_in_clear_is_an_entry_with_its_url_and_wait():
    (entry,) = json.loads(files("har", CLEAR)["archive.har"])["log"]["entries"]
    assert entry["request"]["url"].startswith("http://")
    assert entry["request"]["url"].endswith("/example.com/module/@v/v1.0.0.mod")
    assert entry["response"]["status"] == 502
    assert entry["timings"]["wait"] > 0


def test_trace_events_add_up_to_the_ledger():
    result = analyze([HANG])
    document = json.loads(dict(FORMATS["trace"].files(result))["trace.json"])
    spans = [event for event in document["traceEvents"] if event["ph"] == "X"]
    ledger = [event for event in spans if event["pid"] == 1]
    assert sum(event["dur"] for event in ledger) * 1000 == pytest.approx(
        result.ledger[-1].end_ns - result.ledger[0].start_ns
    )
    assert "tls/client-hello-dropped" in {event["name"] for event in ledger}
    assert min(event["ts"] for event in spans) >= 0
    named = {(event["pid"], event["tid"]) for event in document["traceEvents"] if event["ph"] == "M"}
    assert {(event["pid"], event["tid"]) for event in spans if event["pid"] == 2} <= named


CROWDED = [
    "recorded/loss/capture.pcap",
    "recorded/ipv6-fallback/capture.pcap",
    "tls/large_client_hello_dropped/hit.pcapng",
]


@pytest.mark.parametrize("name", CROWDED)
def test_spans_of_a_row_lie_in_one_another_or_apart_to_the_last_bit(name):
    """Speedscope adds start and duration up, and drops what crosses."""
    made = json.loads(files("trace", CAPTURES / name)["trace.json"])
    spans = [event for event in made["traceEvents"] if event["ph"] == "X"]
    assert all(span["dur"] > 0 for span in spans)
    for row in {(span["pid"], span["tid"]) for span in spans}:
        here = [(s["ts"], s["ts"] + s["dur"]) for s in spans if (s["pid"], s["tid"]) == row]
        for start, end in here:
            assert not [other for other in here if start < other[0] < end < other[1]]


def test_csv_has_the_columns_of_the_table_and_its_rows():
    result = analyze([HANG])
    rows = list(csv.reader(dict(FORMATS["csv"].files(result))["flows.csv"].decode().splitlines()))
    assert rows[0] == [column.name for column in result.flows.schema]
    assert len(rows) == 1 + len(result.flows)


@pytest.mark.parametrize("path", ALL[::9], ids=lambda path: f"{path.parent.name}/{path.name}")
@pytest.mark.parametrize("form", FORMATS)
def test_every_capture_has_every_form(form, path):
    made = files(form, path)
    assert all(isinstance(octets, bytes) for octets in made.values())
    if form in ("har", "trace"):
        json.loads(next(iter(made.values())))


@pytest.mark.parametrize("form", ["zeek", "har"])
def test_nothing_is_overwritten_without_force(form, tmp_path):
    out = tmp_path / "out"
    assert run(["export", str(HANG), form, "-o", str(out), "-q"]) == 0
    before = {path: path.read_bytes() for path in ([out] if out.is_file() else sorted(out.iterdir()))}
    assert run(["export", str(HANG), form, "-o", str(out), "-q"]) == 2
    assert run(["export", str(HANG), form, "-o", str(out), "-q", "--force"]) == 0
    assert {path: path.read_bytes() for path in before} == before


def test_the_command_line_names_every_form():
    assert set(FORMS) == {*FORMATS, "parquet"}


def test_a_folder_is_wanted_where_there_is_a_file(tmp_path, capsys):
    out = tmp_path / "out"
    out.write_text("mine")
    assert run(["export", str(HANG), "zeek", "-o", str(out)]) == 2
    assert "wants a folder" in capsys.readouterr().err
    assert out.read_text() == "mine"
