"""A row for each module or package: what its requests cost, where they are known from, and what is not."""

import json
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.cli.main import run
from netanalyze.clients.trace import parse_trace
from netanalyze.result.modules import module_table

CAPTURES = Path(__file__).parents[3] / "captures"
CLEAR = CAPTURES / "http" / "error_status" / "near_miss.pcapng"
RECORDED = CAPTURES / "recorded" / "healthy"
MODULE = "example.com/module"
SECOND = 1_000_000_000


def rows(path, trace=None):
    return list(analyze([str(path)], trace=trace).modules.rows())


def test_what_is_read_in_clear_is_counted_once_and_other_requests_are_no_module():
    (row,) = rows(CLEAR)
    assert (row["ecosystem"], row["name"], row["version"], row["source"]) == ("go", MODULE, "v1.0.0", "proxy")
    assert (row["requests"], row["tries"], row["failed"], row["status"]) == (2, 1, 0, 200)
    assert row["octets"] == len("module example.com/module\n") + 3000
    assert row["host"] == "goproxy.example.test"
    assert row["flow_ids"] == [2]


def test_the_flow_s_lookup_and_handshake_are_of_its_first_request_and_the_phases_are_the_flow_s_own():
    result = analyze([str(CLEAR)])
    (row,) = result.modules.rows()
    lookups = [(d["query_ns"], d["response_ns"]) for d in result.dns.rows() if d["answers"]]
    flow = result.flows.row(2)
    assert row["lookup_ns"] in [end - start for start, end in lookups]
    assert row["connect_ns"] == flow["established_ns"] - flow["syn_ns"]
    assert row["tls_ns"] is None
    asked = [r for r in result.http.rows() if MODULE in r["target"]]
    assert row["wait_ns"] == sum(r["response_ns"] - r["request_ns"] for r in asked)
    assert row["transfer_ns"] == sum(r["body_over_ns"] - r["response_ns"] for r in asked)
    assert row["end_ns"] == asked[-1]["body_over_ns"]


def test_a_refused_file_is_a_failed_one():
    (row,) = rows(CAPTURES / "http" / "error_status" / "hit.pcapng")
    assert (row["failed"], row["status"]) == (1, 502)


def test_what_the_command_told_of_has_its_own_seconds_where_no_flow_is_known_for_it():
    told = (
        "# get https://p.example/rsc.io/quote/@v/v1.5.2.mod\n"
        "# get https://p.example/rsc.io/quote/@v/v1.5.2.mod: 200 OK (0.250s)\n"
        "# get https://p.example/rsc.io/quote/@v/v1.5.2.zip\n"
    )
    row = next(row for row in rows(RECORDED / "capture.pcap", told) if row["name"] == "rsc.io/quote")
    assert (row["requests"], row["failed"], row["status"]) == (2, 1, 200)
    assert row["wait_ns"] == SECOND // 4
    assert row["octets"] is row["connect_ns"] is row["start_ns"] is None
    assert row["flow_ids"] == []


def test_a_list_is_the_version_s_that_was_chosen_by_it():
    told = "".join(
        f"# get https://p.example/rsc.io/quote/@v/{part}\n# get https://p.example/rsc.io/quote/@v/{part}: 200 OK (0.1s)\n"
        for part in ("list", "v1.5.2.mod", "v1.5.2.mod", "v1.5.1.mod")
    )
    found = {row["version"]: row for row in rows(RECORDED / "capture.pcap", told)}
    assert set(found) == {"v1.5.2", "v1.5.1"}
    assert (found["v1.5.2"]["requests"], found["v1.5.2"]["tries"]) == (3, 2)
    assert found["v1.5.1"]["requests"] == 1


def test_the_table_fits_its_columns_and_names_them_all(capsys):
    trace = str(RECORDED / "go.stderr.txt")
    assert run(["modules", str(RECORDED / "capture.pcap"), "--trace", trace, "--width", "60", "--lang", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "6 modules, 18 requests."
    assert lines[2].split() == ["module", "from", "asked", "wait"]
    assert len(lines) == 3 + 6
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize(("order", "first"), [("start", "lib02"), ("name", "lib01"), ("seconds", "lib01")])
def test_it_is_sorted_as_asked(capsys, order, first):
    trace = str(RECORDED / "go.stderr.txt")
    run(["modules", str(RECORDED / "capture.pcap"), "--trace", trace, "--sort", order])
    assert f"example.com/{first}@v1.0.0" in capsys.readouterr().out.splitlines()[3]


def test_as_json_they_are_the_rows_of_the_whole_result(capsys):
    assert run(["modules", "--json", str(CLEAR)]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(analyze([str(CLEAR)]).to_json()["modules"]))


def test_where_no_request_can_be_read_it_is_said_how_they_would_be(capsys):
    assert run(["modules", str(RECORDED / "capture.pcap")]) == 2
    assert "--trace" in capsys.readouterr().err


def test_a_request_in_clear_to_a_port_of_its_own_is_not_counted_again_for_the_command_told_of_it():
    """The Host header has the port, and the command's URL has scheme and port."""
    result = analyze([str(CLEAR)])
    result.http.host[:] = "goproxy.example.test:3000"
    url = "http://goproxy.example.test:3000/example.com/module/@v/v1.0.0"
    told = "".join(f"# get {url}.{part}\n# get {url}.{part}: 200 OK (0.1s)\n" for part in ("mod", "zip"))
    (row,) = module_table(result, parse_trace(told).requests).rows()
    assert (row["requests"], row["tries"]) == (2, 1)
