"""What a rule, the verdict and the live status say of a case, in a line each."""

import dataclasses

from netanalyze.causes import cause_modules
from netanalyze.diagnosis.ledger import account
from netanalyze.diagnosis.status import run_status
from netanalyze.diagnosis.verdict import decide
from netanalyze.units import SECOND_NS
from tests.rules.facts import attempt

RIVALS = (
    "tcp/loss",
    "dns/answer-slow",
    "tls/server-hello-missing",
    "http/response-missing",
    "tcp/refused",
    "capture/lossy",
)
"""Causes of each phase that are put beside a finding, at the same time and of the same host."""


def of_rule(cause, case, attributes=False):
    """What a rule finds; with its ``attributes``, which choose words and advice."""
    found = [
        f"{(f.end_ns - f.start_ns) / 1e9:.3f} s {f.confidence:.3g} flow {f.flow_id} "
        f"{','.join(str(e.ref) for e in f.evidence)}{' fatal' if f.fatal else ''} {f.culprit.role}"
        f"{' or ' + ', '.join(a.cause for a in f.alternatives) if f.alternatives else ''}"
        f"{''.join(f' {name}={value}' for name, value in f.attributes.items()) if attributes else ''}"
        for f in cause_modules()[cause].check(case)
    ]
    return "; ".join(found) or "nothing"


def of_verdict(case, findings):
    """The verdict on these findings, and whose the time was."""
    ledger, owned = account(case, findings)
    verdict, follows = decide(case, findings, ledger, owned)
    owners: dict[str, int] = {}
    for row in ledger:
        owners[row.cause or row.phase] = owners.get(row.cause or row.phase, 0) + row.ns
    parts = [
        verdict.status, verdict.cause or "no cause", verdict.culprit.role if verdict.culprit else "",
        f"{verdict.confidence:.3g} {verdict.seconds:.3f} s", f"without it {verdict.without_it or verdict.without_it_at_least}",
        str(verdict.without_it_how), f"follow {follows}" if any(one is not None for one in follows) else "",
        f"limits {len(verdict.limits)}" if verdict.limits else "", f"{len(verdict.proof)} shown, {len(verdict.fix)} to do",
        "or " + ", ".join(a.cause for a in verdict.alternatives) if verdict.alternatives else "",
        " ".join(f"{of} {ns / 1e9:.3f}" for of, ns in owners.items()),
    ]  # fmt: skip
    return ", ".join(part for part in parts if part)


def of_status(case, findings, now_ns):
    """What a live run's line says at a moment."""
    status = run_status(case, findings, now_ns)
    wait, finding = status.wait, status.finding
    parts = [
        f"waits for {wait.waiting_for} of {wait.host}" if wait else "",
        f"gives up in {(wait.gives_up_ns - now_ns) / SECOND_NS:.3f} s" if wait and wait.gives_up_ns is not None else "",
        finding.cause if finding else "", f"or {status.rivals}" if status.rivals else "", str(status.note),
        f"moved {(now_ns - status.moved_ns) / 1e9:.3f} s ago", "rests" if status.resting else "",
    ]  # fmt: skip
    return ", ".join(part for part in parts if part)


def changed_findings(case, findings):
    """``(what is different, findings)``: one is missing, is another in one member, has a rival beside it or before it."""
    for number, finding in enumerate(findings[:3]):
        for what, ones in instead_of(finding, case):
            yield f"finding {number} {what}", [*findings[:number], *ones, *findings[number + 1 :]]


def instead_of(finding, case):
    """``(what is different, findings)`` that stand in place of one."""
    start, end = finding.start_ns, finding.end_ns
    middle = (start + end) // 2
    members = {
        "is half sure": {"confidence": 0.5}, "is almost certain": {"confidence": 0.99},
        "is not fatal" if finding.fatal else "is fatal": {"fatal": not finding.fatal}, "is of no flow": {"flow_id": None},
        "has no quantities": {"quantities": {}}, "has no attributes": {"attributes": {}}, "has no rivals": {"alternatives": ()},
        "names no host": {"culprit": dataclasses.replace(finding.culprit, host=None)},
        "is of no time": {"end_ns": start}, "is half as long": {"end_ns": middle}, "lasts until the end": {"end_ns": case.end_ns},
        "lasts from the beginning": {"start_ns": case.start_ns},
        "comes a second later": {"start_ns": start + SECOND_NS, "end_ns": end + SECOND_NS},
    }  # fmt: skip
    yield "is missing", []
    yield "is there twice", [finding, finding]
    for what, changes in members.items():
        yield what, [dataclasses.replace(finding, **changes)]
    for cause in RIVALS:
        if cause != finding.cause:
            rival = dataclasses.replace(finding, cause=cause)
            yield f"is beside {cause}", [rival, finding]
            before = dataclasses.replace(rival, end_ns=middle, fatal=True)
            yield f"follows {cause}", [before, dataclasses.replace(finding, start_ns=middle)]


def verdicts(case, findings):
    """A line for each difference of the findings that makes another verdict, and what a live run's line says meanwhile."""
    plain = attempt(lambda: of_verdict(case, findings))
    yield f"as it is: {plain}"
    for what, ones in changed_findings(case, findings):
        said = attempt(lambda ones=ones: of_verdict(case, ones))
        if said != plain:
            yield f"{what}: {said}"
    begun = [finding.start_ns + SECOND_NS for finding in findings[:2]]
    for moment in sorted({*begun, case.end_ns, case.end_ns + 5 * SECOND_NS, case.end_ns + 40 * SECOND_NS}):
        status = attempt(lambda now=moment: of_status(case, findings, now))
        yield f"status at {(moment - case.start_ns) / SECOND_NS:.3f} s: {status}"
