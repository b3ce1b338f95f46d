"""What netanalyze says of a recording, held against the truth: from the packets alone, and with what the command printed."""

from dataclasses import dataclass, replace
from typing import Any

from netanalyze.clients import client_of
from netanalyze.lab import addresses
from netanalyze.lab.record import Recording
from netanalyze.lab.scenario import Truth
from netanalyze.lab.scores.held import Held, held, longest_phase

NO_TRAFFIC = "capture/no-traffic"
LOCATED_ANYWHERE = ("path", "client", "client-host")
"""Roles that name no machine of their own on the wire: a verdict that names another is not held to be misplaced."""


@dataclass(frozen=True)
class Judgement:
    """One verdict and whether it is right.

    Attributes:
        right: the cause is the true one, or one the truth accepts.
        placed: right, and so is whose fault it is.
        same: the status is the true one.
        named: wrong, but the true cause is among the alternatives.
        missing: findings about how the command works that should stand beside the verdict, and do not.
        without_it, at_least: what the verdict says that the run would have taken without the cause, s.
        held: the ledger beside the delays that the laboratory made.
        spent: the phase of the ledger that has most of the time.
    """

    cause: str | None
    status: str
    culprit: str
    seconds: float
    confidence: float
    right: bool
    placed: bool
    same: bool
    named: bool
    summary: str
    missing: tuple[str, ...] = ()
    without_it: float | None = None
    at_least: float | None = None
    held: tuple[Held, ...] = ()
    spent: str = ""

    @property
    def whole(self) -> bool:
        """Right in cause, culprit and status."""
        return self.right and self.placed and self.same


def command_of(recording: Recording) -> str | None:
    """The command's name as clients are named; None where its command line does not tell."""
    name = client_of(recording.scenario.command.argv).name
    return None if name == "generic" else name


def judged(recording: Recording) -> tuple[Judgement, Judgement]:
    """The verdicts from the packets alone and with the trace."""
    from netanalyze.api import analyze

    truth = recording.scenario.truth
    found = []
    said = None if recording.scenario.conversations else recording.printed()
    for trace in (None, said):
        client = None if trace is None else command_of(recording)  # who has what it printed knows what it was
        try:
            result = analyze([recording.capture], trace=trace, client=client, kernels="plain")
            verdict, beside = result.to_json()["verdict"], {finding.cause for finding in result.findings}
            delays = tuple(held(recording, result)) if trace is not None else ()
            spent = longest_phase(result.ledger)
        except Exception as error:  # an analysis that fails is a wrong answer, not the end of the batch
            verdict = {"status": "error", "cause": None, "summary": f"{type(error).__name__}: {error}"}
            beside, delays, spent = set(), (), ""
        judgement = held_against(truth, verdict, packets_only=trace is None)
        missing = () if trace is None else tuple(name for name in truth.beside if name not in beside)
        found.append(replace(judgement, missing=missing, held=delays, spent=spent))
    return found[0], found[1]


def held_against(truth: Truth, verdict: dict[str, Any], packets_only: bool) -> Judgement:
    """A verdict, as in the JSON result, against the truth."""
    accepted = (truth.cause, *truth.also_accept, *(truth.packets_only_accept if packets_only else ()))
    cause, culprit = verdict.get("cause"), verdict.get("culprit") or {}
    status = verdict["status"]
    right = status != "error" and cause in accepted
    if truth.status == "healthy" and cause is None and status != "healthy":
        # A false alarm without a cause is one too; but of a capture without a packet nothing can be said.
        right = status == "unusable" and NO_TRAFFIC in accepted
    placed = right
    if right and cause is not None and cause == truth.cause:
        if truth.host:
            placed = addresses.filled(truth.host) in (culprit.get("host"), culprit.get("address"))
        elif truth.role and truth.role not in LOCATED_ANYWHERE:
            placed = culprit.get("role") == truth.role
    same = status == truth.status or (cause is None and right)
    if packets_only:  # packets alone may take a run that failed for one that hangs, and the reverse
        same = same or {status, truth.status} == {"hung", "failed"}
    others = [other["cause"] for other in verdict.get("alternatives", [])]
    return Judgement(
        cause, status, _who(culprit), float(verdict.get("seconds") or 0), float(verdict.get("confidence") or 0), right,
        placed, same, not right and any(other in accepted for other in others), verdict.get("summary", ""),
        without_it=verdict.get("without_it"), at_least=verdict.get("without_it_at_least"),
    )  # fmt: skip


def _who(culprit: dict[str, Any]) -> str:
    """A culprit in a word or two."""
    name = culprit.get("host") or culprit.get("address") or ""
    return name or culprit.get("role") or ""
