"""The forms in which proxies, and drivers of databases, tell of an upstream or a server: particular, and searched first.

nginx (ngx_http_upstream.c: what it did is the end of each line; ngx_resolver.c: codes of answers), Envoy (response
flags), PostgreSQL's JDBC driver, Java's own client of HTTP, redis-py, PyMongo.
"""

from netanalyze.clients.message_forms import ClientMessage, form

SERVICE_MESSAGES: tuple[ClientMessage, ...] = (
    form("dns-no-such-host", r"\] [^\n]{0,80}?(?P<name>[\w.-]{1,253}) could not be resolved \(3: ", answered=True),
    form("dns-timeout", r"\] [^\n]{0,80}?(?P<name>[\w.-]{1,253}) could not be resolved \(110: "),
    form("dns-server-misbehaving", r"\] [^\n]{0,80}?(?P<name>[\w.-]{1,253}) could not be resolved \([1245]: "
         r"(?:(?P<rcode>Operation refused)|[\w ]{1,40})\)"),
    form("client-silent", r"\bclient (?:[\w ]{1,40} )?timed out \((?:110|60): "),
    form("dial-timeout", r"upstream timed out \([^)\n]{1,80}\) while connecting to upstream"),
    form("tls-handshake-timeout", r"upstream timed out \([^)\n]{1,80}\) while SSL handshaking to upstream"),
    form("read-timeout", r"upstream timed out \([^)\n]{1,80}\) while reading response header from upstream", stage="request",
         ended_by="its own timer"),
    form("read-timeout", r"upstream timed out \([^)\n]{1,80}\) while reading upstream", stage="body", ended_by="its own timer"),
    form("eof", r"upstream prematurely closed connection while reading response header from upstream"),
    form("unexpected-eof", r"upstream prematurely closed connection"),
    form("dial-timeout", r"upstream connect error or disconnect/reset before headers[^\n]{0,80}reset reason: connection timeout"),
    form("eof", r"upstream connect error or disconnect/reset before headers[^\n]{0,80}reset reason: connection termination"),
    form("reset", r"upstream connect error or disconnect/reset before headers[^\n]{0,80}reset reason: remote reset"),
    form("connection-refused", r"upstream connect error or disconnect/reset before[^\n]{0,160}delayed connect error: 111"),
    # what its transport says of it (TLS, a system's word) is read where the forms are general
    form("connect-failed", r"upstream connect error or disconnect/reset before[^\n]{0,80}connection failure(?!, transport)"),
    form("connection-refused", r"Connection to (?P<host>[\w.-]{1,253}):(?P<port>[0-9]{1,5}) refused\. Check that the hostname"),
    form("client-timeout", r"java\.net\.http\.HttpTimeoutException: request timed out", phase="unsaid"),
    form("dial-timeout", r"redis\.exceptions\.TimeoutError: Timeout connecting to server"),
    form("dial-timeout", r"ServerSelectionTimeoutError: (?P<host>[\w.-]{1,253}):(?P<port>[0-9]{1,5}): timed out", phase="unsaid"),
)  # fmt: skip
"""What is searched first."""
