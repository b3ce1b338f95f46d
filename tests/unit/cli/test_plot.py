"""``netanalyze plot``: one figure, in the form that the file's name asks for."""

import stat
import sys
from pathlib import Path

import pytest

from netanalyze.cli.main import run
from netanalyze.cli.plot import OF_A_FLOW, OF_ALL

CAPTURE = str(Path(__file__).parents[3] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap")
BEGINS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}


@pytest.mark.parametrize("kind", OF_ALL + OF_A_FLOW)
def test_each_kind_is_drawn_of_the_flow_to_blame(kind, tmp_path, capsys):
    out = tmp_path / "figure.svg"
    assert run(["plot", CAPTURE, kind, "-o", str(out)]) == 0
    text = out.read_text()
    assert text.startswith("<?xml")
    assert ("Flow 2, proxy.golang.org" in text) == (kind in OF_A_FLOW)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert capsys.readouterr().err == f"{out}\n"


@pytest.mark.parametrize("form", BEGINS)
def test_the_name_of_the_file_says_the_form(form, tmp_path):
    out = tmp_path / f"figure.{form.upper()}"
    assert run(["plot", CAPTURE, "ledger", "-o", str(out), "-q"]) == 0
    assert out.read_bytes().startswith(BEGINS[form])


def test_another_flow_and_side_can_be_asked_for(tmp_path):
    out = tmp_path / "figure.svg"
    assert run(["plot", CAPTURE, "sequence", "--flow", "3", "--side", "server", "-o", str(out), "-q"]) == 0
    assert "Flow 3, proxy.golang.org (198.51.100.10:443): octets from the server" in out.read_text()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["ledger", "-o", "a.txt"], "end its name in .svg"),
        (["dns", "--flow", "2", "-o", "a.svg"], "dns is of the whole capture"),
        (["rtt", "--side", "client", "-o", "a.svg"], "rtt is not of one side"),
        (["rtt", "--flow", "0", "-o", "a.svg"], "flow 0 is udp; rtt is of TCP"),
        (["rtt", "--flow", "9", "-o", "a.svg"], "no flow 9"),
        (["waterfal", "-o", "a.svg"], "did you mean waterfall"),
        (["ledger", "-o", "there.svg"], "--force"),
    ],
)
def test_what_cannot_be_drawn_is_refused(words, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.svg").write_text("mine")
    assert run(["plot", CAPTURE, *words]) == 2
    assert complaint in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["there.svg"]
    assert (tmp_path / "there.svg").read_text() == "mine"


def test_without_matplotlib_it_says_what_to_install_before_any_work(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["plot", "no-such.pcap", "ledger", "-o", str(tmp_path / "a.svg")]) == 2
    assert (
        "netanalyze plot needs matplotlib, which is not installed here; try: pip install matplotlib"
        in capsys.readouterr().err
    )
