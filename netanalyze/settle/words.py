"""What is said of probes and of what they settle: sentences as values, in no language."""

from netanalyze.settle.fingerprints import OTHERS
from netanalyze.settle.from_verdict import UpdatedVerdict
from netanalyze.settle.hello import FULL, HelloForm
from netanalyze.settle.hop_question import FARTHEST
from netanalyze.settle.local_rules import LocalDrops
from netanalyze.settle.names import QueryForm
from netanalyze.settle.settlement import CONNECTIONS, HOP_CONNECTIONS, QUERIES, SECONDS, SentRow, Settlement
from netanalyze.settle.target import CONNECTION, NAMES, SettleTarget
from netanalyze.wording import Message, Text, message

FULL_HELLO = "the fullest hello: SNI, ALPN, TLS 1.3, X25519MLKEM768, ML-DSA, as go 1.27"
DIFFERENCES: dict[tuple[str, object], str] = {
    ("sni", "other"): "SNI of another name",
    ("sni", "absent"): "no SNI",
    ("sni", "mixed"): "SNI in mixed case",
    ("kem", False): "no X25519MLKEM768",
    ("dsa", False): "no ML-DSA",
    ("tls13", False): "TLS 1.2 only",
    ("alpn", False): "no ALPN",
    ("likeness", "openssl"): "cipher suites of openssl",
    ("likeness", "curl"): "cipher suites and extensions of curl with OpenSSL",
    ("likeness", "lean"): "few cipher suites",
    ("size", "one"): "padded to one full segment",
    ("size", "two"): "padded to two segments",
    ("split", "segments"): "split over segments",
    ("split", "records"): "split over records",
    ("mss", 536): "segments of 536 octets",
}
"""What a hello has other than the fullest one."""
QUERY_DIFFERENCES = {
    QueryForm(): "question by UDP with EDNS",
    QueryForm(edns=False): "question by UDP without EDNS",
    QueryForm(other_name=True): "question by UDP for another name",
    QueryForm("tcp"): "question by TCP",
    QueryForm("dot"): "question by TLS",
    QueryForm("doh"): "question by HTTPS",
}
MANNERS = {
    "server-hello": "ServerHello",
    "alert": "alert {detail}",
    "other": "no TLS: {detail}",
    "partial": "part of an answer",
    "silent": "nothing",
    "reset": "reset",
    "closed": "closed",
    "no-syn-ack": "no SYN-ACK",
    "refused": "refused",
    "unreachable": "ICMP: unreachable",
    "connected": "connected",
    "answered": "answer, {detail}",
    "hop": "the hop answers",
    "nothing": "nothing",
    "target": "the target answers",
    "hops": "{detail}",
    "failed": "no answer to the first",
    "echoed": "answer",
}
"""What came, by manner."""
KINDS = {
    "dial": "connection alone",
    "echo": "ICMP echo",
    "trace": "datagrams with rising TTL",
    "segment": "the segment that dies, TTL {ttl}",
    "segment control": "a segment that passes, TTL {ttl}",
    "syn": "SYN, TTL {ttl}",
    "syn control": "SYN to the other port, TTL {ttl}",
    "datagram": "the question that dies, TTL {ttl}",
    "datagram control": "a question that passes, TTL {ttl}",
    "pair": "two requests, the second after a pause",
    "pair control": "two requests, one behind the other",
}
BITS = {
    "sni": "A ClientHello that names {sni} dies; with another name it lives.",
    "second-segment": "A ClientHello that needs a second segment dies; in one segment it lives.",
    "full-segment": "Full-size segments to {address} die ({mss} octets); small ones live.",
    "ml-kem": "A ClientHello with the key share X25519MLKEM768 dies; without it, of the same size, it lives.",
    "ml-dsa": "A ClientHello that offers ML-DSA signatures dies; without them it lives.",
    "cipher-suites": "A ClientHello with go's cipher suites dies; with those of openssl it lives.",
    "fingerprint": "A ClientHello with just this fingerprint (JA3) dies; with any part of it changed it lives.",
    "long-record": "A ClientHello in one long TLS record dies; split over short records it lives.",
    "tls13": "A ClientHello that offers TLS 1.3 dies; with TLS 1.2 alone it lives.",
    "alpn": "A ClientHello with ALPN dies; without it, it lives.",
    "replies": "Full-size segments from {address} die; asked for small ones (MSS 536), its answer comes.",
    "every-hello": "Every ClientHello to {address}:{port} dies, whatever is in it; the connection itself stands.",
    "no-route": "This machine has no route to {address}; nothing was sent.",
    "idle": "A connection that said nothing for {idle} s dies: what is sent then is not answered; used at once, it lives.",
    "port": "Port {port} of {address} cannot be dialled; another port of it can.",
    "address": "{address} cannot be dialled, on whatever port.",
    "family": "No address of the family of {address} can be dialled; those of the other family can.",
    "resolver": "The resolver {address} answers nothing, asked in whatever way.",
    "edns": "The resolver {address} answers no question with EDNS; without EDNS it does.",
    "dns-udp": "The resolver {address} answers nothing by UDP; by TCP, TLS or HTTPS it does.",
    "dns-name": "The resolver {address} does not answer for {host}; for another name it does.",
}
"""What is settled, by its bit."""
FINGERPRINTS = {
    "curl": "A ClientHello with the fingerprint (JA3) of curl with OpenSSL 3.0 dies; with any part of it changed it lives, and "
    "go's lives.",
    "openssl": "A ClientHello with the fingerprint (JA3) of OpenSSL 3.0 dies; with any part of it changed it lives, and go's "
    "lives.",
}
"""The same of a fingerprint that is not go's, by whose it is."""
NONE = "Nothing dies here now: everything that was sent to {host} was answered."
UNSTEADY = "Nothing dies for certain: the same thing died once and lived once, as with loss."
NOT_SETTLED = {
    "contradicted": "What dies and what lives does not come down to one thing; the table has it.",
    "rivals": "Not settled: {rivals} are left, which these probes cannot tell apart.",
    "penalty": "Not settled: since the fullest hello died, the small one dies as well, which had lived; whoever saw it blocks "
    "this address for a time. Ask again in some minutes.",
    "not-tls": "What answers at this port does not speak TLS: no hello can die of what it says.",
    "budget": "Not settled: the limit of connections or seconds was reached.",
    "": "Not settled.",
}
NO_ADDRESS = "Not settled: no address of {host} is known, so nothing could be sent to it."
MANNER_OF_DEATH = {
    "silent": "Dying is silence: no answer within the time that four transmissions take.",
    "reset": "Dying is a reset.",
    "closed": "Dying is a close without a word.",
    "partial": "Dying is an answer that breaks off in the midst of a record.",
}
ARRIVED = (
    "All of it was acknowledged: it came to where the connection ends, the server or what stands in for it, and was not "
    "answered."
)
ALSO = {
    "resolver": "Besides, the resolver {address} answers nothing.",
    "": "Besides, questions to {address} die ({bit}).",
}
ECHOES = {
    "echoed": "{address} answers an ICMP echo: the host is there, and the path to it.",
    "silent": "{address} answers no ICMP echo either, as many hosts never do.",
}
PASSES = "It lives all the same: {how}."
PLACES = {
    "between": "It dies between hop {after} and hop {before} ({after_who} answers, then nothing; {before_who} answers what "
    "passes).",
    "reset": "The reset comes from hop {after} ({after_who}) or from between it and hop {before} ({before_who}).",
    "unproved": "It dies behind hop {after} ({after_who} answers, then nothing); hop {before} answers other packets.",
    "behind": "It dies behind hop {after} ({after_who} answers, then nothing; no hop behind it answers anything).",
    "last": "It passes all {after} hops that answer (the last is {after_who}) and dies behind them, at the target or before it.",
    "first": "It dies before hop {before} ({before_who}), on this machine or next to it.",
    "said": "{who} says by ICMP that it goes no further.",
    "unknown": "Where it dies is not known: no hop answers.",
}
VERDICTS = {
    "agrees": "The probes agree with the verdict, {cause}.",
    "changed": "The verdict was {was}; the probes speak for {cause}.",
    "gone": "The verdict was {was}; nothing of it is to be seen now.",
    "open": "The verdict stays {was}; the probes do not settle it.",
}
RULED_OUT = "Ruled out: {causes}."
RULE = "It is dropped on this machine: the counter of this rule moved with it: {rule}"
KERNEL = "It is dropped on this machine by {what}: the kernel gives {reason} in {function}."
TRACED = "It is dropped on this machine: nft traced it to this rule: {rule}"
UNTRACED = "nft could not trace it on this machine: that takes root, nft and Linux 5.12 or later."
CANDIDATES = "No rule's counter moved with it; these have none: {rules}"
DROPPED_BY = {
    "firewall": "its firewall",
    "reverse-path": "the reverse path filter (sysctl rp_filter)",
    "bpf": "a BPF program or a socket's filter",
    "traffic-control": "a filter of traffic control (tc)",
    "queue": "a queue that is full or polices",
    "ipsec": "an IPsec policy",
    "route": "its routes",
    "checksum": "a wrong checksum",
    "size": "the MTU of the way out",
    "neighbour": "a neighbour that is not found (ARP, NDP)",
}
"""What of a machine decides so, by the kinds of netanalyze.settle.kernel_drops."""
SILENT_HOPS = "Hops {hops} answer nothing, so it may be any of these."
NOBODY = "nobody known"


def plan(target: SettleTarget, resolvers: list[str]) -> list[Message]:
    """What will be sent, where to, and how many at the most: said before anything is."""
    lines = []
    if target.by_name and target.focus != CONNECTION:
        lines.append(
            message("At most {most} questions for the address of {host} and of example.com to {resolvers}, by UDP, TCP, TLS and "
                    "HTTPS.",
                    most=QUERIES, host=target.host, resolvers=", ".join(resolvers) or "no resolver")
        )  # fmt: skip
    if target.focus != NAMES:
        lines.append(
            message("At most {most} connections to {host}, port {port}, and, where that cannot be dialled, port {other}: each "
                    "with one ClientHello and no more; where none can be, one ICMP echo.",
                    most=CONNECTIONS, host=target.host, port=target.port, other=target.other_port)
        )  # fmt: skip
    if target.idle:
        lines.append(
            message("Where nothing dies: three connections more, each with two requests for the head of the first page; of two "
                    "of them the second request after {idle} s of silence.", idle=f"{target.idle:g}")
        )  # fmt: skip
    lines.append(
        message("Where something dies: at most {datagrams} datagrams of 17 octets and {most} more of the same, with rising TTL, "
                "to the same address, to see which hop answers last.", datagrams=2 * FARTHEST, most=HOP_CONNECTIONS)
    )  # fmt: skip
    if target.trace:
        lines.append(
            message("Where this machine drops it: a table of nft marks what goes to {host} and comes from there, so that nft can "
                    "trace it; it goes again with the probes.", host=target.host)
        )  # fmt: skip
    lines.append(message("Nothing to any other host; {seconds} s in all.", seconds=f"{SECONDS + target.idle:.0f}"))
    return lines


def form_words(form: HelloForm) -> list[Text]:
    """What a hello is like, by what it has other than the fullest one."""
    words: list[Text] = [DIFFERENCES[name, value] for name, value in vars(form).items() if value != getattr(FULL, name)]
    return words or [FULL_HELLO]


def sent_words(row: SentRow) -> list[Text]:
    """What was sent, in one row of the table."""
    if isinstance(row.form, HelloForm):
        return form_words(row.form)
    if row.form is not None:
        return [QUERY_DIFFERENCES[row.form]]
    return [message(KINDS[f"{row.kind} control" if row.control else row.kind], ttl=row.ttl)]


def came_words(row: SentRow) -> Text:
    """What came."""
    return message(MANNERS[row.manner], detail=row.detail)


def settled_words(settlement: Settlement) -> list[Message]:
    """What is settled, sentence by sentence."""
    hello = settlement.hello
    words = {"sni": settlement.target.sni, "host": settlement.target.host, "address": settlement.address,
             "port": settlement.port, "mss": settlement.mss, "idle": f"{settlement.target.idle:g}"}  # fmt: skip
    lines: list[Message] = []
    if settlement.named:
        dies = hello.dies if hello is not None else None
        whose = FINGERPRINTS[dies.likeness] if settlement.bit == "fingerprint" and dies in OTHERS and dies else None
        lines.append(message(whose or BITS[settlement.bit], **words))
        if hello is not None and hello.bit == settlement.bit:
            lines += [message(MANNER_OF_DEATH[hello.manner])] if hello.manner in MANNER_OF_DEATH else []
            lines += [message(ARRIVED)] if hello.manner == "silent" and _arrived(settlement) else []
            lines += [_passes(form) for form in hello.passes]
    elif settlement.bit == "none":
        unsteady = hello is not None and hello.unsteady
        lines.append(message(UNSTEADY if unsteady else NONE, host=settlement.target.host))
    elif settlement.no_address:
        lines.append(message(NO_ADDRESS, host=settlement.target.host))
    else:
        why = hello.why if hello else ""
        lines.append(message(NOT_SETTLED[why], rivals=", ".join(hello.rivals) if hello else ""))
    lines += [message(ALSO.get(bit, ALSO[""]), address=address, bit=bit) for bit, address in settlement.others]
    echoes = [row for row in settlement.rows if row.kind == "echo" and row.manner in ECHOES]
    lines += [message(ECHOES[row.manner], address=row.address) for row in echoes]
    return lines + place_words(settlement)


def _arrived(settlement: Settlement) -> bool:
    """Whether every octet of the hello that dies was acknowledged, each time."""
    dies = (settlement.hello.dies if settlement.hello else None) or FULL
    full = [row for row in settlement.rows if row.kind == "hello" and row.form == dies]
    return bool(full) and all(0 < row.octets <= row.acked for row in full)


def _passes(form: HelloForm) -> Message:
    (how, *_) = form_words(form)
    return message(PASSES, how=how)


def verdict_words(verdict: UpdatedVerdict, nothing_dies: bool) -> list[Message]:
    """What the probes make of a verdict."""
    kind = {True: "agrees", False: "changed", None: "gone" if nothing_dies else "open"}[verdict.agrees]
    lines = [message(VERDICTS[kind], cause=verdict.cause, was=verdict.was)]
    others = [cause for cause in verdict.ruled_out if verdict.agrees or cause != verdict.was]
    return lines + ([message(RULED_OUT, causes=", ".join(others))] if others else [])


def place_words(settlement: Settlement) -> list[Message]:
    """Where it dies."""
    if not settlement.looked_for_place:
        return []
    place = settlement.place
    if place is None:
        return [message(PLACES["unknown"])]
    rules = _local_words(place.local)
    if place.said_by:
        return [message(PLACES["said"], who=place.said_by), *rules]
    if place.boundary is None:
        return rules if place.local else [message(PLACES["unknown"]), *rules]
    edge = place.boundary
    kind = "between" if edge.proved else "unproved" if edge.before else "behind"
    if edge.at_target:
        kind = "last"
    elif not edge.after and edge.before:
        kind = "first"
    elif kind == "between" and settlement.hello is not None and settlement.hello.manner == "reset":
        kind = "reset"
    lines = [
        message(PLACES[kind], after=edge.after, before=edge.before, after_who=place.after_address or NOBODY,
                before_who=place.before_address or NOBODY)
    ]  # fmt: skip
    if edge.silent:
        lines.append(message(SILENT_HOPS, hops=", ".join(map(str, edge.silent))))
    return lines + rules


def _local_words(local: LocalDrops) -> list[Message]:
    """What of this machine drops it: the rule where one is known, else what the kernel says."""
    lines = [message(TRACED, rule=rule.whole) for rule in local.traced]
    lines += [message(RULE, rule=rule) for rule in local.others]
    lines += [
        message(KERNEL, what=message(DROPPED_BY[drop.kind]), reason=drop.reason, function=drop.function)
        for drop in local.reasons
        if not ((local.rules or local.traced) and drop.kind == "firewall")
    ]
    lines += [] if local.traceable else [message(UNTRACED)]
    return lines + ([message(CANDIDATES, rules=", ".join(local.candidates))] if local.candidates else [])
