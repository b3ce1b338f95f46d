"""The network worked; the answer was an error.

What it finds
    The command's last error is a status (or says that module or toolchain does
    not exist); or, in the clear, an answer of 400 or more after which the
    client turned to nobody else, and whose target was not served elsewhere.

Why a program hangs
    It ends with the answer. The wait before it may be long (a proxy that
    fetches the module first), and the message can blame somebody else: after a
    404 go goes on to git, and prints git's error.

What to do
    Ask for the same by hand, and read the body:
        curl -sS https://PROXY/MODULE/@v/VERSION.info
        go list -m -versions MODULE
    404, 410: name or version; if it is private: GOPRIVATE=PATTERN (its checksum
    is then not looked up). 401, 403: credentials (~/.netrc). 429, 5xx: later,
    or GOPROXY='A|B|direct'.

Look-alikes
    go/no-fallback: why the next proxy was not asked. http/redirect-blocked: no
    answer at all, from another host. http/connect-refused: the proxy's status,
    not the server's. dns/name-not-found: a typing error in the host, not in the
    path.

Known false alarms
    In the clear, an error that a program expects (a probe, a cache miss) as the
    last thing it asked. A part of a page that a browser shows all the same
    fails nothing, nor does a 408 that nobody's request brought. Since Go 1.24
    each 4xx is asked twice: that is no retry loop.

References
    RFC 9110 section 15; Go 1.27 cmd/go/internal/web/http.go,
    cmd/go/internal/web/api.go; go help goproxy.
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding, frames
from netanalyze.rules import Observations
from netanalyze.rules.said import answering, last_answer
from netanalyze.wording import message

IDLE_STATUS = 408
"""What a server says unasked on a connection that it closes for want of a request (RFC 9110 section 15.5.9)."""
BROWSER = "Mozilla/"
"""How every browser's User-Agent begins (RFC 9110 section 10.1.5 tells why): a page is more than one of its parts."""

SAID = ("http-status", "toolchain-not-available", "module-not-found")


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error is a status, or the last exchange in clear had one of 400 or more."""
    error = seen.trace.final_error if seen.trace else None
    if error is not None and error.kind in SAID:
        url = str(error.facts.get("url") or "")
        failed = [r for r in seen.trace.requests if r.status and r.status >= 400]
        request = next((r for r in reversed(failed) if r.url == url), failed[-1] if failed else None)
        host = error.facts.get("host") or (request.host if request else None)
        status = error.facts.get("status") or (request.status if request else None)
        if any(e.method == "CONNECT" and e.status == status for f in seen.flows if f.http for e in f.http.exchanges):
            return  # the status is the proxy's: http/connect-refused
        flow = answering(seen, host)
        role = (
            "toolchain-host" if error.kind == "toolchain-not-available" else seen.role(host, None) if host else "server"
        )
        culprit = Culprit(role, host or (flow.host if flow else None), flow.server.address if flow else None)
        frame, answered_ns = last_answer(flow) if flow else (0, 0)
        at = answered_ns or (flow.last_ns if flow else seen.end_ns)
        yield Finding(
            cause="http/error-status",
            culprit=culprit,
            start_ns=min(at, seen.end_ns),
            end_ns=max(min(at, seen.end_ns), at),
            message=message(
                "{host} answered {status} for {what}" if url or request else "{host} answered {status}",
                host=culprit.name, status=status or "with an error", what=url or (request.url if request else ""),
            ),
            evidence=(
                Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),
                *frames((frame, "the last answer on this connection: the network delivered it")),
            ),
            confidence=0.93,
            fatal=True,
            flow_id=flow.id if flow else None,
            attributes={"status": int(str(status))} if str(status).isdigit() else {},
        )  # fmt: skip
        return
    clear = [e for f in seen.flows if f.http and f.tls is None for e in f.http.exchanges]
    page = any(200 <= e.status < 400 for e in clear)
    done = {e.target for f in seen.flows if f.http for e in f.http.exchanges if 200 <= e.status < 300}
    for flow in seen.flows:
        if flow.http is None or flow.tls is not None:
            continue
        for last in flow.http.exchanges:
            if not last.request_frame and last.status == IDLE_STATUS:
                continue  # nobody had asked
            if last.method == "CONNECT" or last.status < 400 or last.target in done or "/sumdb/" in (last.target or ""):
                continue
            if any(f.first_ns > last.response_ns and f.host != flow.host and f.server.sent_data for f in seen.flows):
                continue  # the client went on somewhere else
            if any(x.start_ns > last.response_ns and x.name != flow.host for x in seen.lookups):
                continue
            asked = f"{last.method} {last.target}"
            said = f"{last.status} {last.reason or ''}".rstrip()
            yield Finding(
                cause="http/error-status",
                culprit=seen.far_host(flow),
                start_ns=last.request_ns if last.request_frame else last.response_ns,
                end_ns=max(last.response_ns, last.request_ns),
                message=message(
                    "{host} answered {status} for {what}" if last.target else "{host} answered {status}",
                    host=flow.host or flow.server.address,
                    status=said,
                    what=last.target,
                ),
                evidence=frames((last.request_frame, asked), (last.response_frame, said)),
                confidence=0.8,
                fatal=not (page and (last.user_agent or "").startswith(BROWSER)),
                flow_id=flow.id,
                quantities={"target": last.target},
                attributes={"status": last.status},
            )
            break
