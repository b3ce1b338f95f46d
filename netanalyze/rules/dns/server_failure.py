"""The resolver answers that it failed: SERVFAIL, FORMERR or NOTIMP."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.flows.lookups import FORMERR, NOTIMP, SERVFAIL, settles
from netanalyze.rules import Observations
from netanalyze.wire.message.dns import rcode_name

FAILURES = (SERVFAIL, FORMERR, NOTIMP)


def check(seen: Observations) -> Iterator[Finding]:
    """A lookup that got no address, where every family that was answered was answered with a failure."""
    for lookup in seen.lookups:
        failed = [t for t in lookup.transactions if t.answered and t.rcode in FAILURES]
        if not failed or lookup.addresses or any(t.answered and settles(t) for t in lookup.transactions):
            continue
        worst = failed[-1]
        name = rcode_name(worst.rcode)
        yield Finding(
            cause="dns/server-failure",
            culprit=seen.resolver(worst.resolver),
            start_ns=lookup.start_ns,
            end_ns=max(lookup.end_ns, worst.response_ns),
            message=f"{worst.resolver} answers {name} for {lookup.name}, {len(failed)} times",
            evidence=frames(
                (failed[0].query_frame, f"query for {lookup.name} to {failed[0].resolver}"),
                (failed[0].response_frame, f"answered {rcode_name(failed[0].rcode)}"),
                (worst.response_frame if worst is not failed[0] else 0, f"answered {name} again"),
            ),
            confidence=0.95,
            fatal=True,
            quantities={"name": lookup.name, "answers": len(failed)},
            attributes={"rcode": name},
        )
