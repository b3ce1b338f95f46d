"""go downloads another Go toolchain before it does what was asked."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """go says that it downloads a toolchain."""
    if seen.trace is None:
        return
    for download in seen.trace.downloading:
        if not download.toolchain:
            continue
        yield Finding(
            cause="go/toolchain-download",
            culprit=Culprit("client"),
            start_ns=seen.start_ns,
            end_ns=seen.end_ns,
            message="go fetches another toolchain first (60 to 130 MB): the go line of go.mod asks for it",
            evidence=(Evidence(download.text[:200], "printed by go", "trace"),),
            confidence=0.95,
        )
        return
