"""Whether a hello dies by the fingerprint (JA3) of another program than go: asked where go's lives. Pure functions of outcomes.

JA3 is the version, the cipher suites, the extensions' numbers, the groups and the point formats of a hello, so the control is the
same hello with one extension more or less, ALPN: another fingerprint, and nothing else that anybody minds.
"""

from dataclasses import dataclass, field

from netanalyze.settle.decide import ANSWERED, DEATHS, TRIES, HelloOutcome, Settled
from netanalyze.settle.hello import FULL, HelloForm, without

CURL = HelloForm(kem=False, dsa=False, likeness="curl")
OPENSSL = HelloForm(kem=False, dsa=False, alpn=False, likeness="openssl")
OTHERS = (CURL, OPENSSL)
"""As curl sends it with OpenSSL 3.0, and as OpenSSL 3.0 sends it by itself: before ML-KEM and ML-DSA came into it (3.5)."""


def beside(form: HelloForm) -> HelloForm:
    """The control of a fingerprint: ALPN is taken away, or added."""
    return without(form, alpn=not form.alpn)


@dataclass
class FingerprintQuestion:
    """The outcomes so far at one address, and what follows from them.

    Args:
        mss: octets of a full segment on the path.
    """

    mss: int
    outcomes: list[HelloOutcome] = field(default_factory=list)

    def of(self, form: HelloForm) -> list[str]:
        """The manners of all tries of a form, in order."""
        return [outcome.manner for outcome in self.outcomes if outcome.form == form]

    def lives(self, form: HelloForm) -> bool | None:
        """Whether a hello lives; None where it was not sent often enough to know."""
        tries = self.of(form)
        if any(one in ANSWERED for one in tries):
            return True
        return False if len(tries) >= TRIES and all(one in DEATHS for one in tries) else None

    def next_form(self, left: int) -> HelloForm | None:
        """The hello to send next with ``left`` connections to go; None where enough is known."""
        for form in OTHERS if left > 0 else ():
            for one in (form, beside(form)) if self.lives(form) is False else (form,):
                if self.lives(one) is None and len(self.of(one)) < TRIES:
                    return one
            if self.lives(form) is False:
                return None
        return None

    def settled(self) -> Settled | None:
        """What dies; None where nothing does."""
        for form in OTHERS:
            if self.lives(form) is False:
                control, manner = beside(form), self.of(form)[0]
                if self.lives(control):
                    return Settled("fingerprint", ("fingerprint",), control, form, manner=manner)
                return Settled("", (), FULL, form, why="contradicted", manner=manner)
        return None
