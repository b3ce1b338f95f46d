"""Errors, slips and closing notes in Chinese: every sentence has its translation, and none is made before it is said."""

import ast
import re
from pathlib import Path

import click
import pytest
from sources import modules, where

import netanalyze
from netanalyze.cli import slips
from netanalyze.report.language import catalogue

PACKAGE = Path(netanalyze.__file__).parent
SAID_AT = {
    "CaptureError": (1,), "CorruptCapture": (4,), "NotPermitted": (0, 1), "NothingSelected": (0, 1), "OutputRefused": (1, 2),
    "MissingProgram": (0, 1), "NothingToSettle": (0, 1), "BadPolicy": (2,), "BadPart": (1,), "ClusterError": (1, 2), "Fault": (),
    "LiveError": (0,), "NetanalyzeError": (0,), "NotReproducible": (0,), "NoScenario": (0,),
    "UsageError": (0,), "BadParameter": (0,), "ClickException": (0,), "WrongUsage": (0,), "WrongValue": (0,), "Refusal": (0,),
}  # fmt: skip
"""Of each error the arguments that are said to people; the others are paths, names and commands."""
OF_NAMES = {"NotACapture", "NoSuchInterface", "CommandNotFound", "NotADataset", "CannotWork", "NothingInCommon"}
"""Errors that are made of names and numbers alone: their sentences stand with their classes."""
OF_PROGRAMS = {"MessageError", "WorkFailed", "NotAllowed"}
"""Errors that no person is told on the command line: of messages on the wire, and those that an agent reads as JSON."""
NAME = re.compile(r"[-\w.()]+|--[a-z]+ \w+|sudo [a-z -]+…?|netanalyze [a-z]+|(\{\w+\}\W*)+")
"""A constant that is a name or a command, or holds nothing but words: the same in every language."""
TOLD = {"complain": (0,), "_complain": (0,), "tell": (0,), "corrupt": (2,), "_stop": (1,), "_error": (0, 1)}
"""What hands on what people are told."""
PROGRESS = "netanalyze.cli.lab"
"""What the laboratory tells of its runs is of its scenarios, which are English."""


def errors():
    """Every error class of the package by name, with the module it is in."""
    found, more = {"NetanalyzeError": "netanalyze.errors"}, True
    while more:
        more = False
        for module, tree in modules().items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and node.name not in found:
                    bases = {getattr(base, "id", "") for base in node.bases}
                    if bases & set(found):
                        found[node.name], more = module, True
    return found


def calls():
    """Every call in the package but of the laboratory's own: ``(module, call, its name)``."""
    for module, tree in modules().items():
        if module.startswith("netanalyze.lab") and "reproduction" not in module:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield module, node, getattr(node.func, "id", getattr(node.func, "attr", ""))


def texts(node):
    """The constants and f-strings of which an argument may be one."""
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in texts(value)]
    return [node] if isinstance(node, (ast.Constant, ast.JoinedStr)) else []


def said():
    """What errors are told with: ``(module, line, constant or f-string)``."""
    for module, call, name in calls():
        at = SAID_AT.get(name) or (() if module == PROGRESS else TOLD.get(name, ()))
        for place in at:
            for node in texts(call.args[place]) if len(call.args) > place else ():
                yield module, node


def test_every_error_is_known_here():
    assert set(errors()) <= set(SAID_AT) | OF_NAMES | OF_PROGRAMS, "please say which of its arguments people are told"


def test_every_sentence_of_an_error_has_its_chinese():
    constants = {node.value for _, node in said() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert len(constants) > 100
    missing = sorted(text for text in constants - set(catalogue("zh")) if not NAME.fullmatch(text) and text)
    assert not missing, f"please add to the zh.toml of the part that says it: {missing}"


def test_no_error_is_english_before_it_is_said():
    """An f-string has no template that a catalogue could have; message(…) has one."""
    loose = [f"{where(module)}:{node.lineno}" for module, node in said() if isinstance(node, ast.JoinedStr)]
    assert not loose, f"only message() keeps what a catalogue needs: {loose}"


def strings(node):
    """The texts that an expression may be, or that stand in the tuples and tables that it is."""
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return {text for part in node.elts for text in strings(part)}
    if isinstance(node, ast.Dict):
        return {text for part in node.values for text in strings(part)}
    return {text.value for text in texts(node) if isinstance(text, ast.Constant) and isinstance(text.value, str)}


def bound(target, value):
    """``(name, expression)`` of what an assignment binds; of a tuple's parts each its own, where they are written out."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        apart = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
        for place, part in enumerate(target.elts):
            yield from bound(part, value.elts[place] if apart else value)


def bindings(tree):
    """``(name, expression)`` of every name that is bound in a tree: assigned, or met in a loop over what is written out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from bound(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            yield from bound(node.target, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            rows = node.iter.elts if isinstance(node.iter, (ast.Tuple, ast.List)) else [node.iter]
            for one in rows:
                yield from bound(node.target, one)


def names_in(node):
    """The names that an expression may be, and those of the tables that it looks up."""
    match node:
        case ast.Name():
            yield node.id
        case ast.IfExp():
            yield from (*names_in(node.body), *names_in(node.orelse))
        case ast.Subscript() | ast.Attribute():
            yield from names_in(node.value)
        case ast.Call(func=ast.Attribute(attr="get")):
            yield from names_in(node.func)


def handed(tree):
    """What message() is given in a tree that is no text itself: names, also of the tables that it is looked up in."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "message" and call.args:
            yield from names_in(call.args[0])


def given(tree):
    """What functions are given that hand it to message()."""
    at = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            names = [one.arg for one in function.args.args]
            at[function.name] = {
                names.index(name) - (names[0] in ("self", "cls")) for name in handed(function) if name in names
            }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for place in at.get(getattr(call.func, "id", getattr(call.func, "attr", "")), ()):
                if len(call.args) > place:
                    yield call.args[place]


def test_every_template_in_the_package_has_its_chinese():
    """Also one that stands in a name first, in a tuple or a table, or is a function's argument: whatever message() may get."""
    spoken = {
        text for _, call, name in calls() if name in ("message", "counted")
        for argument in call.args for text in strings(argument)
    }  # fmt: skip
    for module, tree in modules().items():
        if (module.startswith("netanalyze.lab") and "reproduction" not in module) or module == PROGRESS:
            continue
        names = set(handed(tree))
        spoken |= {text for name, value in bindings(tree) if name in names for text in strings(value)}
        spoken |= {text for value in given(tree) for text in strings(value)}
    missing = sorted(text for text in spoken - set(catalogue("zh")) if not NAME.fullmatch(text))
    assert not missing, f"please add to a zh.toml: {missing}"


def test_what_click_says_has_its_chinese():
    missing = sorted(set(slips.OF_CLICK) - set(catalogue("zh")))
    assert not missing, f"please add to netanalyze/cli/zh.toml: {missing}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--n", "x"], "Invalid value for '--n': 'x' is not a valid integer range"),
        (["--n", "7"], "Invalid value for '--n': 7 is not in the range 1<=x<=3"),
        (["--kind", "c"], "Invalid value for '--kind': 'c' is not one of 'a', 'b'"),
        (["--n"], "Option '--n' requires an argument"),
        (["--flag=1"], "Option '--flag' does not take a value"),
        (["x", "y", "z"], "Got unexpected extra arguments (y z)"),
        ([], "Missing argument 'WORD'"),
        (["x", "--file", "/nowhere/at/all"], "Invalid value for '--file': File '/nowhere/at/all' does not exist"),
        (["x", "--file", "/"], "Invalid value for '--file': File '/' is a directory"),
    ],
)
def test_click_still_says_what_is_translated(typed, said):
    """A new version of click that says it otherwise is seen here, and is English until then."""

    @click.command()
    @click.option("--n", type=click.IntRange(1, 3))
    @click.option("--kind", type=click.Choice(["a", "b"]))
    @click.option("--flag", is_flag=True)
    @click.option("--file", type=click.Path(exists=True, dir_okay=False))
    @click.argument("word")
    def command(**_):
        """Nothing."""

    with pytest.raises(click.UsageError) as raised:
        command.make_context("command", typed)
    sentence = slips.complaint(raised.value)
    assert str(sentence) == said
    assert sentence.template in slips.OF_CLICK
