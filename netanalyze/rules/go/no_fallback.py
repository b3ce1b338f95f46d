"""GOPROXY's comma falls back on 404 and 410 alone: this error ended the run though another proxy is listed."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations

KINDS = ("dial-timeout", "tls-handshake-timeout", "reset", "connection-refused", "eof", "http-status", "dns-timeout", "no-route")


def check(seen: Observations) -> Iterator[Finding]:
    """go's final error is of a kind a comma does not fall back on, and only one proxy was asked."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind not in KINDS or seen.client.name != "go":
        return
    status = error.facts.get("status")
    if status and str(status) in ("404", "410"):
        return
    proxies = [h for h in seen.trace.hosts if seen.trace.host_roles.get(h) == "module-proxy"]
    if len(proxies) != 1:
        return
    yield Finding(
        cause="go/no-fallback",
        culprit=Culprit("client"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message="go asked no other proxy: in GOPROXY a comma falls back on 404 and 410 only, | on any error",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the error that ended the run", "trace"),),
        confidence=0.6,
    )
