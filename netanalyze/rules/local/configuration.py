"""The command refuses, or cannot start, its work with this configuration; no packet is at fault."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations

SAID = ('configuration',)


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error says so."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind not in SAID:
        return
    yield Finding(
        cause="local/configuration",
        culprit=Culprit("client"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message=f"the command refuses: {error.text.splitlines()[0][-100:]}",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.9,
        fatal=True,
        attributes={key: value for key, value in error.facts.items() if key in ("setting", "program", "path") and value},
    )
