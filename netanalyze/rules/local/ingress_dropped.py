"""What is sent to this machine arrives, and its programs never get it.

What it finds
    In the capture of the client's own machine the other side answers, and the
    client goes on as if it had not: the SYN is sent again after the SYN-ACK, what
    was acknowledged is sent again, what arrived is never acknowledged, SIGNS (3)
    times or more and to the end of the connection. Or a name is asked for again
    by the resolver's timer though it was answered, and nothing is sent to its
    addresses; OFTEN (2 times) leaves little doubt.

Why a program hangs
    The recorder sees a packet before the host's own firewall does. What that one
    drops, the kernel never had: it repeats, and waits for its timers.

What to do
    See what is dropped, and by whom:
        sudo nft list ruleset; sudo iptables -nvL INPUT
        sudo sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.eth0.rp_filter
        nstat -az TcpInCsumErrors IpExtInCsumErrors TcpExtIPReversePathFilter
    Let answers in (connection tracking), as most rule sets begin:
        sudo iptables -I INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT

Look-alikes
    tcp/syn-unanswered, tcp/path-death, dns/resolver-unanswered: nothing arrives.
    tcp/syn-lost, tcp/loss: a repeat is heard. local/egress-dropped: nothing
    leaves. dns/answer-unusable: the answer does not fit the question. Segments
    with a wrong checksum are thrown away alike:
        tshark -r FILE -o tcp.check_checksum:TRUE -Y tcp.checksum.status==0

Known false alarms
    A capture taken on the client's own link, before the place where packets are
    lost (Wi-Fi): its TTL is fresh there, too, so that only a recording of the
    machine's own (live, recorder) is believed to 0.8 and more.

References
    packet(7) (taps come before netfilter); ip-sysctl: rp_filter; RFC 9293
    section 3.10.7.4 (what arrives is acknowledged); resolv.conf(5), timeout.
"""

from collections.abc import Iterator

from netanalyze.findings import Alternative, Culprit, Finding, Threshold, frames
from netanalyze.flows.deaf import OFTEN, AskedOn, Deafness, deaf
from netanalyze.flows.lookups import ATTEMPT_NS
from netanalyze.flows.observe import Flow
from netanalyze.flows.vantage import vantage
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import counted, message

UNDERMINED_BY = ("one_way_capture", "capture_lossy", "kernel_drops")
SIGNS = Threshold(
    3, "repeats",
    source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: three repeats take 1.4 s or more",
    why="one or two may be lost behind the recorder by chance, in a full socket queue",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Connections whose client hears nothing, and lookups whose answers it does not get."""
    for flow in seen.flows:
        found, where = deaf(flow), "client" if _recorded_here(seen) else vantage([flow])
        if found is not None and len(found.signs) >= SIGNS.value and where in ("client", None):
            yield _connection(seen, flow, found, where == "client")
    for unheard in seen.unheard_lookups:
        yield _lookups(seen, unheard)


def _recorded_here(seen: Observations) -> bool:
    """Whether the recording itself says that it was made on the command's machine."""
    return seen.processes is not None


def _connection(seen: Observations, flow: Flow, found: Deafness, near: bool) -> Finding:
    host, last = flow.host or flow.server.address, found.signs[-1]
    opening = flow.established_ns == NEVER_NS and flow.seen_from_start
    ended = flow.client.fin_ns if flow.client.fin_ns > last.time_ns else seen.end_ns
    return Finding(
        cause="local/ingress-dropped",
        culprit=Culprit("client-host"),
        start_ns=flow.client.syn_ns if opening else found.start_ns,
        end_ns=max(ended, last.time_ns),
        message=message(
            "{host} answers, and this machine goes on as if it had not: {count} repeats in {time}",
            host=host, count=len(found.signs), time=duration(last.time_ns - found.start_ns),
        ),
        evidence=frames(
            (found.first_frame, message("{host} answers: it is captured here", host=host)),
            (found.signs[0].frame_number, _repeat(found.signs[0].direction)),
            (last.frame_number, message("repeat number {count}, still the same", count=len(found.signs))),
        ),
        confidence=0.9 if _recorded_here(seen) else 0.69 if near else 0.6,
        fatal=True,
        flow_id=flow.id,
        quantities={"repeats": len(found.signs), "host": host},
        alternatives=(
            Alternative(
                "tcp/loss", "segments that arrive damaged (a wrong checksum) are thrown away alike",
                "tshark -r FILE -o tcp.check_checksum:TRUE -Y tcp.checksum.status==0",
            ),
            *(
                () if _recorded_here(seen)
                else (Alternative("tcp/path-death", "lost between this recording and the client, if it is not the client's own",
                                  "record on the client itself"),)
            ),
        ),
    )  # fmt: skip


def _repeat(direction: int) -> str:
    return "it repeats what this machine did not acknowledge" if direction else "this machine repeats what was answered"


def _lookups(seen: Observations, unheard: AskedOn) -> Finding:
    first = unheard.lookups[0]
    answer = next(t for t in first.transactions if t.answers)
    last = unheard.again_last_frame if unheard.times > 1 else 0
    return Finding(
        cause="local/ingress-dropped",
        culprit=Culprit("client-host"),
        start_ns=first.start_ns,
        end_ns=min(unheard.again_last_ns + ATTEMPT_NS, seen.end_ns),
        message=message(
            "{resolver} answers for {name}, and this machine asks again by its timer, {times}",
            resolver=answer.resolver, name=first.name, times=counted(unheard.times, "once", "{number} times"),
        ),
        evidence=frames(
            (answer.response_frame, message("{name} is {address}", name=first.name, address=first.addresses[0])),
            (unheard.again_first_frame, "asked again, as if no answer had come"),
            (last, message("asked for the last time, number {count}", count=unheard.times + 1)),
        ),
        confidence=0.85 if _recorded_here(seen) else 0.75 if unheard.times >= OFTEN.value else 0.69,
        fatal=True,
        quantities={"repeats": unheard.times, "host": answer.resolver, "name": first.name},
        alternatives=(
            Alternative("dns/answer-unusable", "the answer may not be to the resolver's liking", f"dig {first.name}"),
        ),
    )  # fmt: skip
