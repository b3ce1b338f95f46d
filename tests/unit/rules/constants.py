"""Where the numbers bite by which flows, rules and verdicts decide: in a story, the last value with which all is said as it is.

A number is a constant of a module that something is compared with. In a story of which it decides it is moved, up and down, until
what is found or the verdict is another: at that edge lies what the story measures, to the nanosecond, the octet or the piece.
"""

import ast
import contextlib
import importlib
import signal
import struct
import sys
from collections import defaultdict
from pathlib import Path

from netanalyze.causes import judge
from netanalyze.findings import Threshold
from tests.rules import facts
from tests.rules.answers import of_verdict

ROOT = Path(__file__).resolve().parents[3]
PARTS = ("causes", "flows", "diagnosis")
LARGEST = 10**13
"""Nanoseconds (almost three hours), octets or pieces: larger than what any story measures."""
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
LONGEST_S = 5
"""Seconds of its own that an answer takes at the most: a number that was moved may keep a loop from its end."""
ENOUGH = 2
"""In so many stories an edge of each number is shown."""


def modules():
    """``{name: syntax tree}`` of the modules that judge."""
    found = {}
    for part in PARTS:
        for path in sorted((ROOT / "netanalyze" / part).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_bytes())
    return found


def is_number(value):
    """Whether a constant is one that can be moved."""
    return isinstance(value, (int, float, Threshold)) and not isinstance(value, bool)


def numbers():
    """``{(module, constant): functions}``: each number that something is compared with, and where that is done: (file, line)."""
    found, compiled = defaultdict(set), set()
    for name, tree in modules().items():
        module = importlib.import_module(name)
        # a name that is another one's here is moved here alone
        origin = {
            alias.name: node.module
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names if not alias.asname
        }  # fmt: skip
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            if any(isinstance(one, ast.Name) and one.id == "kernel" for one in function.decorator_list):
                # machine code keeps the number that it was compiled with
                used = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)}
                compiled |= {(origin.get(one, name), one) for one in used}
            first = min([function.lineno, *(one.lineno for one in function.decorator_list)])
            for node in ast.walk(function):
                ordered = isinstance(node, ast.Compare) and any(isinstance(one, ORDER) for one in node.ops)
                compared = ast.walk(node) if ordered else ()
                for one in compared:
                    if isinstance(one, ast.Name) and one.id.isupper() and is_number(vars(module).get(one.id)):
                        found[origin.get(one.id, name), one.id].add((module.__file__, first))
    return {key: where for key, where in found.items() if key not in compiled}


def functions_run(ask):
    """``(file, first line)`` of each function that runs while something is asked."""
    found = set()

    def note(frame, event, _):
        if event == "call":
            found.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

    sys.setprofile(note)
    try:
        ask()
    finally:
        sys.setprofile(None)
    return found


@contextlib.contextmanager
def moved(module, name, number):
    """A constant has another value, in its module and in those that took it from there."""
    before = vars(importlib.import_module(module))[name]
    value = (
        number
        if not isinstance(before, Threshold)
        else facts.dataclasses.replace(before, value=number, unit=unit(before))
    )
    places = [
        one for key, one in list(sys.modules.items()) if key.startswith("netanalyze.") and vars(one).get(name) is before
    ]
    for one in places:
        vars(one)[name] = value
    try:
        yield
    finally:
        for one in places:
            vars(one)[name] = before


def unit(threshold):
    """The unit in which a threshold is moved: of times the nanosecond."""
    return "ns" if threshold.unit == "s" else threshold.unit


def value_of(module, name):
    """The number as it is."""
    value = vars(importlib.import_module(module))[name]
    if not isinstance(value, Threshold):
        return value
    return value.ns if value.unit == "s" else value.value


def said(case):
    """What is found, and the verdict on it."""
    facts.forget(case)
    findings = judge(case)
    found = "; ".join(
        f"{f.cause} {(f.end_ns - f.start_ns) / 1e9:.3f} s {f.confidence:.3g}{' fatal' if f.fatal else ''} {f.culprit.role}"
        for f in findings
    )
    return f"{found or 'nothing'} | {of_verdict(case, findings)}"


def said_with(case, module, name, number):
    """The same with another value of a number."""
    signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    try:
        with moved(module, name, number):
            return facts.attempt(lambda: said(case))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _too_long(*_):
    raise TimeoutError


def place(number):
    """A number's place in the order of those of its kind: what is next to it has the next one."""
    return struct.unpack("<q", struct.pack("<d", number))[0] if isinstance(number, float) else number


def at(place_, kind):
    """The number at a place."""
    return struct.unpack("<d", struct.pack("<q", place_))[0] if kind is float else place_


def edges(case, module, name, plain):
    """``(the last value with which all is said as it is, the next, what is said with that)``, below and above."""
    value = value_of(module, name)
    for extreme in (type(value)(0), type(value)(LARGEST)):
        low, high = place(value), place(extreme)
        if low == high or said_with(case, module, name, extreme) == plain:
            continue
        while abs(high - low) > 1:
            middle = (low + high) // 2
            if said_with(case, module, name, at(middle, type(value))) == plain:
                low = middle
            else:
                high = middle
        beyond = at(high, type(value))
        yield at(low, type(value)), beyond, said_with(case, module, name, beyond)


def lines(stories):
    """A line for each edge; ``stories`` are ``{name: what gives its case}``."""
    every, shown = numbers(), defaultdict(int)
    for story, judged in stories.items():
        case = judged()
        run = functions_run(lambda case=case: said(case))
        plain = facts.attempt(lambda case=case: said(case))
        for (module, name), where in every.items():
            if shown[module, name] >= ENOUGH or not where & run:
                continue
            for last, beyond, answer in edges(case, module, name, plain):
                shown[module, name] += 1
                yield f"{story}\t{module.removeprefix('netanalyze.')}.{name}\t{last!r}\t{beyond!r}\t{answer}"
