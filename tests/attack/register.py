"""The attacks there are: functions that try something and say, case by case, whether netanalyze held.

    from tests.attack.register import NotHere, attack

    @attack("a cache that somebody else could write")
    def foreign_caches(folder):
        for name, prepare in WAYS:
            yield name, was_refused(prepare, folder)

A file of tests/attack that holds such functions is found by itself. pytest runs each attack that is not ``long``
(test_attacks.py); ``python -m tests.attack`` runs them all and prints what was tried, how often, and what held.
"""

import importlib
import inspect
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Cases = Iterable[tuple[str, bool]]
HERE = Path(__file__).parent
_ATTACKS: dict[str, "Attack"] = {}


class NotHere(Exception):
    """The attack needs what this machine or this user has not; says what."""


@dataclass(frozen=True)
class Attack:
    """One kind of attack.

    Attributes:
        what: what is tried, in the words of the table.
        cases: yields ``(name of the case, whether netanalyze held)``; takes a fresh folder, or nothing.
        long: takes more than a few seconds; not run by pytest.
    """

    what: str
    cases: Callable[..., Cases]
    long: bool

    def tries(self) -> Iterator[tuple[str, bool]]:
        """Each case and whether it held, as they are tried.

        Raises:
            NotHere: it cannot be tried here.
        """
        folder = Path(tempfile.mkdtemp(prefix="netanalyze-attack-"))
        try:
            yield from self.cases(*[folder][: len(inspect.signature(self.cases).parameters)])
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def attack(what: str, long: bool = False) -> Callable[[Callable[..., Cases]], Callable[..., Cases]]:
    """Register a function as an attack: it yields ``(case, held)``, and gets a fresh folder if it takes an argument."""

    def register(cases: Callable[..., Cases]) -> Callable[..., Cases]:
        assert what not in _ATTACKS, f"two attacks are called {what!r}"
        _ATTACKS[what] = Attack(what, cases, long)
        return cases

    return register


def attacks() -> list[Attack]:
    """All attacks of this folder, by file and in the order in which they stand there."""
    for path in sorted(HERE.glob("*.py")):
        if not path.stem.startswith(("test_", "__")) and path != Path(__file__):
            importlib.import_module(f"tests.attack.{path.stem}")
    return list(_ATTACKS.values())
