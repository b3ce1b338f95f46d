"""A test session that is collected once and tries each mutant in a fork of itself.

The fork gives the functions of the package the code they have in the mutant (no file is written) and runs the tests that
come by its site, those first that are about its file, until one fails. Which tests come by which sites is found out
first, by one run of all of them on a package in which each site tells.
"""

import ast
import builtins
import functools
import gc
import importlib
import json
import os
import pickle
import resource
import signal
import time
from collections import Counter
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tests.mutation.sites import ROOT, Marked, Mutant

AT_ONCE, BUSY = 2, 6.0
"""Forks that run side by side, and from which load of the machine on it is one alone."""
MEMORY = 6 << 30
"""Octets of address space that a mutant may take: an endless loop that gathers ends sooner."""
CACHE = type(functools.cache(print))
CAUGHT, SURVIVED, LATE = "caught", "survived", "caught by its time"


class Warm:
    """The pytest plugin; ``outcomes`` has what became of each mutant, in their order.

    Args:
        mutants: what is tried.
        limit: seconds of tests that a mutant has to survive, as they take without one.
        say: what is called with a line worth telling meanwhile.
    """

    def __init__(self, mutants: list[Mutant], limit: float, say) -> None:
        self.mutants, self.limit, self.say = mutants, limit, say
        self.outcomes: list[str] = []
        self._fails: Counter[tuple[str, str]] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of running the tests: find out which come by which site, then try the mutants."""
        if session.testsfailed:
            self.say("some tests cannot be collected: pytest says which")
            return False
        self.say(f"running {len(session.items)} tests, to see which come by the sites of {len(self.mutants)} mutants")
        for path in {mutant.path for mutant in self.mutants}:
            importlib.import_module(path.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
        session.config._tmp_path_factory.getbasetemp()  # made here, it is every fork's, and no other session's to clean up
        notes = recorded(session.items, self.mutants)
        failed = [test for test, (_, _, passed) in notes.items() if not passed]
        if failed:
            self.say("without any mutant these fail and are left out: " + ", ".join(sorted(failed)))
            session.items = [item for item in session.items if item.nodeid not in failed]
        self._try_all(session, notes)
        return True

    def _try_all(self, session, notes) -> None:
        outcomes: dict[int, str] = {}
        running: dict[int, tuple[int, int]] = {}
        left = list(enumerate(self.mutants))[::-1]
        while left or running:
            while left and len(running) < (AT_ONCE if os.getloadavg()[0] < BUSY else 1):
                index, mutant = left.pop()
                tests = self._ordered(session.items, index, notes)
                if not tests:
                    outcomes[index] = SURVIVED
                    self.say(f"{mutant.place()}: no test comes by: {mutant.line()}")
                    continue
                reader, writer = os.pipe()
                child = os.fork()
                if not child:
                    os.close(reader)
                    attempt(mutant, tests, notes, writer)
                os.close(writer)
                running[child] = index, reader
            if not running:
                break
            child, status = os.wait()
            index, reader = running.pop(child)
            with os.fdopen(reader) as pipe:
                told = pipe.read()
            outcomes[index] = self._judged(self.mutants[index], status, told)
        self.outcomes = [outcomes[index] for index in range(len(self.mutants))]

    def _judged(self, mutant: Mutant, status: int, told: str) -> str:
        if status == 0:
            self.say(f"{mutant.place()}: survived as {mutant.line()}")
            return SURVIVED
        if told:
            self._fails[mutant.path, told] += 1
        return LATE if os.WIFSIGNALED(status) else CAUGHT

    def _ordered(self, items, index: int, notes):
        """The tests that come by a mutant's site; first those that caught something in this file, and those about it."""
        path = self.mutants[index].path
        about = Path(path).stem

        def order(item):
            return -self._fails[path, item.nodeid], about not in item.nodeid, notes[item.nodeid][1]

        ordered, left = [], self.limit
        for item in sorted((item for item in items if index in notes[item.nodeid][0]), key=order):
            left -= notes[item.nodeid][1]
            if left < 0:
                break
            ordered.append(item)
        return ordered


def caches() -> list:
    """Every cache that a decorator put round a function of the package."""
    return [one for one in gc.get_objects() if isinstance(one, CACHE) and str(one.__module__).startswith("netanalyze")]


def recorded(items, mutants: list[Mutant]):
    """``{test: (numbers of the mutants whose site it comes by, seconds, whether it passes)}``, by forks side by side."""
    items = sorted(
        items, key=lambda item: "golden" not in item.nodeid
    )  # who compares all of a shared result comes by first
    turns = AT_ONCE if os.getloadavg()[0] < BUSY else 1
    readers, notes = [], {}
    for turn in range(turns):
        reader, writer = os.pipe()
        if not os.fork():
            try:
                with os.fdopen(writer, "wb") as pipe:
                    pipe.write(pickle.dumps(watched(items[turn::turns], mutants)))
            finally:
                os._exit(0)
        os.close(writer)
        readers.append(reader)
    for reader in readers:
        with os.fdopen(reader, "rb") as pipe:
            notes |= pickle.loads(pipe.read())
        os.wait()
    return notes


def watched(items, mutants: list[Mutant]):
    """Run tests one by one, each with empty caches of the package, on a package whose sites tell when they are come by."""
    seen: set[int] = set()
    builtins.__mutation_seen__ = seen.add
    for path in {mutant.path for mutant in mutants}:
        numbers: dict[tuple[int, ...], list[int]] = {}
        for number, mutant in enumerate(mutants):
            if mutant.path == path:
                numbers.setdefault(mutant.span, []).append(number)
        tree = Marked(numbers).visit(ast.parse((ROOT / path).read_bytes()))
        replace_code(path, compile(ast.fix_missing_locations(tree), str(ROOT / path), "exec", dont_inherit=True))
    notes = {}
    kept = caches()
    for item in items:
        for cache in kept:
            cache.cache_clear()
        seen.clear()
        start = time.process_time()
        passed = passes(item, None)
        notes[item.nodeid] = set(seen), time.process_time() - start, passed
    return notes


def passes(item, following) -> bool:
    """Whether a test passes or is skipped; fixtures that the following one shares stay."""
    from _pytest.runner import runtestprotocol

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    return not any(report.failed for report in runtestprotocol(item, nextitem=following, log=False))


def quiet() -> None:
    """This process says nothing more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def attempt(mutant: Mutant, tests, notes, writer: int) -> None:
    """In a fork: become the mutant, run the tests until one fails. Leaves with 0 if all pass."""
    try:
        quiet()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        replace_code(mutant.path, compile(mutant.source(), str(ROOT / mutant.path), "exec", dont_inherit=True))
        for cache in caches():
            cache.cache_clear()
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        for item, following in zip(tests, [*tests[1:], None]):
            signal.setitimer(signal.ITIMER_PROF, 5 + 5 * notes[item.nodeid][1])  # of its own time: others may be busy
            if not passes(item, following):
                os.write(writer, item.nodeid.encode())
                os._exit(1)
        os._exit(0)
    except BaseException as error:
        os.write(writer, json.dumps(repr(error)).encode())
        os._exit(2)


def replace_code(path: str, after: CodeType) -> None:
    """Give the functions of a file of the package the code they have in another compilation of it."""
    before = compile((ROOT / path).read_bytes(), str(ROOT / path), "exec", dont_inherit=True)
    changed = {place(one): other for one, other in pairs(before, after)}
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == before.co_filename:
            function.__code__ = changed.get(place(function.__code__), function.__code__)


def place(code: CodeType):
    """Where a function stands: what runs often does not equal its own source compiled anew (PEP 659), its places do."""
    return code.co_qualname, code.co_firstlineno, tuple(code.co_positions())


def pairs(before: CodeType, after: CodeType):
    """The code objects within two compilations of one structure, each with its counterpart."""
    old = [one for one in before.co_consts if isinstance(one, CodeType)]
    new = [one for one in after.co_consts if isinstance(one, CodeType)]
    for one, other in zip(old, new, strict=True):
        yield one, other
        yield from pairs(one, other)
