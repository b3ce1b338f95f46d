"""A cause from what the command printed, for runs of which no packets were seen, or whose packets show no cause.

It never says more than words can prove: how sure it is stands in ``certainty.py`` with reasons, what would be printed alike
stands beside as alternatives, each with the check that separates them. With packets at hand only what a program was told
within TLS counts, or what never shows on the wire captured (a proxy on the loopback).

Not a rule: it stands in for the rules of all phases at once.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.causes.client_errors import answering, end_of, only_words, printed, telling
from netanalyze.causes.confidence import confidence
from netanalyze.causes.from_words.certainty import LAST_TRY, TIMED, certainty
from netanalyze.causes.from_words.meanings import (
    ALIKE_BUT_IPV6,
    Alike,
    Meaning,
    answered_by_another,
    meaning,
    standing_at,
)
from netanalyze.clients.steps import STAGES, Steps, steps
from netanalyze.findings import Alternative, Culprit, Evidence, Finding, frames
from netanalyze.paste import ADDRESS, HOST, checked
from netanalyze.patterns import lazy_pattern
from netanalyze.wording import message

if TYPE_CHECKING:
    from netanalyze.clients.error_lines import ErrorLine

ITS_STEP = "the last step it told of"
HIDDEN_IN_TLS = frozenset(
    ("certificate", "http-status", "unexpected-eof", "redirect-refused", "redirect-loop", "module-not-found")
)
"""Kinds of errors whose reason no packet shows where TLS hides it."""
OWN_TIMERS = ("client-timeout", "read-timeout")
RETRIES = ("curl", "git", "ssh", "wget", "cargo", "go")
"""Clients that try all addresses of a name, and print one error."""
_LOOPBACK = lazy_pattern(r"127\.|::1$|localhost$")
_NOT_REACHED = (
    "dial-timeout",
    "git-connect-timeout",
    "connect-failed",
    "network-unreachable",
    "no-route",
    "client-timeout",
)
SAID_MORE = {"subkind": "why", "store": "store", "spoke": "spoke", "says": "says"}
"""Facts of an error that choose the advice, and the attribute that each becomes."""
WEB_PORTS = (80, 443)
"""At these a name may be pinned to this machine (a hosts file); at any other port a proxy listens."""


def judge_words(case: Case, findings: list[Finding]) -> list[Finding]:
    """What rules found, no surer than words are; and where they found nothing that failed the run, what the words mean."""
    if case.trace is None:
        return findings
    error = case.final_error
    alone = only_words(case)
    got = steps(case.trace.lines) if alone or not findings else Steps()
    if alone:
        findings = [
            replace(f, confidence=min(f.confidence, _most(f, error)), culprit=_placed(case, f.culprit, got))
            for f in findings
        ]
    if alone and error is not None and _other(error, got):
        # fatal ones rest on the error of the one address that is printed last
        findings = [f for f in findings if not f.fatal]
    if any(f.fatal and not cause_of(f.cause).about_capture for f in findings):
        return findings
    if error is not None and meaning(error.kind, error.facts, got) is not None:
        return [*findings, _meant(case, error, got)] if alone or _unseen(error) else findings
    waits = standing_at(got) if alone and error is None else None
    return [*findings, _waiting(case, got, waits)] if waits is not None else findings


def _most(finding: Finding, error: "ErrorLine | None") -> float:
    """How sure a rule's finding may be where no packets were seen; what speaks of this machine alone is heard first-hand."""
    if finding.culprit.role in ("client", "client-host") and cause_of(finding.cause).phase != "tcp":
        return 0.9
    return confidence(certainty(error.kind, error.facts, True)[0] if error is not None else TIMED)


def _placed(case: Case, culprit: Culprit, got: Steps) -> Culprit:
    """A server that its error does not name: whom the command spoke to by its own account."""
    host = _host(case, {}, got)
    if culprit.role != "server" or culprit.host or culprit.address or not host:
        return culprit
    return Culprit(case.role(host, got.port), host, got.address, got.port)


def _unseen(error: "ErrorLine") -> bool:
    """Whether what an error tells cannot be seen in these packets."""
    address = str(error.facts.get("address") or error.facts.get("name", ""))
    return error.kind in HIDDEN_IN_TLS or bool(_LOOPBACK.match(address))


def _other(error: "ErrorLine", got: Steps) -> "tuple[str, dict[str, Any]] | None":
    """Another address's error that says more than the one printed last: an answer of the network, where the last is only
    this machine's want of an address of that family."""
    more = [t for t in got.tries if t.kind not in ("network-unreachable", "unknown")]
    less = ("network-unreachable", "connect-failed")
    if not more or (error.kind not in less and more[-1].kind != "quic-timeout"):
        return None
    last = more[-1]
    return last.kind, {"address": last.address, **({"port": last.port} if last.port else {})}


def _meant(case: Case, error: "ErrorLine", got: Steps) -> Finding:
    kind, facts = error.kind, dict(error.facts)
    if instead := _other(error, got):
        kind, facts = instead[0], {**facts, **instead[1]}
    read = meaning(kind, facts, got)
    assert read is not None  # the caller asked first
    if kind in _NOT_REACHED and case.trace is not None and case.trace.works_by_ipv4:
        read = Meaning("tcp/ipv6-fallback", (ALIKE_BUT_IPV6,))
    elif (
        kind in _NOT_REACHED and case.trace is not None and case.trace.recovered and (other := answered_by_another(got))
    ):
        read, facts["address"] = other, got.tries[-1].address
    host = _host(case, facts, got)
    if numeric := checked(facts.get("host"), ADDRESS):
        facts.setdefault("address", numeric)
    facts.setdefault("address", _address(kind, got))
    facts.setdefault("port", got.port)
    facts = {key: value for key, value in facts.items() if value is not None}
    known = {**facts, **({"host": host} if host else {})}
    address = str(facts.get("address", ""))
    here = bool(_LOOPBACK.match(address))
    several = case.client.name in RETRIES and len(got.tries) != 1 and not here
    sure, why = certainty(kind, known, several)
    flow = answering(case, host) if case.flows else None
    line = telling(error) if error.kind != "git-credentials" else error.text
    short = end_of(line)
    attributes: dict[str, Any] = {key: known[key] for key in ("alert", "status", "code", "version") if key in known}
    attributes |= {name: known[key] for key, name in SAID_MORE.items() if key in known}
    if read == standing_at(Steps("banner")):
        attributes["greeting"] = "missing"
    if kind == "dns-unresolved" and read.cause == "dns/name-not-found":
        attributes["sure"] = "no"
    if kind == "redirect-refused":
        attributes["redirect"] = "insecure"
    if ":" in address and read.cause == "tcp/no-route":
        attributes["family"] = "IPv6"
    at_ns = flow.last_ns if flow else case.end_ns
    return cause_of(read.cause).finding(
        _culprit(case, read, kind, known, host, got.stage == "connect"),
        (at_ns, at_ns),
        message("{host}: {said}", host=host, said=short) if host else short,
        (
            printed(line),
            *_tries(got),
            *((printed(got.text, ITS_STEP),) if kind in OWN_TIMERS and got.text else ()),
            *(frames((flow.server.last_data_frame, "the server's last octets")) if flow else ()),
        ),
        confidence(sure),
        flow,
        fatal=True,
        quantities={"name": known.get("name") or host} if known.get("name") or host else {},
        counter_evidence=(why,) if only_words(case) and not here else (),
        alternatives=() if here else _named(read.alternatives, host, facts.get("port")),
        attributes=attributes,
    )


def _address(kind: str, got: Steps) -> str | None:
    """Whom the error is about: of addresses that were tried in vain not one that this machine had no way to."""
    unreachable = [one.address for one in got.tries if one.kind == "network-unreachable"]
    if got.address not in unreachable or kind == "network-unreachable":
        return got.address
    return next((one.address for one in reversed(got.tries) if one.address not in unreachable), None)


def _tries(got: Steps) -> tuple[Evidence, ...]:
    """The addresses that were tried before, and what befell them."""
    return tuple(Evidence(f"{one.address}: {one.kind}", "an address that it tried", "trace") for one in got.tries[:3])


def _waiting(case: Case, got: Steps, read: Meaning) -> Finding:
    """The command stopped at a stage, and had printed no error."""
    assert case.trace is not None
    host = _host(case, {}, got)
    facts = {"address": got.address, "port": got.port, "host": host}
    return cause_of(read.cause).finding(
        _culprit(case, read, "", facts, host),
        (case.end_ns, case.end_ns),
        message("its last word: {what}", what=STAGES[got.stage or "dial"]),
        (printed(got.text, ITS_STEP),),
        confidence(LAST_TRY),
        fatal=True,
        quantities={"name": host} if host else {},
        attributes={"over": "http" if "://" in got.text else "ssh"} if got.stage == "prompt" else {},
        counter_evidence=("it may have gone on after this was copied",),
        alternatives=_named(read.alternatives, host),
    )


def _named(alternatives: tuple[Alike, ...], host: str | None, port: object = None) -> tuple[Alternative, ...]:
    """The alternatives, their checks with the host's name in them, and the port where it is another one than https's."""
    shown = checked(host, HOST) or "HOST"
    return tuple(other.of(shown, port if isinstance(port, int) else 443) for other in alternatives)


def _host(case: Case, facts: Mapping[str, Any], got: Steps) -> str | None:
    """Whom the command meant to reach, as far as it names one."""
    trace = case.trace
    assert trace is not None
    if facts.get("host"):
        return str(facts["host"])
    if facts.get("name") and not facts.get("server"):
        return str(facts["name"])
    open_ = [r.host for r in trace.open_requests if r.host]
    if got.host or open_:
        return got.host or open_[-1]
    return trace.hosts[0] if len(trace.hosts) == 1 else None


def _culprit(
    case: Case, read: Meaning, kind: str, facts: Mapping[str, Any], host: str | None, at_proxy: bool = False
) -> Culprit:
    phase, address, port = cause_of(read.cause).phase, facts.get("address"), facts.get("port")
    if phase != "dns" and (kind == "connect-proxy" or (at_proxy and facts.get("address"))):
        return Culprit("http-proxy", facts.get("name"), address, port)  # the host is the one behind it
    if read.cause == "tcp/no-route" or phase == "local":
        return Culprit(
            "client-host" if phase != "local" or read.cause != "local/configuration" else "client", None, address
        )
    if phase == "dns":
        return Culprit("resolver", None, facts.get("server"), facts.get("server_port") or 53)
    if _LOOPBACK.match(str(address)) and host and not _LOOPBACK.match(host) and port not in WEB_PORTS:
        return Culprit("http-proxy", None, address, port)  # it goes to another host by way of this machine
    return Culprit(case.role(host or address, port), host, address, port)
