"""The proxy answers CONNECT, or a SOCKS request, with an error.

What it finds
    A status of 300 or more in answer to CONNECT, a SOCKS reply that grants
    nothing, or the proxy closing or resetting without a word. Attributes have
    the status or the reply.

Why a program hangs
    It ends at once, with the proxy's own words ("Proxy Authentication
    Required", "Forbidden"); go does not retry.

What to do
    407: credentials are missing; 403: the proxy's rules; 502 to 504: the proxy
    could not reach the host.
        env | grep -i proxy
        curl -svm 15 -o /dev/null -x http://PROXY https://HOST/
        HTTPS_PROXY=http://user:password@PROXY go mod download
        export NO_PROXY="$NO_PROXY,HOST"               # past the proxy

Look-alikes
    http/connect-unanswered: it says nothing. tcp/refused: nobody listens at the
    proxy's port. http/error-status: the far server's error, inside the tunnel.
    tls/not-tls: TLS was begun towards a proxy that speaks plain HTTP.

Known false alarms
    The first 407 of a client that only then sends its credentials, on the same
    or a new connection.

References
    RFC 9110 sections 9.3.6 and 15.5.8; RFC 1928 section 6; Go 1.27
    net/http/transport.go (dialConn), golang.org/x/net/http/httpproxy.
"""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations
from netanalyze.wording import message


def check(seen: Observations) -> Iterator[Finding]:
    """A status of 300 or more in answer to CONNECT, or the proxy closing without one."""
    for flow in seen.flows:
        socks = flow.socks
        if socks is not None and socks.reply is not None and not socks.granted:
            yield Finding(
                cause="http/connect-refused",
                culprit=seen.http_proxy(flow),
                start_ns=min(socks.request_ns, socks.reply_ns),
                end_ns=socks.reply_ns,
                message=message(
                    "the proxy {proxy} refuses SOCKS {target}: {reply}",
                    proxy=f"{flow.server.address}:{flow.server.port}",
                    target=socks.target or "greeting",
                    reply=socks.reply_name,
                ),
                evidence=frames(
                    (socks.request_frame, message("SOCKS {target}", target=socks.target or "greeting")),
                    (socks.reply_frame, str(socks.reply_name)),
                ),
                confidence=0.93,
                fatal=True,
                flow_id=flow.id,
                attributes={"reply": str(socks.reply_name)},
                quantities={"proxy_target": socks.target},
            )
            continue
        connect = flow.http.connect if flow.http else None
        if connect is None:
            continue
        if connect.response_frame:
            if connect.status // 100 == 2 or connect.status < 0:
                continue
            said = f"{connect.status} {connect.reason or ''}".rstrip()
            yield Finding(
                cause="http/connect-refused",
                culprit=seen.http_proxy(flow),
                start_ns=connect.request_ns,
                end_ns=max(connect.response_ns, connect.request_ns),
                message=message(
                    "the proxy {proxy} refuses CONNECT {target}: {status}",
                    proxy=f"{flow.server.address}:{flow.server.port}",
                    target=connect.target,
                    status=said,
                ),
                evidence=frames(
                    (connect.request_frame, f"CONNECT {connect.target}"),
                    (connect.response_frame, said),
                ),
                confidence=0.95,
                fatal=True,
                flow_id=flow.id,
                attributes={"status": connect.status},
                quantities={"proxy_target": connect.target},
            )
            continue
        ended = flow.ended()
        if ended and ended[1] == 1 and not flow.server.sent_data:
            how = "closes" if ended[0] == "fin" else "resets the connection"
            yield Finding(
                cause="http/connect-refused",
                culprit=seen.http_proxy(flow),
                start_ns=connect.request_ns,
                end_ns=max(ended[2], connect.request_ns),
                message=message(
                    "the proxy {proxy} {how} instead of answering CONNECT {target}",
                    proxy=f"{flow.server.address}:{flow.server.port}",
                    how=how,
                    target=connect.target,
                ),
                evidence=frames(
                    (connect.request_frame, f"CONNECT {connect.target}"),
                    (ended[3], message("the proxy {how}", how=how)),
                ),
                confidence=0.8,
                fatal=True,
                flow_id=flow.id,
                attributes={},
                quantities={"proxy_target": connect.target},
            )
