"""From what came of the probes to the next one, and to the bit: pure functions of outcomes.

A hello *dies* where nothing that a server says comes back in the same manner in which the fullest hello died. A death of
another manner (an alert, a close where the other was silence) tells nothing about the filter: the server may have done it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from netanalyze.settle.hello import FULL, SMALL, HelloForm, hello_shape
from netanalyze.settle.rivals import PROBES, RIVALS, Rival

ANSWERED = ("server-hello", "alert")
"""Manners in which a server speaks."""
DEATHS = ("silent", "reset", "closed", "partial")
"""Manners in which a hello dies on a connection that stood."""
TRIES = 2
"""Times that a hello is sent before it counts as dead: a lost packet is no filter."""
PASSES_TRIED = 2
"""Hellos that may pass what was named, tried for the advice."""


@dataclass(frozen=True)
class HelloOutcome:
    """What came of one hello: ``manner`` is one of ``ANSWERED``, ``DEATHS``, or how the connection before it failed."""

    form: HelloForm
    manner: str


@dataclass(frozen=True)
class Settled:
    """What is settled.

    Attributes:
        bit: its name; ``none`` where nothing died; '' where what died does not come down to one thing.
        rivals: bits that are left, where they could not be separated; with one of them it is the bit.
        lives: the hello that lives beside the one that dies; None where none was sent.
        dies: the one that dies.
        passes: hellos that live although they have what dies, as tried.
        unsteady: the same hello died once and lived once.
        why: in one word why nothing is named: ``contradicted``, ``budget``, ``rivals``, ``unsteady``, ``penalty``,
            ``not-tls``; '' otherwise.
    """

    bit: str
    rivals: tuple[str, ...] = ()
    lives: HelloForm | None = None
    dies: HelloForm | None = None
    passes: tuple[HelloForm, ...] = ()
    unsteady: bool = False
    why: str = ""
    manner: str = ""


@dataclass
class HelloQuestion:
    """The outcomes so far at one address, and what follows from them.

    Args:
        sni: the name asked for; None where there is only an address.
        mss: octets of a full segment on the path.
    """

    sni: str | None
    mss: int = 1448
    outcomes: list[HelloOutcome] = field(default_factory=list)

    def of(self, form: HelloForm) -> list[str]:
        """The manners of all tries of a form, in order."""
        return [outcome.manner for outcome in self.outcomes if outcome.form == form]

    @property
    def manner(self) -> str:
        """How the fullest hello died; '' where it lives, or was not sent."""
        tries = self.of(FULL)
        return tries[0] if tries and not any(one in ANSWERED for one in tries) else ""

    def verdict(self, form: HelloForm) -> bool | None:
        """True: it dies; False: it lives; None: not known, or it died in another manner."""
        tries = self.of(form)
        if any(one in ANSWERED for one in tries):
            return False
        if len(tries) >= TRIES and set(tries) <= {self.manner, "silent"} and self.manner:
            return True
        return None

    @property
    def still_lives(self) -> bool:
        """The small hello lived again after the fullest had died."""
        return any(outcome.manner in ANSWERED for outcome in self._since() if outcome.form == SMALL)

    @property
    def penalty(self) -> bool:
        """The small hello, which had lived, dies since the fullest one was sent: what filters blocks the address for a time."""
        since = [outcome for outcome in self._since() if outcome.form == SMALL]
        return len(since) >= TRIES and not self.still_lives and self.of(SMALL)[0] in ANSWERED

    def _since(self) -> list[HelloOutcome]:
        """The outcomes since the fullest hello was sent first."""
        forms = [outcome.form for outcome in self.outcomes]
        return self.outcomes[forms.index(FULL) + 1 :] if FULL in forms else []

    def unfinished(self) -> HelloForm | None:
        """A form that died once in the manner in question, and wants its second try."""
        for form in dict.fromkeys(outcome.form for outcome in self.outcomes):
            tries = self.of(form)
            if len(tries) < TRIES and tries[0] in DEATHS and (form == FULL or tries[0] == self.manner):
                return form
        return None

    def rivals(self) -> list[Rival]:
        """Those that nothing has contradicted; a rival that the fullest hello has nothing of is none."""
        left = []
        for one in RIVALS:
            if one.bit == "sni" and self.sni is None:
                continue
            expected = (
                (one.dies(form, hello_shape(form, self.sni, self.mss), self.mss), self.verdict(form))
                for form in dict.fromkeys(outcome.form for outcome in self.outcomes)
            )
            if all(None in pair or pair[0] == pair[1] for pair in expected):
                left.append(one)
        return left

    def next_form(self, left: int) -> HelloForm | None:
        """The hello to send next with ``left`` connections to go; None where enough is known or nothing more would help."""
        if left <= 0:
            return None
        if not self.of(SMALL):
            return SMALL
        if not self.of(FULL):
            return FULL
        if self.manner not in DEATHS or self.penalty:
            return None
        if (again := self.unfinished()) is not None:
            return again
        if self.of(SMALL)[0] in ANSWERED and not self.still_lives:
            return SMALL
        rivals = self.rivals()
        if len(rivals) > 1:
            return self._separating(rivals) or self._clearing(rivals)
        return self._clearing(rivals) or self._passing(rivals)

    def _separating(self, rivals: list[Rival]) -> HelloForm | None:
        """The probe about which those that are left disagree most evenly; the first of equals."""
        best, worth = None, 0
        for form in PROBES:
            if self.of(form) or (self.sni is None and form.sni == "other" and form != SMALL):
                continue
            shape = hello_shape(form, self.sni, self.mss)
            said = [one.dies(form, shape, self.mss) for one in rivals]
            even = min(said.count(True), said.count(False))
            if even > worth:
                best, worth = form, even
        return best

    def _clearing(self, rivals: list[Rival]) -> HelloForm | None:
        """The fullest hello without the one thing, and the small one with it, if they were not sent: one thing varied."""
        wanted = [form for one in rivals for form in (one.cleared, one.alone)]
        return next((form for form in wanted if form is not None and not self.of(form)), None)

    def _passing(self, rivals: list[Rival]) -> HelloForm | None:
        """What may pass although it has what dies, for a user who must get through."""
        if not rivals:
            return None
        tried = [form for form in rivals[0].passes if self.of(form)]
        if len(tried) >= PASSES_TRIED:
            return None
        return next((form for form in rivals[0].passes if not self.of(form)), None)

    def settled(self) -> Settled:
        """What is known now."""
        full, manner = self.of(FULL), self.manner
        if any(one in ANSWERED for one in full):
            return Settled("none", unsteady=len(set(full)) > 1, why="unsteady" if len(set(full)) > 1 else "")
        if manner == "other":  # somebody answered, and not in TLS: nothing died
            return Settled("", why="not-tls", manner=manner)
        if len(full) < TRIES or manner not in DEATHS:
            return Settled("", why="budget", manner=manner)
        if self.penalty:
            return Settled("", dies=FULL, why="penalty", manner=manner)
        rivals = self.rivals()
        left = tuple(one.bit for one in rivals)
        living = [form for form in dict.fromkeys(o.form for o in self.outcomes) if self.verdict(form) is False]
        if not rivals:
            return Settled("", dies=FULL, lives=_nearest(living), why="contradicted", manner=manner)
        if len(rivals) > 1:
            return Settled("", left, _nearest(living), FULL, why="rivals", manner=manner)
        (one,) = rivals
        beside = one.cleared if one.cleared in living else _nearest(living)
        if one.cleared is not None and beside is None:
            return Settled("", left, None, FULL, why="rivals", manner=manner)
        passes = tuple(form for form in one.passes if form in living and form != beside)
        return Settled(one.bit, left, beside, FULL, passes, manner=manner)


def _nearest(living: Sequence[HelloForm]) -> HelloForm | None:
    """The living hello that has most in common with the fullest one."""
    return max(
        living, key=lambda form: sum(getattr(form, name) == getattr(FULL, name) for name in vars(FULL)), default=None
    )
