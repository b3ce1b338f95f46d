"""Each form of message has its kind and its facts."""

import pytest

from netanalyze.clients.library_forms import LIBRARY_MESSAGES
from netanalyze.clients.messages import KINDS, MESSAGES, classify, host_of
from netanalyze.clients.service_forms import SERVICE_MESSAGES

GET = 'go: a.test/m@v1.0.0: Get "https://p.example/x": '
ON = "dial tcp: lookup p.example on 192.0.2.53:53: "

CASES = [
    (
        GET + "net/http: TLS handshake timeout",
        "tls-handshake-timeout",
        {"host": "p.example", "module": "a.test/m@v1.0.0"},
    ),
    (GET + "dial tcp [2001:db8::1]:443: i/o timeout", "dial-timeout", {"address": "2001:db8::1", "port": 443}),
    (GET + ON + "read udp 192.0.2.1:5->192.0.2.53:53: i/o timeout", "dns-timeout", {"server": "192.0.2.53"}),
    (GET + ON + "dial tcp 192.0.2.53:53: i/o timeout", "dns-timeout", {"transport": "tcp", "name": "p.example"}),
    (GET + ON + "server misbehaving", "dns-server-misbehaving", {"server_port": 53}),
    (GET + ON + "no such host", "dns-no-such-host", {"name": "p.example"}),
    (GET + ON + "read udp 127.0.0.1:4->127.0.0.1:53: read: connection refused", "dns-refused", {}),
    (GET + ON + "dial udp 192.0.2.53:53: connect: network is unreachable", "dns-unreachable", {"transport": "udp"}),
    (GET + ON + "cannot unmarshal DNS message", "dns-malformed", {}),
    (GET + "dial tcp 192.0.2.1:443: connect: connection refused", "connection-refused", {"port": 443}),
    (GET + "dial tcp 192.0.2.1:443: connect: no route to host", "no-route", {}),
    (GET + "dial tcp 192.0.2.1:443: connect: network is unreachable", "network-unreachable", {}),
    (GET + "dial tcp 192.0.2.1:443: connect: operation not permitted", "not-permitted", {}),
    (GET + "read tcp 192.0.2.9:5->192.0.2.1:443: read: connection reset by peer", "reset", {"address": "192.0.2.1"}),
    (GET + "read tcp 192.0.2.9:5->192.0.2.1:443: read: connection timed out", "read-timeout", {}),
    (GET + "EOF", "eof", {}),
    (GET + "unexpected EOF", "unexpected-eof", {}),
    (GET + "remote error: tls: handshake failure", "tls-alert", {"alert": "handshake_failure"}),
    (GET + "remote error: tls: protocol version not supported", "tls-alert", {"alert": "protocol_version"}),
    (GET + "tls: first record does not look like a TLS handshake", "tls-not-tls", {}),
    (GET + "http: server gave HTTP response to HTTPS client", "tls-not-tls", {"saw": "http"}),
    (
        GET + "tls: failed to verify certificate: x509: certificate is valid for a.test, not p.example",
        "certificate",
        {"subkind": "name", "presented": "a.test", "name": "p.example"},
    ),
    (GET + "x509: certificate is valid for a.test, b.test, not p.example", "certificate", {"subkind": "name"}),
    (
        GET + "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        "certificate",
        {"subkind": "authority"},
    ),
    (
        GET + "x509: certificate has expired or is not yet valid: current time 2024",
        "certificate",
        {"subkind": "expired"},
    ),
    (GET + "context deadline exceeded", "connect-proxy", {"reason": "timeout"}),
    (GET + "Proxy Authentication Required", "connect-proxy", {"reason": "status"}),
    (
        GET + "proxyconnect tcp: dial tcp 192.0.2.8:3128: i/o timeout",
        "connect-proxy",
        {"reason": "dial-timeout", "port": 3128},
    ),
    (
        GET + "socks connect tcp 192.0.2.8:1080->p.example:443: dial tcp 192.0.2.8:1080: connect: connection refused",
        "connect-proxy",
        {"reason": "connection-refused", "address": "192.0.2.8"},
    ),
    (GET + "context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "client-timeout", {}),
    (GET + "stopped after 10 redirects", "redirect-loop", {}),
    (
        GET + "http2: server sent GOAWAY and closed the connection; LastStreamID=1999, ErrCode=NO_ERROR",
        "goaway",
        {"last_stream": 1999, "code": "NO_ERROR"},
    ),
    (GET + "stream error: stream ID 5; INTERNAL_ERROR; received from peer", "stream-error", {"code": "INTERNAL_ERROR"}),
    (
        "go: a@v1: reading https://p.example/a/@v/v1.mod: 502 Bad Gateway\n\tserver response: no",
        "http-status",
        {"status": 502, "url": "https://p.example/a/@v/v1.mod"},
    ),
    (
        'go: a@v1: read "https://p.example/a.zip": write /c/a.tmp: no space left on device',
        "no-space",
        {"path": "/c/a.tmp"},
    ),
    ("verifying a@v1: checksum mismatch\n\tdownloaded: h1:x", "checksum-mismatch", {}),
    ("go: modules disabled by GO111MODULE=off; see 'go help modules'", "configuration", {"setting": "GO111MODULE"}),
    ("go: a@v1: module lookup disabled by GOPROXY=off", "configuration", {"setting": "GOPROXY"}),
    ('go: a@v1: git init: exec: "git": executable file not found in $PATH', "configuration", {"program": "git"}),
    (
        "go: download go1.99.0 for linux/amd64: toolchain not available",
        "toolchain-not-available",
        {"toolchain": "go1.99.0"},
    ),
    (
        "go: a@v1: unrecognized import path: parse https://a.test/?go-get=1: no go-import meta tags ()",
        "module-not-found",
        {},
    ),
    (
        "fatal: could not read Username for 'https://g.example': terminal prompts disabled",
        "git-credentials",
        {"host": "g.example"},
    ),
    ("fatal: unable to access 'https://g.example/': SSL connection timeout", "git-tls-timeout", {"host": "g.example"}),
    (
        "fatal: unable to access 'https://g.example/': Could not resolve host: g.example",
        "dns-unresolved",
        {"name": "g.example"},
    ),
    (
        "fatal: unable to access 'https://g.example/': Failed to connect to g.example port 443 after 12 ms: Couldn't",
        "connect-failed",
        {"ms": 12},
    ),
    ("fatal: unable to access 'https://g.example/': GnuTLS recv error (-54): Error", "reset", {}),
    (
        "ssh: connect to host g.example port 22: Connection timed out\nPlease have the correct access rights",
        "git-connect-timeout",
        {"port": 22},
    ),
    ("git@g.example: Permission denied (publickey).", "git-credentials", {}),
    (
        "curl: (60) SSL certificate problem: unable to get local issuer certificate",
        "certificate",
        {"subkind": "authority"},
    ),
    ("curl: (52) Empty reply from server", "eof", {}),
    ("Connection to pypi.example timed out. (connect timeout=15)", "dial-timeout", {"seconds": 15.0}),
    ("npm error code E503", "http-status", {"status": 503}),
    ("npm error connect ETIMEDOUT 192.0.2.1:443", "dial-timeout", {"address": "192.0.2.1"}),
    ("Connect Timeout Error (attempted address: r.example:443, timeout: 9ms)", "dial-timeout", {"host": "r.example"}),
    (
        "Could not connect to Redis at localhost:6379: Connection refused",
        "connection-refused",
        {"address": "localhost"},
    ),
    ("wget: [Errno -2] Der Name oder der Dienst ist nicht bekannt", "dns-no-such-host", {}),
    ("curl: (7) 接続を拒否されました", "connection-refused", {}),
    ("HTTPSConnectionPool(host='p.example', port=443): Read timed out.", "read-timeout", {"stage": "body"}),
    (
        "HTTPSConnectionPool(host='p.example', port=443): Read timed out. (read timeout=15)",
        "read-timeout",
        {"seconds": 15.0, "stage": "request"},
    ),
    ("error reading the body from https://s.example/: operation timed out", "read-timeout", {"stage": "body"}),
    ("The connection to the server localhost:8080 was refused - did you", "connection-refused", {"port": 8080}),
    ("the remote party sent a TLS alert: 'HandshakeFailure'.", "tls-alert", {"alert": "handshake_failure"}),
    ("psql: FATAL:  sorry, too many clients already", "service-declined", {"says": "sorry, too many clients already"}),
    ("@ERROR: auth failed on module private", "unknown", {}),
    (";; communications error to 10.96.0.10#53: timed out", "dns-timeout", {"server": "10.96.0.10"}),
    (
        ";; communications error to 10.96.0.10#53: timed out\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n",
        "unknown",
        {},
    ),
    (
        ";; communications error to 10.96.0.10#53: timed out\nServer:\t10.96.0.10\n\nName:\ta.example\nAddress: 192.0.2.1\n",
        "unknown",
        {},
    ),
    ("** server can't find a.example: REFUSED", "dns-server-misbehaving", {"rcode": "REFUSED", "name": "a.example"}),
    ("** server can't find a.example: NXDOMAIN", "dns-no-such-host", {"name": "a.example"}),
    (
        "{:failed_connect, [{:to_address, {'h.example', 443}}, {:inet, [:inet], :timeout}]}",
        "dial-timeout",
        {"host": "h.example", "port": 443},
    ),
    ("svn: E230001: Server SSL certificate verification failed: issuer is not trusted", "certificate", {}),
    ("all is well", "unknown", {}),
]


@pytest.mark.parametrize(("text", "kind", "facts"), CASES)
def test_kind_and_facts(text, kind, facts):
    told_kind, told = classify(text)
    assert told_kind == kind
    assert {name: told.get(name) for name in facts} == facts


def test_every_form_is_of_a_described_kind():
    kinds = {message.kind for message in (*SERVICE_MESSAGES, *LIBRARY_MESSAGES, *MESSAGES)}
    assert kinds == set(KINDS) - {"unknown"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.Test/x", "a.test"),
        ("git@g.example:a/b", "g.example"),
        ("https://[", None),
        ("file:///x", None),
        ("", None),
    ],
)
def test_hosts_of_urls(url, host):
    assert host_of(url) == host
