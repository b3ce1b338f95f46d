"""The example of docs/compare.md is what the bundled captures give."""

import json
from pathlib import Path

import pytest

from netanalyze.cli.main import run

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "captures" / "path" / "server-hello-lost"
FILES = [str(FOLDER / f"{name}.pcapng") for name in ("client", "gateway", "server")]


def test_the_page_shows_what_is_printed(capsys):
    assert run(["compare", *FILES, "--width", "80", "--lang", "en", "-q"]) == 1
    shown = [f"    {line}".rstrip() for line in capsys.readouterr().out.partition("\nPoints")[0].splitlines()]
    page = (ROOT / "docs" / "compare.md").read_text(encoding="utf-8").splitlines()
    assert "    The way" in shown
    assert [line for line in shown if line and line not in page] == []


def test_the_json_names_the_place_and_how_far_the_clocks_are_apart(capsys):
    run(["compare", *FILES, "--json", "-q"])
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"]["place"] == "gateway > server"
    assert document["verdict"]["how"] == "lost"
    assert [point["name"] for point in document["points"]] == ["client", "gateway", "server"]
    assert document["points"][2]["clock_ahead"] == pytest.approx(2.824, abs=0.001)


def test_two_ends_alone_tell_that_it_is_between_them(capsys):
    run(["compare", FILES[0], FILES[2], "--json", "-q"])
    assert json.loads(capsys.readouterr().out)["verdict"]["place"] == "client > server"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (FILES[:1], "two captures at least"),
        (["-", FILES[0]], "standard input"),
        ([FILES[0], "absent.pcap"], "absent.pcap"),
    ],
)
def test_what_cannot_be_compared_is_said(capsys, arguments, complaint):
    assert run(["compare", *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_captures_of_different_times_have_nothing_in_common(capsys):
    other = ROOT / "captures" / "recorded" / "healthy" / "capture.pcap"
    assert run(["compare", FILES[0], str(other), "-q"]) == 2
    assert "nothing can be compared" in capsys.readouterr().err


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_secret_in_the_name_of_a_file_is_not_shown(capsys, tmp_path, form):
    named = [tmp_path / f"token=SECRET{n}.pcapng" for n in range(3)]
    for file, path in zip(FILES, named):
        path.write_bytes(Path(file).read_bytes())
    run(["compare", *map(str, named), "--lang", "en", "-q", *form])
    text = capsys.readouterr().out
    assert "token=xxxxx" in text
    assert "SECRET" not in text


def test_json_is_ascii_whatever_a_file_is_called(capsys, tmp_path):
    between = tmp_path / "网关.pcapng"
    between.write_bytes(Path(FILES[1]).read_bytes())
    run(["compare", FILES[0], str(between), FILES[2], "--json", "-q"])
    text = capsys.readouterr().out
    assert text.isascii()
    assert json.loads(text)["verdict"]["place"] == "网关 > server"


def test_the_answer_can_be_had_in_chinese(capsys):
    run(["compare", *FILES, "--lang", "zh", "-q"])
    assert "从未到达" in capsys.readouterr().out
