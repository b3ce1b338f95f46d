"""netanalyze analyze: what it asks for, what it prints, how it ends."""

import io
import json
import sys

import pytest

from netanalyze.cli.main import run
from netanalyze.errors import CommandNotFound, CorruptCapture, NotACapture, NotPermitted


@pytest.mark.parametrize(
    ("name", "status"), [("healthy", 0), ("degraded", 1), ("hung", 1), ("failed", 1), ("unusable", 3), ("empty", 3)]
)
def test_exit_status_follows_the_verdict(api, samples, capsys, name, status):
    api.answer = samples.ALL[name]()
    assert run(["analyze", "hang.pcap"]) == status
    assert capsys.readouterr().out.startswith(api.answer.verdict.status.upper())


def test_options_reach_the_analysis(api, tmp_path):
    (tmp_path / "trace").write_bytes(b"# get https://proxy.golang.org/\xff\n")
    arguments = ["analyze", "a.pcap", "-", "--trace", str(tmp_path / "trace"), "--client", "go", "--host", "x", "--host", "y",
                 "--between", "1.5", "3"]  # fmt: skip
    assert run(arguments) == 1
    [(paths, options)] = api.calls
    assert paths == ("a.pcap", "-")
    assert options["trace"] == "# get https://proxy.golang.org/\N{REPLACEMENT CHARACTER}\n"
    assert options["client"] == "go"
    assert options["hosts"] == ("x", "y")
    assert options["between"] == (1.5, 3.0)


def test_nothing_is_asked_for_unless_told(api):
    run(["analyze", "a.pcap"])
    [(_, options)] = api.calls
    assert (options["trace"], options["client"], options["hosts"], options["between"]) == (None, None, (), None)


def test_trace_from_standard_input(api, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"go: downloading")))
    run(["analyze", "a.pcap", "--trace", "-"])
    assert api.calls[0][1]["trace"] == "go: downloading"


def test_json_is_all_that_is_printed(api, capsys):
    assert run(["analyze", "a.pcap", "--json", "-q"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"]["cause"] == "tls/client-hello-dropped"
    assert err == ""


def test_notes_go_to_standard_error_unless_quiet(api, capsys):
    run(["analyze", "a.pcap", "--json"])
    assert capsys.readouterr().err == "netanalyze: something worth telling\n"


def test_files_are_written_beside_the_printed_report(api, capsys, tmp_path):
    assert run(["analyze", "a.pcap", "--html", str(tmp_path / "r.html"), "--markdown", str(tmp_path / "r.md")]) == 1
    assert (tmp_path / "r.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "r.md").read_text().startswith("## FAILED")
    assert capsys.readouterr().out.startswith("FAILED")


@pytest.mark.parametrize(("option", "begin"), [("--html", "<!DOCTYPE html>"), ("--markdown", "## FAILED")])
def test_dash_prints_the_form(api, capsys, option, begin):
    run(["analyze", "a.pcap", option, "-"])
    out = capsys.readouterr().out
    assert out.startswith(begin)
    assert "Ledger\n   start" not in out


def test_colour_and_width(api, capsys, monkeypatch):
    run(["analyze", "a.pcap", "--color", "always", "--width", "100"])
    assert "\x1b[" in capsys.readouterr().out
    run(["analyze", "a.pcap", "--color", "never"])
    assert "\x1b[" not in capsys.readouterr().out
    run(["analyze", "a.pcap"])
    assert "\x1b[" not in capsys.readouterr().out


def test_output_that_is_not_utf8_is_ascii(api, monkeypatch, samples):
    out = io.TextIOWrapper(io.BytesIO(), encoding="iso8859-1")
    monkeypatch.setattr(sys, "stdout", out)
    run(["analyze", "a.pcap"])
    assert out.buffer.getvalue().isascii()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyze"], "Missing argument 'FILE...'"),
        (["analyze", "a.pcap", "--jsn"], "--jsn"),
        (["analyze", "a.pcap", "--client", "rsync"], "rsync"),
        (["analyze", "a.pcap", "--between", "3", "1"], "the earlier one first"),
        (["analyze", "a.pcap", "--between", "nan", "1"], "'nan' is no moment"),
        (["analyze", "a.pcap", "--json", "--html", "-"], "cannot both be printed"),
        (["analyze", "-", "--trace", "-"], "read once only"),
        (["analyze", "a.pcap", "--html", "no-such-folder/r.html"], "there is no such folder"),
        (["analyze", "--html", "hang.pcap", "other.pcap"], "would overwrite a capture"),
        (["analyze", "a.pcap", "--trace", "no-such-trace"], "no-such-trace: No such file"),
        (["analyse", "a.pcap"], "did you mean analyze?"),
        (["hang.pcap"], "netanalyze analyze hang.pcap"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(api, capsys, arguments, said):
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("netanalyze: ")
    assert said in err
    assert err.count("\n") == 1
    assert api.calls == []


def test_no_arguments_print_the_help(capsys):
    assert run([]) == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (NotACapture("a.txt", b"hello"), 2, "a.txt: octet 0: 68 65 6c 6c 6f is the beginning of no capture"),
        (CorruptCapture("a.pcap", 24, 16, 3, "file length"), 2, "a.pcap: octet 24"),
        (FileNotFoundError(2, "No such file or directory", "a\x1b.pcap"), 2, "a\\x1b.pcap: No such file or directory"),
        (PermissionError(13, "Permission denied", "a.pcap"), 2, "a.pcap: Permission denied"),
        (NotPermitted("capture on eth0", "sudo setcap ..."), 125, "not permitted to capture on eth0"),
        (CommandNotFound("goo", 127), 127, "goo: not found"),
        (CommandNotFound("a | b", 127), 127, "a shell's: -- sh -c 'a | b'"),
        (CommandNotFound("goo", 126), 126, "goo: found, but it is not executable"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (KeyError("flow"), 70, "sorry, an error of our own with a.pcap: KeyError: 'flow'"),
        (RecursionError(), 70, "sorry, an error of our own with a.pcap: RecursionError"),
    ],
)
def test_errors_are_one_line_and_never_a_traceback(api, capsys, monkeypatch, error, status, said):
    monkeypatch.delenv("NETANALYZE_DEBUG", raising=False)
    api.answer = error
    assert run(["analyze", "-q", "a.pcap"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_traceback_on_request(api, capsys, monkeypatch):
    monkeypatch.setenv("NETANALYZE_DEBUG", "1")
    api.answer = KeyError("flow")
    assert run(["analyze", "a.pcap"]) == 70
    assert "Traceback" in capsys.readouterr().err


def test_nobody_reads_on(api, monkeypatch):
    class Closed(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    assert run(["analyze", "a.pcap"]) == 141
