"""Rules: one cause, one module; the path of the module is the cause.

``rules/tls/server_hello_missing.py`` is ``tls/server-hello-missing``; there is no register to edit. A
rule module has a docstring, the page that ``netanalyze rules ID`` prints; its thresholds, each a
``Threshold`` with source and reason; ``UNDERMINED_BY``, the diagnostics that lower its confidence; and
``check(seen)``, which yields findings and changes nothing. The order of rules is irrelevant.
"""

import functools
import importlib
import pkgutil
from dataclasses import replace
from types import ModuleType

from netanalyze.diagnostics import Severity
from netanalyze.findings import Finding
from netanalyze.rules.observations import AT_END, Observations

__all__ = ["PHASES", "Observations", "judge", "page", "rule_ids", "rule_modules"]

PHASES = ("capture", "local", "dns", "tcp", "tls", "http", "go")

CONFIDENCE_FACTOR = {Severity.NOTE: 0.95, Severity.WARNING: 0.8, Severity.SERIOUS: 0.6}
"""What an undermining diagnostic leaves of a rule's confidence."""


@functools.cache
def rule_modules() -> dict[str, ModuleType]:
    """Every rule by its cause, found by walking this package."""
    found: dict[str, ModuleType] = {}
    for phase in PHASES:
        package = importlib.import_module(f"{__name__}.{phase}")
        for entry in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{entry.name}")
            found[f"{phase}/{entry.name.replace('_', '-')}"] = module
    return found


def rule_ids() -> list[str]:
    """The causes that have a rule, by phase, then by name."""
    return sorted(rule_modules(), key=lambda cause: (PHASES.index(cause.split("/")[0]), cause))


def page(cause: str) -> str:
    """The page of a cause.

    Raises:
        KeyError: no rule is for it.
    """
    return (rule_modules()[cause].__doc__ or "").strip()


CUT = ("cut_short", "corrupt")
"""Diagnostics that say that the capture went on where the file does not."""


def _cut(seen: Observations, finding: Finding) -> tuple[float, list[str]]:
    """What a cut file leaves of the confidence in an absence: what was missing may have come after its end."""
    against = list(finding.counter_evidence)
    kind = next((k for k in CUT if k in seen.diagnostics), None)
    if kind is None or not finding.fatal or finding.end_ns < seen.end_ns - AT_END.ns:
        return 1.0, against
    return CONFIDENCE_FACTOR[Severity.WARNING], [
        *against,
        "the file is cut: what is missing may have come after its end",
    ]


def judge(seen: Observations) -> list[Finding]:
    """Ask every rule; findings in order of their beginning, their confidence lowered by what undermines them."""
    findings: list[Finding] = []
    for module in rule_modules().values():
        for finding in module.check(seen):
            factor, against = _cut(seen, finding)
            for kind in getattr(module, "UNDERMINED_BY", ()):
                if kind in seen.diagnostics:
                    row = next(r for r in seen.diagnostics.rows() if r.kind == kind)
                    factor *= CONFIDENCE_FACTOR[row.severity]
                    against.append(row.meaning)
            if factor < 1:
                finding = replace(finding, confidence=finding.confidence * factor, counter_evidence=tuple(against))
            findings.append(finding)
    return sorted(findings, key=lambda f: (f.start_ns, f.end_ns, f.cause, f.flow_id if f.flow_id is not None else -1))
