"""A function is read in one sitting; and no module needs one that needs it."""

import ast

import pytest
from sources import imported_modules, modules, where

LONGEST = 60
JUDGING = ("netanalyze.causes", "netanalyze.diagnosis")


LONGER = {
    "netanalyze.wire.link.dispatch.plain_link": "a table of link types, a line or two each",
    "netanalyze.lab.reproduction.made.reproduction": "one conversation after the other",
}


def lengths(module):
    """Of each function of a module its name, its lines, and those of its body, which follows signature and docstring."""
    for node in ast.walk(modules()[module]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            yield f"{module}.{node.name}", node.end_lineno - node.lineno + 1, node.end_lineno - first.lineno + 1


@pytest.mark.parametrize("module", [module for module in modules() if module.startswith(JUDGING)])
def test_no_function_that_judges_is_longer_than_60_lines(module):
    for name, length, _ in lengths(module):
        assert length <= LONGEST, f"{where(module)}: {name} has {length} lines"


@pytest.mark.parametrize("module", list(modules()))
def test_what_a_function_does_takes_no_more_than_60_lines(module):
    for name, _, body in lengths(module):
        if name in LONGER:
            assert body > LONGEST, f"{name} needs no exception any more"
        else:
            assert body <= LONGEST, f"{where(module)}: {name} does something for {body} lines"


def needed(tree):
    """The modules that run, to their end, before this one has: those it imports at its own level."""
    at_once = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {module for module, _ in imported_modules(ast.Module(at_once, [])) if module in modules()}


def circle(of, needs):
    """The way from a module back to itself, or an empty list."""
    ways = [[of]]
    seen = set()
    for way in ways:
        for module in sorted(needs[way[-1]]):
            if module == of:
                return [*way, of]
            if module not in seen:
                seen.add(module)
                ways.append([*way, module])
    return []


def test_no_module_needs_one_that_needs_it():
    needs = {module: needed(tree) for module, tree in modules().items()}
    for module in needs:
        assert not circle(module, needs), f"a circle of imports: {' -> '.join(circle(module, needs))}"


def test_a_circle_is_seen():
    needs = {"a": {"b", "c"}, "b": set(), "c": {"d"}, "d": {"a"}}
    assert circle("a", needs) == ["a", "c", "d", "a"]
    assert not circle("b", needs)
