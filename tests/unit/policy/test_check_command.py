"""netanalyze check: statuses, and the same violations as text, JSON, JUnit and Chinese, of a file and of a dataset."""

import ast
import json
import string
from pathlib import Path
from xml.etree import ElementTree

import pytest
from planted import PLANTED, good

from netanalyze.cli.main import run
from netanalyze.policy import breaches, forms, rules
from netanalyze.report.language import catalogue

FOLDER = Path(rules.__file__).parent


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Good and bad runs, and the policy that was learnt from the good one."""
    folder = tmp_path_factory.mktemp("runs")
    captures = folder / "captures"
    captures.mkdir()
    (captures / "good.pcapng").write_bytes(good().octets())
    (captures / "bad.pcapng").write_bytes(good(**PLANTED["HTTP in the clear"][0]).octets())
    assert run(["check", "--learn", str(captures / "good.pcapng"), "-o", str(folder / "policy.toml")]) == 0
    return folder


def check(runs, target, *options):
    return run(["check", str(runs / target), "--policy", str(runs / "policy.toml"), "--lang", "en", *options])


def test_a_kept_policy_is_0_and_a_violated_one_1_with_frames_and_filter(runs, capsys):
    assert check(runs, "captures/good.pcapng", "--width", "200") == 0
    assert capsys.readouterr().out.startswith("KEPT: ")
    assert check(runs, "captures/bad.pcapng", "--width", "200") == 1
    text = capsys.readouterr().out
    assert text.startswith("VIOLATED: ")
    assert "http.clear  1 request in the clear to proxy.golang.org\n    frame" in text
    assert "filter: tcp.stream == 2" in text


def test_a_secret_in_the_name_of_a_file_is_not_shown(tmp_path, capsys):
    capture, policy = tmp_path / "token=SECRET.pcapng", tmp_path / "secret=SECRET.toml"
    capture.write_bytes(good().octets())
    assert run(["check", "--learn", str(capture), "-o", str(policy)]) == 0
    assert "SECRET" not in policy.read_text(encoding="utf-8")
    for form in ([], ["--json"], ["--junit", str(tmp_path / "made.xml")]):
        assert run(["check", str(capture), "--policy", str(policy), "--lang", "en", "--width", "200", *form]) == 0
        text = capsys.readouterr().out
        assert "token=xxxxx" in text
        assert "SECRET" not in text
    assert "SECRET" not in (tmp_path / "made.xml").read_text(encoding="utf-8")


def test_json_has_each_violation_and_the_frames_are_the_request_s(runs, capsys):
    assert check(runs, "captures/bad.pcapng", "--json") == 1
    made = json.loads(capsys.readouterr().out)
    (checked,) = made["runs"]
    (violation,) = checked["violations"]
    assert made["kept"] is False
    assert (violation["rule"], violation["subject"]) == ("http.clear", "proxy.golang.org")
    from netanalyze.api import analyze

    result = analyze([str(runs / "captures" / "bad.pcapng")])
    clear = [row for row in result.http.rows() if row["source"] == "frames"]
    assert violation["frames"] == [row["request_frame"] for row in clear]
    assert violation["flows"] == [row["flow_id"] for row in clear]


def test_junit_has_a_case_for_each_rule_failed_passed_or_skipped(runs, tmp_path):
    out = tmp_path / "policy.xml"
    assert check(runs, "captures/bad.pcapng", "--junit", str(out)) == 1
    suite = ElementTree.parse(out).getroot()[0]
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert [name.rpartition(" ")[2] for name in failed] == ["http.clear"]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(suite)), "1")
    (tmp_path / "p.toml").write_text('[processes]\n"*" = []\n[hosts]\nallowed = ["*"]\n')
    plain = Path(__file__).parents[3] / "captures" / "recorded" / "healthy" / "capture.pcap"
    assert run(["check", str(plain), "--policy", str(tmp_path / "p.toml"), "--junit", str(out), "--force"]) == 0
    suite = ElementTree.parse(out).getroot()[0]
    assert [case.find("skipped") is not None for case in suite] == [False, True]


def test_a_dataset_is_checked_run_by_run_and_finds_what_the_file_shows(runs, tmp_path, capsys):
    pytest.importorskip("pyarrow")
    from netanalyze.fleet.batch import batch

    (tmp_path / "broken.pcap").write_bytes(b"no capture at all, and long enough")
    batch([runs / "captures", tmp_path / "broken.pcap"], tmp_path / "dataset", jobs=1)
    assert check(runs, tmp_path / "dataset", "--json") == 1
    by_file = {Path(one["file"]).name: one for one in json.loads(capsys.readouterr().out)["runs"]}
    check(runs, "captures/bad.pcapng", "--json")
    alone = json.loads(capsys.readouterr().out)["runs"][0]
    assert by_file["bad.pcapng"]["violations"] == alone["violations"]
    assert by_file["good.pcapng"]["violations"] == []
    assert {one["why"] for one in by_file["broken.pcap"]["unseen"]} == {"the file could not be analysed"}
    assert check(runs, tmp_path / "dataset", "--width", "300") == 1
    text = capsys.readouterr().out
    assert text.startswith("VIOLATED: 1 of 3 runs break ")
    assert text.endswith("Not looked at\nevery rule, in 1 run: the file could not be analysed\n")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["FILE"],
        ["--learn", "FILE", "--policy", "FILE"],
        ["FILE", "--policy", "FILE", "-o", "x"],
        ["FILE", "--policy", "missing.toml"],
    ],
)
def test_wrong_usage_is_2(runs, words, capsys):
    good_run = str(runs / "captures" / "good.pcapng")
    assert run(["check", *(good_run if word == "FILE" else word for word in words)]) == 2
    assert capsys.readouterr().err.startswith("netanalyze: ")


def test_a_policy_is_never_overwritten_unasked_and_a_run_that_is_not_good_is_told(runs, tmp_path, capsys):
    out = tmp_path / "policy.toml"
    out.write_text("mine")
    hung = Path(__file__).parents[3] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
    assert run(["check", "--learn", str(hung), "-o", str(out)]) == 2
    assert out.read_text() == "mine"
    assert run(["check", "--learn", str(hung), "-o", str(out), "--force"]) == 0
    assert "what it did is allowed by this policy all the same" in capsys.readouterr().err


def test_every_sentence_has_its_chinese_with_the_same_words():
    sentences = set()
    for path in [*FOLDER.glob("*.py"), Path(forms.__file__), Path(breaches.__file__)]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("message", "counted"):
                sentences |= {one.value for one in node.args if isinstance(one, ast.Constant)}
            elif isinstance(node, ast.IfExp):  # of two sentences one
                both = [one.value for one in (node.body, node.orelse) if isinstance(one, ast.Constant)]
                sentences |= {one for one in both if isinstance(one, str) and "{" in one}
    sentences = {one for one in sentences if isinstance(one, str)}
    assert len(sentences) > 30
    missing = sentences - set(catalogue("zh"))
    assert not missing, f"please add to netanalyze/policy/zh.toml: {sorted(missing)}"
    for english in sentences:
        names = [
            {name for _, name, _, _ in string.Formatter().parse(one) if name}
            for one in (english, catalogue("zh")[english])
        ]
        assert names[0] == names[1], english


def test_it_is_said_in_chinese(runs, capsys):
    assert check(runs, "captures/bad.pcapng", "--lang", "zh") == 1
    assert capsys.readouterr().out.startswith("违反：")
