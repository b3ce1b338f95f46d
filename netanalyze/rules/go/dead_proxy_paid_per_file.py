"""The first module proxy is dead, and go pays its time-out again for every file."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.units import duration


def check(seen: Observations) -> Iterator[Finding]:
    """Two or more failed dials to one host, each followed by a success at another."""
    by_host: dict[str, list] = {}
    for dial in seen.dials:
        if dial.host and dial.connected is None:
            by_host.setdefault(dial.host, []).append(dial)
    for host, failed in by_host.items():
        others = [f for f in seen.flows if f.host != host and f.server.sent_data]
        if len(failed) < 2 or not others or seen.client.name != "go":
            continue
        first, last = failed[0], failed[-1]
        if not any(f.last_ns > first.start_ns + 1_000_000_000 for f in others):
            continue
        end = seen.given_up_ns(last, max(f.client.syn_last_ns for f in last.attempts))
        yield Finding(
            cause="go/dead-proxy-paid-per-file",
            culprit=seen.server(first.attempts[0]),
            start_ns=first.start_ns,
            end_ns=end,
            message=f"{host} was tried {len(failed)} times in vain, {duration(end - first.start_ns)} in all: "
            "GOPROXY lists it before a proxy that works",
            evidence=frames(*((d.attempts[0].first_frame, f"dial to {host}") for d in failed[:3])),
            confidence=0.9,
            flow_id=first.attempts[0].id,
            quantities={"dials": len(failed)},
        )
