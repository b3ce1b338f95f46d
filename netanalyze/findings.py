"""What a rule says: findings, with who is to blame, on what evidence, how sure.

A finding is frozen and refuses to exist without evidence. Causes are the identifiers of
docs/causes.md (``phase/what-is-wrong``), the public contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netanalyze.units import nanoseconds

ROLES = (
    "resolver",
    "module-proxy",
    "checksum-db",
    "toolchain-host",
    "vcs-host",
    "vanity-host",
    "redirect-target",
    "http-proxy",
    "server",
    "path",
    "client-host",
    "client",
)
"""Roles a culprit may have; ``server`` when nothing more is known, ``client-host`` this machine."""

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

    @property
    def ns(self) -> int:
        """The threshold as nanoseconds, where its unit is one of time."""
        return nanoseconds(f"{self.value} {self.unit}")


@dataclass(frozen=True)
class Evidence:
    """One piece of proof: a frame number, a line of the trace, a system call or a socket's state."""

    ref: int | str
    shows: str
    kind: str = "frame"

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
class Alternative:
    """Another cause that fits: why it fits, and the one check that would tell."""

    cause: str
    why: str
    how_to_tell: str


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
    message: str
    evidence: tuple[Evidence, ...]
    confidence: float
    flow_id: int | None = None
    fatal: bool = False
    quantities: Mapping[str, Any] = field(default_factory=dict)
    counter_evidence: tuple[str, ...] = ()
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


def frames(*pairs: tuple[int | None, str]) -> tuple[Evidence, ...]:
    """Evidence from (frame number, what it shows), leaving out frames that are 0 or None."""
    return tuple(Evidence(int(number), shows) for number, shows in pairs if number)
