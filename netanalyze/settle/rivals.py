"""What may make a ClientHello die, as data: each rival says of any hello whether it would let it die, or that it cannot know.

A rival that was contradicted by what came is out; a probe is worth the more, the more evenly those that are left disagree
about it. Nothing here touches the network.
"""

from collections.abc import Callable
from dataclasses import dataclass

from netanalyze.findings import Threshold
from netanalyze.settle.hello import FULL, SMALL, HelloForm, HelloShape, without

NEARLY_FULL = Threshold(
    0.9, "of a full segment", "Linux and BSD fill segments; tunnels take 20 to 120 octets (RFC 2003, RFC 4303)",
    "a hello that fills its segment so far would hit what stops full ones",
)  # fmt: skip
SURELY_SMALL = Threshold(
    600, "octets", "RFC 9293, 3.7.1: every host takes segments of 536 octets",
    "what stops segments of this size stops everything",
)  # fmt: skip
LONG_RECORD, SHORT_RECORD = 1000, 512
"""Octets of a record: what drops long ones drops one of the first size, and lets one of the second pass."""

Dies = Callable[[HelloForm, HelloShape, int], bool | None]
"""Whether a hello of a form and shape dies on a path with full segments of so many octets; None where it cannot be known."""


@dataclass(frozen=True)
class Rival:
    """One thing that may make hellos die.

    Attributes:
        bit: its name, a public contract.
        dies: what it would do to a hello.
        cleared: the fullest hello but for this one thing: it must live where this is what dies; None where no hello can.
        alone: a hello that must die too where this is what dies: the small one with this one thing, if that can be.
        passes: hellos that may live although it stands in the way; tried once it is named.
    """

    bit: str
    dies: Dies
    cleared: HelloForm | None
    alone: HelloForm | None = None
    passes: tuple[HelloForm, ...] = ()


def _full_segment(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if shape.largest_segment >= NEARLY_FULL.value * mss:
        return True
    return False if shape.largest_segment <= SURELY_SMALL.value else None


def _second_segment(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    """What wants the hello in one segment may look at the first record alone, and be content with a short one."""
    return shape.segments > 1 if not form.split else None


def _name(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if form.sni in ("absent", "other"):
        return False
    return None if form.split or form.sni == "mixed" or form.mss else True


def _share(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if not (form.kem and form.tls13):
        return False
    return None if form.split or form.mss else True


def _signatures(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if not form.dsa:
        return False
    return None if form.split or form.mss else True


def _suites(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if form.likeness != FULL.likeness:
        return False
    return True if form.tls13 and not form.split and not form.mss else None


def _fingerprint(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    """JA3 is the suites, the extensions' numbers and the groups; a signature algorithm or the name's letters are not in it."""
    same = (form.likeness, form.kem, form.tls13, form.alpn) == (FULL.likeness, FULL.kem, FULL.tls13, FULL.alpn)
    if not same or form.sni == "absent" or form.size != "natural":
        return False
    return None if form.split or form.mss else True


def _record(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if shape.largest_record >= LONG_RECORD:
        return True if form.split != "segments" and not form.mss else None
    return False if shape.largest_record <= SHORT_RECORD else None


def _version(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if not form.tls13:
        return False
    return None if form.split or form.mss else True


def _protocols(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    if not form.alpn:
        return False
    return None if form.split or form.mss else True


def _replies(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    return form.mss == 0


def _every(form: HelloForm, shape: HelloShape, mss: int) -> bool | None:
    return True


OVER_RECORDS, OVER_SEGMENTS = without(FULL, split="records"), without(FULL, split="segments")
MIXED, NAMELESS = without(FULL, sni="mixed"), without(FULL, sni="absent")
NO_SHARE = without(FULL, kem=False)
NARROW = without(FULL, mss=536)
RIVALS = (
    Rival("sni", _name, without(FULL, sni="other"), without(SMALL, sni="real"),
          (OVER_RECORDS, OVER_SEGMENTS, MIXED, NAMELESS)),
    Rival("second-segment", _second_segment, without(NO_SHARE, size="one"), without(SMALL, size="two"),
          (OVER_RECORDS, NARROW)),
    Rival("full-segment", _full_segment, NARROW, without(SMALL, size="one")),
    Rival("ml-kem", _share, without(NO_SHARE, size="two"), without(SMALL, kem=True), (OVER_RECORDS, OVER_SEGMENTS)),
    Rival("ml-dsa", _signatures, without(FULL, dsa=False), without(SMALL, dsa=True), (OVER_RECORDS, OVER_SEGMENTS)),
    Rival("cipher-suites", _suites, without(FULL, likeness="openssl"), without(SMALL, likeness="go"),
          (OVER_RECORDS, OVER_SEGMENTS)),
    Rival("fingerprint", _fingerprint, without(FULL, likeness="openssl"), without(FULL, dsa=False),
          (OVER_RECORDS, OVER_SEGMENTS)),
    Rival("long-record", _record, OVER_RECORDS, without(SMALL, size="one")),
    Rival("tls13", _version, without(NO_SHARE, tls13=False), SMALL, (OVER_RECORDS, OVER_SEGMENTS)),
    Rival("alpn", _protocols, without(FULL, alpn=False), without(SMALL, alpn=True), (OVER_RECORDS, OVER_SEGMENTS)),
    Rival("replies", _replies, NARROW, SMALL),
    Rival("every-hello", _every, None, SMALL),
)  # fmt: skip
"""In the order of how often each is met."""

LEAN = HelloForm(dsa=False, alpn=False, likeness="lean")
PROBES = (
    FULL,
    SMALL,
    without(NO_SHARE, dsa=False),
    without(FULL, sni="other"),
    without(SMALL, sni="real"),
    NO_SHARE,
    without(NO_SHARE, size="one"),
    without(NO_SHARE, size="two"),
    without(SMALL, kem=True),
    without(SMALL, size="two"),
    without(SMALL, size="one"),
    LEAN,
    without(LEAN, sni="other"),
    without(FULL, dsa=False),
    without(SMALL, dsa=True),
    without(FULL, likeness="openssl"),
    without(SMALL, likeness="go"),
    without(FULL, likeness="openssl", dsa=False),
    without(FULL, likeness="openssl", dsa=False, alpn=False),
    without(FULL, alpn=False),
    without(SMALL, alpn=True),
    without(NO_SHARE, tls13=False),
    without(FULL, sni="other", dsa=False),
    NARROW,
    without(SMALL, mss=536),
    OVER_RECORDS,
)
"""What may be sent, the first of equals first; each has one thing, or half of what is in question, other than ``FULL``."""
