"""netanalyze summary: figures that can be counted by hand, in three forms and two languages."""

import pytest

pytest.importorskip("pyarrow")

from netanalyze.cli.main import run
from netanalyze.fleet import summary_forms
from netanalyze.fleet.batch import batch
from netanalyze.fleet.dataset import Dataset
from netanalyze.fleet.rows import row_of_error
from netanalyze.fleet.schema import TABLES
from netanalyze.fleet.summary import summary
from netanalyze.report.language import catalogue

DAY = 86_400_000_000_000
START = 1_704_067_200_000_000_000
MS = 1_000_000


def columns(table, rows, digest):
    """Rows of named values as the columns of a table."""
    return [[digest if field.name == "hash" else row.get(field.name) for row in rows] for field in TABLES[table]]


def capture(day, *, cause=None, host=None, answers=(), handshakes=()):
    """A run of a minute on a day: lookups by (ms, rcode), connections by (connect ms, TLS ms)."""
    digest, start = f"{day:064x}", START + day * DAY
    status = "hung" if cause else "healthy"
    lost = 30.0 if cause else 0.0
    run_row = {"file": f"{day}.pcap", "status": status, "cause": cause, "role": "server", "host": host, "seconds": lost,
               "start": start, "end": start + 60_000 * MS, "duration": 60.0}  # fmt: skip
    ledger = [
        {"start": start, "end": start + 30_000 * MS, "seconds": 30.0, "phase": "tls", "cause": cause, "host": host}
    ]
    dns = [
        {"kind": "dns", "resolver": "192.0.2.53", "qname": "mirror.example", "rcode": rcode, "query": start,
         "response": None if ms is None else start + ms * MS}
        for ms, rcode in answers
    ]  # fmt: skip
    flows = [
        {"flow_id": n, "transport": "tcp", "host": "mirror.example", "resp_address": "198.51.100.1", "judged": 1,
         "syn": start, "syn_ack": None if connect is None else start + connect * MS}
        for n, (connect, _) in enumerate(handshakes)
    ]  # fmt: skip
    tls = [
        {"flow_id": n, "client_hello": start, "server_hello": None if ms is None else start + ms * MS,
         "established": ms is not None}
        for n, (connect, ms) in enumerate(handshakes)
        if connect is not None
    ]  # fmt: skip
    given = {"runs": [run_row], "ledger": ledger, "dns": dns, "flows": flows, "tls": tls}
    return {name: columns(name, given.get(name, []), digest) for name in TABLES}


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """Seven days; from the fifth on the mirror swallows ClientHellos; a file that is none."""
    folder = tmp_path_factory.mktemp("week") / "dataset"
    with Dataset(folder) as dataset:
        for day in range(4):
            dataset.add(capture(day, answers=[(10 + day, 0), (20, 3)], handshakes=[(30, 40 + day)]))
        for day in range(4, 7):
            dataset.add(
                capture(day, cause="tls/client-hello-dropped", host="mirror.example", answers=[(None, -1), (15, 2)],
                        handshakes=[(30, None), (None, None)])
            )  # fmt: skip
        dataset.add(row_of_error("bad.pcap", "bad", 7, "not a capture"))
    return folder


def test_a_cause_costs_what_the_ledgers_say(week):
    [row] = summary(week).causes.to_dict("records")
    assert row == {"cause": "tls/client-hello-dropped", "runs": 3, "hours": 90 / 3600, "who": "mirror.example"}


def test_what_began_when(week):
    [row] = summary(week).onsets.to_dict("records")
    assert str(row["first"]) == "2024-01-05 00:00:00+00:00"
    assert (row["runs"], row["before"], row["since"]) == (3, 4, 3)


def test_a_resolver_that_answers_with_an_error_or_never_has_failed(week):
    [row] = summary(week).resolvers.to_dict("records")
    assert (row["queries"], row["success"]) == (14, 8 / 14)
    assert row["median"] == pytest.approx(0.015)


def test_a_host_succeeds_where_it_connects_and_shakes_hands(week):
    [row] = summary(week).hosts.to_dict("records")
    assert (row["host"], row["connections"], row["success"]) == ("mirror.example", 10, 0.4)
    assert row["connect_median"] == pytest.approx(0.030)
    assert row["tls_p95"] == pytest.approx(0.04285)
    assert row["lost_hours"] == 90 / 3600


def test_an_unreadable_file_is_counted_apart(week):
    counts = dict(zip(summary(week).runs["status"], summary(week).runs["runs"]))
    assert counts == {"healthy": 4, "hung": 3, "error": 1}


def test_three_forms_say_the_same(week, tmp_path, capsys):
    page, marked = tmp_path / "s.html", tmp_path / "s.md"
    assert run(["summary", str(week), "--lang", "en", "--html", str(page), "--markdown", str(marked)]) == 0
    text = capsys.readouterr().out
    assert "8 captures, 2024-01-01 00:00:00 to 2024-01-07 00:01:00 UTC" in text
    for form in (text, page.read_text(), marked.read_text().replace("`", "")):
        assert "57.1 %" in form
        assert "2024-01-05 00:00:00" in form
    row = next(line for line in text.splitlines() if "tls/client-hello-dropped" in line)
    assert row.split() == ["tls/client-hello-dropped", "90.0", "s", "3", "mirror.example"]
    assert page.stat().st_mode & 0o777 == 0o600


def test_one_form_alone_is_printed(week, capsys):
    assert run(["summary", str(week), "--markdown", "-", "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("## ")
    assert "| DNS 服务器 | 查询次数 | 成功 |" in out
    assert run(["summary", str(week), "--markdown", "-", "--html", "-"]) == 2


def test_every_heading_is_translated(week):
    known = catalogue("zh")
    for sheet in summary_forms.sheets(summary(week)):
        assert all(str(text) in known for text in (sheet.title, *sheet.headings)), sheet.title


def test_hostile_names_stay_text(tmp_path):
    folder = tmp_path / "dataset"
    hostile = '<script>alert(1)</script>|\x1b[2J`"'
    with Dataset(folder) as dataset:
        dataset.add(capture(0, cause="tls/alert", host=hostile))
    found = summary(folder)
    assert "<script" not in summary_forms.html(found)
    assert "\x1b" not in summary_forms.text(found) + summary_forms.markdown(found) + found._repr_html_()
    assert "`` <script>alert(1)</script>\\|" in summary_forms.markdown(found), "as code, in which nothing is HTML"


def test_real_captures_are_summed_up(tmp_path):
    from test_batch import HANG

    batch([HANG], tmp_path / "dataset", jobs=1)
    found = summary(tmp_path / "dataset")
    [host] = found.hosts.query("host == 'proxy.golang.org'").to_dict("records")
    assert host["success"] < 1
    assert host["connect_median"] == pytest.approx(0.030, abs=0.005)
    assert found.causes["cause"].tolist() == ["tls/client-hello-dropped"]


@pytest.mark.parametrize("width", [80, 72])
def test_no_line_is_wider_than_the_terminal_and_no_column_is_left_out(week, width):
    _, *lines = summary_forms.text(summary(week), width=width).splitlines()  # the first begins with the folder's path
    assert max(map(len, lines)) <= width
    _, *wide = summary_forms.text(summary(week), width=400).splitlines()
    assert {word for line in lines for word in line.split()} == {word for line in wide for word in line.split()}


def test_an_empty_dataset_has_nothing_to_say(tmp_path):
    with Dataset(tmp_path / "dataset"):
        pass
    assert summary_forms.text(summary(tmp_path / "dataset")).count("none") == 5


def test_what_is_no_dataset_is_told(tmp_path, capsys):
    assert run(["summary", str(tmp_path)]) == 2
    assert "no dataset of this version; netanalyze batch PATHS -o" in capsys.readouterr().err
