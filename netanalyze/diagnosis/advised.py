"""What to do about a group of findings: the pages of its cause, asked with all that is known of the run."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from netanalyze.causes.case import Case
from netanalyze.clients.git import CLONES
from netanalyze.diagnosis.asked import requested
from netanalyze.diagnosis.group import Group
from netanalyze.flows.flow import Flow
from netanalyze.isolation import isolated
from netanalyze.result.asked_for import AskedFor
from netanalyze.urls import split

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace
    from netanalyze.diagnosis.advice import Advice


def advice_for(case: Case, group: Group) -> "Advice":
    """What to do about a group of findings; nothing where that fails: the verdict stands without."""
    from netanalyze.diagnosis.advice import Advice, advice  # its pages are many, and a healthy run needs none

    lead = group.lead
    with isolated(f"advice for {lead.cause}", case.diagnostics):
        return advice(
            lead.cause, lead.culprit, case.client.name, lead.attributes, case.environment, _facts(case, group)
        )
    return Advice()


def _way(case: Case, flow: Flow | None, request: AskedFor | None) -> dict[str, Any]:
    """What was asked for, and by which way: the proxy, the family of addresses, and the version of HTTP."""
    way: dict[str, Any] = {}
    if flow is not None and flow.is_tcp and flow.http is not None and flow.http.connect is not None:
        way |= {"through": case.http_proxy(flow).name, "through_port": flow.server.port}
    if request is None:
        return way
    way["request_url"] = request.url
    if flow is not None and flow.is_tcp:
        way["family"] = "6" if ":" in flow.server.address else "4"
        offered, chosen = _protocols(flow)
        alone = chosen or (offered[0] if len(offered) == 1 else None)
        way |= {"http": alone} if alone in ("h2", "http/1.1") else {}
    return way


def _protocols(flow: Flow) -> tuple[tuple[str, ...], str | None]:
    """The protocols that were offered in TLS, and the one that was chosen where that is visible (RFC 7301)."""
    client = flow.tls.client_hello if flow.tls is not None else None
    server = flow.tls.server_hello if flow.tls is not None else None
    offered = tuple(client.message.alpn) if client is not None and client.message is not None else ()
    return offered, server.message.alpn if server is not None and server.message is not None else None


def _typed_scheme(argv: Iterable[str], facts: Mapping[str, Any]) -> str | None:
    """The scheme of the URL on the command's line that leads to the very server: at another port than 80 and 443 none tells."""
    urls = [url for url in map(split, argv) if url is not None and url.port is not None]
    there = (facts["host"], facts["address"])
    return next((url.scheme for url in urls if url.host in there and url.port == facts["port"]), None)


def _clones(trace: "Trace") -> bool:
    return any(line.text.startswith(CLONES) for line in trace.lines)


def _facts(case: Case, group: Group) -> dict[str, Any]:
    lead = group.lead
    flow = case.index.flows.get(lead.flow_id)
    over = flow.ended() if flow is not None else None
    facts: dict[str, Any] = {
        "host": flow.host if flow else lead.quantities.get("name") or lead.culprit.host,
        "address": flow.server.address if flow and not lead.culprit.via else lead.culprit.address,
        "port": flow.server.port if flow and not lead.culprit.via else lead.culprit.port,
        "failing_hosts": [f.culprit.host for f in group.findings if f.culprit.host],
        "qname": lead.quantities.get("name"),
        "path_mtu": lead.attributes.get("mtu"),
        "client_address": flow.client.address if flow else None,
        "given_up": True if over is not None and over[1] == 0 and over[2] <= lead.end_ns else None,
    }
    if flow is not None and flow.host:
        facts["server_role"] = case.role(flow.host, flow.server.port)
    facts |= _way(case, flow, requested(case, lead))
    if flow is not None and flow.is_tcp and flow.tls is None and flow.conversation is not None:
        facts["scheme"] = (
            "http" if flow.http is not None and any(e.request_frame for e in flow.http.exchanges) else None
        )
        facts["other_protocol"] = facts["scheme"] is None and flow.client.sent_data
    if lead.culprit.role == "resolver":
        facts["resolver"] = lead.culprit.address
    if case.run is not None and case.run.argv:
        facts["argv"], facts["typed"] = list(case.run.argv), case.run.typed
        if _typed_scheme(case.run.argv, facts) == "http":
            facts["scheme"], facts["in_clear"] = "http", True
    elif case.run is None and case.trace is not None and _clones(case.trace):
        facts["argv"] = ["git", "clone", "URL"]
    error = case.final_error
    if error is not None:
        facts["kind"] = error.kind
        if error.kind == "client-timeout" or error.facts.get("ended_by"):
            facts["given_up"] = facts["own_timer"] = True
        for key in ("status", "module", "toolchain", "setting", "program"):
            if error.facts.get(key):
                facts[key] = error.facts[key]
    for key in ("lock", "holder_pid", "stopped_pid"):
        if key in lead.attributes:
            facts[key] = lead.attributes[key]
    return {key: value for key, value in facts.items() if value is not None}
