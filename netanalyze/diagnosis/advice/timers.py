"""Which of a client's timers ends the wait that a cause makes, in one sentence."""

from netanalyze.clients import client_by_name
from netanalyze.clients.client import Timer

LINE = 76
"""Characters a line of the report has."""

_PHASE_OF_CAUSE = {
    "dns/resolver-unanswered": "dns",
    "dns/first-resolver-dead": "dns",
    "dns/one-family-unanswered": "dns",
    "dns/edns-dropped": "dns",
    "dns/truncated-tcp-blocked": "dns",
    "dns/answer-": "dns",
    "tcp/syn-unanswered": "dial",
    "tcp/one-address-dead": "dial",
    "tcp/ipv6-fallback": "dial",
    "tcp/mtu-black-hole": "tls",
    "tcp/path-death": "keepalive",
    "tcp/outage": "keepalive",
    "tcp/idle-connection-dropped": "keepalive",
    "tcp/half-closed": "body",
    "tcp/peer-window-closed": "body",
    "tls/client-hello-dropped": "tls",
    "tls/large-client-hello-dropped": "tls",
    "tls/server-": "tls",
    "http/connect-unanswered": "connect",
    "http/response-": "response",
    "http/body-": "body",
}
_WAIT = {
    "dns": "a silent resolver",
    "dial": "a TCP connection",
    "tls": "a TLS handshake",
    "connect": "a proxy's answer to CONNECT",
    "response": "a response",
    "body": "the rest of a response",
    "keepalive": "a silent connection",
}


def phase_of(cause: str) -> str | None:
    """The phase (``clients.PHASES``) in which a cause makes the client wait; None where it does not wait."""
    return next((phase for start, phase in _PHASE_OF_CAUSE.items() if cause.startswith(start)), None)


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.0f} s"


def explanation(cause: str, client: str | None, fired: Timer | None = None) -> str | None:
    """The timer that ended the wait (``fired``), or the one that will, or that there is none.

    >>> explanation("tls/server-hello-missing", "go")
    'go gives a TLS handshake 10 s: "net/http: TLS handshake timeout"'
    >>> explanation("http/response-missing", "go")
    'go has no timer for a response: it waits for ever'
    """
    known = client_by_name(client)
    who = known.name if known.name != "generic" else "the command"
    phase = fired.phase if fired else phase_of(cause)
    if phase is None:
        return None
    if fired is None:
        if phase in known.unguarded:
            if known.name == "generic":
                return f"Linux itself ends no wait for {_WAIT[phase]}"
            return f"{who} has no timer for {_WAIT[phase]}: it waits for ever"
        one_try = cause in ("dns/first-resolver-dead", "dns/answer-lost")
        guards = [t for t in known.timers if t.phase == phase and not t.name.startswith("GOINSECURE")]
        usable = [t for t in guards if t.fatal is not one_try] or guards
        if not usable:
            return None
        dial = [t for t in usable if t.name == "dial" or t.name.endswith("linear first")]
        fired = (dial or usable)[0]
    said = f': "{fired.error_text}"' if fired.error_text else ""
    told = f"{who} gives {_WAIT[phase]} {_seconds(fired.seconds)}"
    return told + said if len(told + said) <= LINE else told
