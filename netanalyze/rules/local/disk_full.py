"""The client broke off a healthy transfer: no space, or quota."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations

SAID = ('no-space',)


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind not in SAID:
        return
    yield Finding(
        cause="local/disk-full",
        culprit=Culprit("client-host"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message=f"no space left for {error.facts.get('path') or 'the module cache'}; the transfer itself was healthy",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.9,
        fatal=True,
        attributes={key: value for key, value in error.facts.items() if key in ("setting", "program", "path") and value},
    )
