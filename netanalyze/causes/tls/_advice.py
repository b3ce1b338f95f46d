"""Advice where the TLS handshake is the cause."""

from netanalyze.causes.advice.form import RUN, SHELL, Offer, commands, offers
from netanalyze.causes.advice.shared import TLS_CHECK

# of go's own requests: what it sends to a code host is git's hello, which no GODEBUG reaches
SMALL_HELLO = offers(
    Offer("A small ClientHello, for this run", "GODEBUG=tlsmlkem=0 {again}", "go !to=vcs-host", scope=RUN),
    Offer("The same in this shell", "export GODEBUG=tlsmlkem=0", "go !to=vcs-host", scope=SHELL),
    Offer("A small ClientHello, to compare",
          "curl -svm 15 -o /dev/null --curves X25519 https://{origin}/", "curl|generic"),
)  # fmt: skip
SMALL_ONCE = SMALL_HELLO[:1]
SMALL_CHECK = commands(
    Offer("", "GODEBUG=tlsmlkem=0 {again}", "go !to=vcs-host"),
    Offer("", "curl -svm 15 -o /dev/null --curves X25519 {fetch}"),
    "curl -svm 15 -o /dev/null --curves X25519 https://example.com/",
)
WRONG_WAY = Offer("GODEBUG through go env -w (does not reach go)", None, "go")
CERTIFICATE = commands(
    Offer("", "openssl s_client -connect {host}:{port} </dev/null"),
    Offer("", "openssl s_client -connect {address}:{port} </dev/null", "ipv4"),
    *TLS_CHECK,
)
CLOCK = Offer("Is the clock right?", "date -u; timedatectl | grep -i synchron")
PORTAL_SEEN = Offer("Log in to this network first: a portal answers", "curl -sI http://neverssl.com/", "portal=likely")
PORTAL_WHERE = Offer("a captive portal on this network: it answers for everybody", None, "portal=likely")
PORTAL = Offer("A login page of the network (hotel, train)? Log in", "curl -sI http://neverssl.com/")
NO_COMMON = "alert=protocol_version|alert=handshake_failure"
ALERTS_ON_MINE = ("handshake_failure", "bad_certificate", "unknown_ca", "certificate_unknown", "access_denied")
WANTS_CERTIFICATE = (
    "alert=certificate_required|asked=certificate",
    "|".join(f"alert={name}" for name in ("certificate_required", *ALERTS_ON_MINE)),
)
"""A server that asked for a certificate, and an alert that may be about the one it got, or got not."""
BY_VERSION = offers(
    Offer("Does it take TLS 1.2? See what it says", "openssl s_client -tls1_2 -connect {host}:{port} </dev/null"),
    Offer(
        "Does it take TLS 1.2? See what it says",
        "openssl s_client -tls1_2 -connect {address}:{port} </dev/null",
        "ipv4",
    ),
)
NO_VERIFICATION = offers(
    Offer("GOSUMDB=off (the certificate is another check)", None, "go"),
    Offer("http.sslVerify=false (it hides who answers)", None, "git"),
    Offer("-k, --insecure (it hides who answers)", None, "curl|generic"),
    Offer("--no-check-certificate (it hides who answers)", None, "wget"),
    Offer("--trusted-host (it hides who answers)", None, "pip"),
    Offer("strict-ssl=false (it hides who answers)", None, "npm"),
)
