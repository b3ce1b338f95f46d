"""``netanalyze annotate`` and its plug-in: findings on frames, in a capture that is otherwise as it was."""

import shutil
import subprocess
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.cli.main import run
from netanalyze.notebook.annotations import annotations
from netanalyze.result.display_filter import proof_frames

ROOT = Path(__file__).parents[3]
CLASSIC = ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
PCAPNG = ROOT / "captures" / "tls" / "client_hello_dropped" / "hit.pcapng"
PLUGIN = ROOT / "netanalyze" / "interop" / "netanalyze.lua"
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark (apt-get install tshark)")
both = pytest.mark.parametrize("capture", [CLASSIC, PCAPNG], ids=["pcap", "pcapng"])


def tshark(path, *words):
    argv = ["tshark", "-n", "-r", str(path), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


@both
def test_frames_are_as_they_were_and_the_verdict_stays(capture, tmp_path):
    out = tmp_path / "annotated.pcapng"
    assert run(["annotate", str(capture), "-o", str(out), "-q"]) == 0
    before, after = analyze([capture]), analyze([out])
    assert before.capture.packets == after.capture.packets
    assert (before.verdict.cause, before.verdict.status) == (after.verdict.cause, after.verdict.status)
    assert [row["first_ns"] for row in before.flows.rows()] == [row["first_ns"] for row in after.flows.rows()]


@needs_tshark
@both
def test_findings_are_fields_in_wireshark(capture, tmp_path):
    out = tmp_path / "annotated.pcapng"
    assert run(["annotate", str(capture), "-o", str(out), "-q"]) == 0
    fields = [
        "-e",
        "frame.number",
        "-e",
        "netanalyze.cause",
        "-e",
        "netanalyze.waiting_for",
        "-e",
        "netanalyze.verdict",
    ]
    shown = tshark(out, "-X", f"lua_script:{PLUGIN}", "-Y", "netanalyze", "-T", "fields", *fields).splitlines()
    rows = {int(number): rest for number, *rest in (line.split("\t") for line in shown)}
    result = analyze([capture])
    assert set(rows) == set(annotations(result))
    assert all("tls/client-hello-dropped" in rows[number][0] for number in proof_frames(result.verdict))
    assert any(row[1] == "ACK" for row in rows.values())
    assert rows[proof_frames(result.verdict)[0]][2].startswith(("HUNG  The ClientHello", "FAILED  The ClientHello"))


WINDOW = """
gui_enabled = function() return true end
set_color_filter_slot = function(row, filter) print("colours " .. filter) end
TextWindow = { new = function() return { set = function(_, text) print("shows " .. text) end } end }
register_menu = function(name, act) act() end
"""


@needs_tshark
def test_in_a_window_the_verdict_is_shown_and_its_frames_are_coloured(tmp_path):
    """By a filter that tshark takes, and that finds the proof."""
    window, out = tmp_path / "window.lua", tmp_path / "annotated.pcapng"
    window.write_text(WINDOW + PLUGIN.read_text())
    assert run(["annotate", str(PCAPNG), "-o", str(out), "-q"]) == 0
    told = tshark(out, "-X", f"lua_script:{window}", "-c", "1").splitlines()
    assert any(line.startswith("shows No verdict was read yet") for line in told)
    [filters] = [line.removeprefix("colours ") for line in told if line.startswith("colours ")]
    taken = tshark(out, "-X", f"lua_script:{PLUGIN}", "-Y", filters, "-T", "fields", "-e", "frame.number").split()
    assert set(map(int, taken)) >= set(proof_frames(analyze([PCAPNG]).verdict))


@needs_tshark
def test_what_else_a_pcapng_file_has_stays(tmp_path):
    with_secrets, out = tmp_path / "secrets.pcapng", tmp_path / "annotated.pcapng"
    keys = tmp_path / "keys"
    keys.write_text("CLIENT_RANDOM " + "00" * 32 + " " + "11" * 48 + "\n")
    subprocess.run(["editcap", "--inject-secrets", f"tls,{keys}", str(PCAPNG), str(with_secrets)], check=True)
    assert run(["annotate", str(with_secrets), "-o", str(out), "-q"]) == 0
    assert keys.read_bytes() in out.read_bytes()


def test_a_capture_is_not_overwritten_by_itself(tmp_path, capsys):
    mine = tmp_path / "mine.pcapng"
    mine.write_bytes(PCAPNG.read_bytes())
    assert run(["annotate", str(mine), "-o", str(mine), "--force"]) == 2
    assert mine.read_bytes() == PCAPNG.read_bytes()


def test_the_plug_in_is_put_where_wireshark_looks(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run(["wireshark", "install"]) == 0
    place = tmp_path / ".local" / "lib" / "wireshark" / "plugins" / "netanalyze.lua"
    assert place.read_bytes() == PLUGIN.read_bytes()
    assert run(["wireshark", "install"]) == 0  # it is there already
    place.write_text("mine")
    assert run(["wireshark", "install"]) == 2
    assert place.read_text() == "mine"
    assert run(["wireshark", "install", "--force"]) == 0
    capsys.readouterr()
    assert run(["wireshark", "show"]) == 0
    assert capsys.readouterr().out == PLUGIN.read_text()
