"""The first host works and redirects; the host it points to is what fails.

What it finds
    A dial that did not connect, to the host of a Location header in the clear;
    or, where that is encrypted, to a host which go's lines never name, begun
    after a host that they do name had answered.

Why a program hangs
    go's -x shows the first URL only, so the wait of 30 s (a dial) looks like
    the first host's fault. Storage behind proxies is often another domain
    (storage.googleapis.com), with another fate at the firewall.

What to do
    Follow the redirect by hand:
        curl -sIL -m 15 https://HOST/PATH | grep -iE '^(HTTP|location)'
        nc -vz -w 5 TARGET 443
    Let the target through as well, or use a proxy that serves the files itself:
    GOPROXY=https://goproxy.cn,direct.

Look-alikes
    tcp/syn-unanswered: the same packets, to a host that was asked for by name.
    http/redirect-loop: redirects that work, in a circle. go/direct-fallback: go
    itself turned to the repository.

Known false alarms
    With -x, a host of git or of a vanity import that no line names is taken for
    a redirect's target.

References
    RFC 9110 section 15.4; Go 1.27 cmd/go/internal/web/http.go (redirects are
    followed silently, from https never to http).
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from netanalyze.findings import Culprit, Finding, frames
from netanalyze.flows.dialing import outcome
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """A host that go's lines never name, asked right after a response of one they do, and not reached.

    In clear, the Location header names it. Encrypted, it follows from the trace: the request is still the
    first host's, and the connection attempt goes elsewhere.
    """
    # without -x go names no host but the one that failed: nothing can be told from who is not among them
    named = set(seen.trace.hosts) if seen.trace and seen.trace.requests else set()
    for dial in seen.dials:
        if dial.connected or not dial.host or outcome(dial.attempts[0]) == "connected":
            continue
        first = dial.attempts[0]
        pointer = None
        for flow in seen.flows:
            for exchange in flow.http.exchanges if flow.http else ():
                if (
                    exchange.location
                    and urlsplit(exchange.location).hostname == dial.host
                    and exchange.response_ns <= first.first_ns
                ):
                    pointer = (flow, exchange.response_frame, message("redirect to {url}", url=exchange.location))
        if pointer is None and named and dial.host not in named:
            before = [
                f for f in seen.flows
                if f.server.last_data_ns != NEVER_NS and f.server.last_data_ns <= first.first_ns and f.host in named
            ]  # fmt: skip
            if before:
                source = max(before, key=lambda f: f.server.last_data_ns)
                pointer = (
                    source,
                    source.server.last_data_frame,
                    message("{host} answered; go then turned to {other}", host=source.host, other=dial.host),
                )
        if pointer is None:
            continue
        last_syn = max(f.client.syn_last_ns for f in dial.attempts)
        yield Finding(
            cause="http/redirect-blocked",
            culprit=Culprit("redirect-target", dial.host, first.server.address, first.server.port),
            start_ns=dial.start_ns,
            end_ns=seen.given_up_ns(dial, last_syn),
            message=message(
                "{host} points to {other}, which cannot be reached",
                host=pointer[0].host or pointer[0].server.address,
                other=dial.host,
            ),
            evidence=frames(
                (pointer[1], pointer[2]),
                (first.first_frame, message("SYN to {host} ({address})", host=dial.host, address=first.server.address)),
            ),
            confidence=0.85,
            fatal=True,
            flow_id=first.id,
            also_flows=tuple(f.id for f in dial.attempts[1:]),
        )
