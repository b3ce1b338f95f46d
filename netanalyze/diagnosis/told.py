"""Which causes fit what the command said when it failed."""

FITTING: dict[str, tuple[str, ...]] = {
    "tls-handshake-timeout": (
        "tls/client-hello-dropped", "tls/large-client-hello-dropped", "tls/server-hello-missing", "tls/server-hello-late",
        "tls/server-flight-incomplete", "tcp/mtu-black-hole", "tcp/path-death", "tcp/loss",
    ),
    "git-tls-timeout": ("tls/server-hello-missing", "tls/client-hello-dropped", "tls/large-client-hello-dropped",
                        "tls/server-flight-incomplete", "tcp/mtu-black-hole"),
    "client-timeout": (
        "tls/server-hello-missing", "http/response-missing", "tls/client-hello-dropped", "http/body-stalled",
        "http/body-slow", "tcp/path-death", "tcp/throttled", "tcp/mtu-black-hole", "http/response-late",
    ),
    "too-slow": ("http/body-stalled", "http/body-slow", "http/response-missing", "tcp/path-death", "tcp/throttled", "tcp/loss"),
    "dial-timeout": (
        "tcp/syn-unanswered", "local/egress-dropped", "local/ingress-dropped", "http/redirect-blocked", "dns/resolver-unanswered",
        "dns/truncated-tcp-blocked", "dns/conflicting-answers", "dns/unroutable-answer", "tcp/no-route",
    ),
    "git-connect-timeout": (  # libcurl 8 counts TLS as connecting
        "tcp/syn-unanswered", "local/egress-dropped", "local/ingress-dropped", "http/redirect-blocked", "tcp/no-route",
        "tls/server-hello-missing",
        "tls/client-hello-dropped", "tls/large-client-hello-dropped", "tcp/mtu-black-hole", "http/connect-unanswered",
    ),
    "connect-failed": ("tcp/refused", "tcp/syn-unanswered", "tcp/rejected-by-icmp", "tcp/no-route", "http/redirect-blocked"),
    "dns-timeout": ("dns/resolver-unanswered", "dns/truncated-tcp-blocked", "dns/edns-dropped", "dns/answer-unusable",
                    "dns/answer-slow", "dns/one-family-unanswered", "tcp/no-route", "local/ingress-dropped"),
    "dns-unresolved": (  # libc has one word for all of them
        "dns/resolver-unanswered", "dns/server-failure", "dns/refused", "dns/name-not-found", "dns/no-address",
        "dns/resolver-unreachable", "dns/truncated-tcp-blocked", "dns/answer-unusable", "dns/answer-slow", "dns/edns-dropped",
        "tcp/no-route",
    ),
    "dns-server-misbehaving": ("dns/server-failure", "dns/refused", "dns/truncated-tcp-blocked"),
    "dns-no-such-host": ("dns/name-not-found", "dns/no-address", "dns/conflicting-answers"),
    "dns-refused": ("dns/truncated-tcp-blocked", "dns/resolver-unreachable"),
    "dns-unreachable": ("dns/resolver-unreachable", "tcp/no-route"),
    "connection-refused": ("tcp/refused", "http/redirect-blocked", "dns/unroutable-answer", "dns/conflicting-answers"),
    "no-route": ("tcp/rejected-by-icmp", "tcp/no-route"),
    "network-unreachable": ("tcp/rejected-by-icmp", "tcp/no-route"),
    "reset": ("tls/reset-after-client-hello", "tcp/reset", "http/filtered", "http/connect-refused"),
    "tls-reset": ("tls/reset-after-client-hello", "tcp/reset"),
    "eof": ("tls/closed-after-client-hello", "tcp/early-close", "http/connect-refused"),
    "unexpected-eof": ("tcp/early-close", "tcp/reset", "http/stream-reset"),
    "tls-alert": ("tls/alert", "tls/version-rejected"),
    "tls-version": ("tls/version-rejected", "tls/alert"),
    "tls-not-tls": ("tls/not-tls",),
    "certificate": ("tls/certificate-rejected", "tls/name-mismatch", "tls/certificate-expired"),
    "connect-proxy": ("tcp/no-route", "http/connect-unanswered", "http/connect-refused", "tcp/syn-unanswered", "tcp/refused"),
    "read-timeout": (
        "tcp/path-death", "tcp/idle-connection-dropped", "http/response-missing", "http/body-stalled",
        "tls/server-hello-missing", "tls/client-hello-dropped", "tls/large-client-hello-dropped",
        "tls/server-flight-incomplete", "tcp/mtu-black-hole",
    ),
    "no-space": ("local/disk-full",),
    "checksum-mismatch": ("local/cache-corrupt", "tcp/early-close", "tcp/reset"),
    "bad-archive": ("local/cache-corrupt",),
    "configuration": ("local/configuration",),
    "git-credentials": ("local/credential-prompt",),
    "http-status": ("http/error-status", "http/connect-refused"),
    "toolchain-not-available": ("http/error-status", "local/configuration"),
    "stream-error": ("http/stream-reset",),
    "goaway": ("http/goaway",),
    "redirect-loop": ("http/redirect-loop",),
}  # fmt: skip
"""For each kind of error (netanalyze.clients.messages), the causes it can come from; the order means nothing."""

SUBKIND = {"name": "tls/name-mismatch", "expired": "tls/certificate-expired"}
"""What go says of a certificate is seen in TLS 1.2 alone; in 1.3 its words are the only source."""
