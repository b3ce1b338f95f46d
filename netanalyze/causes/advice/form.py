"""The form of an advice, and of the pages it is written in.

A page holds offers; an offer has a text, perhaps a command, and a condition. ``{words}`` in braces are filled from what
is known of the run (``situation.py``); an offer with a word that is not known is left out, and so is one that the
environment already has or that names the culprit itself.

A condition is words that must all hold: ``go`` (the client), ``role=path`` (the culprit), ``to=module-proxy`` (the server
in question, also where the path is the culprit), ``origin=injected`` (an attribute), ``a|b`` for either, ``!a`` for not.
"""

from collections.abc import Set
from dataclasses import dataclass, replace

from netanalyze.findings import Check, Step
from netanalyze.wording import Text

RUN, SHELL = "this run only", "in this shell"
"""How long a step holds, in few words."""


@dataclass(frozen=True)
class Advice:
    """What to do about a verdict.

    Attributes:
        fix: cheapest first; what serves one run stands before what lasts.
        verify: a command that shows whether it helped, or confirms the cause.
        no_use: what people try in vain against this cause.
        where: whose fault it is, and what is not proven.
    """

    fix: tuple[Step, ...] = ()
    verify: Check | None = None
    no_use: tuple[Text, ...] = ()
    where: Text = ""


@dataclass(frozen=True)
class Offer:
    """A text or command of a page, with the condition under which it is meant; the rest is as in a Step."""

    text: str
    command: str | None = None
    when: str = ""
    scope: str = ""
    otherwise: bool = False


@dataclass(frozen=True)
class Page:
    """What there is to say about one cause: all fixes that hold, the first of the others that holds."""

    where: tuple[Offer, ...]
    fix: tuple[Offer, ...]
    verify: tuple[Offer, ...]
    no_use: tuple[Offer, ...] = ()


def offers(*given: "Offer | str | tuple[Offer, ...]") -> tuple[Offer, ...]:
    """Offers, shared blocks of them, and plain texts, in one row."""
    row: list[Offer] = []
    for item in given:
        if isinstance(item, tuple):
            row.extend(item)
        else:
            row.append(Offer(item) if isinstance(item, str) else item)
    return tuple(row)


def commands(*given: "str | Offer | tuple[Offer, ...]") -> tuple[Offer, ...]:
    """Commands to verify with: plain strings and ``Offer``s, the first that can be filled is taken."""
    return tuple(o if o.command else replace(o, text="", command=o.text) for o in offers(*given))


def holds(condition: str, facts: Set[str]) -> bool:
    """Whether all words of a condition hold.

    >>> holds("go to=module-proxy|to=server !public", {"go", "to=server"})
    True
    """
    for word in condition.split():
        if not any((alt[1:] not in facts) if alt.startswith("!") else (alt in facts) for alt in word.split("|")):
            return False
    return True
