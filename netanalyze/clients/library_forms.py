"""The forms in which libraries tell what befell a connection: of HTTP/2, of TLS, of DNS, and drivers of databases.

OkHttp, Netty, grpc-go, gRPC's core, Node.js (nghttp2), hyper and h2, httpx, Java's own client of HTTP; rustls, Ruby's OpenSSL,
asyncio; Apache's and Gradle's clients of HTTP; Oracle Net. Particular all of them, and searched before the general forms.
"""

from netanalyze.clients.message_forms import ClientMessage, form

_RSYNC = r"rsync: (?:\[\w+\] )?failed to connect to (?P<host>[\w.-]{1,253}) \((?P<address>[0-9a-f.:]{3,45})\): "

LIBRARY_MESSAGES: tuple[ClientMessage, ...] = (
    # HTTP/2: what the other side sent, by its code (RFC 9113 section 7)
    form("stream-error", r"stream was reset: (?P<code>[A-Z_0-9]{3,40})|RST_STREAM with error code: (?P<code2>[A-Z_0-9]{3,40})"
         r"|Stream closed with error code NGHTTP2_(?P<code3>[A-Z_0-9]{3,40})"),
    form("stream-error", r"Received RST_STREAM\b|stream error received: |<StreamReset stream_id:"
         r"|Http2Exception\$StreamException\b"),
    form("goaway", r"GOAWAY received\b|after receiving a GOAWAY\b|<ConnectionTerminated error_code:|GoAway\(b\""),
    # TLS: closed in the handshake, or reset
    form("tls-reset", r"unexpected EOF during handshake|Received an unexpected EOF or 0 bytes from the transport"
         r"|gnutls_handshake\(\) failed: A TLS packet with unexpected length", by="close"),
    form("tls-reset", r"tls handshake eof|SSL_connect SYSCALL returned=5 errno=0\b(?: peeraddr=(?P<address>[0-9a-f.:]{3,45}?)"
         r":(?P<port>[0-9]{1,5})\b)?", by="close"),
    form("tls-reset", r"SSL_connect SYSCALL returned=5 errno=(?:104|54)\b"),
    form("tls-reset", r"Connection terminated during handshake", by="close"),  # Dart
    form("reset", r"SSL_read: SSL_ERROR_SYSCALL, errno (?:104|54|10054)\b"),
    form("eof", r"SSL_read: SSL_ERROR_SYSCALL, errno 0\b"),
    form("tls-not-tls", r"received corrupt message(?! of type (?!InvalidContentType))"),  # rustls, where no record begins so
    form("unexpected-eof", r"GnuTLS recv error \(-9\)"),
    form("certificate", r"hostname '(?P<name>[^'\n]{1,253})' doesn't match (?:either of )?'|\bRemoteCertificateNameMismatch\b",
         subkind="name"),
    form("certificate", r"root certificate which is not trusted by the trust provider|unable to verify the first certificate"
         r"|\bRemoteCertificateChainErrors\b", subkind="authority"),
    form("certificate", r"certificate is NOT trusted\. The certificate issuer is unknown", subkind="authority"),
    # TCP and what goes over it
    form("connection-refused", r"Connection refused: (?P<host>[\w.-]{1,253})?/"
         r"(?P<address>[0-9a-f.:]{3,45}):(?P<port>[0-9]{1,5})\b"),
    form("dial-timeout", r"connection timed out(?: after [0-9]{1,9} ms)?: (?P<host>[\w.-]{1,253})?/(?P<address>[0-9a-f.:]{3,45}?)"
         r":(?P<port>[0-9]{1,5})\b"),
    form("connection-refused", _RSYNC + r"Connection refused"),
    form("dial-timeout", _RSYNC + r"(?:Connection|Operation) timed out"),
    form("no-route", _RSYNC + r"No route to host"),
    form("connect-failed", r"(?:Cannot connect to host (?P<host>[\w.-]{1,253}):[0-9]{1,5} ssl:[^\n]{1,80}\[)?"
         r"Connect call failed \('(?P<address>[0-9a-f.:]{2,45})', (?P<port>[0-9]{1,5})", answered=True),
    form("read-timeout", r"(?:request or )?response body error: (?:[^\n]{0,200}: )?operation timed out", stage="body",
         ended_by="its own timer"),
    form("unexpected-eof", r"Premature end of (?:Content-Length|chunk)"),
    form("eof", r"NoHttpResponseException: (?P<host>[\w.-]{1,253}):(?P<port>[0-9]{1,5}) failed to respond"
         r"|target server failed to respond|connection closed before message completed"),
    form("dial-timeout", r"<urlopen error timed out>"),
    form("client-timeout", r"Timeout exceeded when accessing '(?P<url>https?://[^'\s]{1,2000})'", phase="unsaid"),
    form("reset", r"^[\s>*-]*Connection reset$"),
    form("http-status", r"Received status code (?P<status>[45][0-9]{2}) from server"
         r"|authentication failed for (?P<url>https?://[^\s,]{1,2000}), status: (?P<status2>[45][0-9]{2})"),
    form("http-status", r"status code does not indicate success: (?P<status>[45][0-9]{2})\b"
         r"|HTTP status was '(?P<status2>[45][0-9]{2})\b"),
    # HAProxy's checks of its servers
    form("dial-timeout", r"reason: Layer4 timeout"),
    form("tls-handshake-timeout", r"reason: Layer6 timeout"),
    form("read-timeout", r"reason: Layer7 timeout", stage="request", ended_by="its own timer"),
    form("http-status", r"reason: Layer7 wrong status, code: (?P<status>[45][0-9]{2})\b"),
    form("http-status", r"ERR_PNPM_FETCH_(?P<status>[45][0-9]{2})\b|error parsing HTTP (?P<status2>[45][0-9]{2}) response body"),
    form("http-status", r"server returned code (?P<status>[45][0-9]{2})\. URL: (?P<url>https?://[^\s]{1,2000})"),
    # reqwest's own time, which runs from the name to the last octet: it names the phase only where it is the connecting
    form("client-timeout", r"error sending request for url \((?P<url>[^)\s]{1,2000})\)(?![\s\S]{0,600}onnect)[\s\S]{0,200}?"
         r"operation timed out", phase="unsaid"),
    form("client-timeout", r"^(?:\w+\.){0,4}(?:TimeoutError|timeout): timed out$", phase="unsaid"),  # Python's socket
    # the way to a proxy, and what is set for one
    form("connect-proxy", r"Failed to connect to proxy URL: \"https?://(?:[^@\s\"]{1,300}@)?(?P<address>[\w.-]{1,253}):"
         r"(?P<port>[0-9]{1,5})", reason="connect-failed"),
    form("configuration", r"Unsupported proxy (?:scheme|syntax)|check proxy URL\. It is malformed|for SOCKS support\b",
         setting="HTTPS_PROXY"),
    form("not-permitted", r"(?:lookup (?P<name>[^\s:]{1,255}) on \S{1,80}: )?dial (?:tcp|udp) \S{1,80}: socket: "
         r"(?:permission denied|operation not permitted)"),
    # DNS
    form("dns-unresolved", r"^Could not resolve URL \"(?P<url>https?://[^\"\s]{1,300})"),  # pub
    form("dns-unresolved", r": DNS lookup error$"),  # apk
    form("dns-no-such-host", r"\[Errno 11001\] getaddrinfo failed"),  # WSAHOST_NOT_FOUND
    form("dns-unresolved", r"(?<!\] )getaddrinfo failed\b|\[Errno 1100[24]\] getaddrinfo failed"),
    form("dns-timeout", r"query '[^'\n]{1,300}' via (?:UDP|TCP) timed out after"),
    # Oracle Net
    form("dial-timeout", r"\bORA-12170\b|\bTNS-12535\b", phase="unsaid"),
    form("connection-refused", r"\bORA-1254[01]\b"),
    form("no-route", r"\bORA-12543\b"),
    form("dns-unresolved", r"\bORA-12545\b"),
    form("eof", r"Remote side unexpectedly closed network connection"),  # PuTTY
    form("eof", r"\bORA-0?3113\b|\bORA-12537\b|\bORA-0?3135\b"),
)  # fmt: skip
"""What is searched before ``MESSAGES``."""

LIBCURL_NAMES: tuple[ClientMessage, ...] = (
    form("connect-failed", r"Couldn't connect to server(?=[\s).;\"']|$)"),
    form("reset", r"Failure when receiving data from the peer|Failed sending data to the peer", phase="unsaid"),
    form("eof", r"Server returned nothing \(no headers, no data\)"),
    form("stream-error", r"Stream error in the HTTP/2 framing layer"),
)  # fmt: skip
"""What libcurl calls its errors (curl_easy_strerror), where it has no more to say: what is searched last."""
