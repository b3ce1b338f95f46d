"""What judges is read function by function, each in one sitting; and no module needs one that needs it."""

import ast

import pytest
from sources import imported_modules, modules, where

LONGEST = 60
JUDGING = ("netanalyze.causes", "netanalyze.diagnosis")


@pytest.mark.parametrize("module", [module for module in modules() if module.startswith(JUDGING)])
def test_no_function_that_judges_is_longer_than_60_lines(module):
    for node in ast.walk(modules()[module]):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST, f"{where(module)}:{node.lineno}: {node.name} has {length} lines"


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
