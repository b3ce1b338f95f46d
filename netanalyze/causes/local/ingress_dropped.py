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
    with a wrong checksum are thrown away alike (tcp/bad-checksum; of cut frames
    nobody can tell):
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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Alternative, Check, Culprit, Finding, Threshold, frames
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import ATTEMPT_NS
from netanalyze.flows.network.inbound_loss import OFTEN, InboundLoss, RepeatedLookup, inbound_loss
from netanalyze.flows.network.vantage import vantage
from netanalyze.paste import command
from netanalyze.tracking.marks import BAD_CHECKSUM, BAD_OUTER_CHECKSUM
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import counted, saying

CAUSE = Cause(
    "local/ingress-dropped",
    meaning="What the other side sends reaches this machine and not its programs: its own firewall drops it.",
    headline="The answers of {place} arrive, and this machine drops them.",
    fits=("dial-timeout", "git-connect-timeout", "dns-timeout"),
    undermined_by=("one_way_capture", "capture_lossy", "kernel_drops"),
)

SIGNS = Threshold(
    3, "repeats",
    source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: three repeats take 1.4 s or more",
    why="one or two may be lost behind the recorder by chance, in a full socket queue",
)  # fmt: skip


RECORDED_HERE = Proved(
    0.9, "what the other side sent is in this machine's own recording, and the machine repeats as if it were not", Basis.FRAMES,
    "what is damaged is thrown away alike",
)  # fmt: skip
ANSWER_RECORDED_HERE = Proved(
    0.85, "a resolver's answer is in this machine's own recording, and the resolver here asks again", Basis.FRAMES,
    "the answer may not be to its liking",
)  # fmt: skip
ASKED_OFTEN = Proved(
    0.75, "the same name is asked for again and again, though each answer is captured", Basis.FRAMES,
    "whether the recording was made here is not known",
)  # fmt: skip
RECORDED_NEAR = Proved(
    0.69, "the recording was made on the client's side, by its round trips; or a name is asked for again after its answer",
    Basis.FRAMES, "it may lie between the recorder and the client",
)  # fmt: skip
RECORDED_SOMEWHERE = Proved(
    0.6, "repeats on both sides, as if what came had not", Basis.FRAMES, "where it was recorded is not known"
)


def check(case: Case) -> Iterator[Finding]:
    """Connections whose client hears nothing, and lookups whose answers it does not get."""
    for flow in case.index.eventful:
        loss, where = _whole(inbound_loss(flow)), "client" if _recorded_here(case) else vantage([flow])
        if loss is not None and len(loss.signs) >= SIGNS.value and where in ("client", None):
            yield _connection(case, flow, loss, where == "client")
    for unheard in case.unheard_lookups:
        if not unheard.damaged(case.bad_datagrams):  # else tcp/bad-checksum
            yield _lookups(case, unheard)


def _whole(loss: InboundLoss | None) -> InboundLoss | None:
    """None as well where what came was damaged: no firewall throws that away, but whoever gets it (tcp/bad-checksum)."""
    bad = BAD_CHECKSUM | BAD_OUTER_CHECKSUM
    return None if loss is not None and any(p.direction and p.marks & bad for p in loss.signs) else loss


def _recorded_here(case: Case) -> bool:
    """Whether the recording itself says that it was made on the command's machine."""
    return case.processes is not None


def _connection(case: Case, flow: Flow, loss: InboundLoss, near: bool) -> Finding:
    last, count = loss.signs[-1], len(loss.signs)
    opening = flow.established_ns == NEVER_NS and flow.seen_from_start
    ends = (flow.client.fin_ns, flow.server.rst_ns)
    ended = min((ns for ns in ends if ns > last.time_ns), default=case.end_ns)
    say = saying(host=flow.destination, count=count, time=duration(last.time_ns - loss.start_ns))
    damaged = Alternative(
        "tcp/loss", "segments that arrive damaged (a wrong checksum) are thrown away alike",
        Check(command="tshark -r FILE -o tcp.check_checksum:TRUE -Y tcp.checksum.status==0"),
    )  # fmt: skip
    between = Alternative(
        "tcp/path-death", "lost between this recording and the client, if it is not the client's own",
        Check("record on the client itself"),
    )  # fmt: skip
    return CAUSE.finding(
        Culprit("client-host"),
        (flow.client.syn_ns if opening else loss.start_ns, max(ended, last.time_ns)),
        say("{host} answers, and this machine goes on as if it had not: {count} repeats in {time}"),
        frames(
            (loss.first_frame, say("{host} answers: it is captured here")),
            (
                loss.signs[0].frame_number,
                "it repeats what this machine did not acknowledge"
                if loss.signs[0].direction
                else "this machine repeats what was answered",
            ),
            (last.frame_number, say("repeat number {count}, still the same")),
        ),
        confidence(RECORDED_SOMEWHERE, RECORDED_NEAR.when(near), RECORDED_HERE.when(_recorded_here(case))),
        flow,
        fatal=True,
        quantities={"repeats": count, "host": flow.destination},
        alternatives=(damaged,) if _recorded_here(case) else (damaged, between),
    )


def _lookups(case: Case, unheard: RepeatedLookup) -> Finding:
    first = unheard.lookups[0]
    answer = next(t for t in first.transactions if t.answers)
    say = saying(
        resolver=answer.resolver, name=first.name, address=first.addresses[0], count=unheard.times + 1,
        times=counted(unheard.times, "once", "{number} times"),
    )  # fmt: skip
    disliked = Alternative(
        "dns/answer-unusable", "the answer may not be to the resolver's liking", command("dig {name}", name=first.name)
    )
    return CAUSE.finding(
        Culprit("client-host"),
        (first.start_ns, min(unheard.again_last_ns + ATTEMPT_NS, case.end_ns)),
        say("{resolver} answers for {name}, and this machine asks again by its timer, {times}"),
        frames(
            (answer.response_frame, say("{name} is {address}")),
            (unheard.again_first_frame, "asked again, as if no answer had come"),
            (unheard.again_last_frame if unheard.times > 1 else 0, say("asked for the last time, number {count}")),
        ),
        confidence(
            RECORDED_NEAR,
            ASKED_OFTEN.when(unheard.times >= OFTEN.value),
            ANSWER_RECORDED_HERE.when(_recorded_here(case)),
        ),
        fatal=True,
        quantities={"repeats": unheard.times, "host": answer.resolver, "name": first.name},
        alternatives=(disliked,),
    )


ADVICE = Page(
    where=offers("most likely this machine: its firewall drops what comes in"),
    fix=offers(
        Offer("See what the firewall drops", "sudo nft list ruleset | grep -nE 'input|drop|reject'"),
        Offer("See what the firewall drops (iptables)", "sudo iptables -nvL INPUT"),
        Offer(
            "Let answers in (until it restarts)",
            "sudo iptables -I INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        ),
        Offer("Several ways out? Is the way back another one?", "sysctl -a 2>/dev/null | grep '\\.rp_filter'"),
    ),
    verify=commands("sudo iptables -nvL INPUT; nstat -az TcpInCsumErrors"),
    no_use=offers("another mirror", "another network"),
)
