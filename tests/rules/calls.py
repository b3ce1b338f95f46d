"""The functions by which stories are judged, and what each is called with in one."""

import collections.abc
import copy
import functools
import gc
import importlib
import inspect
import pkgutil
import sys

import netanalyze.causes
import netanalyze.conversations
import netanalyze.diagnosis
import netanalyze.flows
from netanalyze.causes import judge
from netanalyze.units import SECOND_NS
from tests.rules.answers import of_status, of_verdict
from tests.rules.facts import forget
from tests.unit.flows.test_questions import blank

PARTS = (netanalyze.conversations, netanalyze.flows, netanalyze.causes, netanalyze.diagnosis)
READERS = "conversations."
"""What reads as it goes, and keeps what it has read: of these a call is kept as it begins."""
CACHE = type(functools.cache(print))


def callables(module):
    """``(name, what is called, its function)`` of a module's functions, and of its classes' methods and properties."""
    for name, one in vars(module).items():
        if getattr(one, "__module__", "") != module.__name__ or name == "check":
            continue
        if isinstance(one, type):
            for member, part in vars(one).items():
                within = getattr(part, "fget", None) or getattr(part, "func", None) or part
                if inspect.isfunction(within) and not member.startswith("__"):
                    yield f"{name}.{member}", within, within
        elif callable(one) and inspect.isfunction(inspect.unwrap(one)):
            yield name, one, inspect.unwrap(one)


@functools.cache
def functions():
    """``{(file, name within it): (its name, what is called)}`` of all that flows, rules and verdicts are made by."""
    found = {}
    for part in PARTS:
        for one in pkgutil.walk_packages(part.__path__, f"{part.__name__}."):
            for name, called, function in callables(importlib.import_module(one.name)):
                code = function.__code__
                if not code.co_kwonlyargcount and not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
                    within = f"{one.name.removeprefix('netanalyze.')}.{name}"
                    found[code.co_filename, code.co_qualname] = within, called
    return found


@functools.cache
def caches():
    """Every cache that a decorator put round a function of the package."""
    return [one for one in gc.get_objects() if isinstance(one, CACHE) and str(one.__module__).startswith("netanalyze")]


class Calls:
    """Notes the first call of each function with each kind of answer: nothing, something, several; of what reads, the first.

    Args:
        wanted: the names with their kinds that are wanted; None for all.
    """

    def __init__(self, wanted=None):
        self.open, self.first, self.functions, self.wanted = {}, {}, functions(), wanted

    def __call__(self, frame, event, answer):
        if event not in ("call", "return"):
            return
        code = frame.f_code
        known = self.functions.get((code.co_filename, code.co_qualname))
        if known is None:
            return
        if event == "call" and id(frame) not in self.open:
            args = [frame.f_locals.get(name) for name in code.co_varnames[: code.co_argcount]]
            if any(isinstance(one, collections.abc.Iterator) for one in args):
                return
            if known[0].startswith(READERS):
                self.keep(f"{known[0]}, first", args)
            else:
                self.open[id(frame)] = frame, args  # the frame as well: another may have its place
        elif event == "return" and id(frame) in self.open:
            args = self.open[id(frame)][1]
            several = bool(code.co_flags & inspect.CO_GENERATOR)
            if not several:
                del self.open[id(frame)]
            kind = str(answer) if isinstance(answer, bool) else "nothing" if blank(answer) else "something"
            self.first.setdefault(f"{known[0]}, {'several' if several else kind}", args)

    def keep(self, name, args):
        """Note a call with a copy of its arguments, where they can be copied."""
        if name not in self.first and (self.wanted is None or name in self.wanted):
            self.first[name] = None
            sys.setprofile(None)
            try:
                self.first[name] = copy.deepcopy(args)
            except (TypeError, ValueError, AttributeError):  # arrays that something else looks at, the library
                pass
            sys.setprofile(self)


def noted(ask, wanted):
    """``({name, kind of answer: arguments}, what is asked for)``: the first such call of each function meanwhile."""
    for cache in caches():
        cache.cache_clear()
    calls = Calls(wanted)
    sys.setprofile(calls)
    try:
        answer = ask()
    finally:
        sys.setprofile(None)
    return {name: args for name, args in calls.first.items() if args is not None}, answer


def told_of(case):
    """What rules, verdict and the live line say of a case: all that asks."""
    forget(case)
    findings = judge(case)
    of_verdict(case, findings)
    begun = [finding.start_ns + SECOND_NS for finding in findings[:2]]
    for moment in sorted({*begun, case.end_ns, case.end_ns + 5 * SECOND_NS, case.end_ns + 40 * SECOND_NS}):
        of_status(case, findings, moment)


def calls_in(make, wanted=None):
    """``(case, {name, kind of answer: arguments})`` of a story: as it is judged, and as it is made what does not come there."""
    made, case = noted(make, wanted)
    judged, _ = noted(lambda: told_of(case), wanted)
    return case, made | judged
