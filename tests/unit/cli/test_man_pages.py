"""Man pages: one for each command, with all that its help has, and that a formatter has nothing to complain of."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from build_tools.man import escaped, pages
from netanalyze.cli.main import netanalyze

ROOT = Path(__file__).parents[3]
PAGES = pages()
FORMATTERS = {
    "groff": ["groff", "-man", "-Tutf8", "-ww", "-rLL=200n", "-P-cbou"],
    "mandoc": ["mandoc", "-Tutf8", "-Wwarning", "-Owidth=200"],
}


def commands(command, path=("netanalyze",)):
    """Every command with the words by which it is called."""
    context = click.Context(command, info_name=path[-1])
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), (*path, name))


COMMANDS = dict(commands(netanalyze))


def test_each_command_has_a_page_and_each_page_a_command():
    assert set(PAGES) == {f"{'-'.join(path)}.1" for path in COMMANDS}


def rendered(formatter, text):
    """A page as a terminal has it, on one line."""
    if shutil.which(formatter) is None:
        pytest.skip(f"needs {formatter}")
    done = subprocess.run(FORMATTERS[formatter], input=text, capture_output=True, text=True, encoding="utf-8")
    # pages bear no date, so that the same sources give the same octets: mandoc alone misses it
    complaints = [line for line in done.stderr.splitlines() if "missing date" not in line and "see above" not in line]
    assert not complaints
    assert done.returncode in ((0, 2) if formatter == "mandoc" else (0,)), done.stderr
    printed = re.sub(".\b", "", done.stdout)  # mandoc strikes what is bold twice
    return " ".join(printed.replace("\u2010\n", "").split())


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_pages_render_without_a_complaint_and_with_all_options_and_examples(formatter):
    for path, command in COMMANDS.items():
        text = rendered(formatter, PAGES[f"{'-'.join(path)}.1"])
        assert " ".join(path) in text
        for option in command.get_params(click.Context(command)):
            if isinstance(option, click.Option) and not option.hidden:
                assert all(name in text for name in option.opts), (path, option.opts)
                assert " ".join(option.help.split()) in text.replace("‐ ", ""), (path, option.opts)
        for line in getattr(command, "examples", "").strip().splitlines():
            assert " ".join(line.split()) in text, (path, line)


def test_every_line_is_ascii_and_no_text_begins_a_request():
    requests = {".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi"}
    for name, text in PAGES.items():
        assert text.isascii(), name
        for line in text.splitlines():
            assert not line.startswith("'"), line
            assert not line.startswith(".") or line.split()[0] in requests, line
            assert not re.search(r"(?<!\\)-", line), f"a hyphen that cannot be pasted: {line}"


@pytest.mark.parametrize("text", [".so /etc/passwd", "'br", r"a\fBb \n", "--json", "`x` ^ ~", "时间 – “a”", "a\\"])
@pytest.mark.parametrize("formatter", FORMATTERS)
def test_any_text_comes_out_as_it_went_in(formatter, text):
    page = f'.TH "A" "1" "" "" ""\n.SH NAME\na \\- {escaped("b")}\n.SH DESCRIPTION\n{escaped(text)} end\n'
    assert f"{' '.join(text.split())} end" in rendered(formatter, page)


def test_the_module_writes_them(tmp_path):
    argv = [sys.executable, "-m", "build_tools.man", str(tmp_path / "man1")]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {path.name: path.read_text() for path in (tmp_path / "man1").iterdir()} == PAGES
    assert done.stdout.startswith(f"{len(PAGES)} pages")
