"""The go command (Go 1.21 to 1.27) on the network: four timers, no retry, and no patience limit for an answer.

Sources are files below ``$GOROOT/src`` of Go 1.27; the figures after "measured" were taken from real go binaries in
network namespaces. The JA3 and JA4 hold for machines with AES instructions; JA4 sorts the cipher suites, so its middle
part is the same without them.
"""

from netanalyze.clients.client import GO, GO_123, Client, Hello, Timer

TLS_SECONDS = 10.0
DIAL_SECONDS = 30.0
CONNECT_SECONDS = 60.0
KEEPALIVE_IDLE, KEEPALIVE_INTERVAL, KEEPALIVE_COUNT = 30, 15, 9

_DNS = "net/dnsconfig_unix.go: timeout 5 s, attempts 2; net/dnsclient_unix.go tries all servers in each attempt"

TIMERS = (
    Timer("resolver attempt", 5.0, 0.3, "dns", "", _DNS, fatal=False),
    Timer("resolver, one server", 10.0, 0.4, "dns", "i/o timeout", _DNS + "; measured 10.1 s"),
    Timer("resolver, two servers", 20.0, 0.6, "dns", "i/o timeout", _DNS),
    Timer("resolver, cut by the dial timer", 30.0, 0.5, "dns", "i/o timeout",
          "net/http/transport.go: Dialer.Timeout 30 s counts the names too"),
    Timer("second address family", 0.3, 0.05, "dial", "", "net/dial.go: 300 ms; measured 305 ms", fatal=False),
    Timer("one of three addresses", 10.0, 0.3, "dial", "",
          "net/dial.go: addresses share what is left of the dial time; measured 10.0 s", fatal=False),
    Timer("one of two addresses", 15.0, 0.4, "dial", "", "net/dial.go: addresses share what is left", fatal=False),
    Timer("dial", DIAL_SECONDS, 0.4, "dial", "i/o timeout",
          "net/http/transport.go: DefaultTransport's Dialer.Timeout; measured 30.07 s"),
    Timer("TLS handshake", TLS_SECONDS, 0.3, "tls", "net/http: TLS handshake timeout",
          "net/http/transport.go: TLSHandshakeTimeout from the end of connect; measured 10.03 s"),
    Timer("GOINSECURE client", 5.0, 0.3, "tls", "Client.Timeout exceeded while awaiting headers",
          "cmd/go/internal/web/http.go: the client for GOINSECURE hosts has 5 s in all; measured 5.01 s", setting="GOINSECURE"),
    Timer("GOINSECURE client", 5.0, 0.3, "response", "Client.Timeout exceeded while awaiting headers",
          "cmd/go/internal/web/http.go: the client for GOINSECURE hosts has 5 s in all", setting="GOINSECURE"),
    Timer("CONNECT to a proxy", CONNECT_SECONDS, 0.5, "connect", "context deadline exceeded",
          "net/http/transport.go: one minute for CONNECT; measured 60.13 s"),
    Timer("keep-alive", KEEPALIVE_IDLE + KEEPALIVE_COUNT * KEEPALIVE_INTERVAL, 4.0, "keepalive",
          "read: connection timed out", "net/http/transport.go: idle 30 s; net/dial.go: 9 x 15 s; measured 167.0 s"),
    Timer("kernel retransmissions", 924.6, 60.0, "keepalive", "connection timed out",
          "tcp(7): tcp_retries2, where a request is not acknowledged"),
)  # fmt: skip

_JA4_24 = "t13d1311h2_f57a46bbacb6_e7c285222651"
_JA4_25 = "t13d1312h2_f57a46bbacb6_ab7e3b40a677"
_JA4_27 = "t13d1312h2_f57a46bbacb6_f50d94e863eb"
_JA4_OLD = "t13d1911h2_9dc949149365_e7c285222651"

HELLOS = (
    Hello(("1.21", "1.22"), 286, "7a15285d4efc355608b304698cd7f9ab", _JA4_OLD),
    Hello(("1.23",), 286, "d1d19c71e48184c6bf6827a3fea5da87", _JA4_OLD),
    Hello(("1.24",), 1496, "ceb419f4203d3159e7a7cb3aa7efd5bd", _JA4_24),
    Hello(("1.25",), 1522, "e69402f870ecf542b4f017b0ed32936a", _JA4_25),
    Hello(("1.26",), 1526, "03117a8ed39ef02427ebbc39f121275c", _JA4_25),
    Hello(("1.27",), 1538, "03117a8ed39ef02427ebbc39f121275c", _JA4_27),
    Hello(("1.24",), 274, "6d5f35fb7243459b41a74ad9f23d7393", _JA4_24, "tlsmlkem=0"),
    Hello(("1.25", "1.26"), 300, "95b6f6d62c2c0f5258859e829e0055f5", _JA4_25, "tlsmlkem=0"),
    Hello(("1.27",), 312, "95b6f6d62c2c0f5258859e829e0055f5", _JA4_27, "tlsmlkem=0"),
    Hello(("1.27",), 1534, "e69402f870ecf542b4f017b0ed32936a", _JA4_27, "tlssecpmlkem=0"),
)
"""ClientHellos of the go command (SNI proxy.golang.org); other Go programs with default settings match too."""

CIPHER_HASHES = ("f57a46bbacb6", "9dc949149365")
"""The middle part of a JA4: the cipher suites Go offers by default, from 1.24 and before it."""

CLIENT = Client(
    "go", "the go command", TIMERS, (GO, GO_123), HELLOS,
    unguarded=("response", "body"),
    retries="none: one timeout, one reset or one 502 ends the run",
    again="go mod download",
    children=("git", "ssh", "hg", "svn", "fossil", "bzr"),
)  # fmt: skip
