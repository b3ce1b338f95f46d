"""--summary adds to a page that others write to, too."""

import subprocess
import sys

import pytest

from netanalyze.cli.main import run


def test_the_summary_is_added_and_the_report_still_printed(api, tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("# Job\n")
    assert run(["analyze", "a.pcap", "--summary", str(page)]) == 1
    assert page.read_text().startswith("# Job\n\n## FAILED: ")
    assert capsys.readouterr().out.startswith("FAILED")


def test_a_dash_prints_it_instead_of_the_report(api, capsys):
    assert run(["analyze", "a.pcap", "--summary", "-"]) == 1
    assert capsys.readouterr().out.startswith("## FAILED: ")


@pytest.mark.parametrize("name", ["a.pcap", "x.pcapng", "no/such/folder.md", "r.tgz"])
def test_no_capture_is_written_to_and_no_folder_made(api, tmp_path, capsys, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pcap").write_bytes(b"capture")
    assert run(["analyze", "a.pcap", "--summary", name]) == 2
    assert api.calls == []
    assert (tmp_path / "a.pcap").read_bytes() == b"capture"


def test_live_adds_it_as_well(tmp_path):
    """Without the right to capture, too; the status stays the command's."""
    page = tmp_path / "page.md"
    report = tmp_path / "report.md"
    outputs = ["-w", str(tmp_path / "r.pcapng"), "--summary", str(page), "--markdown", str(report)]
    words = ["live", "--quiet", *outputs, "--", "sh", "-c", "echo its own; exit 3"]
    done = subprocess.run([sys.executable, "-m", "netanalyze.cli.main", *words], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (3, b"its own\n")
    assert page.read_text().startswith("## ")
    assert "### Ledger" in report.read_text()


@pytest.mark.parametrize(("option", "begins"), [("--markdown", b"## "), ("--html", b"<!DOCTYPE html>")])
def test_live_prints_a_form_that_is_named_a_dash_behind_the_command_s_output(tmp_path, option, begins):
    words = ["live", "--quiet", option, "-", "--", "echo", "its own"]
    main = [sys.executable, "-m", "netanalyze.cli.main", *words]
    done = subprocess.run(main, capture_output=True, timeout=60, cwd=tmp_path)
    assert done.stdout.startswith(b"its own\n" + begins)
    assert list(tmp_path.iterdir()) == []
