"""``netanalyze last``: which runs there are, and the report of one again."""

import json
import os

import pytest

from netanalyze import kept_runs
from netanalyze.cli.last import table
from netanalyze.cli.main import run
from netanalyze.kept_runs import KeptRun, open_kept_runs
from netanalyze.report.language import Language
from netanalyze.report.sheet import cells
from tests.users import own_folder

DAY_NS = 86_400 * 10**9


@pytest.fixture
def kept(monkeypatch):
    """A folder of kept runs that is there and empty."""
    with own_folder(os.geteuid()) as folder:
        monkeypatch.setattr(kept_runs, "place_of_kept_runs", lambda: str(folder / "netanalyze"))
        with open_kept_runs(make=True) as runs:
            yield runs


def recorded(kept, name, ended, **summary):
    path = os.path.join(kept.path, f"{name}.pcapng")
    with open(path, "wb") as file:
        file.write(bytes(9))
    os.chmod(path, 0o600)
    os.utime(path, (ended, ended))
    kept.summarize(path, summary)
    return path


def test_without_a_run_it_says_how_one_is_made(kept, capsys):
    assert run(["last"]) == 2
    assert "netanalyze live -- COMMAND" in capsys.readouterr().err
    assert run(["last", "--list"]) == 0
    assert "no run is kept" in capsys.readouterr().out


def test_the_newest_is_analysed_by_default_and_the_nth_by_its_number(kept, api, capsys):
    old = recorded(kept, "old", 100, command="git fetch")
    new = recorded(kept, "new", 200, command="go mod download")
    assert run(["last"]) == 1
    assert run(["last", "2", "--brief"]) == 1
    assert [paths for paths, _ in api.calls] == [(new,), (old,)]
    told = capsys.readouterr()
    assert "go mod download" in told.err
    assert "git fetch" in told.err
    assert json.loads(told.out.splitlines()[-1])["status"] == "failed"


def test_the_report_takes_the_forms_of_analyze(kept, api, tmp_path, capsys):
    recorded(kept, "a", 100)
    assert (
        run(["last", "-q", "--html", str(tmp_path / "a.html"), "--json-to", str(tmp_path / "a.json"), "--oneline"]) == 1
    )
    assert "FAILED" in capsys.readouterr().out
    assert json.loads((tmp_path / "a.json").read_text())["verdict"]["status"] == "failed"
    assert (tmp_path / "a.html").read_text().startswith("<!DOCTYPE html>")


def test_a_number_that_is_too_large_says_how_many_there_are(kept, capsys):
    recorded(kept, "a", 100)
    assert run(["last", "2"]) == 2
    assert "only 1 run is kept" in capsys.readouterr().err


def test_the_path_is_printed_alone(kept, capsys):
    path = recorded(kept, "a", 100)
    assert run(["last", "--path"]) == 0
    assert capsys.readouterr() == (f"{path}\n", "")


def test_a_number_is_completed_with_its_command(kept):
    from netanalyze.cli.completers import kept_runs as completed

    recorded(kept, "a", 100, command="git fetch")
    assert [(item.value, item.help) for item in completed(None, None, "")] == [("1", "git fetch")]


def made(number, **summary):
    return KeptRun(str(number), f"/k/{number}.pcapng", 9, DAY_NS * 20_000 + number * DAY_NS, summary)


LONG = "curl https://例え.test/\x1b[2J" + "日本語" * 9
RUNS = [
    made(
        0,
        command=f"go mod download {LONG}",
        wall_ns=7_560_000_000,
        status="hung",
        cause="tls/large-client-hello-dropped",
    ),
    made(-1, command=LONG, wall_ns=9_000, status="degraded", cause="dns/one-family-unanswered"),
    made(-2),
]


@pytest.mark.parametrize("width", [40, 64, 80, 100, 200])
def test_the_list_fits_and_obeys_no_name(width):
    lines = table(RUNS, width, RUNS[0].ended_ns)
    assert max(map(cells, lines)) <= max(width, 60)
    assert len(lines) == 4
    assert "\x1b" not in "".join(lines)


def test_the_list_speaks_chinese_and_still_fits():
    head, first, _, third = table(RUNS, 84, RUNS[0].ended_ns, Language("zh"))
    assert head.split() == ["N", "结束", "用时", "结论", "原因", "命令"]
    assert first.split()[4:6] == ["卡住", "tls/large-client-hello-dropped"]
    assert third.endswith("未结束")
    at = [cells(line[: line.index(word)]) for line, word in ((head, "原因"), (first, "tls/"))]
    assert at[0] == at[1]


def test_the_list_says_what_came_of_each():
    head, first, second, third = table(RUNS, 84, RUNS[0].ended_ns)
    assert head.split() == ["N", "ENDED", "TOOK", "VERDICT", "CAUSE", "COMMAND"]
    assert first.split()[2:] == ["7.56", "s", "hung", "tls/large-client-hello-dropped", "go", "mod", "downlo…"]
    assert "degraded" in second
    assert third.endswith("not finished")
    assert first.split()[1].count(":") == 1  # today: the time alone
    assert second.split()[1].count("-") == 1
