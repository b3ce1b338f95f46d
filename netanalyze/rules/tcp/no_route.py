"""This machine has no way there: nothing is sent, and the command is told so at once."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations

SAID = ("network-unreachable", "no-route")


def check(seen: Observations) -> Iterator[Finding]:
    """The command printed that the network is unreachable, and no packet contradicts it."""
    error = seen.trace.final_error if seen.trace else None
    if error is None:
        return
    local = error.kind in SAID or (
        error.kind == "dns-unreachable" and "network is unreachable" in str(error.facts.get("reason", ""))
    )
    if not local or seen.dials or any(error_.what == "unreachable" for error_ in seen.icmp):
        return
    yield Finding(
        cause="tcp/no-route",
        culprit=Culprit("client-host", None, str(error.facts.get("address") or error.facts.get("server") or "") or None),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message="this machine has no route there: the kernel refused to send",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.9,
        fatal=True,
    )
