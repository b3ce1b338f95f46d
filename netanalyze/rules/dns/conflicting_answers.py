"""One query got two different answers: somebody on the way injects the first."""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Finding, frames
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """A transaction with a second answer that shares no address with the first."""
    for t in seen.transactions:
        if not t.other_answers or set(t.answers) & set(t.other_answers) or t.kind != "dns":
            continue
        yield Finding(
            cause="dns/conflicting-answers",
            culprit=seen.resolver(t.resolver),
            start_ns=t.query_ns if t.query_frame else t.response_ns,
            end_ns=t.response_ns,
            message=f"{t.qname} was answered twice: {', '.join(t.answers) or t.rcode} first, then {', '.join(t.other_answers)}",
            evidence=frames((t.query_frame, f"query for {t.qname}"), (t.response_frame, "the first answer, which clients use")),
            confidence=0.85,
            fatal=True,
            quantities={"name": t.qname, "first": list(t.answers), "second": list(t.other_answers)},
            alternatives=(
                Alternative("dns/answer-slow", "a resolver may answer a repeat from another cache", f"dig {t.qname} @{t.resolver}"),
            ),
        )
