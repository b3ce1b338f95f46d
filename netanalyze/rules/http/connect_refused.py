"""The proxy answers CONNECT with an error."""

from collections.abc import Iterator

from netanalyze.findings import Finding, frames
from netanalyze.rules import Observations


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
                message=f"the proxy {flow.server.address}:{flow.server.port} refuses SOCKS {socks.target or 'greeting'}: {socks.reply_name}",
                evidence=frames((socks.request_frame, f"SOCKS {socks.target or 'greeting'}"), (socks.reply_frame, str(socks.reply_name))),
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
            yield Finding(
                cause="http/connect-refused",
                culprit=seen.http_proxy(flow),
                start_ns=connect.request_ns,
                end_ns=max(connect.response_ns, connect.request_ns),
                message=f"the proxy {flow.server.address}:{flow.server.port} refuses CONNECT {connect.target}: "
                f"{connect.status} {connect.reason or ''}".rstrip(),
                evidence=frames(
                    (connect.request_frame, f"CONNECT {connect.target}"),
                    (connect.response_frame, f"{connect.status} {connect.reason or ''}".rstrip()),
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
                message=f"the proxy {flow.server.address}:{flow.server.port} {how} instead of answering CONNECT {connect.target}",
                evidence=frames((connect.request_frame, f"CONNECT {connect.target}"), (ended[3], f"the proxy {how}")),
                confidence=0.8,
                fatal=True,
                flow_id=flow.id,
                attributes={},
                quantities={"proxy_target": connect.target},
            )
