"""Nothing reads our own prose: sentences are values, and patterns are for what others wrote."""

import ast
import textwrap

import pytest
from sources import ROOT, modules, where

from netanalyze.wording import message

FOREIGN = {
    "causes.from_words.judge": "hosts that a command printed",
    "causes.go.direct_fallback": "command lines that go printed",
    "causes.go.huge_history_fetch": "command lines that go printed",
    "causes.local.credential_prompt": "names and command lines of processes",
    "diagnosis.advice.situation": "values of captures and recordings, before they go into a command",
    "diagnosis.without_cause": "the last line that a command printed",
    "report.commands": "the client's name, as a recording gives it",
    "report.json": "octets of names that are no text",
    "report.language": "the words' places in a translation, and letters that meet there",
    "report.markdown": "names of captures, which Markdown must not read",
    "report.wide": "signs of any text, for the places where a line may end",
}
"""Modules that may hold a regular expression, and what it reads."""


def test_patterns_read_what_others_wrote_and_nothing_else():
    having = set()
    for name, tree in modules().items():
        part = name.removeprefix("netanalyze.")
        imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imports |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if part.partition(".")[0] in ("causes", "diagnosis", "report") and imports & {"re", "netanalyze.patterns"}:
            having.add(part)
    new = [where(f"netanalyze.{part}") for part in having - set(FOREIGN)]
    assert not new, f"a type says what a pattern would win back from a sentence; or name the foreign text here: {new}"
    assert having == set(FOREIGN), f"please take out: {sorted(set(FOREIGN) - having)}"


def test_a_sentence_is_no_text():
    late = message("{place} answers late.", place="192.0.2.1")
    assert not isinstance(late, str)
    for make_text in (
        lambda: f"{late}",
        lambda: format(late, ">40"),
        lambda: late + "",
        lambda: "".join([late]),
        lambda: late[1:],
    ):
        with pytest.raises(TypeError):
            make_text()
    with pytest.raises(AttributeError):
        late.template = "another one"


def test_mypy_refuses_text_that_is_made_of_a_sentence(tmp_path):
    api = pytest.importorskip("mypy.api")
    wrong = (
        'f"{late}"', 'f"{either} or so"', '"{}".format(late)', 'late + "."', '", ".join([late])', "late[1:]",
        "late.startswith('x')", "text(late)",
    )  # fmt: skip
    source = textwrap.dedent(
        """
        from netanalyze.wording import Message, Text

        def text(given: str) -> str:
            return given

        def check(late: Message, either: Text) -> None:
        """
    )
    path = tmp_path / "sentences.py"
    lines = (*wrong, "str(late)", "text(str(either))")
    path.write_text(source + "".join(f"    {line}\n" for line in lines), encoding="utf-8")
    told, _, _ = api.run(["--config-file", str(ROOT / "pyproject.toml"), "--follow-imports", "silent", str(path)])
    refused = {int(line.split(":")[1]) for line in told.splitlines() if ": error:" in line}
    first = source.count("\n") + 1
    assert refused == set(range(first, first + len(wrong))), told
