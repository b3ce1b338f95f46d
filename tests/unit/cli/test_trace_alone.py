"""netanalyze analyze --trace without a capture: what is read, what is refused, what the JSON says."""

import json

import pytest

from netanalyze.cli.main import run

SAID = "curl: (7) Failed to connect to a.test port 443 after 2 ms: Connection refused\n"


def test_words_alone_are_enough(tmp_path, capsys):
    (tmp_path / "said").write_text(SAID)
    assert run(["analyze", "--trace", str(tmp_path / "said"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["capture"] is None
    assert told["verdict"]["cause"] == "tcp/refused"
    assert {e["kind"] for f in told["findings"] for e in f["evidence"]} == {"trace"}


def test_what_powershell_writes_is_read_alike(tmp_path, capsys):
    (tmp_path / "said").write_bytes(SAID.encode("utf-16"))
    assert run(["analyze", "--trace", str(tmp_path / "said"), "--lang", "en"]) == 1
    assert "a.test refuses the connection" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("octets", "options", "says"),
    [
        (b"\xd4\xc3\xb2\xa1\x02\0\x04\0", [], "is no text; a capture is given without --trace"),
        (SAID.encode(), ["--host", "a.test"], "choose among packets"),
        (SAID.encode(), ["--between", "1", "2"], "choose among packets"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path, capsys, octets, options, says):
    (tmp_path / "said").write_bytes(octets)
    assert run(["analyze", "--trace", str(tmp_path / "said"), *options]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["", "\n\n", "all is well\n", "# get https://a.test/\n# get https://a.test/: 200 OK (0.1s)\n"]
)
def test_without_an_error_nothing_is_called_healthy(tmp_path, capsys, text):
    (tmp_path / "said").write_text(text)
    assert run(["analyze", "--trace", str(tmp_path / "said"), "--lang", "en"]) == 3
    assert "nothing can be judged" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_report_owns_to_the_want_of_packets(tmp_path, capsys, language):
    (tmp_path / "said").write_text(SAID)
    owned = {"en": "No packets were seen", "zh": "没有看到数据包"}[language]
    for form in ("--html", "--markdown"):
        run(["analyze", "--trace", str(tmp_path / "said"), form, "-", "--lang", language])
        assert owned in capsys.readouterr().out
