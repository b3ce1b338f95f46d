"""Help in Chinese: every sentence of every command has its translation, and lines fit the terminal."""

import inspect

import click
import pytest

from netanalyze.cli import spoken
from netanalyze.cli.main import COMMANDS, SPOKEN, netanalyze, run
from netanalyze.cli.rules import TITLES
from netanalyze.report.language import LANGUAGES, Language, catalogue
from netanalyze.report.sheet import cells
from netanalyze.report.wide import wrapped

CHINESE = Language("zh")


def commands(command=netanalyze, path=("netanalyze",), above=None):
    """Every command with the words by which it is called."""
    context = click.Context(command, above, info_name=path[-1], **command.context_settings)
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), (*path, name), context)


COMMANDS_BY_PATH = dict(commands())


class Heard(Language):
    """A language that keeps what it was asked to say."""

    def __init__(self):
        super().__init__("zh")
        self.texts = set()

    def say(self, text):
        self.texts.add(text if isinstance(text, str) else text.template)
        return super().say(text)


@pytest.mark.parametrize("path", COMMANDS_BY_PATH, ids=" ".join)
def test_every_sentence_of_its_help_is_translated(path):
    command, heard = COMMANDS_BY_PATH[path], Heard()
    spoken.paragraphs(inspect.cleandoc(command.help), heard)
    for option in command.params:
        if isinstance(option, click.Option):
            spoken.option_text(option, option.help, heard)
    for line in getattr(command, "examples", "").splitlines():
        spoken.example(line.strip(), heard)
    heard.texts |= set(getattr(command, "sections", {}))
    missing = sorted(heard.texts - set(catalogue("zh")) - {""})
    assert not missing, f"please add to netanalyze/cli/zh.toml: {missing}"


def test_the_lists_of_commands_and_phases_are_translated():
    texts = {entry.help for entry in COMMANDS.values()} | set(TITLES.values()) - {"DNS", "TCP", "TLS", "QUIC"}
    missing = sorted(texts - set(catalogue("zh")))
    assert not missing, f"please add to netanalyze/cli/zh.toml: {missing}"


@pytest.mark.parametrize("path", COMMANDS_BY_PATH, ids=" ".join)
def test_no_line_of_it_is_wider_than_80_columns(path, capsys):
    assert run(["--lang", "zh", *path[1:], "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("用法：")
    assert max(map(cells, lines)) <= 80, max(lines, key=cells)


@pytest.mark.parametrize(
    "words", [["--help", "--lang", "zh"], ["--lang=zh", "--help"], ["analyze", "--help", "--lang", "zh"]]
)
def test_lang_may_stand_before_or_behind(words, capsys):
    assert run(words) == 0
    assert capsys.readouterr().out.startswith("用法：")


def test_the_languages_of_the_whole_are_those_of_the_reports():
    assert SPOKEN == LANGUAGES


def test_the_locale_decides_where_nothing_is_said(monkeypatch, capsys):
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LC_MESSAGES", "zh_CN.UTF-8")
    run(["help", "slice"])
    assert "要写出的 pcapng 文件。 [必需]" in capsys.readouterr().out
    run(["slice", "--help", "--lang", "en"])  # slice prints no report, and has no such option
    assert capsys.readouterr().out.startswith("用法：") is False
    monkeypatch.setenv("LC_MESSAGES", "zh_TW.UTF-8")
    run(["--help"])
    assert "Usage:" in (out := capsys.readouterr().out)
    assert "netanalyze --lang zh --help" in out


def test_lang_of_the_whole_is_that_of_its_commands(capsys):
    assert run(["--lang", "zh", "rules", "tls"]) == 0
    assert "ClientHello 始终没有一个字节被确认" in capsys.readouterr().out
    assert run(["--lang", "zh", "rules", "tls", "--lang", "en"]) == 0
    assert "ClientHello" in (out := capsys.readouterr().out)
    assert "一" not in out


@pytest.mark.parametrize("width", [20, 33, 78])
def test_no_line_begins_with_a_stop_and_nothing_is_lost(width):
    for text in set(catalogue("zh").values()):
        lines = wrapped(text, width)
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert not [line for line in lines[1:] if line[:1] in "，。；：、）”》！？…"]
