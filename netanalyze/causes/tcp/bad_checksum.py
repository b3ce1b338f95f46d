"""Packets arrive with a wrong checksum, and whoever gets them throws them away.

What it finds
    One side sends the same octets SIGNS (3) times or more, each time with a
    wrong checksum (of TCP, or of the UDP that a tunnel goes over), and none is
    answered. In DNS: a name is asked for again by the resolver's timer though
    answers came, and these are damaged; or each query of a lookup is, seen away
    from its sender or in a tunnel, and none is answered. Only whole frames
    count, and only SYNs, repeats and DNS are looked at. On the sender's own
    machine a sum may be wrong because the card is still to fill it in
    (offload): there it counts if the same side's good ones show that this
    recorder sees them filled in, or, with less confidence, in a tunnel.

Why a program hangs
    Nobody is told: the SYN or segment is repeated after 1, 3, 7 … s until one
    with a right sum gets through, or the time-out ends it. Linux before 5.7
    computes them wrongly in VXLAN after MASQUERADE --random-fully (Kubernetes
    with Calico or Flannel: 63 s for a connection to a service).

What to do
    Let the kernel compute them, not the card:
        sudo ethtool -K IFACE tx off                   # vxlan.calico, flannel.1
        tshark -r FILE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE
        nstat -az TcpInCsumErrors UdpInCsumErrors      # where they arrive

Look-alikes
    tcp/syn-unanswered, tcp/syn-lost, tcp/loss: the sums are right, or nobody
    can tell: frames are cut. local/ingress-dropped: a firewall drops what is
    whole.

Known false alarms
    Machines whose card computes TCP sums and where the recorder's driver leaves
    any value in the field: Linux leaves the pseudo-header's, which is known.

References
    RFC 1071; RFC 9293 section 3.1; RFC 7348 section 5 (VXLAN, outer UDP
    checksum); ethtool(8), -K; Linux Documentation/networking/
    checksum-offloads.rst; Linux 5.7, ea64d8d6c675 (MASQUERADE and VXLAN).
"""

from collections.abc import Iterator, Mapping

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, When
from netanalyze.causes.confidence import Basis, Missing, Proved, confidence
from netanalyze.findings import Alternative, Check, Culprit, Finding, Threshold, frames, way
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.names.lookups import ATTEMPT_NS, Lookup
from netanalyze.flows.network.inbound_loss import RepeatedLookup
from netanalyze.flows.network.vantage import vantage
from netanalyze.flows.screen import odd
from netanalyze.flows.within import kept_frame
from netanalyze.tracking.marks import BAD_CHECKSUM, BAD_OUTER_CHECKSUM, CHECKED
from netanalyze.units import duration
from netanalyze.wire.layers import SYN
from netanalyze.wording import Text, counted, message, saying

CAUSE = Cause(
    "tcp/bad-checksum",
    meaning="Packets carry a wrong checksum, and whoever gets them throws them away.",
    headline="Packets to {place} carry a wrong checksum and are thrown away.",
    variants={When.FROM_THERE: "Packets from {place} carry a wrong checksum and are thrown away."},
    guarded_by="dial",
    particular=True,
    explains_connect=True,
    owns_lookups=True,
    fits=("dial-timeout", "git-connect-timeout", "client-timeout", "read-timeout", "dns-timeout"),
    undermined_by=("capture_lossy",),
)

SIGNS = Threshold(
    3, "packets",
    source="RFC 6298 section 5.5: three repeats take 1.4 s or more; as in local/ingress-dropped",
    why="one octet in a million is damaged by chance; the same octets three times are not",
)  # fmt: skip
BAD = BAD_CHECKSUM | BAD_OUTER_CHECKSUM


REPEATED = Proved(
    0.9, "the same octets come three times with a wrong checksum, and nothing answers them", Basis.FRAMES,
    "the sum can be reckoned again; a recorder at the receiver's may stand before a card that mends it",
)  # fmt: skip
MENDED = Proved(
    0.93, "the same octets come with a right checksum, and are answered", Basis.FRAMES,
    "nothing but the sum is another; that something else was repaired meanwhile is not excluded",
)  # fmt: skip
MAY_BE_FILLED_IN = Missing(
    "this side's good checksums, which would show that the recorder sees them filled in", Basis.LAB,
    "a card fills them in behind a recorder on the sender's own machine", at_most=0.6,
)  # fmt: skip
DAMAGED_ANSWERS = Proved(
    0.85, "each answer that comes is damaged, and the name is asked for again by the resolver's timer", Basis.FRAMES,
    "a recorder at the answers' sender may stand before a card that mends them",
)  # fmt: skip
DAMAGED_QUERIES = Proved(
    0.85, "each query is damaged where its sender's card has filled it in, and none is answered", Basis.FRAMES,
    "the answers may be missing for another reason as well",
)  # fmt: skip
IN_TUNNEL = "{what} from {address}, inside {tunnel}, have a bad checksum ({where}), and nothing answers them for {time}"
PLAIN = "{what} from {address} have a bad checksum, and nothing answers them for {time}"


def check(case: Case) -> Iterator[Finding]:
    """The same octets sent again and again with a wrong checksum, and not answered."""
    good: set[tuple[str, bool]] | None = None
    for flow in odd(case.flows):
        for direction, half in enumerate(flow.halves):
            if not flow.marks(direction) & BAD:
                continue
            bad = _repeated([p for p in flow.packets if p.direction == direction and p.marks & BAD])
            if len(bad) < SIGNS.value:
                continue
            good = _good(case) if good is None else good
            contrast = (half.address, bool(flow.tunnel)) in good
            sender = vantage([flow]) in (("client", None) if direction == 0 else ("server", None))
            if sender and not contrast and not flow.tunnel:
                continue  # the sender's card may be still to fill them in
            yield _finding(case, flow, direction, bad, sender and not contrast)
    yield from _lookups(case)


def _good(case: Case) -> set[tuple[str, bool]]:
    """Who sent octets with a good checksum, and whether through a tunnel."""
    return {
        (half.address, bool(flow.tunnel))
        for flow in case.everything
        for direction, half in enumerate(flow.halves)
        if flow.marks(direction) & CHECKED and _shown_good(flow, direction)
    }


ANSWERS = "{resolver} answers for {name} with a bad checksum{tunnel}, and is asked again, {times}"
QUERIES = "{count} queries for {name} have a bad checksum{tunnel}, and nothing answers them for {time}"


def _lookups(case: Case) -> Iterator[Finding]:
    """Names that are asked for again and again because answers, or the questions themselves, are damaged."""
    if not case.bad_datagrams:
        return
    flows = {flow.id: flow for flow in case.everything if not flow.is_tcp}
    away = vantage(list(case.everything)) in ("server", "middle")
    for unheard in case.unheard_lookups:
        if bad := unheard.damaged(case.bad_datagrams):
            yield _damaged_answers(case, unheard, bad, flows)
    for lookup in odd(case.lookups):
        queries = sorted({f for t in lookup.transactions for f in (t.query_frame, t.last_query_frame) if f})
        flow = flows.get(lookup.transactions[0].flow_id)
        asked = sum(t.queries for t in lookup.transactions)  # of those the first and the last are known by frame
        if lookup.answered or asked < SIGNS.value or set(queries) - case.bad_datagrams or flow is None:
            continue
        if flow.tunnel or away:  # else their sender's card may be still to fill them in
            yield _damaged_queries(lookup, queries, flow)


def _damaged_answers(case: Case, unheard: RepeatedLookup, bad: list[int], flows: Mapping[int, Flow]) -> Finding:
    first = unheard.lookups[0]
    asked = next(t for one in unheard.lookups for t in one.transactions if t.response_frame == bad[0])
    flow = flows.get(asked.flow_id)
    say = saying(resolver=asked.resolver, name=first.name, times=counted(unheard.times, "once", "{number} times"),
                 tunnel=_inside(flow))  # fmt: skip
    return CAUSE.finding(
        case.resolver(asked.resolver),
        (first.start_ns, min(unheard.again_last_ns + ATTEMPT_NS, case.end_ns)),
        say(ANSWERS),
        frames(
            (bad[0], "an answer: its checksum is wrong"),
            (unheard.again_first_frame, "asked again, as if no answer had come"),
            (bad[-1] if len(bad) > 1 else 0, "an answer with a wrong checksum again"),
        ),
        confidence(DAMAGED_ANSWERS),
        fatal=True,
        quantities={"wrong": len(bad), "name": first.name},
        attributes=way(1) | _through(flow),
        alternatives=(_OFFLOAD_AT_SENDER,),
    )


def _damaged_queries(lookup: Lookup, queries: list[int], flow: Flow) -> Finding:
    say = saying(
        name=lookup.name, count=len(queries), time=duration(lookup.end_ns - lookup.start_ns), tunnel=_inside(flow)
    )
    return CAUSE.finding(
        Culprit("client-host" if flow.tunnel else "path", None, flow.server.address, flow.server.port),
        lookup.span,
        say(QUERIES),
        frames(
            (queries[0], say("the first query for {name}: its checksum is wrong")),
            (queries[-1], "the last query: wrong again"),
        ),
        confidence(DAMAGED_QUERIES),
        fatal=True,
        quantities={"wrong": len(queries), "name": lookup.name},
        attributes=way(0) | _through(flow),
        alternatives=(_OFFLOAD_AT_SENDER,),
    )


_OFFLOAD_AT_SENDER = Alternative(
    "local/ingress-dropped", "wrong checksums are what offload leaves in a recording of the sender's own",
    Check(command="nstat -az UdpInCsumErrors"),
)  # fmt: skip


def _inside(flow: Flow | None) -> Text:
    return message(", inside {tunnel}", tunnel=flow.tunnel[0].name.upper()) if flow is not None and flow.tunnel else ""


def _through(flow: Flow | None) -> dict[str, str]:
    return {"tunnel": flow.tunnel[0].name} if flow is not None and flow.tunnel else {}


def _shown_good(flow: Flow, direction: int) -> bool:
    """Whether a checksum of one side was checked, and right."""
    if not flow.marks(direction) & BAD:
        return True
    return any(p.direction == direction and p.marks & CHECKED and not p.marks & BAD for p in flow.packets)


def _repeated(bad: list[KeptPacket]) -> list[KeptPacket]:
    """Those of the same octets, of which there are most."""
    offsets = [p.offset for p in bad]
    most = max(offsets, key=offsets.count, default=0)
    return [p for p in bad if p.offset == most]


def _finding(case: Case, flow: Flow, direction: int, bad: list[KeptPacket], unsure: bool) -> Finding:
    half, last = flow.halves[direction], bad[-1]
    same = [p for p in flow.packets if p.direction == direction and p.offset == last.offset]
    first = next(p for p in same if p.length or p.flags & SYN)
    later = (p for p in same if p.marks & CHECKED and not p.marks & BAD and p.frame_number > last.frame_number)
    saved = next(later, None)
    answer = flow.halves[1 - direction].syn_frame if last.flags & SYN else half.acked_frame * (half.acked > last.offset)
    heard = kept_frame(flow.packets, answer) if answer > last.frame_number else None
    end = heard.time_ns if heard is not None else max(case.until(flow), last.time_ns)
    say = saying(
        what=message("{count} SYNs" if last.flags & SYN else "{count} segments", count=len(bad)),
        address=half.address, time=duration(end - first.time_ns), count=len(bad),
        tunnel=flow.tunnel[0].name.upper() if flow.tunnel else "",
        where="of the outer UDP" if all(p.marks & BAD_OUTER_CHECKSUM for p in bad) else "of the inner TCP",
    )  # fmt: skip
    offload = Alternative(
        "tcp/syn-unanswered" if last.flags & SYN else "tcp/path-death",
        "wrong checksums are what offload leaves in a recording of the sender's own",
        Check(command="nstat -az TcpInCsumErrors UdpInCsumErrors"),
    )
    return CAUSE.finding(
        _who(case, flow, direction),
        (first.time_ns, end),
        say(IN_TUNNEL if flow.tunnel else PLAIN),
        frames(
            (bad[0].frame_number, _wrong(bad[0], flow)),
            (last.frame_number, say("number {count} of them, wrong again")),
            (saved.frame_number if saved else 0, "the same with a right checksum"),
            (heard.frame_number if heard and saved else 0, "which is answered"),
        ),
        confidence(REPEATED, MENDED.when(saved), MAY_BE_FILLED_IN.when(unsure)),
        flow,
        fatal=heard is None,
        quantities={"wrong": len(bad)},
        attributes=way(direction) | ({"tunnel": flow.tunnel[0].name} if flow.tunnel else {}),
        counter_evidence=("this may be the sender's own machine, before its card fills checksums in",)
        if unsure
        else (),
        alternatives=(offload,) if unsure else (),
    )


def _wrong(packet: KeptPacket, flow: Flow) -> Text:
    if not flow.tunnel:
        return "its checksum is wrong"
    inner = packet.marks & BAD_CHECKSUM
    inside = "bad checksum of TCP, inside {tunnel}" if inner else "bad checksum of UDP, around {tunnel}"
    return message(inside, tunnel=str(flow.tunnel[0]))


def _who(case: Case, flow: Flow, direction: int) -> Culprit:
    """Who writes a tunnel's checksums is the host that sends into it; without one, what damages packets is on the way."""
    return case.sender(flow, direction) if flow.tunnel else case.path(flow)


ADVICE = Page(
    where=offers(
        Offer("the kernel or card that sends into the tunnel; not network, not server", None,
              "tunnel=vxlan|tunnel=geneve|tunnel=gre|tunnel=gtp|tunnel=ipip|role=client-host"),
        "path: something on the way (card, switch, tunnel) damages packets",
    ),
    fix=offers(
        Offer("Calico: let the kernel compute the checksums", "sudo ethtool -K vxlan.calico tx off", "tunnel=vxlan"),
        Offer("Flannel: the same", "sudo ethtool -K flannel.1 tx off", "tunnel=vxlan"),
        Offer("Let the kernel compute the checksums", "sudo ethtool -K {interface} tx off"),
        Offer("Let the sender's kernel do them: ethtool -K IFACE tx off"),
        Offer("A kernel of 5.7 or later has the cure for VXLAN", None, "tunnel=vxlan"),
    ),
    verify=commands("nstat -az TcpInCsumErrors UdpInCsumErrors"),
    no_use=offers(Offer("another server"), Offer("a longer time-out")),
)  # fmt: skip
