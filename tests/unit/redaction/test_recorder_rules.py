"""The recorder's awk program hides what netanalyze.redaction does: its tables are the same, and so is the corpus."""

import os
import shutil
import subprocess
from importlib.resources import files

import pytest

from netanalyze.cli.recorder import RULES, script
from netanalyze.redaction.shell import filled
from tests.unit.redaction.secret_corpus import CORPUS, MARKER, leaks

AWKS = [argv for argv in (["mawk"], ["gawk", "--posix"], ["busybox", "awk"], ["original-awk"]) if shutil.which(argv[0])]
AWKS = AWKS or [["awk"]] * bool(shutil.which("awk"))
each_awk = pytest.mark.parametrize("awk", AWKS, ids=lambda argv: argv[0])


@pytest.fixture(scope="module")
def rules():
    """The program as it stands in the printed script."""
    return filled((files("netanalyze") / "recorder" / RULES).read_text(encoding="utf-8"))


@pytest.fixture
def hide(awk, rules):
    """Hands lines to the program in one of its modes; gives the lines it prints."""

    def run(mode, lines):
        argv = [*awk, "-v", f"mode={mode}", rules]
        done = subprocess.run(
            argv, input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        printed = done.stdout.split("\n")[:-1]
        assert len(printed) == len(lines)
        return printed

    return run


def as_lines(command_lines):
    """Command lines as the script hands them over."""
    return ["\t".join(argv).replace("\n", " ") for argv in command_lines]


def test_every_table_is_filled_in():
    assert b"@STEMS@" not in script()
    assert b"@SECRETS@" not in script()
    assert b"passphrase" in script()


@each_awk
def test_secrets_of_command_lines_and_lines_are_hidden(hide):
    shown = hide("words", as_lines(CORPUS["command_lines"])) + hide("text", CORPUS["texts"])
    assert [line for line in shown if leaks(line)] == []


@each_awk
def test_what_holds_no_secret_stays(hide):
    for mode, lines in (("words", as_lines(CORPUS["plain_command_lines"])), ("text", CORPUS["plain_texts"])):
        assert hide(mode, lines) == lines


@each_awk
def test_variables_are_recorded_without_secrets(hide):
    given, wanted = [], []
    for case in CORPUS["environments"]:
        for name, value in case["recorded"].items():
            if name != "GOFLAGS":  # split at every blank there: more names of flags are left
                given.append(f"{name}={case['given'][name]}")
                wanted.append(f"{name}={value}")
    assert hide("variables", given) == wanted
    flags = hide("variables", [f"GOFLAGS={case['given'].get('GOFLAGS', '')}" for case in CORPUS["environments"]])
    assert leaks("\n".join(flags)) == []


@each_awk
def test_what_go_env_says_is_recorded_without_secrets(hide):
    said = ["{", f'\t"GOAUTH": "/opt/tool --token {MARKER}; netrc",', f'\t"GOPROXY": "https://u:a/{MARKER}@p.test,direct",',
            f'\t"GOFLAGS": "-mod=mod -toolexec={MARKER}"', "}"]  # fmt: skip
    shown = ["{", '\t"GOAUTH": "/opt/tool;netrc",', '\t"GOPROXY": "https://xxxxx@p.test,direct",']
    assert hide("go_env", said) == [*shown, '\t"GOFLAGS": "-mod=mod -toolexec=xxxxx"', "}"]


@each_awk
def test_a_token_in_a_module_proxys_path_is_hidden_in_what_go_prints_too(hide, monkeypatch):
    monkeypatch.setenv("GOPROXY", "https://p.test/basic/K88TOKEN/go,direct")
    assert hide("text", ["# get https://p.test/basic/K88TOKEN/go/x"]) == ["# get https://p.test/basic/xxxxx/go/x"]


@each_awk
def test_a_private_key_is_hidden_line_by_line(hide):
    key = ["a", "1.5 -----BEGIN EC PRIVATE KEY-----", f"1.6 {MARKER}", "1.7 -----END EC PRIVATE KEY-----", "b"]
    shown = hide("text", key)
    assert leaks("\n".join(shown)) == []
    assert shown[-1] == "b"


@pytest.mark.skipif(os.name != "posix" or not shutil.which("tar"), reason="needs a POSIX shell and tar")
def test_no_secret_stands_in_an_archive(tmp_path):
    """One run with every command line of the corpus as an argument, what it prints, and its variables."""
    record, archive = tmp_path / "record.sh", tmp_path / "r.tgz"
    record.write_bytes(script())
    for name in ("tcpdump", "sudo"):  # packets are another matter, and take time
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    said = tmp_path / "said"
    said.write_text("\n".join(CORPUS["texts"]), encoding="utf-8")
    words = [word for argv in CORPUS["command_lines"] for word in argv]
    variables = {name: value for case in CORPUS["environments"] for name, value in case["given"].items()} | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)
    }  # fmt: skip
    argv = ["sh", str(record), "-o", str(archive), "--", "sh", "-c", f"cat {said} >&2", *words]
    subprocess.run(argv, env=variables, capture_output=True, check=True, timeout=60)
    unpacked = subprocess.run(["tar", "-xzOf", str(archive)], capture_output=True, check=True).stdout
    assert b"https://xxxxx@host" in unpacked
    assert leaks(unpacked) == []
