"""SYNs are sent, and nothing comes back.

What it finds
    A dial none of whose addresses answered in any way (SYN-ACK, RST, ICMP), one
    of them asked twice, for PATIENCE (2.5 s) or longer, to the moment when the
    client gave up or turned elsewhere; or attempts at one address in quick succession,
    their SYNs spread over as long. Port 53 belongs to the DNS rules. A call that a
    client of FTP asked for (PORT, EPRT) is told as such.

Why a program hangs
    Dropping is silent, so the kernel tries on: at 1, 2, 3, 4, 5, 7, 11, 20 s
    since Linux 6.5, before that at 1, 3, 7, 15 s. go ends a dial after 30 s,
    names and all addresses together ("i/o timeout"); git waits for the kernel,
    134 s.

What to do
    Is it this host, this port, or everything?
        nc -vz -w 5 ADDRESS 443; nc -vz -w 5 1.1.1.1 443
        traceroute -T -p 443 ADDRESS; env | grep -i proxy
        GOPROXY=https://goproxy.cn,direct go mod download
    Blocked by address: a mirror, or HTTPS_PROXY. In a shell it works and in an
    IDE, daemon or container it does not: the proxy variables are missing there.
    Active FTP: passive mode, in which the client opens the data connection too.

Look-alikes
    tcp/refused and tcp/rejected-by-icmp: an answer. local/egress-dropped: no
    SYN in the capture at all. tcp/one-address-dead and tcp/ipv6-fallback:
    another attempt works. tcp/syn-lost: a repeat works.
    dns/conflicting-answers: the address itself was forged.

Known false alarms
    A client that races several addresses and ends before the answer; SYN-ACKs
    that went past the recorder (capture/one-way).

References
    RFC 9293 section 3.5; ip-sysctl: tcp_syn_retries (6),
    tcp_syn_linear_timeouts (4); Go 1.27 net/http/transport.go (Dialer.Timeout),
    net/dial.go; measured: 30.07 s.
"""

from collections.abc import Iterator
from dataclasses import replace

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, ANOTHER_WAY, PORT_CHECK, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.causes.patience import patience
from netanalyze.causes.tcp._advice import PASSIVE_MODE, PAST_PROXY
from netanalyze.causes.tcp._next_address import NEXT_SERVED, NextAddress
from netanalyze.findings import Alternative, Finding, Threshold, frames
from netanalyze.flows.dialing import Dial, outcome
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.encrypted_dns import DOT_PORT
from netanalyze.flows.network.calling_back import control_of
from netanalyze.flows.screen import odd
from netanalyze.paste import command
from netanalyze.units import duration
from netanalyze.urls import authority
from netanalyze.wording import message, saying

CAUSE = Cause(
    "tcp/syn-unanswered",
    meaning="Connection attempts (SYN) got no reply of any kind.",
    headline="{place} cannot be reached: no SYN is answered.",
    variants={
        When.OTHER_PORT: "Port {at_port} of {place} cannot be reached: no SYN is answered.",
        When.CALLED_BACK: "Active FTP: {called_back_by} cannot open its data connection to {place}: no SYN is answered.",
    },
    guarded_by="dial",
    silent=True,
    owns_retries=True,
    other_address="tcp/one-address-dead",
    fits=("dial-timeout", "git-connect-timeout", "connect-failed", "connect-proxy"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    2.5, "s",
    source="Linux tcp_syn_linear_timeouts: repeats at 1, 2, 3, 4 s; before 6.5 at 1, 3 s; RFC 6298 section 2.1",
    why="the SYN and a repeat (two since 6.5) went unanswered, so that one lost packet cannot explain it",
)  # fmt: skip


ASKED_AGAIN = Proved(
    0.85, "two or three SYNs over 2.5 s or longer, and no answer of any kind", Basis.FRAMES, "both may be lost by chance"
)  # fmt: skip
ASKED_OFTEN = Proved(
    0.95, "four SYNs or more", Basis.FRAMES, "no chance loses so many; whether host, filter or path is silent, is open"
)

JUST_TRIED = Missing(
    "another address was just being tried when the capture ended", Basis.FRAMES, "it may have answered then", at_most=0.7
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A dial in which no address answered at all, and at least one was asked for PATIENCE or longer."""
    named: set[int] = set()
    next_address = NextAddress(case)
    for dial in (*odd(case.dials), *_successions(case)):
        silent = [f for f in dial.attempts if outcome(f) in ("silent", "aborted")]
        if dial.connected or not silent or len(silent) < len(dial.attempts):
            continue
        end = case.given_up_ns(dial, max(f.client.syn_last_ns for f in silent))
        borne = patience(case, PATIENCE, "dial", (dial.host,), (dial.start_ns, end))
        if end - dial.start_ns < borne or not _waited(silent, borne) or not named.isdisjoint(f.id for f in silent):
            continue
        if silent[0].server.port in (53, DOT_PORT):
            continue  # DNS over TCP and TLS: dns/truncated-tcp-blocked and dns/encrypted-blocked tell the whole of it
        named |= {f.id for f in silent}
        yield _finding(case, silent, (dial.start_ns, end), next_address.served(silent[0], end))


def _finding(case: Case, silent: list[Flow], span: tuple[int, int], next_served: bool) -> Finding:
    first, last = silent[0], silent[-1]
    port, count = first.server.port, sum(f.client.syn_count for f in silent)
    addresses = list(dict.fromkeys(f.server.address for f in silent))
    say = saying(
        count=count, places=", ".join(authority(address, port) for address in addresses[:3]),
        time=duration(max(f.client.syn_last_ns for f in silent) - span[0]),
    )  # fmt: skip
    elsewhere = case.index.serves_elsewhere(first)
    control = control_of(case.index.calls, first)
    attributes = {"family": "IPv6" if first.ip_version == 6 else "IPv4"} | ({"at_port": port} if elsewhere else {})
    if control is not None:
        attributes["called_back_by"] = control.destination
    others = elsewhere or len(case.index.answering) > sum(address in case.index.answering for address in addresses)
    check = command("nc -vz -w3 {address} {port}", address=first.server.address, port=port)
    own = Alternative("local/egress-dropped", "nothing else was reached in this capture either", check)
    return CAUSE.finding(
        case.server(first) if control is None else case.path(first),
        span,
        say("{count} SYNs to {places} in {time}, and nothing came back"),
        frames(
            *(
                (f.first_frame, message("first SYN to {address}:{port}", address=f.server.address, port=f.server.port))
                for f in silent[:4]
            ),
            (last.client.last_frame, say("SYN number {count}: no SYN-ACK, no RST, no ICMP")),
        ),
        confidence(
            ASKED_AGAIN,
            ASKED_OFTEN.when(count >= 4),
            NEXT_SERVED.when(next_served),
            JUST_TRIED.when(len(addresses) > 1 and case.end_ns - last.first_ns < PATIENCE.ns),
        ),
        first,
        fatal=not (next_served and first.ip_version == 6),  # IPv4 may have saved it
        also_flows=tuple(f.id for f in silent[1:]),
        quantities={"syns": count, "addresses": len(addresses)},
        alternatives=() if others else (own,),
        attributes=attributes,
    )


def _successions(case: Case) -> list[Dial]:
    """Attempts at one address, one soon after the other, as one dial: its client opens a new socket for each SYN."""
    connected = {f.id for dial in odd(case.dials) if dial.connected for f in dial.attempts}  # another address works
    return [
        Dial(silent[0].host, silent)
        for silent, answered in case.index.successions
        if answered is None and connected.isdisjoint(f.id for f in silent)
    ]


def _waited(silent: list[Flow], borne_ns: int) -> bool:
    """Whether somebody waits: an attempt's SYN was sent again (a second later), or the attempts at one address went on
    for as long as is borne."""
    if any(f.client.syn_count > 1 for f in silent):
        return True
    same = len({f.server.address for f in silent}) == 1
    return same and silent[-1].client.syn_last_ns - silent[0].client.syn_ns >= borne_ns


ROUND_THE_PATH = tuple(
    replace(offer, when=f"{offer.when} !called-back".strip()) for offer in offers(ANOTHER_SOURCE, ANOTHER_WAY)
)
"""Where it is the client that dials."""
ADVICE = Page(
    where=offers(
        Offer(
            "a filter or address translation before the client, which lets no call in: in active mode (PORT, EPRT) the server"
            " opens the data connection",
            None,
            "called-back",
        ),
        Offer("the HTTP proxy or the path to it; the server was never asked", None, "role=http-proxy"),
        Offer("a filter before or at the server, whose host is up", None, "link=host-alive"),
        Offer("path beyond {neighbour}, which is up, or server", None, "link=hop-alive"),
        Offer("a filter by port, on the path or before the server, which answers at another", None, "other-port"),
        Offer("path (a filter by address?) or server; not this machine's DNS"),
    ),
    fix=offers(PASSIVE_MODE, PAST_PROXY, ROUND_THE_PATH),
    verify=commands(
        Offer("", "curl -v --ftp-pasv --max-time 60 ftp://{caller}/ -o /dev/null", "called-back"), PORT_CHECK
    ),
    no_use=VAIN,
)
