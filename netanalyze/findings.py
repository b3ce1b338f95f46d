"""What a rule says: findings, with who is to blame, on what evidence, how sure.

A finding is frozen and refuses to exist without evidence. Causes are the identifiers of
docs/causes.md (``phase/what-is-wrong``), the public contract.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netanalyze.units import nanoseconds
from netanalyze.wording import Text, message, within

ROLES = {
    "resolver": "the DNS server that was asked",
    "module-proxy": "a server of the Go module proxy protocol, an entry of GOPROXY",
    "checksum-db": "the checksum database, an entry of GOSUMDB",
    "toolchain-host": "where Go toolchains are downloaded from",
    "vcs-host": "where repositories are fetched from, by git, ssh and the like",
    "vanity-host": "the host in a module path, asked with `?go-get=1` where the repository is",
    "redirect-target": "a host that only a redirect led to",
    "http-proxy": "an HTTP or SOCKS proxy on the way out",
    "server": "a server, when nothing more is known of it",
    "path": "something between this machine and the server",
    "client-host": "this machine",
    "client": "the command itself",
}
"""Roles a culprit may have, and who that is."""

EVIDENCE_KINDS = ("frame", "trace", "syscall", "socket")


@dataclass(frozen=True)
class Threshold:
    """A number a rule decides by: ``unit`` as in ``units.nanoseconds``, or a plain word ("retransmissions").

    ``source`` says who defines the number (RFC, kernel, Go version), ``why`` it fits here.
    """

    value: float
    unit: str
    source: str
    why: str

    def __post_init__(self) -> None:
        if not self.source or not self.why:
            raise ValueError("a threshold needs its source and its reason")

    @functools.cached_property
    def ns(self) -> int:
        """The threshold as nanoseconds, where its unit is one of time."""
        return nanoseconds(f"{self.value} {self.unit}")


LONGEST_LIST = 22
"""Characters of a list of frames that a line of a report has room for; more are told by the first and the last."""


def runs_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and last of each unbroken run of numbers, in order."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


@dataclass(frozen=True)
class Frames:
    """Frames of a capture by number: ``#13``, ``#16-24`` from the first to the last, ``#17,19,24-25`` those alone.

    Attributes:
        only: exactly which, where others lie between the first and the last.
        flow_id: the flow that all of them are known to be of.
    """

    first: int
    last: int = 0
    only: tuple[int, ...] = ()
    flow_id: int | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "last", max(self.first, self.last))
        if self.only and len(self.only) == self.last - self.first + 1:
            object.__setattr__(self, "only", ())

    def __str__(self) -> str:
        shown = [f"{first}" if first == last else f"{first}-{last}" for first, last in self.runs]
        listed = "#" + ",".join(shown)
        return listed if len(listed) <= LONGEST_LIST else f"#{self.first}-{self.last}"

    @property
    def numbers(self) -> Sequence[int]:
        """All of them."""
        return self.only or range(self.first, self.last + 1)

    @property
    def runs(self) -> list[tuple[int, int]]:
        """The first and the last of each unbroken run.

        >>> Frames(17, 25, (17, 19, 24, 25)).runs
        [(17, 17), (19, 19), (24, 25)]
        """
        return runs_of(self.only) if self.only else [(self.first, self.last)]

    def __format__(self, specification: str) -> str:
        return format(str(self), specification)


@dataclass(frozen=True)
class Evidence:
    """One piece of proof: a frame number, a line of the trace, a system call or a socket's state.

    Attributes:
        through: the other end of the range of frames that it tells of; the piece at that end is a part of this one.
        only: exactly which of that range, where others lie between.
    """

    ref: int | Text
    shows: Text
    kind: str = "frame"
    through: int | None = None
    only: tuple[int, ...] = ()

    @property
    def frames(self) -> Frames:
        """The frames that it tells of; only of evidence that is a frame."""
        assert isinstance(self.ref, int), "evidence that is no frame"
        if self.through is None:
            return Frames(self.ref)
        first, last = sorted((self.ref, self.through))
        return Frames(first, last, self.only)

    def __post_init__(self) -> None:
        if self.kind not in EVIDENCE_KINDS:
            raise ValueError(f"evidence of kind {self.kind!r} is none of {', '.join(EVIDENCE_KINDS)}")


@dataclass(frozen=True)
class Culprit:
    """Who is to blame: a role, and the host name, address and port where they are known.

    ``via`` is the helper that acted for the command (a proxy or resolver on this machine).
    """

    role: str
    host: str | None = None
    address: str | None = None
    port: int | None = None
    via: "Culprit | None" = None

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"role {self.role!r} is none of {', '.join(ROLES)}")

    @property
    def name(self) -> str:
        """How prose calls it: the host's name, else its address, else the role."""
        return self.host or self.address or {"client-host": "this machine"}.get(self.role, f"the {self.role}")


@dataclass(frozen=True)
class Step:
    """Something to do: what, and the command that does it.

    Attributes:
        scope: how long it holds, in few words, where that is all that the command does not say itself.
        otherwise: it is another way to what the step before it does.
    """

    what: Text
    command: str | None = None
    scope: Text = ""
    otherwise: bool = False

    @property
    def text(self) -> Text:
        """What to do, where no label says that it is another way."""
        return message("Or {what}", what=within(self.what)) if self.otherwise else self.what


@dataclass(frozen=True)
class Check:
    """What would tell two causes apart: something to do, in words, or a ``command`` to paste."""

    text: Text = ""
    command: str = ""

    def __post_init__(self) -> None:
        if bool(self.text) is bool(self.command):
            raise ValueError("a check is words or a command, and never both")

    @property
    def what(self) -> Text:
        """What to do, be it words or a command."""
        return self.command or self.text


@dataclass(frozen=True)
class Alternative:
    """Another cause that fits: why it fits, and the one check that would tell; None where there is none to offer."""

    cause: str
    why: Text
    check: Check | None


@dataclass(frozen=True)
class Finding:
    """One cause seen at work, from ``start_ns`` to ``end_ns`` (capture clock).

    Attributes:
        flow_id: the flow it was seen on; None where there is none.
        message: one measured sentence.
        quantities: the numbers behind the sentence, by name.
        confidence: 0 to 1, before diagnostics lower it.
        fatal: the attempt did not succeed (as against: it was only late).
        attributes: particulars of the cause (``origin`` of a reset, ``alert`` name, ``against``).
        also_flows: further flows that the same finding explains.
    """

    cause: str
    culprit: Culprit
    start_ns: int
    end_ns: int
    message: Text
    evidence: tuple[Evidence, ...]
    confidence: float
    flow_id: int | None = None
    fatal: bool = False
    quantities: Mapping[str, Any] = field(default_factory=dict)
    counter_evidence: tuple[Text, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    also_flows: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"{self.cause}: a finding needs evidence")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"{self.cause}: confidence {self.confidence} is not between 0 and 1")
        if self.end_ns < self.start_ns:  # a clock that was set back: nothing is lost for less than no time
            object.__setattr__(self, "end_ns", self.start_ns)


def frames(*pieces: tuple[int | None, Text] | Evidence) -> tuple[Evidence, ...]:
    """Evidence from (frame number, what it shows), leaving out frames that are 0 or None."""
    made = (piece if isinstance(piece, Evidence) else Evidence(piece[0] or 0, piece[1]) for piece in pieces)
    return tuple(piece for piece in made if piece.ref)


LAST_SEGMENT = "its last segment"


def segments(of: Sequence[int], shows: Text) -> tuple[Evidence, ...]:
    """Evidence of a message in several segments: where it begins, which is told of the whole, and where it ends."""
    if not of or of[0] == of[-1]:
        return frames((of[0] if of else 0, shows))
    return Evidence(of[0], shows, through=of[-1], only=tuple(sorted(of))), Evidence(of[-1], LAST_SEGMENT)


def repeats(first: int, begins: Text, last: int, shows: Text, only: Sequence[int] = ()) -> tuple[Evidence, ...]:
    """Evidence of what was done again and again: the first time, and the last, which is told of all of them, ``only``
    these where each is known."""
    return frames((first, begins), Evidence(last, shows, through=first or None, only=tuple(only)))


def way(direction: int) -> dict[str, str]:
    """The attribute of a finding that says whose segments it is about: of the client's (0) ``up``, of the server's ``down``."""
    return {"direction": "down" if direction else "up"}
