"""Two runs beside each other: the seconds add up, the headline names whose they are, and the rest is told."""

import ast
import dataclasses
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netanalyze
import netanalyze.differences
from netanalyze.cli.main import run
from netanalyze.differences.difference import PARTS, RunDifference, diff
from netanalyze.differences.run_facts import ComparedRun
from netanalyze.differences.sentences import WHOSE
from netanalyze.differences.text import KIND_WORDS, render
from netanalyze.findings import Culprit
from netanalyze.report.language import catalogue
from netanalyze.result import RunFacts
from netanalyze.result.ledger import PHASES, LedgerRow
from netanalyze.units import SECOND_NS
from netanalyze.wording import names

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / "captures" / "recorded"


def capture(name):
    """A recording of a real run."""
    return str(RECORDED / name / "capture.pcap")


@pytest.fixture(scope="module")
def slower():
    """A run in which a response is missing beside one in which nothing is wrong."""
    return diff(capture("healthy"), capture("response-missing"))


@pytest.mark.parametrize("name", ["response-missing", "body-stalled", "first-resolver-dead", "ipv6-fallback", "outage"])
def test_phases_and_hosts_add_up_to_the_difference_of_what_the_runs_took(name):
    found = diff(capture("healthy"), capture(name))
    walls = [(r.result.ledger[-1].end_ns - r.result.ledger[0].start_ns) / SECOND_NS for r in (found.a, found.b)]
    assert found.seconds == pytest.approx(walls[1] - walls[0], abs=1e-6)
    assert sum(found.phases.values()) == pytest.approx(found.seconds, abs=1e-6)
    assert sum(seconds for _, seconds in found.shares) == pytest.approx(found.seconds, abs=1e-6)


def test_the_headline_says_whose_the_seconds_are(slower):
    assert str(slower.headline) == "B is 40 s slower: 39 s are proxy.golang.org's responses"
    assert [one.name for one in slower.changed("causes")] == ["http/response-missing"]


def test_the_other_way_round_it_is_faster_by_as_much(slower):
    other = RunDifference(slower.b, slower.a)
    assert str(other.headline) == "B is 40 s faster: 39 s are proxy.golang.org's responses"
    assert other.seconds == pytest.approx(-slower.seconds)


def test_a_run_does_not_differ_from_itself():
    found = diff(capture("healthy"), capture("healthy"))
    assert str(found.headline) == "B takes as long as A"
    assert not found.asked
    assert not any(found.changed(part) for part in PARTS)


def test_resolvers_and_lookups_that_differ_are_told():
    found = diff(capture("healthy"), capture("first-resolver-dead"))
    assert "lookups of" in str(found.headline)
    resolvers = {one.name: (one.a, one.b) for one in found.changed("resolvers")}
    assert any(b is not None and b.startswith("0/") for _, b in resolvers.values())
    assert any(row.either.kind == "lookup" and row.b.outcome == "no answer" for row in found.asked if row.b)


def test_addresses_that_differ_are_told():
    found = diff(capture("healthy"), capture("ipv6-fallback"))
    changed = {one.name: (one.a, one.b) for one in found.changed("addresses")}
    assert any(b is not None and ":" in b for _, b in changed.values())


@given(
    rows=st.lists(st.tuples(st.sampled_from(PHASES), st.sampled_from(["a.test", "b.test", None]), st.integers(0, 10**11)),
                  min_size=1, max_size=12),
    others=st.lists(st.tuples(st.sampled_from(PHASES), st.sampled_from(["a.test", None]), st.integers(0, 10**11)),
                    min_size=1, max_size=12),
)  # fmt: skip
def test_whatever_the_ledgers_say_phases_and_hosts_add_up_and_the_headline_names_no_more_than_there_is(
    slower, rows, others
):
    found = of_ledgers(slower.a.result, rows, others)
    assert sum(found.phases.values()) == pytest.approx(found.seconds, abs=1e-6)
    assert sum(seconds for _, seconds in found.shares) == pytest.approx(found.seconds, abs=1e-6)
    assert str(found.headline).startswith(("B is ", "B takes "))


def test_the_headline_says_what_went_the_other_way_where_it_names_more_than_the_difference(slower):
    ledgers = (
        [("dns", "b.test", 10 * SECOND_NS), ("request", "a.test", 0), ("connect", "a.test", SECOND_NS)],
        [("dns", "b.test", 0), ("request", "a.test", 50 * SECOND_NS)],
    )
    found = of_ledgers(slower.a.result, *ledgers)
    assert str(found.headline) == "B is 39 s slower: 50 s are a.test's responses, but 10 s less are lookups of b.test"
    other = of_ledgers(slower.a.result, *reversed(ledgers))
    assert str(other.headline) == "B is 39 s faster: 50 s are a.test's responses, but 10 s more are lookups of b.test"
    assert "B 慢 39 s：50 s 用于等待 a.test 的响应，但另少 10 s 用于解析 b.test" in render(found, 200, language="zh")


def of_ledgers(result, *ledgers):
    """The difference of two runs that a result would be with these ledgers: rows of phase, host and ns."""
    runs = []
    for ledger in ledgers:
        at, made = 0, []
        for phase, host, ns in ledger:
            culprit = None if host is None else Culprit("server", host)
            made.append(LedgerRow(at, at + ns, phase, None, culprit))
            at += ns
        runs.append(ComparedRun(dataclasses.replace(result, ledger=tuple(made))))
    return RunDifference(*runs)


def test_surroundings_are_told_in_words_and_commands_as_a_shell_reads_them(slower):
    runs = [
        ComparedRun(dataclasses.replace(slower.a.result, run=RunFacts(argv, environment=environment)))
        for argv, environment in (
            (("go", "mod", "download"), {"resolvers": ["192.0.2.1", "192.0.2.2"], "offloads": {"eth0": {"gro": True}}}),
            (("sh", "-c", "a b; rm x"), {"resolvers": ["192.0.2.1"], "offloads": {"eth0": {"gro": False}}}),
        )
    ]
    found = RunDifference(*runs)
    assert {one["name"]: (one["a"], one["b"]) for one in found.to_json()["environment"]} == {
        "command": (
            "go mod download",
            """the command in the file says (not checked): 'sh -c '"'"'a b; rm x'"'"''""",
        ),
        "resolvers": ("192.0.2.1, 192.0.2.2", "192.0.2.1"),
        "offloads.eth0.gro": ("true", "false"),
    }
    assert "文件中记录的命令（未经核对）" in render(found, 80, language="zh")


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_secret_in_the_name_of_a_file_is_not_shown(capsys, tmp_path, form):
    named = [tmp_path / f"token=SECRET{n}.pcap" for n in range(2)]
    for path in named:
        path.write_bytes(Path(capture("healthy")).read_bytes())
    run(["diff", *map(str, named), "--width", "200", "--lang", "en", "-q", *form])
    text = capsys.readouterr().out
    assert "token=xxxxx" in text
    assert "SECRET" not in text


def test_the_page_shows_what_is_printed(capsys, monkeypatch):
    monkeypatch.chdir(RECORDED)
    arguments = ["healthy/capture.pcap", "response-missing/capture.pcap", "--width", "80", "--lang", "en", "-q"]
    assert run(["diff", *arguments]) == 0
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8").splitlines()
    shown = [f"    {line}".rstrip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in shown if line and line not in page] == []


def test_the_json_is_what_the_page_says(capsys):
    run(["diff", capture("healthy"), capture("response-missing"), "--json", "-q"])
    document = json.loads(capsys.readouterr().out)
    assert document["hosts"][0]["phase"] == "request"
    assert document["hosts"][0]["host"] == "proxy.golang.org"
    assert sum(document["phases"].values()) == pytest.approx(document["seconds"], abs=1e-4)
    page = (ROOT / "docs" / "diff.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in document if name not in ("schema_version", "netanalyze"))


def test_a_notebook_holds_one_analysis_against_another():
    found = netanalyze.open(capture("healthy")).diff(netanalyze.open(capture("response-missing")))
    assert "39 s are proxy.golang.org" in found._repr_html_()


def test_the_text_fits_eighty_columns_also_in_chinese_and_in_ascii(slower):
    assert max(map(len, render(slower, 80).splitlines())) <= 80
    assert "B 慢 40 s" in render(slower, 80, language="zh")
    assert render(slower, 80, ascii_only=True).isascii()


def test_every_sentence_has_its_chinese_with_the_same_words():
    chinese, sentences = catalogue("zh"), {*WHOSE.values(), *KIND_WORDS.values()}
    for path in Path(netanalyze.differences.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "message":
                sentences |= {part.value for part in node.args[:1] if isinstance(part, ast.Constant)}
    missing = sorted(one for one in sentences if one not in chinese and re.search("[a-z]", one))
    assert not missing, f"please add to netanalyze/differences/zh.toml: {missing}"
    for one in sentences:
        assert set(names(chinese.get(one, one))) == set(names(one)), one
