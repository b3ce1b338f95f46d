"""The group of commands: help, laziness, what starting up costs."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from netanalyze.cli import main as cli
from netanalyze.version import __version__

HEAVY = ("pandas", "scapy", "matplotlib", "rich", "jinja2", "cryptography", "pyshark", "IPython", "pygments")
CAPTURES = Path(__file__).resolve().parents[3] / "captures"


def commands():
    context = click.Context(cli.netanalyze)
    names = cli.netanalyze.list_commands(context)
    return [(name, cli.netanalyze.get_command(context, name)) for name in names]


def python(code, *arguments):
    environment = {**os.environ, "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, env=environment
    )


def test_every_option_has_help():
    for name, command in commands():
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"netanalyze {name}: {option.name} has no help"
        assert command.help, f"netanalyze {name} has no help"


def test_help_fits_80_columns(capsys):
    for arguments in [[], *([name] for name, _ in commands())]:
        assert cli.run([*arguments, "--help"]) == 0
        text = capsys.readouterr().out
        assert all(len(line) <= 80 for line in text.splitlines()), text
        assert "Examples:" in text or arguments == ["version"]


def test_live_is_offered_when_it_is_there():
    assert ("live" in dict(commands())) == (Path(cli.__file__).parent / "live.py").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["-h"],
        ["-V"],
        ["analyze", "--help"],
        ["help", "live"],
        ["rules", "--help"],
        ["lab", "--help"],
        ["completion", "zsh"],
    ],
)
def test_help_imports_no_numpy(arguments):
    code = (
        "import sys; from netanalyze.cli.main import run; status = run(sys.argv[1:]);"
        f"assert not {{'numpy', *{HEAVY}}} & set(sys.modules), {{'numpy', *{HEAVY}}} & set(sys.modules); sys.exit(status)"
    )
    done = python(code, *arguments)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("form", [["--json"], []])
def test_plain_run_imports_nothing_heavy(form):
    pytest.importorskip("netanalyze.api")
    capture = sorted(CAPTURES.rglob("hit.pcapng"))[0]
    code = (
        "import sys; from netanalyze.cli.main import run; status = run(sys.argv[1:]);"
        f"heavy = sorted({set(HEAVY)} & set(sys.modules)); assert not heavy, heavy; sys.exit(status)"
    )
    done = python(code, "analyze", str(capture), *form)
    assert done.returncode in (0, 1, 3), done.stderr


def test_rendering_imports_nothing_heavy():
    samples = Path(__file__).resolve().parents[2] / "report"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import sample_results;"
        "from netanalyze.report import terminal, json; terminal.render(sample_results.failed());"
        "json.render(sample_results.failed());"
        f"heavy = sorted({set(HEAVY)} & set(sys.modules)); assert not heavy, heavy"
    )
    done = python(code, str(samples))
    assert done.returncode == 0, done.stderr


def test_version_names_what_a_bug_report_needs(capsys):
    assert cli.run(["version"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("netanalyze ")
    assert "Python 3" in out
    assert "NumPy" in out
    assert "kernels compiled ahead of time" in out or "kernels as plain Python: " in out


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_one_line(capsys, option):
    assert cli.run([option]) == 0
    assert capsys.readouterr().out == f"netanalyze {__version__}\n"


def test_the_version_is_there_in_a_tenth_of_a_second():
    """Of processor time, and the best of five: what others do on the machine is no part of it."""

    def spent():
        begun = os.times()
        subprocess.run([sys.executable, "-m", "netanalyze", "--version"], check=True, capture_output=True)
        ended = os.times()
        return sum(ended[2:4]) - sum(begun[2:4])

    assert min(spent() for _ in range(5)) < 0.1


def test_it_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "netanalyze", "-V"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"netanalyze {__version__}\n")


def test_closed_pipe_ends_quietly():
    code = "from netanalyze.cli.main import main; main(['rules'])"
    done = subprocess.run(
        f'"{sys.executable}" -c "{code}" | head -1', shell=True, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
