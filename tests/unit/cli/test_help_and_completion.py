"""netanalyze help, and what a shell completes."""

import shutil
import subprocess
import sys

import pytest

from netanalyze.causes import causes
from netanalyze.cli.completers import cause_ids
from netanalyze.cli.main import run
from netanalyze.lab.scenario import list_scenarios


@pytest.mark.parametrize("words", [[], ["analyze"], ["live"], ["lab"], ["lab", "run"]])
def test_help_prints_what_the_option_prints(capsys, words):
    assert run(["help", *words]) == 0
    asked = capsys.readouterr().out
    assert run([*words, "--help"]) == 0
    assert asked == capsys.readouterr().out


def test_help_of_a_cause_is_its_page(capsys):
    assert run(["help", "tls/alert"]) == 0
    page = capsys.readouterr().out
    assert run(["rules", "tls/alert"]) == 0
    assert page == capsys.readouterr().out


def test_causes_are_listed_without_importing_them():
    assert sorted(cause_ids()) == sorted(causes())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_scripts(capsys, shell):
    assert run(["completion", shell]) == 0
    text = capsys.readouterr().out
    assert f"_NETANALYZE_COMPLETE={shell}_complete" in text
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=text, text=True, capture_output=True)
        assert (done.returncode, done.stderr) == (0, "")


def completed(monkeypatch, capsys, *words):
    """What bash is told for these words, the last of which is being typed."""
    monkeypatch.setenv("_NETANALYZE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(["netanalyze", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    assert run([]) == 0
    return [line.split(",", 1) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("words", "some"),
    [
        (["ana"], {"analyze"}),
        (["rules", "tls/al"], {"tls/alert"}),
        (["help", "tls/al"], {"tls/alert"}),
        (["help", "la"], {"lab"}),
        (["lab", "run", "sni-dropped"], {"sni-dropped", "sni-dropped-small-hello"}),
        (["live", "-i", "an"], {"any"}),
        (["live", "--", "en"], {"env"}),
        (["analyze", "--client", "cur"], {"curl"}),
        (["analyze", "--onel"], {"--oneline"}),
    ],
)
def test_a_shell_completes(monkeypatch, capsys, words, some):
    found = {value for _, value in completed(monkeypatch, capsys, *words)}
    assert some <= found
    assert all(value.startswith(words[-1]) for value in found)


def test_all_scenarios_are_completed(monkeypatch, capsys):
    assert [value for _, value in completed(monkeypatch, capsys, "lab", "all", "")] == list_scenarios()


@pytest.mark.parametrize("words", [["analyze", "ca"], ["slice", "ca"], ["live", "--", "cat", "ca"]])
def test_files_are_left_to_the_shell(monkeypatch, capsys, words):
    assert completed(monkeypatch, capsys, *words) == [["file", "ca"]]


def test_completing_imports_nothing_heavy():
    code = (
        "import os, sys; os.environ.update(_NETANALYZE_COMPLETE='bash_complete', COMP_WORDS='netanalyze rules tls');"
        "os.environ['COMP_CWORD'] = '2';"
        "from netanalyze.cli.main import run; run([]); assert not {'numpy', 'pandas', 'jinja2'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "plain,tls/alert" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_real_bash_completes(tmp_path):
    program = tmp_path / "netanalyze"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m netanalyze "$@"\n')
    program.chmod(0o755)
    lines = (
        f'PATH="{tmp_path}:$PATH"; eval "$(netanalyze completion bash)"; COMP_WORDS=(netanalyze rules tls/al); COMP_CWORD=2; '
        '_netanalyze_completion netanalyze tls/al rules; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["tls/alert"], done.stderr
