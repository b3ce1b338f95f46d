"""What every question that can be asked of a flow, a lookup or a dial is answered, on each recipe.

A question is a public function below the causes whose parameters are such things and what goes with them: a moment, a frame, a
direction. What a rule makes of an answer is the rule's; here a wrong answer shows whether a rule asks or not. After a change
that was meant: NETANALYZE_GOLDEN=write pytest tests/unit/flows/test_questions.py, and read the diff.
"""

import collections.abc
import dataclasses
import functools
import importlib
import inspect
import itertools
import pkgutil
from pathlib import Path

import pytest

import netanalyze.causes
import netanalyze.flows
from netanalyze.causes import client_errors, pacing, patience, response_owed
from netanalyze.causes.case import Case
from netanalyze.flows.flow import Flow, HalfFlow
from netanalyze.flows.index import Index
from netanalyze.flows.transfers.transfers import transfers
from netanalyze.units import NEVER_NS
from tests.rules.results import RECIPES, compare, judged

GOLDEN = Path(__file__).parent / "golden" / "questions"
SHARED = (client_errors, pacing, patience, response_owed)
MOST, DEEP = 8, 2
"""So many things of a list are written, and lists within lists so deep."""
NOTHING = (None, False, 0, NEVER_NS, "", (), [], {}, set(), frozenset())


def modules():
    """The modules of flows, and what causes share."""
    found = [m.name for m in pkgutil.walk_packages(netanalyze.flows.__path__, "netanalyze.flows.") if not m.ispkg]
    return [*map(importlib.import_module, found), *SHARED]


def of(case):
    """``{the type of a parameter, or its name: what there is of it in a case}``."""
    flows = [flow for flow in case.flows if flow.is_tcp]
    return {
        "Flow": flows, "Case": [case], "Lookup": case.lookups, "Dial": case.dials, "Stall": case.stalls,
        "end_ns": [case.end_ns], "until_ns": [case.end_ns], "direction": [0, 1],
    }  # fmt: skip


def belonging(flow):
    """The same, of what belongs to one flow."""
    kept = [packet.frame_number for packet in flow.packets]
    return {
        "HalfFlow": list(flow.halves), "Gap": flow.gaps, "Transfer": transfers(flow), "ns": [flow.last_ns],
        "frame": sorted({*kept[-2:], *kept[len(kept) // 2 :][:1]}), "after_frame": kept[len(kept) // 2 :][:1],
    }  # fmt: skip


@functools.cache
def questions():
    """``[(name, function, what its parameters are)]``: those that can be asked with what a case has."""
    known = {"Flow", "Case", "Lookup", "Dial", "Stall", "HalfFlow", "Gap", "Transfer"}
    named = {"end_ns", "until_ns", "direction", "ns", "frame", "after_frame"}
    found = []
    for module in modules():
        for name, function in vars(module).items():
            if (
                name.startswith("_")
                or not inspect.isroutine(inspect.unwrap(function))
                or function.__module__ != module.__name__
            ):
                continue
            asked = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
            kinds = [
                t if (t := str(getattr(p.annotation, "__name__", p.annotation)).strip('"')) in known else p.name
                for p in asked
            ]
            if (
                kinds
                and kinds[0] in known - {"HalfFlow", "Gap", "Transfer"}
                and set(kinds) <= known | named
                and kinds != ["Case"]
            ):
                found.append((f"{module.__name__.rpartition('.')[2]}.{name}", function, kinds))
    return found


def written(value, start, deep=0):
    """An answer in few characters."""
    if isinstance(value, Flow):
        return f"flow {value.id}"
    if isinstance(value, (HalfFlow, Case, Index)):
        return type(value).__name__
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return str(value - start if value > start // 2 else value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, collections.abc.Iterator):
        value = list(value)
    if dataclasses.is_dataclass(value) or hasattr(value, "_fields"):
        names = value._fields if hasattr(value, "_fields") else [f.name for f in dataclasses.fields(value)]
        if deep >= DEEP:
            return type(value).__name__
        parts = ((name, getattr(value, name)) for name in names)
        return "(" + " ".join(f"{n}={written(v, start, deep + 1)}" for n, v in parts if not blank(v)) + ")"
    if isinstance(value, dict):
        value = [f"{written(k, start, deep + 1)}: {written(v, start, deep + 1)}" for k, v in value.items()]
    elif isinstance(value, (set, frozenset)):
        value = sorted(written(one, start, deep + 1) for one in value)
    elif isinstance(value, (list, tuple)):
        value = [written(one, start, deep + 1) for one in value[:MOST]]
    else:
        return (
            str(value)
            if isinstance(value, (str, bytes)) or type(value).__str__ is not object.__str__
            else type(value).__name__
        )
    return "[" + ", ".join(value[:MOST]) + "]"


def blank(value):
    """Whether an answer is that there is nothing."""
    return (
        value is None
        or value is False
        or (not isinstance(value, bool) and any(value == n for n in NOTHING if type(n) is type(value)))
    )


def lines(case):
    """A line for each question and what it is asked of, where the answer is something."""
    start = min((flow.first_ns for flow in case.flows), default=case.end_ns)
    there = of(case)
    for name, function, kinds in questions():
        for first in there[kinds[0]]:
            beside = there | (belonging(first) if isinstance(first, Flow) else {})
            for rest in itertools.product(*(beside.get(kind, []) for kind in kinds[1:])):
                answer = function(first, *rest)
                if isinstance(answer, collections.abc.Iterator):
                    answer = list(answer)
                if not blank(answer):
                    asked = ", ".join(short(one, start) for one in (first, *rest))
                    yield f"{name}({asked}) {written(answer, start)}"


def short(value, start):
    """What a question is asked of."""
    for member in ("id", "frame_number", "name", "host"):
        if hasattr(value, member):
            return f"{type(value).__name__.lower()} {getattr(value, member)}"
    return written(value, start) if isinstance(value, int) else type(value).__name__.lower()


@pytest.mark.parametrize("kind", ["hit", "near_miss"])
@pytest.mark.parametrize("folder", RECIPES, ids=lambda folder: f"{folder.parent.name}.{folder.name}")
def test_what_is_answered_of_the_flows_of_a_recipe(folder, kind):
    compare("\n".join(lines(judged(folder, kind)[1])) + "\n", GOLDEN / f"{folder.parent.name}.{folder.name}.{kind}.txt")
