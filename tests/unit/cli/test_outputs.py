"""Nothing that exists is overwritten unasked, and that is told before any work is done."""

import os
from pathlib import Path

import pytest

from netanalyze.cli.main import run
from tests.attack.register import HERE

CAPTURE = HERE.parents[1] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"


@pytest.mark.parametrize("option", ["--html", "--markdown", "--json-to"])
def test_a_report_that_exists_is_replaced_only_with_force(api, capsys, tmp_path, option):
    out = tmp_path / "out"
    out.write_text("old")
    assert run(["analyze", "a.pcap", option, str(out)]) == 2
    said = f"{option} {out}: the file exists; give another name, or --force to replace it"
    assert said in capsys.readouterr().err
    assert (out.read_text(), api.calls) == ("old", [])
    assert run(["analyze", "a.pcap", option, str(out), "--force"]) == 1
    assert out.read_text() != "old"


def test_two_options_cannot_write_one_file(api, capsys, tmp_path):
    out = str(tmp_path / "out")
    assert run(["analyze", "a.pcap", "--html", out, "--markdown", out]) == 2
    assert f"--html and --markdown cannot both be {out}" in capsys.readouterr().err
    assert api.calls == []


def test_a_slice_that_exists_is_replaced_only_with_force(capsys, tmp_path):
    out = tmp_path / "proof.pcapng"
    out.write_text("old")
    assert run(["slice", "-q", str(CAPTURE), "-o", str(out)]) == 2
    assert out.read_text() == "old"
    assert run(["slice", "-q", str(CAPTURE), "-o", str(out), "--force"]) == 0
    assert out.read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"


@pytest.mark.parametrize("option", ["-w", "--html", "--json-to"])
def test_live_releases_no_command_whose_results_have_no_place(capsys, tmp_path, option):
    out, released = tmp_path / "out", tmp_path / "released"
    out.write_text("old")
    assert run(["live", "-i", "lo", option, str(out), "--", "touch", str(released)]) == 125
    assert f"{option} {out}: the file exists" in capsys.readouterr().err
    assert (out.read_text(), released.exists()) == ("old", False)


def test_a_special_file_is_written_to_without_force(api):
    assert run(["analyze", "a.pcap", "--html", "/dev/null", "--markdown", "/dev/null"]) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_report_that_cannot_be_written_keeps_no_other_from_being_written(capsys, tmp_path):
    out = tmp_path / "out.json"
    assert run(["analyze", "-q", str(CAPTURE), "--html", "/dev/full", "--json-to", str(out)]) == 2
    printed, told = capsys.readouterr()
    assert "FAILED" in printed or "HUNG" in printed
    assert "No space left" in told
    assert out.stat().st_size > 1_000


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_a_name_that_cannot_be_looked_at_is_refused_before_the_command_runs(capsys, tmp_path):
    circle, released = tmp_path / "circle", tmp_path / "released"
    circle.symlink_to(circle)
    for name in (circle, tmp_path / ("n" * 300)):
        assert run(["live", "-i", "lo", "-w", str(name), "--", "touch", str(released)]) == 125
        assert "-w" in capsys.readouterr().err
    assert not released.exists()
