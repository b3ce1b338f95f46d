"""One word for one thing (docs/words.md): names that hide what is meant stand nowhere, and no name is two classes'."""

import ast
import importlib
import re
from collections import defaultdict

from sources import ROOT, modules, where

BANNED = {
    "told", "said", "seen", "found", "known", "one", "ones", "mine", "theirs", "dim", "deaf", "farewell", "standing",
    "elsewhere",
}  # fmt: skip


def names(tree):
    """(name, line) of every type, function and parameter of a module."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                yield argument.arg, node.lineno


def test_no_name_hides_what_is_meant():
    bad = []
    for module, tree in modules().items():
        every = [(module.rpartition(".")[2], 1), *names(tree)]
        bad += [f"{where(module)}:{line}: {name}" for name, line in every if name.strip("_").lower() in BANNED]
    assert not bad, f"docs/words.md: {bad}"


def test_no_two_classes_have_one_name():
    homes = defaultdict(list)
    for module, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(where(module))
    twice = {name: files for name, files in homes.items() if len(files) > 1}
    assert not twice


def test_the_dictionary_names_types_that_exist():
    """``flows.stalls.Stall`` in docs/words.md, as seen from the package."""
    named = re.findall(r"`((?:[a-z_]+\.)+[A-Z]\w+)`", (ROOT / "docs" / "words.md").read_text())
    assert len(named) > 8
    for module, _, name in (path.rpartition(".") for path in named):
        assert hasattr(importlib.import_module(f"netanalyze.{module}"), name), f"docs/words.md: {module} has no {name}"
