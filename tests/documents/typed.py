"""What the documents tell people to type: commands in blocks of code, and blocks that show what is printed then."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^(?: {4}|\t)(.+)$", re.MULTILINE)
STARTS = re.compile(r"(?:^|\||\bdo|&&)\s*(?:\$ )?(?:sudo )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?netanalyze (?!:)")
"""Where a command of ours begins in a line; ``netanalyze: waiting for …`` is what it prints."""
ELIDED = "…"


class Shown(NamedTuple):
    """A command in a console block, and what stands below it."""

    command: str
    output: str


def consoles(page):
    """The commands of a page's console blocks, in their order."""
    shown = []
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            shown.append(Shown(command, output.rstrip("\n")))
    return shown


def commands():
    """Arguments of every command in a block of code -> the pages that have it, each once; ``…`` in a line is no command."""
    found = {}
    for page in PAGES:
        text = CONSOLE.sub("", page.read_text(encoding="utf-8"))
        for line in CODE.findall(text):
            line = re.split(r"\s+# ", line)[0]
            for start in STARTS.finditer(line):
                arguments = argument_words(line[start.end() :])
                if arguments:
                    found.setdefault(arguments, []).append(str(page.relative_to(ROOT)))
    return found


def argument_words(text):
    """The words up to the end of the command: a pipe, a redirection, a comment, what only explains (two blanks or more)."""
    text = re.sub(r'"?\$\(netanalyze last --path\)"?', "hang.pcapng", text)
    text = re.sub(r'"\$GITHUB_STEP_SUMMARY"', "summary.md", text)
    text = re.sub(r'"?\$f"?', "hang.pcap", text)
    text = re.split(r"\s{2,}|\s+\d?>", text)[0]
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = []
    for word in lexer:
        if set(word) <= set("|;&()<>"):
            break
        words.append(word)
    return tuple(words)


def same(shown, printed):
    """Whether what is printed is what is shown: ``…`` stands for any lines, or any text in a line."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == ELIDED else re.escape(line).replace(re.escape(ELIDED), ".*") + r" *\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed if printed.endswith("\n") or not printed else printed + "\n") is not None
