"""Every command in the documents can be typed: those that read a capture are run, and print what stands below them."""

import shutil

import click
import pytest
from typed import PAGES, ROOT, commands, consoles, same

from netanalyze.cli.main import netanalyze, run

RECORDED = ROOT / "captures" / "recorded"
GIVEN = {
    "hang.pcap": RECORDED / "client-hello-dropped" / "capture.pcap",
    "hang.pcapng": ROOT / "captures" / "tls" / "client_hello_dropped" / "hit.pcapng",
    "slow.pcap": RECORDED / "loss" / "capture.pcap",
    "tuesday.pcap": RECORDED / "healthy" / "capture.pcap",
    "stderr.txt": RECORDED / "client-hello-dropped" / "go.stderr.txt",
    "build.log": RECORDED / "client-hello-dropped" / "go.stderr.txt",
}
"""The files that people have in the documents."""

NOT_RUN = {
    "live": "runs a real command: tests/lab",
    "watch": "looks at a real command: tests/lab",
    "lab": "makes network namespaces: tests/lab",
    "mcp": "serves until its input ends: tests/unit/agents",
    "settle": "sends packets: tests/lab",
    "doctor": "reads the settings of whatever machine it is run on: tests/unit/doctor",
    "last": "reads the kept runs of whoever runs it: tests/unit/cli/test_last.py",
    "batch": "starts processes of its own: tests/unit/fleet",
    "summary": "reads what batch made: tests/unit/fleet",
    "wireshark": "writes into Wireshark's folder of plug-ins: tests/unit/cli",
    "plot": "draws, as the gallery's do",
    "verify": "asks tshark, as the tutorial's does",
}
"""What is not run here, and why; its options and arguments are read all the same."""
OF_ANOTHER_PLACE = {"-", "--between", "--host", "--finding", "--flow"}
"""What comes by a pipe; moments, hosts, findings and flows of a capture that is not here."""
OF_NO_FILE = ("rules", "help", "version", "completion", "recorder")
PLACEHOLDERS = {"FILE", "FORMAT", "OUT", "COMMAND", "DIR", "CAUSE", "ID", "KIND", "WORD", "..."}
TYPED = commands()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which the files of the documents lie."""
    (tmp_path / "captures").symlink_to(ROOT / "captures")
    for name, source in GIVEN.items():
        (tmp_path / name).symlink_to(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    return tmp_path


def test_the_documents_have_commands_of_every_kind():
    assert len(TYPED) > 100
    assert {words[0] for words in TYPED} >= {"analyze", "live", "slice", "export", "rules"}
    assert all(why for why in NOT_RUN.values())


def as_typed(words):
    return " ".join(words)


@pytest.mark.parametrize("words", TYPED, ids=as_typed)
def test_it_can_be_typed(words, folder, capsys):
    """Its options and arguments exist; where it only needs a capture, it works."""
    understood(words)
    if words[0] not in NOT_RUN and not OF_ANOTHER_PLACE & set(words) and not placeholders(words):
        if words[0] in OF_NO_FILE or set(GIVEN) & set(words):
            assert run(list(words)) in (0, 1, 10, 11, 12, 13), capsys.readouterr().err


def placeholders(words):
    """Whether words stand in it for others."""
    return any(word in PLACEHOLDERS or "|" in word or word.startswith("[") for word in words)


def understood(words):
    """Read a command's words as click does, without running it; a placeholder may be no value of an option."""
    if placeholders(words):
        stripped = [word.strip("[]") for word in words if word not in PLACEHOLDERS]
        words = tuple(word for word in stripped if not word.isupper())
    command, context, rest = netanalyze, click.Context(netanalyze, info_name="netanalyze"), list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest[0])
        assert found is not None, f"there is no command {rest[0]}"
        context, command, rest = click.Context(found, context, info_name=rest[0]), found, rest[1:]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"-h", "--help"}
    own = rest[: rest.index("--")] if "--" in rest else rest
    typed = {word.partition("=")[0] for word in own if word.startswith("--") and len(word) > 2}
    assert typed <= known, f"netanalyze {command.name} has no {typed - known}"


PAGES_WITH_OUTPUT = [page for page in PAGES if consoles(page)]


@pytest.mark.parametrize("page", PAGES_WITH_OUTPUT, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_shown_is_what_is_printed(page, folder, capsys, monkeypatch):
    if "zh" in page.parts:
        monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    for command, output in consoles(page):
        program, *words = command.split()
        assert program == "netanalyze"
        if words[0] == "verify" and shutil.which("tshark") is None:
            continue
        status = run(words)
        out, err = capsys.readouterr()
        assert status in (0, 1), f"{command}: {err}"
        assert same(output, out + err), f"{command} prints\n{out}{err}\nand the page shows\n{output}"


@pytest.mark.parametrize(
    ("shown", "printed", "alike"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\nc\n", False),
        ("a", "a\nb\n", False),
        ("a\n…", "a\nb\nc\n", True),
        ("…\nc", "a\nb\nc\n", True),
        ("a\n…\nd", "a\nb\nc\n", False),
        ("took … s", "took 3 s\n", True),
        ("took … s", "took 3 m\n", False),
    ],
)
def test_what_is_left_out_is_marked(shown, printed, alike):
    assert same(shown, printed) is alike
