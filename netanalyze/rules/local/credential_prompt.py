"""git, ssh or an askpass waits for a person, or was not allowed to ask one."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error is about credentials."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind != "git-credentials":
        return
    yield Finding(
        cause="local/credential-prompt",
        culprit=Culprit("client-host"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message="git needs credentials and may not ask for them",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.85,
        fatal=True,
    )
