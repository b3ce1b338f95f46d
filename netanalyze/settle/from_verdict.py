"""From a verdict to what is asked of the network, and back: which of its causes the answer rules out. Pure functions."""

from dataclasses import dataclass

from netanalyze.result import Result, Verdict
from netanalyze.settle.decide import ANSWERED
from netanalyze.settle.settlement import Settlement
from netanalyze.settle.target import CONNECTION, EVERYTHING, HTTPS, NAMES, NothingToSettle, SettleTarget
from netanalyze.urls import is_address
from netanalyze.wording import message

SETTLED_BY_PROBES = {
    "dns": ("answer-lost", "edns-dropped", "first-resolver-dead", "one-family-unanswered", "resolver-unanswered",
            "resolver-unreachable"),
    "tcp": ("dial-abandoned", "early-close", "ipv6-fallback", "mtu-black-hole", "mtu-signalled", "no-route",
            "one-address-dead", "path-death", "refused", "rejected-by-icmp", "reset", "syn-lost", "syn-unanswered"),
    "tls": ("client-hello-dropped", "closed-after-client-hello", "large-client-hello-dropped", "reset-after-client-hello",
            "server-flight-incomplete", "server-hello-late", "server-hello-missing"),
}  # fmt: skip
"""Causes of which a probe can show what they depend on; pace, certificates and answers are none of them."""
NOT_DIALLED = ("client", "client-host", "http-proxy")
"""Culprits that no ClientHello is for."""
DROPPED, LARGE = "tls/client-hello-dropped", "tls/large-client-hello-dropped"
BLACK_HOLE, DEATH = "tcp/mtu-black-hole", "tcp/path-death"
SILENT_HELLO = {
    "second-segment": (LARGE, DROPPED),
    "full-segment": (BLACK_HOLE, LARGE, DROPPED),
    "replies": (BLACK_HOLE, "tls/server-flight-incomplete", "tls/server-hello-missing"),
    "ml-kem": (DROPPED, LARGE),
    "every-hello": (DROPPED, "tls/server-hello-missing", DEATH),
}
"""Causes that a bit speaks for, the first of them most, where the hello died in silence; any other bit: the hello is dropped."""
IDLE_DROPPED = "tcp/idle-connection-dropped"
"""Which is settled by waiting as long, where that is asked for."""
LOCALLY_DROPPED = ("local/egress-dropped", "local/ingress-dropped")
"""What is settled by what this machine's firewall and kernel say of a probe (netanalyze.settle.local_rules)."""
DECIDED_HERE = ("firewall", "reverse-path", "bpf", "traffic-control", "ipsec")
"""Kinds of the kernel's reasons that are a decision of this machine's to drop."""
LOSS = "tcp/loss"
"""Which is ruled out where the same thing dies each time, beside one that lives."""
PARTIAL = "partial"
"""The manner of a hello that only a part of an answer came to."""
FLIGHT = "tls/server-flight-incomplete"
NAMES_OF_MANNERS = {"reset": "tls/reset-after-client-hello", "closed": "tls/closed-after-client-hello"}
DIALS = {
    "no-syn-ack": ("tcp/syn-unanswered", "tcp/one-address-dead", "tcp/dial-abandoned"),
    "refused": ("tcp/refused",),
    "unreachable": ("tcp/rejected-by-icmp", "tcp/no-route"),
}
RESOLVERS = {
    "resolver": ("dns/resolver-unanswered", "dns/first-resolver-dead", "dns/answer-lost", "dns/resolver-unreachable"),
    "dns-udp": ("dns/resolver-unanswered", "dns/first-resolver-dead", "dns/answer-lost"),
    "dns-name": ("dns/resolver-unanswered", "dns/answer-lost"),
    "edns": ("dns/edns-dropped", "dns/resolver-unanswered"),
}


@dataclass(frozen=True)
class UpdatedVerdict:
    """A verdict with what the network said.

    Attributes:
        cause: the one that the bit speaks for; the verdict's own where nothing is named.
        was: the verdict's own.
        agrees: True or False where something is named; None where nothing is.
        ruled_out: of the verdict's cause and alternatives those that what is named does not fit.
    """

    cause: str
    was: str
    agrees: bool | None
    ruled_out: tuple[str, ...] = ()


def target_of(result: Result, idle: float = 0.0) -> SettleTarget:
    """What to ask about a verdict.

    Args:
        idle: seconds that a connection may be left idle.

    Raises:
        NothingToSettle: it is healthy, or its cause is none that a probe to the network could tell from another.
    """
    verdict = result.verdict
    cause, culprit = verdict.cause, verdict.culprit
    if cause is None or culprit is None:
        raise NothingToSettle(
            message("the verdict is {status} and names no cause", status=verdict.status.upper()),
            "name a host: netanalyze settle HOST",
        )
    phase, _, name = cause.partition("/")
    by_waiting = cause == IDLE_DROPPED and idle > 0
    if cause in LOCALLY_DROPPED:
        return _dropped_here(result, cause)
    if not by_waiting and (name not in SETTLED_BY_PROBES.get(phase, ()) or culprit.role in NOT_DIALLED):
        raise NothingToSettle(
            message("the verdict is {cause}, which packets to a host cannot settle", cause=cause),
            message("netanalyze rules {cause} says what would", cause=cause),
        )
    if phase == "dns":
        asked = _asked_name(result, culprit.address)
        if asked is None:
            raise NothingToSettle("the capture does not show which name was asked", "name it: netanalyze settle HOST")
        return SettleTarget(asked, HTTPS, asked, resolvers=(culprit.address,) if culprit.address else (), focus=NAMES)
    host = culprit.host or culprit.address
    if host is None or not (is_address(host) or _is_ascii(host)):
        raise NothingToSettle("the verdict knows neither name nor address", "name a host: netanalyze settle HOST")
    sent = _sni(result, culprit.address)
    if culprit.via is not None or (sent is not None and not is_address(host) and sent != host):
        raise NothingToSettle(
            "the connection went by a proxy, and these probes go the direct way",
            message("netanalyze settle {host} asks about the direct way", host=sent or host),
        )
    sni = sent or (None if is_address(host) else host)
    addresses = (culprit.address,) if culprit.address else ()
    focus = CONNECTION if addresses and is_address(host) else EVERYTHING
    return SettleTarget(host, culprit.port or HTTPS, sni, addresses, focus=focus, idle=idle)


def _dropped_here(result: Result, cause: str) -> SettleTarget:
    """Whom to send to so that this machine drops it again: the flow's server, the resolver that answered, or the name's own.

    Raises:
        NothingToSettle: the capture shows none of them.
    """
    verdict = result.verdict
    flow = None if verdict.finding is None else result.findings[verdict.finding].flow_id
    row = next((row for row in result.flows.rows() if row["flow_id"] == flow), None)
    if row is not None and row["resp_octets"]:
        raise NothingToSettle(
            "it began in the midst of a connection, and these probes end with the first answer",
            "sudo nft list ruleset, or sudo iptables -nvL INPUT, shows what this machine drops",
        )
    if row is not None:
        address, port = str(row["resp_address"]), int(row["resp_port"])
        named = row["sni"] or row["host"]
        host = named if isinstance(named, str) and _is_ascii(named) else address
        return SettleTarget(host, port, None if is_address(host) else host, (address,), focus=CONNECTION)
    asked = next((row for row in result.dns.rows() if row["responses"] and _is_ascii(str(row["qname"]))), None)
    if asked is None:
        raise NothingToSettle("the capture does not show which name was asked", "name it: netanalyze settle HOST")
    name = str(asked["qname"])
    if cause == LOCALLY_DROPPED[1]:
        return SettleTarget(name, HTTPS, name, resolvers=(str(asked["resolver"]),), focus=NAMES)
    return SettleTarget(name, HTTPS, name)


def _is_ascii(name: str) -> bool:
    from netanalyze.paste import HOST, checked

    return checked(name, HOST) is not None


def _asked_name(result: Result, resolver: str | None) -> str | None:
    """The name of the first question to a resolver that had no answer; of any, where all had."""
    rows = [row for row in result.dns.rows() if resolver is None or row["resolver"] == resolver]
    rows.sort(key=lambda row: bool(row["responses"]))
    return next((str(row["qname"]) for row in rows if _is_ascii(str(row["qname"]))), None)


def _sni(result: Result, address: str | None) -> str | None:
    """The name in the first hello to an address."""
    flows = {
        row["flow_id"] for row in result.flows.rows() if address in (None, row["resp_address"], row["orig_address"])
    }
    names = (row["sni"] for row in result.tls.rows() if row["flow_id"] in flows)
    return next((name for name in names if isinstance(name, str) and _is_ascii(name)), None)


def causes_of(settlement: Settlement) -> tuple[str, ...]:
    """The causes that what is named speaks for, the one it speaks for most first; none where nothing is named."""
    bit, hello = settlement.bit, settlement.hello
    if not settlement.named:
        return ()
    if is_dropped_here(settlement):
        return LOCALLY_DROPPED
    if bit in RESOLVERS:
        return RESOLVERS[bit]
    if bit == "idle":
        return (IDLE_DROPPED,)
    if hello is not None and hello.bit == bit and hello.manner == PARTIAL:
        return (BLACK_HOLE, FLIGHT) if bit == "replies" else (FLIGHT,)
    if hello is not None and hello.bit == bit:
        if hello.manner in NAMES_OF_MANNERS:
            return (NAMES_OF_MANNERS[hello.manner], "tcp/reset")
        return SILENT_HELLO.get(bit, (DROPPED, LARGE) if _partly_acked(settlement) else (DROPPED,))
    if bit == "no-route":
        return ("tcp/no-route",)
    manners = [
        row.manner for row in settlement.rows if row.address == settlement.address and row.port == settlement.port
    ]
    found = DIALS.get(manners[0], ()) if manners else ()
    if bit == "family":
        return ("tcp/ipv6-fallback", *found)
    others = any(
        row.manner in ("connected", *ANSWERED) and row.address != settlement.address for row in settlement.rows
    )
    return ("tcp/one-address-dead", *found) if bit == "address" and others and found else found


def _partly_acked(settlement: Settlement) -> bool:
    return any(row.kind == "hello" and 0 < row.acked < row.octets for row in settlement.rows)


def is_dropped_here(settlement: Settlement) -> bool:
    """Whether this machine drops it: as its rules' counters or nft's trace say, or its kernel of what reaches no hop."""
    local = settlement.place.local if settlement.place else None
    if local is None:
        return False
    by_kernel = any(drop.kind in DECIDED_HERE for drop in local.reasons)
    return bool(local.rules or local.traced or (by_kernel and not leaves_here(settlement)))


def leaves_here(settlement: Settlement) -> bool:
    """Whether a hop of the path, or somebody behind, was reached by what dies: no rule of this machine's dropped it going out."""
    place = settlement.place
    return place is not None and place.boundary is not None and place.boundary.after > 0


def updated(verdict: Verdict, settlement: Settlement) -> UpdatedVerdict:
    """The verdict with what the network said: confirmed, changed, or as it was where nothing is named."""
    was = verdict.cause or ""
    causes = causes_of(settlement)
    if not causes:
        return UpdatedVerdict(was, was, None)
    rivals = [was, *(other.cause for other in verdict.alternatives if other.cause)]
    agrees = was in causes
    named = was if agrees else next((cause for cause in causes if cause in rivals), causes[0])
    out = tuple(cause for cause in dict.fromkeys(rivals) if cause not in causes and _could_show(cause, settlement))
    return UpdatedVerdict(named, was, agrees, out)


def is_separable(cause: str) -> bool:
    """Whether probes can tell a cause from others."""
    phase, _, name = cause.partition("/")
    return cause in (LOSS, *LOCALLY_DROPPED) or name in SETTLED_BY_PROBES.get(phase, ())


def _could_show(cause: str, settlement: Settlement) -> bool:
    """Whether what was sent could have shown a cause, so that it is ruled out where it did not."""
    if cause in LOCALLY_DROPPED:
        return cause == LOCALLY_DROPPED[0] and leaves_here(settlement)
    return is_separable(cause)
