"""Every rule has its page, sourced thresholds and captures; every cause is in the public table."""

import ast
import re

import pytest
from sources import PACKAGE, ROOT, modules, where

from netanalyze.causes import PHASES, cause_modules, cause_of, causes, page
from netanalyze.causes.confidence import Missing, grounds_of
from netanalyze.diagnostics import KINDS
from netanalyze.findings import Threshold

NO_RECIPE = {
    "capture/no-traffic": "there are no packets",
    "local/cache-corrupt": "the command's word alone",
    "local/configuration": "the command's word alone",
    "http/goaway": "the command's word alone: it is inside TLS",
    "http/stream-reset": "the command's word alone: it is inside TLS",
}
"""Causes that no recipe raises, and why; nor do any of the phase ``go``, which go's own lines tell (tests/unit/rules)."""
SECTIONS = ("What it finds", "Why a program hangs", "What to do", "Look-alikes", "Known false alarms", "References")
LONGEST_RULE = 320

rules = pytest.mark.parametrize("cause", list(causes()))


def thresholds(cause):
    """The thresholds of a rule's module, by name."""
    return {name: value for name, value in vars(cause_modules()[cause]).items() if isinstance(value, Threshold)}


def tree_of(cause):
    """The syntax tree of a rule's module."""
    return modules()[cause_modules()[cause].__name__]


@rules
def test_the_page_has_its_sections_in_order(cause):
    lines = page(cause).splitlines()
    assert lines[0].endswith("."), "the first line says it in one sentence"
    headings = [line for line in lines if line and line in SECTIONS]
    assert headings == list(SECTIONS), f"{cause}: please write {', '.join(s for s in SECTIONS if s not in headings)}"
    for heading in SECTIONS:
        body = lines[lines.index(heading) + 1 :]
        assert body, f"{cause}: {heading} is empty"
        assert body[0].startswith("    "), f"{cause}: {heading} is empty"


@rules
def test_the_page_fits_a_terminal_of_120_columns(cause):
    assert max(map(len, page(cause).splitlines())) <= 120


@rules
def test_references_refer(cause):
    """To an RFC, a source file, a manual or a measurement; a reader must be able to look it up."""
    lines = page(cause).splitlines()
    assert "References" in lines, f"{cause}: no references"
    text = " ".join(lines[lines.index("References") + 1 :])
    assert re.search(r"RFC \d+|net/http|src/|Go \d|Linux|\w\(\d\w*\)|draft-|https?://|measured|lab/", text), text


@rules
def test_thresholds_have_a_source_that_says_where(cause):
    for name, threshold in thresholds(cause).items():
        assert len(threshold.source) >= 8, f"{cause}: {name}: {threshold.source!r}"
        assert len(threshold.why) >= 12, f"{cause}: {name}: {threshold.why!r}"


@rules
def test_how_sure_a_finding_is_has_its_reason(cause):
    grounds = grounds_of(cause_modules()[cause])
    assert grounds, f"{cause}: what makes it sure?"
    for ground in grounds:
        assert len(ground.what) >= 12, ground
        assert len(ground.why) >= 12, ground
        if isinstance(ground, Missing):
            assert 0 < ground.at_most * ground.share < 1, ground
        else:
            assert 0 < ground.confidence < 1, ground


@rules
def test_a_ground_that_is_declared_is_asked(cause):
    names = [
        node.id for node in ast.walk(tree_of(cause)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    ]
    module = cause_modules()[cause]
    grounds = {name for name, value in vars(module).items() if any(value is ground for ground in grounds_of(module))}
    assert grounds <= set(names)


@pytest.mark.parametrize("phase", PHASES)
def test_no_confidence_is_a_bare_number(phase):
    """How sure a finding is, is said with its reason (``causes.confidence``)."""
    bare = []
    for name, tree in modules().items():
        if not name.startswith(f"netanalyze.causes.{phase}."):
            continue
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = [keyword.value for keyword in node.keywords if keyword.arg == "confidence"]
            given += node.args[4:5] if getattr(node.func, "attr", "") == "finding" else []
            figures = (inner for value in given for inner in ast.walk(value) if isinstance(inner, ast.Constant))
            bare += [f"{where(name)}:{inner.lineno}" for inner in figures if isinstance(inner.value, float)]
    assert not bare, bare


@rules
def test_no_time_is_written_as_a_bare_number(cause):
    """Two seconds are a Threshold, or nobody will know why two; converting is for netanalyze.units."""
    for node in ast.walk(tree_of(cause)):
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, (int, float)):
                    large = abs(inner.value) >= 100_000
                    assert not large, (
                        f"{cause}, line {inner.lineno}: {inner.value} wants a Threshold with its source, or units.seconds"
                    )
                power = isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow)
                assert not power, f"{cause}, line {inner.lineno}: a power wants a Threshold with its source"


@rules
def test_a_rule_raises_the_cause_of_its_path(cause):
    """Findings are made by ``CAUSE`` itself, or by a socket that is given it."""
    for call in (node for node in ast.walk(tree_of(cause)) if isinstance(node, ast.Call)):
        called = ast.unparse(call.func)
        assert called != "Finding", f"{cause}, line {call.lineno}: CAUSE.finding says whose it is"
        if called.endswith(".finding"):
            whose = called.removesuffix(".finding")
            whose = ast.unparse(call.args[0]) if whose == "socket" else whose
            assert whose == "CAUSE", f"{cause}, line {call.lineno}: a finding of {whose}"


@rules
def test_a_rule_is_one_short_file_of_one_check(cause):
    path = PACKAGE / "causes" / (cause.replace("-", "_") + ".py")
    assert path.is_file()
    assert len(path.read_text().splitlines()) <= LONGEST_RULE
    public = [n.name for n in tree_of(cause).body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    assert "check" in public
    assert set(public) <= {"check", "from_socket"}


@rules
def test_what_undermines_a_rule_is_a_diagnostic(cause):
    assert set(cause_of(cause).undermined_by) <= set(KINDS)


@rules
def test_a_cause_bears_the_id_of_its_path(cause):
    assert cause_of(cause).id == cause
    assert cause_of(cause).phase in PHASES


@rules
def test_a_cause_has_its_recipe_and_its_two_captures(cause):
    folder = ROOT / "captures" / cause.replace("-", "_")
    if cause in NO_RECIPE or cause_of(cause).phase == "go":
        assert not folder.exists(), f"{cause} has a recipe: please take it out of the list"
        return
    for file in ("recipe.py", "hit.pcapng", "near_miss.pcapng", "expect.toml"):
        assert (folder / file).exists(), f"{cause}: please add {folder / file}; see CONTRIBUTING.md"


def test_the_public_table_is_made_of_the_causes():
    from netanalyze.report.causes_page import render

    assert (ROOT / "docs" / "causes.md").read_text() == render(), "netanalyze rules --markdown > docs/causes.md"


NAMES_NO_CAUSE = (
    "diagnosis", "report", "notebook", "cli", "live", "tracking", "conversations", "flows", "clients", "capture", "wire",
)  # fmt: skip
"""Parts that ask a cause what it is like, or know nothing of causes."""


@pytest.mark.parametrize("part", NAMES_NO_CAUSE)
def test_only_its_own_room_names_a_cause(part):
    """What the program knows of a cause stands in its file; docstrings may speak of it."""
    named = []
    for module, tree in modules().items():
        if (module.split(".") + [""])[1] != part:
            continue
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        named += [
            f"{where(module)}:{node.lineno}: {node.value}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and id(node) not in told and node.value in causes()
        ]
    assert not named, f"ask netanalyze.causes.cause_of in place of naming it: {named}"


def test_causes_are_named_alike():
    for cause in causes():
        assert re.fullmatch(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*", cause)
