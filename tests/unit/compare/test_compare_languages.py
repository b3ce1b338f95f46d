"""Every sentence of a comparison has its Chinese, with the same words in it."""

import ast
import re
from pathlib import Path

import netanalyze.compare
from netanalyze.report.language import catalogue
from netanalyze.wording import names

FOLDER = Path(netanalyze.compare.__file__).parent
TABLES = ("OPTIONS", "ANSWERS", "QUESTIONS")


def templates(path):
    """The sentences of a file: what ``message`` and ``_say`` are given, what ``_template`` returns, and tables of them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "message"
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.args[0].value
        if isinstance(node, ast.FunctionDef) and node.name == "_template":
            yield from (r.value.value for r in ast.walk(node) if isinstance(r, ast.Return))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in TABLES:
            yield from (value.value for value in node.value.values)
        if isinstance(node, ast.FunctionDef) and node.name == "of_fate":
            yield from (c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and "{" in str(c.value))


SAID = sorted({one for path in FOLDER.glob("*.py") for one in templates(path)})


def test_every_sentence_has_its_chinese_with_the_same_words():
    chinese = catalogue("zh")
    missing = [one for one in SAID if one not in chinese and re.search("[a-z]", one)]
    assert len(SAID) > 40
    assert not missing, f"please add to netanalyze/compare/zh.toml: {missing}"
    for one in SAID:
        assert set(names(chinese.get(one, one))) == set(names(one)), one
