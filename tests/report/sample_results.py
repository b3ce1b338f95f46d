"""Results made by hand, one of each status, for the tests of reports and of the command line."""

from netanalyze.conversations.dns import DnsTable
from netanalyze.conversations.http import HttpTable
from netanalyze.conversations.tls import TlsTable
from netanalyze.diagnostics import Diagnostics
from netanalyze.findings import Alternative, Check, Culprit, Evidence, Finding, Frames
from netanalyze.flows.table import EventTable, FlowTable, MarkTable, StallTable
from netanalyze.result import CaptureFacts, Limit, Result, RunFacts, Step, Verdict
from netanalyze.result.ledger import LedgerRow
from netanalyze.units import NEVER_NS

START = 1_704_067_200_000_000_000
"""2024-01-01T00:00:00Z."""


def at(s):
    """A moment, ``s`` seconds after the start."""
    return START + round(s * 1_000_000_000)


def ledger(*rows):
    """Ledger rows from (start, end, phase, cause, flow) in seconds."""
    return tuple(
        LedgerRow(at(start), at(end), phase, cause, CULPRIT if cause else None, flow)
        for start, end, phase, cause, flow in rows
    )


def result(verdict, *, ends, findings=(), consequences=None, rows=(), run=None, diagnostics=None, flows=(), dns=(),
           tls=(), http=(), stalls=(), files=("hang.pcap",), packets=37, judged=None, total=None):  # fmt: skip
    """A Result with the tables made from rows."""
    judged = len(flows) if judged is None else judged
    return Result(
        version="0.1.0",
        capture=CaptureFacts(
            files=files, packets=packets, start_ns=at(0), end_ns=at(ends), link_types=("EN10MB",), vantage="client",
            judged_flows=judged, total_flows=len(flows) if total is None else total,
            diagnostics=tuple((diagnostics or Diagnostics()).rows()),
        ),
        run=run,
        verdict=verdict,
        findings=tuple(findings),
        consequences=tuple(consequences) if consequences is not None else (None,) * len(findings),
        ledger=tuple(rows),
        flows=FlowTable.from_rows(flows),
        dns=DnsTable.from_rows(dns),
        tls=TlsTable.from_rows(tls),
        http=HttpTable.from_rows(http),
        stalls=StallTable.from_rows(stalls),
        events=EventTable(),
        tcp_marks=MarkTable(),
    )  # fmt: skip


CULPRIT = Culprit("path", "proxy.golang.org", "142.250.66.81", 443)
MIRROR = "GOPROXY=https://goproxy.cn,direct"


def _flow(flow_id, port, start, end, *, server="142.250.66.81", host="proxy.golang.org", service="tls", rtt=0.038,
          transport="tcp", resp_port=443, **more):  # fmt: skip
    connected = transport == "tcp"
    return {
        "flow_id": flow_id, "transport": transport, "ip_version": 6 if ":" in server else 4,
        "orig_address": "2001:db8::2" if ":" in server else "192.0.2.10", "orig_port": port, "resp_address": server,
        "resp_port": resp_port, "host": host, "sni": host if service == "tls" else None, "service": service, "judged": 1,
        "first_ns": at(start), "last_ns": at(end), "first_frame": 11, "last_frame": 25, "orig_packets": 10,
        "resp_packets": 3, "orig_octets": 9228, "resp_octets": 0,
        "syn_ns": at(start) if connected else None, "syn_ack_ns": at(start + rtt) if connected else None,
        "established_ns": at(start + rtt) if connected else None, "initial_rtt_ns": round(rtt * 1e9) if connected else None,
        "conn_state": "S1" if connected else "SF", "history": "ShAD" if connected else "Dd",
        **more,
    }  # fmt: skip


def failed():
    """The flagship: the ClientHello is swallowed, and go hangs up after its ten seconds."""
    dropped = Finding(
        "tls/client-hello-dropped", CULPRIT, at(0.05), at(10.05),
        "ClientHello of 1538 octets sent 6 times in 6.5 s, not one octet acknowledged",
        (Evidence(16, "ClientHello"), Evidence(18, "sent again"), Evidence(25, "the client's FIN")),
        0.93, flow_id=4, fatal=True, quantities={"octets": 1538, "sent": 6, "spread": 6.5},
        counter_evidence=("no other name was tried on this path",),
        attributes={"sni": "proxy.golang.org"},
    )  # fmt: skip
    fallback = Finding(
        "go/no-fallback", Culprit("client"), at(10.05), at(10.05),
        "the comma in GOPROXY goes on after 404 and 410 only, so this error ended the run",
        (Evidence("net/http: TLS handshake timeout", "the final error", kind="trace"),), 0.9,
    )  # fmt: skip
    retry = Finding(
        "dns/answer-lost", Culprit("resolver", None, "192.0.2.53", 53), at(0.001), at(0.004),
        "one answer lost, asked again", (Evidence(3, "the query"),), 0.7, flow_id=0,
    )  # fmt: skip
    verdict = Verdict(
        status="failed",
        summary="The ClientHello to proxy.golang.org is swallowed on the way.",
        cause="tls/client-hello-dropped",
        culprit=CULPRIT,
        confidence=0.93,
        seconds=10.0,
        attributes={"sni": "proxy.golang.org"},
        alternatives=(
            Alternative(
                "tls/large-client-hello-dropped", "its size alone may do it",
                Check(command="GODEBUG=tlsmlkem=0 go mod download"),
            ),
        ),
        fix=(
            Step("Ask another module proxy, for this run", f"{MIRROR} go mod download", "this run only"),
            Step("The same from now on", f"go env -w {MIRROR}"),
            Step("A small ClientHello, for this run", "GODEBUG=tlsmlkem=0 go mod download", "this run only"),
            Step("Try another network (phone, VPN): it tells path from server"),
        ),
        verify=Check(command="curl -sv --max-time 15 https://proxy.golang.org/ -o /dev/null"),
        proof=(
            (Frames(13), "TCP connected in 38 ms: DNS and 142.250.66.81:443 are fine"),
            (Frames(16, 17), "ClientHello, 1538 octets, SNI proxy.golang.org (stream 4)"),
            (Frames(18, 24), "sent 5 more times in 6.5 s; not one octet ACKed or SACKed"),
            (Frames(25), 'go hangs up: its 10 s TLS timer, "net/http: TLS handshake timeout"'),
        ),
        where="path (a filter by name?); not this machine; server not proven guilty",
        no_use=("go clean -modcache", "GOSUMDB=off", "waiting (go never retries)"),
        finding=0,
    )  # fmt: skip
    diagnostics = Diagnostics()
    diagnostics.add("offload_sized_segments", 4, 16)
    diagnostics.add("acked_unseen", 1, 9)
    flows = [
        _flow(0, 40001, 0.001, 0.008, server="192.0.2.53", host=None, service="dns", transport="udp", resp_port=53),
        _flow(1, 40002, 0.001, 0.009, server="192.0.2.53", host=None, service="dns", transport="udp", resp_port=53),
        _flow(4, 51234, 0.011, 10.06, orig_fin_ns=at(10.05), orig_retransmissions=5, orig_mss=1460, resp_mss=1430),
    ]
    dns = [
        {"dns_id": 7, "kind": "dns", "flow_id": i, "transport": "udp", "client": "192.0.2.10", "client_port": 40001 + i,
         "resolver": "192.0.2.53", "qname": "proxy.golang.org", "qtype": kind, "qtype_name": name, "rcode": 0,
         "rcode_name": "NOERROR", "query_ns": at(0.001), "response_ns": at(0.008 + i / 1000), "query_frame": 3 + i,
         "response_frame": 7 + i, "queries": 1, "responses": 1, "edns": 1,
         "answers": ["142.250.66.81"] if kind == 1 else []}
        for i, (kind, name) in enumerate([(1, "A"), (28, "AAAA")])
    ]  # fmt: skip
    tls = [
        {"flow_id": 4, "kind": "tls", "handshake": 0, "client_hello_frame": 17, "client_hello_ns": at(0.05),
         "client_hello_octets": 1538, "client_hello_segments": 2, "client_hello_acked": 0, "client_hello_sacked": 0,
         "sni": "proxy.golang.org", "alpn": ["h2", "http/1.1"], "offered_version": "TLS 1.3", "groups": [4588, 29, 23],
         "ja4": "t13d1312h2_f57a46bbacb6_ef7df7f74e48"}
    ]  # fmt: skip
    stalls = [
        {"flow_id": 4, "start_ns": at(0.05), "end_ns": at(10.05), "waiting_for": "ack", "waiting_on": "path",
         "last_frame": 17, "next_frame": 25, "resent": 5}
    ]  # fmt: skip
    rows = ledger(
        (0, 0.001, "local", None, None),
        (0.001, 0.009, "dns", None, 0),
        (0.009, 0.011, "local", None, None),
        (0.011, 0.049, "connect", None, 4),
        (0.049, 0.05, "local", None, 4),
        (0.05, 10.05, "tls", "tls/client-hello-dropped", 4),
        (10.05, 10.1, "local", None, None),
    )
    run = RunFacts(("go", "mod", "download"), 1, at(0), at(10.1), "go 1.27.3")
    return result(verdict, ends=10.1, findings=(dropped, fallback, retry), consequences=(None, 0, None), rows=rows,
                  run=run, diagnostics=diagnostics, flows=flows, dns=dns, tls=tls, stalls=stalls, judged=3, total=5)  # fmt: skip


def healthy():
    """Two hundred requests, one after the other, over a long way."""
    verdict = Verdict(
        status="healthy",
        summary="Nothing is wrong; 38.2 s is distance times requests.",
        confidence=0.9,
        limits=(
            Limit("200 .info requests, one after the other, one round trip (180 ms) each", 36.0),
            Limit("transfer, 41 MB at 29 MB/s; the rest: TLS 0.36, DNS 0.02, local 0.42", 1.4),
        ),
        ignored=("7 surplus handshakes go closed itself", "3 retransmissions (0.01 %)"),
    )
    rows = [(0.0, 0.02, "dns", None, 0), (0.02, 0.38, "tls", None, 1)]
    moment = 0.38
    for i in range(200):
        rows.append((moment, moment + 0.18, "request", None, 1 + i % 3))
        moment += 0.18
    rows += [(moment, moment + 1.4, "transfer", None, 1), (moment + 1.4, moment + 1.82, "local", None, None)]
    flows = [
        _flow(0, 40001, 0, 0.02, server="192.0.2.53", host=None, service="dns", transport="udp", resp_port=53),
        *(_flow(i, 51000 + i, 0.02 * i, 38, rtt=0.18, resp_octets=41_000_000 // 3) for i in (1, 2, 3)),
    ]
    tls = [
        {"flow_id": i, "kind": "tls", "client_hello_ns": at(0.02 * i + 0.18), "server_hello_ns": at(0.02 * i + 0.36),
         "sni": "proxy.golang.org", "version": "TLS 1.3", "established": 1}
        for i in (1, 2, 3)
    ]  # fmt: skip
    return result(verdict, ends=38.2, rows=ledger(*rows), flows=flows, tls=tls, packets=48_211, total=4)


def hung():
    """Nothing moves, and nobody on the network owes a move: another program holds the lock."""
    holder = Culprit("client-host")
    finding = Finding(
        "local/cache-lock-held", holder, at(0.4), at(30.4), "no flow owed a move for 30.0 s; go waits for cache.lock",
        (Evidence("flock(cache.lock)", "go waits", kind="syscall"),), 0.8,
    )  # fmt: skip
    verdict = Verdict(
        status="hung", summary="The network owes nothing: go waits for a lock on this machine.",
        cause="local/cache-lock-held", culprit=holder, confidence=0.8, seconds=30.0, without_it_at_least=0.4,
        without_it_how="what it had done; how much was left to do is not known", attributes={"not_network": True},
        fix=(Step("See who holds a lock, and let it end", "sudo lslocks -o PID,COMMAND,PATH"),),
        verify=Check(command="sudo lslocks -o PID,COMMAND,PATH"),
        proof=(("flock", "go waits for cache.lock since 0.4 s"), (Frames(12), "the last frame of any judged flow")),
        where="this machine: another program holds the lock; not the network",
        no_use=("deleting the .lock file", "another mirror", "waiting, if the holder hangs, too"), finding=0,
    )  # fmt: skip
    rows = (
        LedgerRow(at(0), at(0.4), "transfer", None, None, 0),
        LedgerRow(at(0.4), at(30.4), "local", "local/cache-lock-held", holder, None, "flock"),
    )
    return result(verdict, ends=30.4, findings=(finding,), rows=rows, flows=[_flow(0, 51000, 0, 0.4)])


def degraded():
    """It worked, after a first resolver that is dead was asked with every lookup."""
    dead = Culprit("resolver", None, "192.0.2.53", 53)
    finding = Finding(
        "dns/first-resolver-dead", dead, at(0), at(10), "192.0.2.53 was asked twice and never answered; 192.0.2.54 did",
        (Evidence(1, "asked"), Evidence(5, "the other one answers")), 0.95, flow_id=0,
    )  # fmt: skip
    verdict = Verdict(
        status="degraded", summary="It worked, but the resolver asked first is dead.", cause="dns/first-resolver-dead",
        culprit=dead, confidence=0.95, seconds=10.0, without_it=2.34, without_it_how="as the other lookups took",
        proof=((Frames(1), "the first query; no answer ever"),
               (Frames(1234567, 1234890), "the second resolver, asked after 5 s")),
        fix=(Step("Name a resolver that answers", "sudo resolvectl dns eth0 192.0.2.54"),
             Step("If the resolver is yours: restart it, and look into its log for what it waits for")),
        verify=Check(command="dig +tries=1 +time=2 @192.0.2.53 proxy.golang.org"), finding=0,
    )  # fmt: skip
    rows = [(0.0, 5.0, "dns", "dns/first-resolver-dead", 0), (5.0, 5.02, "dns", None, 1)]
    rows += [(5.02 + i, 5.02 + i + 1, "transfer", None, 2) for i in range(2)]
    rows += [(7.02, 12.02, "dns", "dns/first-resolver-dead", 3), (12.02, 12.34, "transfer", None, 2)]
    flows = [
        _flow(0, 40001, 0, 5, server="192.0.2.53", host=None, service="dns", transport="udp", resp_port=53),
        _flow(1, 40002, 5, 5.02, server="192.0.2.54", host=None, service="dns", transport="udp", resp_port=53),
        _flow(2, 51000, 5.02, 12.34, server="2001:db8::1"),
    ]
    return result(verdict, ends=12.34, findings=(finding,), rows=ledger(*rows), flows=flows)


def unusable():
    """Frames of a link type that nobody decodes."""
    diagnostics = Diagnostics()
    diagnostics.add("unknown_link_type", 37, 1, "link type 147")
    verdict = Verdict(
        status="unusable", summary="Nothing in this capture could be decoded: its link type is 147.",
        fix=(Step("Record on every interface while it runs", "sudo tcpdump -i any -w hang.pcap"),),
    )  # fmt: skip
    return result(verdict, ends=2, diagnostics=diagnostics)


def empty():
    """No packet at all, no time."""
    made = result(Verdict(status="unusable", summary="There is no packet in this capture."), ends=0, packets=0)
    from dataclasses import replace

    return replace(made, capture=replace(made.capture, start_ns=NEVER_NS, end_ns=NEVER_NS))


ALL = {made.__name__: made for made in (failed, healthy, hung, degraded, unusable, empty)}
"""Makers by name."""
