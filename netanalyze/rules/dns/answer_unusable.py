"""Answers come, but with a wrong id, question or form, so that the client ignores them and waits on."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.units import duration


def check(seen: Observations) -> Iterator[Finding]:
    """A query that was never answered in a form that fits it, though something came back on its socket."""
    for lookup in seen.lookups:
        bad = [t for t in lookup.unanswered if t.unusable_frame]
        if not bad or lookup.addresses:
            continue
        yield Finding(
            cause="dns/answer-unusable",
            culprit=seen.resolver(bad[0].resolver),
            start_ns=lookup.start_ns,
            end_ns=lookup.end_ns,
            message=f"what {bad[0].resolver} answers for {lookup.name} does not fit the question; the client waits on "
            f"({duration(lookup.end_ns - lookup.start_ns)})",
            evidence=frames(
                (bad[0].query_frame, f"query for {lookup.name}, id {bad[0].dns_id}"),
                (bad[0].unusable_frame, "an answer with another id, question or form"),
            ),
            confidence=0.85,
            fatal=True,
            quantities={"name": lookup.name, "answers": len(bad)},
        )
