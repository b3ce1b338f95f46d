"""Causes: one cause, one module; the path of the module is the cause.

``causes/tls/server_hello_missing.py`` is ``tls/server-hello-missing``; there is no register to edit. A cause's module
holds all that the program knows of it: its docstring is the page that ``netanalyze rules ID`` prints; ``CAUSE`` its words
and how it behaves (``cause.py``); its thresholds, each a ``Threshold`` with source and reason; ``check(case)``, which
yields findings and changes nothing; ``from_socket(socket)``, what an open socket alone tells of it; ``ADVICE``, what to do
about it. The order of causes is irrelevant. Its Chinese stands in ``zh.toml`` beside it.
"""

from collections.abc import Callable
from dataclasses import replace

from netanalyze.causes.case import AT_END, Case
from netanalyze.causes.cause import PHASES, Cause, cause_modules, cause_of, causes, trying
from netanalyze.diagnostics import Severity
from netanalyze.findings import Finding, Threshold
from netanalyze.flows.network.unseen import unseen
from netanalyze.isolation import isolated
from netanalyze.units import SECOND_NS
from netanalyze.wording import Text

__all__ = ["PHASES", "Case", "Cause", "cause_modules", "cause_of", "causes", "judge", "page", "trying"]

CONFIDENCE_FACTOR = {Severity.NOTE: 0.95, Severity.WARNING: 0.8, Severity.SERIOUS: 0.6}
"""What an undermining diagnostic leaves of a rule's confidence."""


def page(cause: str) -> str:
    """The page of a cause.

    Raises:
        KeyError: no rule is for it.
    """
    return (cause_modules()[cause].__doc__ or "").strip()


LACKING = Threshold(
    0.01, "of frames", source="as SHARE of capture/lossy",
    why="one segment in a hundred or more missing in the file: a frame that is not there is as likely its as the network's",
)  # fmt: skip
COARSE_NS = 2 * SECOND_NS
"""Between two moments of which only the seconds are known lie up to a second more or less."""
CUT = ("cut_short", "corrupt")
"""Diagnostics that say that the capture went on where the file does not."""


def _cut(case: Case, finding: Finding) -> tuple[float, list[Text]]:
    """What a cut file leaves of the confidence in an absence: what was missing may have come after its end."""
    against = list(finding.counter_evidence)
    kind = next((k for k in CUT if k in case.diagnostics), None)
    if kind is None or not finding.fatal or finding.end_ns < case.end_ns - AT_END.ns:
        return 1.0, against
    return CONFIDENCE_FACTOR[Severity.WARNING], [
        *against,
        "the file is cut: what is missing may have come after its end",
    ]


def _said_unseen(case: Case, finding: Finding) -> bool:
    """Whether somebody of whose silence a finding tells did speak, and only the capture lacks it."""
    sides = cause_of(finding.cause).misses
    flow = case.index.flows.get(finding.flow_id) if sides else None
    return (
        flow is not None
        and flow.is_tcp
        and any(unseen(flow, side, (finding.start_ns, finding.end_ns)) for side in sides)
    )


def _undermining(case: Case) -> Callable[[Finding], tuple[str, ...]]:
    """The diagnostics that undermine a finding. Where the recorder is known to have missed what the ends acknowledged, as often
    as LACKING, whatever is said to have been the end of a story may have gone on; where its clock was set or shows seconds
    alone, a wait may have been none."""
    lacks = case.diagnostics.count("acked_unseen")
    more: tuple[str, ...] = ("acked_unseen",) if lacks and lacks >= LACKING.value * case.total_packets else ()
    more += tuple(kind for kind in ("clock_set_back", "clock_set_ahead") if kind in case.diagnostics)
    coarse = ("coarse_clock",) if "coarse_clock" in case.diagnostics else ()

    def of(finding: Finding) -> tuple[str, ...]:
        cause = cause_of(finding.cause)
        if cause.about_capture:
            return cause.undermined_by
        short = coarse if finding.end_ns - finding.start_ns <= COARSE_NS else ()
        counted = "capture_lossy" in case.diagnostics and "capture_lossy" in cause.undermined_by  # the same frames
        others = tuple(kind for kind in more if kind != "acked_unseen" or not counted)
        return tuple(dict.fromkeys((*cause.undermined_by, *others, *short)))

    return of


def judge(case: Case) -> list[Finding]:
    """Ask every rule; findings in order of their beginning, their confidence lowered by what undermines them.

    A rule that fails is a diagnostic that names it; what it had found before stays.
    """
    findings: list[Finding] = []
    undermining = _undermining(case)
    for cause, module in cause_modules().items():
        with isolated(cause, case.diagnostics, "rule_failed"):
            for finding in module.check(case):
                if _said_unseen(case, finding):
                    continue
                factor, against = _cut(case, finding)
                for kind in undermining(finding):
                    if kind in case.diagnostics:
                        row = next(r for r in case.diagnostics.rows() if r.kind == kind)
                        factor *= CONFIDENCE_FACTOR[row.severity]
                        against.append(row.meaning)
                if factor < 1:
                    finding = replace(finding, confidence=finding.confidence * factor, counter_evidence=tuple(against))
                findings.append(finding)
    return sorted(findings, key=lambda f: (f.start_ns, f.end_ns, f.cause, f.flow_id if f.flow_id is not None else -1))
