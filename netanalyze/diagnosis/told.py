"""Which causes fit what the command said when it failed."""

FITTING: dict[str, tuple[str, ...]] = {
    "tls-handshake-timeout": (
        "tls/client-hello-dropped", "tls/large-client-hello-dropped", "tls/server-hello-missing", "tls/server-hello-late",
        "tls/server-flight-incomplete", "tcp/mtu-black-hole", "tcp/path-death", "tcp/loss",
    ),
    "git-tls-timeout": ("tls/server-hello-missing", "tls/client-hello-dropped", "tls/large-client-hello-dropped"),
    "client-timeout": ("tls/server-hello-missing", "http/response-missing", "tls/client-hello-dropped"),
    "dial-timeout": (
        "tcp/syn-unanswered", "local/egress-dropped", "http/redirect-blocked", "dns/resolver-unanswered",
        "dns/truncated-tcp-blocked", "dns/conflicting-answers", "dns/unroutable-answer",
    ),
    "git-connect-timeout": ("tcp/syn-unanswered", "local/egress-dropped"),
    "dns-timeout": ("dns/resolver-unanswered", "dns/truncated-tcp-blocked", "dns/edns-dropped", "dns/answer-unusable",
                    "dns/answer-slow", "dns/one-family-unanswered"),
    "dns-unresolved": ("dns/resolver-unanswered", "dns/server-failure", "dns/refused", "dns/name-not-found"),
    "dns-server-misbehaving": ("dns/server-failure", "dns/refused", "dns/truncated-tcp-blocked"),
    "dns-no-such-host": ("dns/name-not-found", "dns/no-address", "dns/conflicting-answers"),
    "dns-refused": ("dns/truncated-tcp-blocked", "dns/resolver-unreachable"),
    "dns-unreachable": ("dns/resolver-unreachable", "tcp/no-route"),
    "connection-refused": ("tcp/refused", "http/redirect-blocked", "dns/unroutable-answer", "dns/conflicting-answers"),
    "no-route": ("tcp/rejected-by-icmp", "tcp/no-route"),
    "network-unreachable": ("tcp/rejected-by-icmp", "tcp/no-route"),
    "reset": ("tls/reset-after-client-hello", "tcp/reset", "http/filtered", "http/connect-refused"),
    "tls-reset": ("tls/reset-after-client-hello", "tcp/reset"),
    "eof": ("tls/closed-after-client-hello", "tcp/early-close"),
    "unexpected-eof": ("tcp/early-close", "tcp/reset"),
    "tls-alert": ("tls/alert", "tls/version-rejected"),
    "tls-version": ("tls/version-rejected", "tls/alert"),
    "tls-not-tls": ("tls/not-tls",),
    "certificate": ("tls/certificate-rejected", "tls/name-mismatch", "tls/certificate-expired"),
    "connect-proxy": ("http/connect-unanswered", "http/connect-refused", "tcp/syn-unanswered", "tcp/refused"),
    "read-timeout": ("tcp/path-death", "tcp/idle-connection-dropped", "http/response-missing", "http/body-stalled"),
    "no-space": ("local/disk-full",),
    "checksum-mismatch": ("local/cache-corrupt",),
    "bad-archive": ("local/cache-corrupt",),
    "configuration": ("local/configuration",),
    "git-credentials": ("local/credential-prompt",),
    "http-status": ("http/error-status",),
    "toolchain-not-available": ("http/error-status", "local/configuration"),
    "stream-error": ("http/stream-reset",),
    "goaway": ("http/goaway",),
    "redirect-loop": ("http/redirect-loop",),
}  # fmt: skip
"""For each kind of error (netanalyze.clients.messages), the causes it can come from; the order means nothing."""

SUBKIND = {"name": "tls/name-mismatch", "expired": "tls/certificate-expired"}
"""What go says of a certificate is seen in TLS 1.2 alone; in 1.3 its words are the only source."""
