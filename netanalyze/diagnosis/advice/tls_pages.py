"""Advice where the TLS handshake is the cause."""

from dataclasses import replace

from netanalyze.diagnosis.advice.form import Offer, Page, commands, offers
from netanalyze.diagnosis.advice.per_client import COMPANY_CA, RIGHT_PLACE
from netanalyze.diagnosis.advice.shared import (
    ANOTHER_SOURCE,
    ANOTHER_WAY,
    CLEAN_CACHE,
    MTU_FIX,
    RUN_AGAIN,
    SUMDB_OFF,
    TLS_CHECK,
    VAIN,
)

# of go's own requests: what it sends to a code host is git's hello, which no GODEBUG reaches
_SMALL_HELLO = offers(
    Offer("A small ClientHello, for this run", "GODEBUG=tlsmlkem=0 {again}", "go !to=vcs-host"),
    Offer("The same in this shell", "export GODEBUG=tlsmlkem=0", "go !to=vcs-host"),
    Offer("A small ClientHello, to compare",
          "curl -svm 15 -o /dev/null --curves X25519 https://{origin}/", "curl|generic"),
)  # fmt: skip
_SMALL_ONCE = _SMALL_HELLO[:1]
_SMALL_CHECK = commands(
    Offer("", "GODEBUG=tlsmlkem=0 {again}", "go !to=vcs-host"),
    Offer("", "curl -svm 15 -o /dev/null --curves X25519 https://{origin}/"),
    "curl -svm 15 -o /dev/null --curves X25519 https://example.com/",
)
_WRONG_WAY = Offer("GODEBUG through go env -w (does not reach go)", None, "go")
_CERTIFICATE = commands(
    Offer("", "openssl s_client -connect {host}:{port} </dev/null"),
    Offer("", "openssl s_client -connect {address}:{port} </dev/null", "ipv4"),
    *TLS_CHECK,
)
_CLOCK = Offer("Is the clock right?", "date -u; timedatectl | grep -i synchron")
_PORTAL_SEEN = Offer("Log in to this network first: a portal answers", "curl -sI http://neverssl.com/", "portal=likely")
_PORTAL_WHERE = Offer("a captive portal on this network: it answers for everybody", None, "portal=likely")
_PORTAL = Offer("A login page of the network (hotel, train)? Log in", "curl -sI http://neverssl.com/")
_NO_COMMON = "alert=protocol_version|alert=handshake_failure"
_ALERTS_ON_MINE = ("handshake_failure", "bad_certificate", "unknown_ca", "certificate_unknown", "access_denied")
_WANTS_CERTIFICATE = (
    "alert=certificate_required|asked=certificate",
    "|".join(f"alert={name}" for name in ("certificate_required", *_ALERTS_ON_MINE)),
)
"""A server that asked for a certificate, and an alert that may be about the one it got, or got not."""
_BY_VERSION = offers(
    Offer("Does it take TLS 1.2? See what it says", "openssl s_client -tls1_2 -connect {host}:{port} </dev/null"),
    Offer(
        "Does it take TLS 1.2? See what it says",
        "openssl s_client -tls1_2 -connect {address}:{port} </dev/null",
        "ipv4",
    ),
)
_NO_VERIFICATION = offers(
    Offer("GOSUMDB=off (the certificate is another check)", None, "go"),
    Offer("http.sslVerify=false (it hides who answers)", None, "git"),
    Offer("-k, --insecure (it hides who answers)", None, "curl|generic"),
    Offer("--no-check-certificate (it hides who answers)", None, "wget"),
    Offer("--trusted-host (it hides who answers)", None, "pip"),
    Offer("strict-ssl=false (it hides who answers)", None, "npm"),
)

PAGES = {
    "tls/client-hello-dropped": Page(
        where=offers("path (a filter by name?); not this machine; server not proven guilty"),
        fix=offers(ANOTHER_SOURCE, _SMALL_HELLO, ANOTHER_WAY),
        verify=TLS_CHECK,
        no_use=VAIN,
    ),
    "tls/large-client-hello-dropped": Page(
        where=offers(
            Offer("path (reads the first segment and drops the rest); not the server", None, "missing=last"),
            "path (a filter by size, or MTU); not the server",
        ),
        fix=offers(_SMALL_HELLO, ANOTHER_SOURCE,
                   Offer("For good: firewall must join segments of a ClientHello"), MTU_FIX),
        verify=_SMALL_CHECK,
        no_use=offers(_WRONG_WAY, VAIN),
    ),
    "tls/server-hello-missing": Page(
        where=offers(
            Offer("HTTP proxy, or the server behind it: silent after ClientHello", None,
                  "role=http-proxy|acknowledged_by=proxy"),
            Offer("a proxy on this link answers in the server's name; its way on is what fails", None, "acknowledged_by=on-link"),
            Offer("server, or a box that acknowledges in its name; way there works"),
        ),
        fix=offers(ANOTHER_SOURCE, RUN_AGAIN, _SMALL_ONCE, ANOTHER_WAY),
        verify=TLS_CHECK,
        no_use=VAIN,
    ),
    "tls/server-hello-late": Page(
        where=offers("server, or a TLS inspection before it: slow; the path is fine"),
        fix=offers(ANOTHER_SOURCE, "If all hosts are slow: except this one from inspection", RUN_AGAIN),
        verify=commands(Offer("", "curl -so /dev/null -w '%{{time_appconnect}}\\n' https://{origin}/"), *TLS_CHECK),
        no_use=offers(CLEAN_CACHE, SUMDB_OFF),
    ),
    "tls/server-flight-incomplete": Page(
        where=offers("server or a box before it: stopped in its first flight"),
        fix=offers(ANOTHER_SOURCE, RUN_AGAIN, MTU_FIX),
        verify=TLS_CHECK,
        no_use=VAIN,
    ),
    "tls/reset-after-client-hello": Page(
        where=offers(
            Offer("path: a box on the way sent the reset; server not guilty", None, "origin=injected"),
            Offer("server: the reset is its own", None, "origin=peer"),
            Offer("server or path: who sent the reset is not proven"),
        ),
        fix=offers(
            ANOTHER_SOURCE,
            _SMALL_HELLO,
            Offer("Go 1.27 only? Its predecessor, this run", "GOTOOLCHAIN=go1.26.6 {again}", "go version=1.27"),
            ANOTHER_WAY,
        ),
        verify=TLS_CHECK,
        no_use=offers(_WRONG_WAY, VAIN),
    ),
    "tls/closed-after-client-hello": Page(
        where=offers("server: it does not serve this name or this TLS, or is overfull"),
        fix=offers(
            RIGHT_PLACE,
            RUN_AGAIN,
            _SMALL_ONCE,
            ANOTHER_SOURCE,
        ),
        verify=_CERTIFICATE,
        no_use=VAIN,
    ),
    "tls/alert": Page(
        where=offers(
            Offer("server: it does not know the name it was asked by", None, "alert=unrecognized_name"),
            Offer("this machine has no certificate the server wants", None, " ".join(_WANTS_CERTIFICATE)),
            Offer("server: it refuses what the client said after its hello", None, "alert=handshake_failure agreed=yes"),
            Offer("server: no TLS version or cipher in common", None, _NO_COMMON),
            Offer("server (or an inspection before it) refuses the handshake"),
        ),
        fix=offers(
            Offer("Is it the right host?", "go env GOPROXY GOSUMDB", "go alert=unrecognized_name"),
            tuple(replace(o, when=f"{o.when} {_NO_COMMON} !agreed=yes") for o in _BY_VERSION),
            Offer("Give the command its client certificate", None, " ".join(_WANTS_CERTIFICATE)),
            ANOTHER_SOURCE,
            # what it refuses is the name, the version, a missing certificate: no hello is too large for that
            tuple(replace(o, when=f"{o.when} !alert=unrecognized_name !alert=certificate_required !alert=protocol_version")
                  for o in _SMALL_ONCE),
            Offer("Ask the server's operator what it refuses"),
            Offer("Renew the server, or the command's TLS", None, f"{_NO_COMMON} !agreed=yes"),
        ),
        verify=_CERTIFICATE,
        no_use=VAIN,
    ),
    "tls/certificate-rejected": Page(
        where=offers(_PORTAL_WHERE, "whoever answered is not who was asked, or this machine's CAs or clock"),
        fix=offers(_PORTAL_SEEN, _CLOCK, _PORTAL,
                   Offer("See whose certificate it is", "openssl s_client -connect {host}:{port} </dev/null | head -5"),
                   COMPANY_CA, ANOTHER_SOURCE),
        verify=_CERTIFICATE,
        no_use=offers(CLEAN_CACHE, _NO_VERIFICATION),
    ),
    "tls/name-mismatch": Page(
        where=offers(
            _PORTAL_WHERE,
            Offer("server: its certificate is for another name (a portal?)", None, "against=certificate"),
            Offer("resolver or this machine: the address belongs to another name", None, "against=lookup"),
            Offer("the command sends no name (SNI); the server has to guess", None, "against=absent"),
            Offer("the name asked for and who answers do not fit"),
        ),
        fix=offers(
            _PORTAL_SEEN,
            Offer("See where the name leads", "getent ahosts {name}", "!against=absent"),
            _PORTAL,
            Offer("Ask by name, not by address", None, "against=absent"),
            Offer("Is it the right host?", "go env GOPROXY GOSUMDB", "go"),
            Offer("Is it the right host?", "git remote -v", "git"),
            ANOTHER_SOURCE,
        ),
        verify=_CERTIFICATE,
        no_use=offers(CLEAN_CACHE, _NO_VERIFICATION),
    ),
    "tls/certificate-expired": Page(
        where=offers("server's certificate, or this machine's clock"),
        fix=offers(_CLOCK,
                   Offer("See its dates (NotBefore, NotAfter)", "openssl s_client -connect {host}:{port} </dev/null"),
                   "The operator has to renew it", ANOTHER_SOURCE),
        verify=_CERTIFICATE,
        no_use=offers(CLEAN_CACHE, _NO_VERIFICATION),
    ),
    "tls/not-tls": Page(
        where=offers(
            Offer("the HTTP proxy: it speaks no TLS; HTTPS_PROXY begins http://", None, "role=http-proxy"),
            _PORTAL_WHERE,
            Offer("server (or a portal): that port speaks no TLS"),
        ),
        fix=offers(
            _PORTAL_SEEN,
            Offer("The proxy's URL begins with http://", "export HTTPS_PROXY=http://{proxy}", "role=http-proxy"),
            Offer("See what answers", "curl -sv --max-time 5 http://{host}:{port}/ -o /dev/null", "!role=http-proxy"),
            _PORTAL,
            Offer("Is it the right port?", "go env GOPROXY GOSUMDB", "go"),
            Offer("Is it the right port?", "git remote -v", "git"),
            ANOTHER_SOURCE,
        ),
        verify=TLS_CHECK,
        no_use=VAIN,
    ),
    "tls/version-rejected": Page(
        where=offers("server or this command: too old for the other"),
        fix=offers(_BY_VERSION, ANOTHER_SOURCE,
                   Offer("A newer TLS library for git", "git version --build-options", "git"),
                   "Renew the older of the two: the server speaks TLS 1.2?"),
        verify=commands(Offer("", "curl -svm 10 --tlsv1.2 -o /dev/null https://{origin}/"), *TLS_CHECK),
        no_use=VAIN,
    ),
}  # fmt: skip
