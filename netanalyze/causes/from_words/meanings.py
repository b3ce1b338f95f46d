"""Which cause an error means by itself, and what else would be printed alike.

Keyed by kinds of errors (clients/messages.py), never by a cause: the cause is what a message is first put down to while
nothing else is known. Where one kind means different things by its facts or by how far the command got, ``meaning`` says so.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from netanalyze.clients.steps import Steps
from netanalyze.findings import Alternative, Check
from netanalyze.numerals import integer


class Meaning(NamedTuple):
    """A cause, and what would be printed alike."""

    cause: str
    alternatives: tuple["Alike", ...] = ()


class Alike(NamedTuple):
    """Another cause of the same words, why, and the command that tells; HOST and PORT in it are the server's."""

    cause: str
    why: str
    command: str

    def of(self, host: str, port: int) -> Alternative:
        """As it is told of a host."""
        return Alternative(
            self.cause, self.why, Check(command=self.command.replace("HOST", host).replace("PORT", str(port)))
        )


_FIREWALL = Alike(
    "local/egress-dropped",
    "this machine's own firewall drops without a word, too",
    "sudo nft list ruleset | grep -nE 'output|drop'",
)
_ICMP = Alike("tcp/rejected-by-icmp", "a router on the way says the same by ICMP", "sudo tcpdump -ni any icmp or icmp6")
_BIG = Alike("tcp/mtu-black-hole", "the server's large segments may be lost on the way", "ping -M do -s 1472 HOST")
_BIG_HELLO = Alike(
    "tls/large-client-hello-dropped",
    "a ClientHello of two segments may be what is dropped",
    "GODEBUG=tlsmlkem=0,tlssecpmlkem=0 go mod download",
)
_DROPPED = Alike(
    "tls/client-hello-dropped",
    "a filter may drop the ClientHello by its name",
    "openssl s_client -connect HOST:443 -servername example.com </dev/null",
)
_PATH = Alike("tcp/path-death", "the path may have died meanwhile", "mtr -rwc 20 HOST")
_STALLED = Alike("http/body-stalled", "the answer may have begun and then stopped", "curl -v HOST")
_SLOW = Alike("http/body-slow", "it may have come, too slowly", "curl -o /dev/null -w '%{speed_download}\\n' URL")
_RESET_IN_TLS = Alike(
    "tls/reset-after-client-hello",
    "it may have come right after the ClientHello, by a filter's hand",
    "curl -v https://HOST/",
)
_RESET = Alike("tcp/reset", "a reset reads alike in some programs", "curl -v https://HOST/")
_SILENT_TLS = Alike(
    "tls/server-hello-missing",
    "the handshake belongs to that wait",
    "curl -sv --max-time 15 https://HOST/ -o /dev/null",
)
_SILENT_DNS = Alike(
    "dns/resolver-unanswered", "the message is the same where the resolver is silent", "dig +tries=1 HOST"
)
_SERVFAIL = Alike("dns/server-failure", "the message is the same where the resolver answers SERVFAIL", "dig HOST")
_REFUSED = Alike("tcp/refused", "the message is the same where the port is closed", "nc -vz -w 5 HOST PORT")
_SILENT = Alike("tcp/syn-unanswered", "the message is the same where nothing answers", "nc -vz -w 5 HOST PORT")

ALIKE_BUT_IPV6 = Alike(
    "tcp/syn-unanswered",
    "this host's own IPv6 address may be dead, and no other's",
    "ping -6 -c 3 2606:4700:4700::1111",
)

_PLAIN: Mapping[str, Meaning] = {
    "dns-timeout": Meaning(
        "dns/resolver-unanswered", (Alike("dns/answer-slow", "it may answer, too late", "time dig HOST"),)
    ),
    "dns-refused": Meaning("dns/resolver-unreachable"),
    "dns-unreachable": Meaning(
        "dns/resolver-unreachable", (Alike("tcp/no-route", "perhaps there is no way anywhere", "ip route get 1.1.1.1"),)
    ),
    "dns-server-misbehaving": Meaning(
        "dns/server-failure", (Alike("dns/refused", "REFUSED is printed alike", "dig HOST"),)
    ),
    "dns-malformed": Meaning("dns/answer-unusable"),
    "dns-no-such-host": Meaning(
        "dns/name-not-found",
        (Alike("dns/no-address", "a name without an address is printed alike", "dig HOST A HOST AAAA"),),
    ),
    "tls-handshake-timeout": Meaning("tls/server-hello-missing", (_DROPPED, _BIG_HELLO, _BIG)),
    "git-tls-timeout": Meaning("tls/server-hello-missing", (_DROPPED, _BIG_HELLO, _BIG)),
    "tls-not-tls": Meaning("tls/not-tls"),
    "tls-version": Meaning("tls/version-rejected"),
    "tls-alert": Meaning("tls/alert"),
    "tls-reset": Meaning(
        "tls/reset-after-client-hello",
        (
            Alike(
                "tls/closed-after-client-hello",
                "a close reads alike in some programs",
                "openssl s_client -connect HOST:443 </dev/null",
            ),
        ),
    ),
    "dial-timeout": Meaning("tcp/syn-unanswered", (_FIREWALL,)),
    "git-connect-timeout": Meaning("tcp/syn-unanswered", (_FIREWALL,)),
    "quic-timeout": Meaning("quic/handshake-unanswered", (_FIREWALL,)),
    "dial-attempts": Meaning("tcp/dial-abandoned", (_SILENT,)),
    "connection-refused": Meaning(
        "tcp/refused",
        (
            Alike(
                "local/egress-dropped", "a firewall with REJECT says the same", "sudo nft list ruleset | grep -n reject"
            ),
        ),
    ),
    "no-route": Meaning("tcp/no-route", (_ICMP,)),
    "network-unreachable": Meaning("tcp/no-route", (_ICMP,)),
    "not-permitted": Meaning("local/egress-dropped"),
    "reset": Meaning("tcp/reset", (_RESET_IN_TLS,)),
    "unexpected-eof": Meaning("tcp/early-close", (_RESET,)),
    "eof": Meaning(
        "tcp/early-close",
        (
            Alike(
                "tls/closed-after-client-hello",
                "it may have closed in the handshake",
                "openssl s_client -connect HOST:443 </dev/null",
            ),
        ),
    ),
    "service-declined": Meaning("tcp/service-declined"),
    "stream-error": Meaning("http/stream-reset"),
    "goaway": Meaning("http/goaway"),
    "too-slow": Meaning("http/body-stalled", (_SLOW, _PATH)),
    "redirect-loop": Meaning("http/redirect-loop"),
    "redirect-refused": Meaning("http/redirect-blocked"),
    "http-status": Meaning("http/error-status"),
    "module-not-found": Meaning("http/error-status"),
}

_BY_STAGE: Mapping[str, Meaning] = {
    "dns": _PLAIN["dns-timeout"],
    "dial": _PLAIN["dial-timeout"],
    "connect": Meaning("http/connect-unanswered"),
    "tls": _PLAIN["tls-handshake-timeout"],
    "tls-answered": Meaning("tls/server-flight-incomplete", (_BIG,)),
    "banner": Meaning("http/response-missing", (_PATH,)),
    "kex": Meaning(
        "tcp/mtu-black-hole",
        (Alike("http/response-missing", "the server itself may be stuck", "ping -M do -s 1472 HOST"),),
    ),
    "kex-reply": Meaning(
        "tcp/mtu-black-hole",
        (Alike("http/response-missing", "the server itself may be stuck", "ping -M do -s 1472 HOST"),),
    ),
    "auth": Meaning("http/response-missing", (_PATH, _BIG)),
    "request": Meaning("http/response-missing", (_PATH, _BIG)),
    "body": Meaning("http/body-stalled", (_SLOW, _PATH)),
    "stalled": Meaning("http/body-stalled", (_SLOW, _PATH)),
    "lock": Meaning("local/cache-lock-held"),
    "prompt": Meaning("local/credential-prompt"),
}
"""What silence at a stage (clients/steps.py) means."""
_IN_HANDSHAKE: Mapping[str, str] = {
    "reset": "tls/reset-after-client-hello",
    "eof": "tls/closed-after-client-hello",
    "unexpected-eof": "tls/closed-after-client-hello",
}
_CLOSED_IN_TLS = Meaning("tls/closed-after-client-hello", (_RESET_IN_TLS,))
"""GnuTLS tells a close (GNUTLS_E_PREMATURE_TERMINATION) from a reset (GNUTLS_E_PULL_ERROR)."""
_CERTIFICATES = {"expired": "tls/certificate-expired", "name": "tls/name-mismatch"}
_QUICK_MS = 1_000
"""A dial that failed sooner was answered: Linux sends its first repeat after 1 s (RFC 6298 section 2.1)."""
_WINDOWS_REFUSED_MS = range(2_000, 2_200)
"""Windows asks a port that answers with RST again and again for two seconds before it believes; reports print 2,0xx ms."""
_LOOPBACK = ("127.", "::1", "localhost")
"""Who is asked there answers at once: no path between drops a SYN."""


def meaning(kind: str, facts: Mapping[str, Any], got: Steps) -> Meaning | None:
    """What an error means with its facts, after the steps that the command told of; None where the words name nothing."""
    if kind == "connect-proxy":
        reason = str(facts.get("reason"))
        if reason == "status":
            return Meaning("http/connect-refused")
        if reason == "timeout":
            return Meaning("http/connect-unanswered", (_SILENT,)) if facts.get("address") or facts.get("name") else None
        return meaning(reason, {k: v for k, v in facts.items() if k != "reason"}, got)
    if kind == "certificate":
        return Meaning(_CERTIFICATES.get(str(facts.get("subkind")), "tls/certificate-rejected"))
    if kind == "dns-unresolved":
        reason = str(facts.get("reason", ""))
        if "emporar" in reason or "timeout" in reason or reason == "EAI_AGAIN":
            return Meaning("dns/resolver-unanswered", (_SERVFAIL,))
        return Meaning("dns/name-not-found", (_SILENT_DNS, _SERVFAIL))
    if kind == "dns-server-misbehaving" and facts.get("rcode") in ("REFUSED", "Query refused", "Operation refused"):
        return Meaning("dns/refused")
    if kind == "dns-no-such-host" and not (facts.get("server") or facts.get("answered")):
        return _PLAIN[kind]._replace(alternatives=(*_PLAIN[kind].alternatives, _SILENT_DNS))
    if kind == "connect-failed":
        ms = facts.get("ms")
        quick = isinstance(ms, int) and (ms < _QUICK_MS or ms in _WINDOWS_REFUSED_MS)
        quick = (
            quick
            or bool(facts.get("answered"))
            or str(facts.get("address") or facts.get("host", "")).startswith(_LOOPBACK)
        )
        return Meaning("tcp/refused", (_SILENT,)) if quick else Meaning("tcp/syn-unanswered", (_REFUSED,))
    if kind == "dial-timeout" and facts.get("phase") == "unsaid":
        return Meaning("tcp/syn-unanswered", (_SILENT_TLS, _SILENT_DNS))
    if kind == "client-timeout" and facts.get("phase") == "unsaid" and got.stage not in _BY_STAGE:
        return Meaning("http/response-missing", (_SILENT, _SILENT_TLS))
    if facts.get("phase") == "tls-too":
        return Meaning("tcp/syn-unanswered", (_FIREWALL, _SILENT_TLS))
    if kind == "reset" and got.stage in ("body", "connect"):
        return Meaning("tcp/reset")
    if kind == "tls-reset" and facts.get("by") == "close":
        return _CLOSED_IN_TLS
    if kind in _IN_HANDSHAKE and got.stage in ("tls", "tls-answered"):
        return Meaning(_IN_HANDSHAKE[kind])
    if kind in ("client-timeout", "read-timeout"):
        return _own_timer(kind, facts, got)
    return _PLAIN.get(kind)


def _own_timer(kind: str, facts: Mapping[str, Any], got: Steps) -> Meaning:
    """A wait that the client's own time ended: by how far it had got; else by what it had received."""
    if facts.get("stage"):
        return _BY_STAGE[facts["stage"]]
    if kind == "read-timeout" and not facts.get("ended_by"):
        return Meaning("tcp/path-death")  # the kernel says that nothing was acknowledged any more
    if integer(str(facts.get("got") or "0")):
        return _BY_STAGE["body"]
    if got.stage in _BY_STAGE:
        return _BY_STAGE[got.stage]
    return Meaning("http/response-missing", (_STALLED, _PATH))


def answered_by_another(got: Steps) -> Meaning | None:
    """What it means that addresses were tried in vain, and another one, of the same name, stands."""
    dead = [one.address for one in got.tries]
    if not dead or got.address is None or got.address in dead or got.stage in (None, "dns", "dial"):
        return None
    if ":" not in got.address and all(":" in address for address in dead):
        return Meaning("tcp/ipv6-fallback", (ALIKE_BUT_IPV6,))
    return Meaning("tcp/one-address-dead")


def standing_at(got: Steps) -> Meaning | None:
    """What it means that a command stopped at a stage and printed no error: it still waits there. Of an answer that has
    begun nobody can tell by words whether it ended."""
    return _BY_STAGE.get(got.stage or "") if got.stage != "body" else None
