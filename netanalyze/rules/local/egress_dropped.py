"""DNS was answered, and no SYN ever left: this machine's own firewall."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.units import duration

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    4, "s", source="Go net/dial.go: the SYN follows the answer within milliseconds",
    why="seconds after the answer nobody is about to connect any more",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """An address was found, nothing was sent to it, and the run went on for PATIENCE, or its error was about dialling."""
    error = seen.trace.final_error if seen.trace else None
    told = error is not None and error.kind in ("dial-timeout", "not-permitted", "git-connect-timeout")
    if seen.flows:
        return
    for lookup in seen.lookups:
        if not lookup.addresses:
            continue
        waited = seen.end_ns - lookup.end_ns
        if waited < PATIENCE.ns and not told:
            continue
        names = {x.name for x in seen.lookups}
        own = lookup.style == "go" and seen.client.name == "go" and all(t.edns for t in lookup.transactions) and len(names) <= 2
        if not told and not own:
            continue  # nobody says that this lookup was the command's
        answer = next(t for t in lookup.transactions if t.answers)
        yield Finding(
            cause="local/egress-dropped",
            culprit=Culprit("client-host"),
            start_ns=lookup.end_ns,
            end_ns=max(seen.end_ns, lookup.end_ns),
            message=f"{lookup.name} was found ({lookup.addresses[0]}) and not one SYN left this machine in {duration(max(waited, 0))}",
            evidence=(
                *frames((answer.response_frame, f"{lookup.name} is {lookup.addresses[0]}; no SYN follows in the whole capture")),
                *((Evidence(error.text.split("\n")[0][:200], "the command did try to connect", "trace"),) if told and error else ()),
            ),
            confidence=0.85 if told else 0.6,
            fatal=True,
        )  # fmt: skip
        return
