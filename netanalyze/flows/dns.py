"""DNS transactions: queries and their answers, over UDP and TCP (RFC 1035, RFC 7766, RFC 6762, RFC 4795)."""

from collections import defaultdict
from dataclasses import dataclass, field

from netanalyze.columns import LIST, TEXT, Column, Table, time_column
from netanalyze.errors import MessageError
from netanalyze.units import NEVER_NS
from netanalyze.wire.message import dns as message

MDNS_PORT, LLMNR_PORT = 5353, 5355
RETRY_WINDOW_NS = 30_000_000_000
"""A query with the same id on the same flow after this long is a new transaction: the longest time a
stub resolver asks for one name (glibc and Go: attempts x timeout x servers, at most 30 s)."""


class DnsTable(Table):
    """One row per DNS transaction: a query, with its repeats on the same socket, and the answer."""

    schema = (
        Column("dns_id", "i4", "1", "transaction id", "dns.id", -1),
        Column("kind", TEXT, "", "dns, mdns or llmnr", "RFC 1035, 6762, 4795"),
        Column("flow_id", "i4", "1", "flow that carried it, -1 none", "netanalyze", -1),
        Column("transport", TEXT, "", "udp or tcp", "RFC 7766"),
        Column("client", TEXT, "", "address that asked", "ip.src"),
        Column("client_port", "i4", "1", "port it asked from", "udp.srcport", -1),
        Column("resolver", TEXT, "", "address that was asked", "ip.dst"),
        Column("qname", TEXT, "", "name asked for; <Root> for the root, as Wireshark has it", "dns.qry.name"),
        Column("qtype", "i4", "1", "type asked for, by number", "dns.qry.type", -1),
        Column("qtype_name", TEXT, "", "type asked for", "IANA"),
        Column("rcode", "i4", "1", "response code in the header, by number, -1 unanswered", "dns.flags.rcode", -1),
        Column("rcode_name", TEXT, "", "response code, EDNS' upper bits joined in", "RFC 6891 6.1.3"),
        time_column("query_ns", "when it was first asked"),
        time_column("response_ns", "when the first answer came"),
        Column("query_frame", "i8", "1", "frame of the first query, 0 none", "frame.number", 0),
        Column("response_frame", "i8", "1", "frame of the first answer, 0 none", "frame.number", 0),
        Column("last_query_frame", "i8", "1", "frame of the last repeat of the query", "frame.number", 0),
        Column("queries", "i4", "1", "how often it was asked on this socket", "netanalyze"),
        Column("responses", "i4", "1", "how many answers came", "netanalyze"),
        Column("edns", "i1", "1", "1 if the query had an OPT record", "RFC 6891"),
        Column("truncated", "i1", "1", "1 if the answer had the TC bit", "RFC 1035 4.1.1"),
        Column("answers", LIST, "", "addresses in the answer", "dns.a, dns.aaaa"),
        Column("cnames", LIST, "", "canonical names in the answer", "dns.cname"),
        Column("other_answers", LIST, "", "addresses of a second answer that differs", "netanalyze"),
        Column("answer_ttl", "i2", "hops", "IP time to live of the answer, -1 unknown", "ip.ttl", -1),
        Column("rejected_by_frame", "i8", "1", "frame of an ICMP error that quotes the query, 0 none", "icmp", 0),
        Column("rejected_answer_frame", "i8", "1", "frame of an ICMP error by the client that quotes the answer", "icmp", 0),
        Column("unusable_frame", "i8", "1", "frame of an answer whose question or form does not fit, 0 none", "netanalyze", 0),
    )  # fmt: skip


@dataclass
class Transaction:
    """A transaction as it grows; the columns of DnsTable by the same names."""

    kind: str
    flow_id: int
    transport: str
    client: str
    client_port: int
    resolver: str
    dns_id: int
    qname: str | None
    qtype: int
    rcode: int = -1
    header_rcode: int = -1
    query_ns: int = NEVER_NS
    response_ns: int = NEVER_NS
    query_frame: int = 0
    response_frame: int = 0
    last_query_frame: int = 0
    queries: int = 0
    responses: int = 0
    edns: int = 0
    truncated: int = 0
    answers: list[str] = field(default_factory=list)
    cnames: list[str] = field(default_factory=list)
    other_answers: list[str] = field(default_factory=list)
    other_frame: int = 0
    rejected_by_frame: int = 0
    rejected_answer_frame: int = 0
    unusable_frame: int = 0
    last_query_ns: int = NEVER_NS
    cut: bool = False
    """The capture lacks some of the records that answer: what they said is not known."""

    @property
    def key(self) -> str:
        """The name without the final dot, in lower case: how names are compared."""
        return (self.qname or "").rstrip(".").lower()

    @property
    def answered(self) -> bool:
        """Whether an answer came."""
        return bool(self.response_frame)

    def row(self) -> dict:
        """As a row of DnsTable."""
        row = dict(self.__dict__)
        row.pop("last_query_ns")
        row.pop("cut")
        row.pop("header_rcode")
        row["qname"] = "<Root>" if self.qname == "." else self.qname
        row["qtype_name"] = message.type_name(self.qtype) if self.qtype >= 0 else None
        row["rcode"] = self.header_rcode
        row["rcode_name"] = message.rcode_name(self.rcode) if self.rcode >= 0 else None
        return row


ANSWERS = 6
"""Where a message counts its answers (RFC 1035 section 4.1.1)."""
TRANSACTIONS_MOST, STREAMED_MOST, LATEST = 500_000, 64 * 1024 * 1024, 64
"""Transactions that are kept; octets of unfinished messages over TCP, of all flows together; how many of a flow's
latest transactions an answer that fits none is compared with."""


class DnsReader:
    """Pairs queries with answers, in frame order."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        self._open: dict[tuple, Transaction] = {}
        self._streams: dict[tuple[int, int], bytes] = defaultdict(bytes)
        self._by_flow: dict[int, list[Transaction]] = defaultdict(list)
        self._streamed = 0
        self.unreadable = 0
        self.stream_lost: set[tuple[int, int]] = set()

    def of_flow(self, flow_id: int) -> list[Transaction]:
        """The transactions that a flow carried, in order."""
        return self._by_flow.get(flow_id, [])

    def take_stream(self, flow_id: int, direction: int, octets: bytes, ends: tuple, frame: int, ns: int) -> None:
        """Take octets of DNS over TCP, in order."""
        key = (flow_id, direction)
        if key in self.stream_lost:
            return
        held = self._streams[key] + octets
        if len(held) > 2 * 65537 or self._streamed > STREAMED_MOST:
            self.stream_lost.add(key)
            self._streamed -= len(self._streams.pop(key))
            return
        messages, consumed = message.split_stream(held)
        self._streamed += len(octets) - consumed
        self._streams[key] = held[consumed:]
        for _, one in messages:
            self.take(flow_id, one, ends, direction, frame, ns, "tcp")

    def take(
        self, flow_id: int, octets: bytes, ends: tuple, direction: int, frame: int, ns: int, transport: str = "udp"
    ) -> None:
        """Take one message. ``ends`` is (originator, its port, responder, its port) of the flow."""
        try:
            parsed = message.parse(octets)
        except MessageError:
            self.unreadable += 1
            for transaction in reversed(self._by_flow.get(flow_id, [])[-LATEST:]):
                if not transaction.answered and direction == 1:
                    transaction.unusable_frame = transaction.unusable_frame or frame
                    break
            return
        a, a_port, b, b_port = ends if direction == 0 else (ends[2], ends[3], ends[0], ends[1])
        kind = "mdns" if MDNS_PORT in (a_port, b_port) else "llmnr" if LLMNR_PORT in (a_port, b_port) else "dns"
        if parsed.is_response:
            a, a_port, b, b_port = b, b_port, a, a_port
        question = parsed.questions[0] if parsed.questions else None
        name, qtype = (question.name, question.qtype) if question else (None, -1)
        key = (flow_id, parsed.id, (name or "").lower(), qtype)
        found = self._open.get(key)
        if not parsed.is_response:
            stale = found and (found.answered or ns - found.last_query_ns > RETRY_WINDOW_NS)
            if found is None or stale or kind == "mdns":
                found = self._new(key, kind, flow_id, transport, a, a_port, b, parsed.id, name, qtype)
                found.query_ns, found.query_frame = ns, frame
                found.edns = int(parsed.edns is not None)
            found.queries += 1
            found.last_query_ns, found.last_query_frame = ns, frame
            return
        if found is None:
            waiting = [t for t in self._by_flow.get(flow_id, [])[-LATEST:] if not t.answered and t.query_frame]
            if waiting and kind == "dns":
                if (question is None or waiting[-1].qname is None) and waiting[-1].dns_id == parsed.id:
                    # an error answer may leave the question out (RFC 1035 section 4.1.1), an inverse query has none
                    found = waiting[-1]
                    if question and found.qname is None:
                        found.qname, found.qtype = name, qtype
                else:
                    waiting[-1].unusable_frame = waiting[-1].unusable_frame or frame
                    return
        if found is None:
            found = self._new(key, kind, flow_id, transport, a, a_port, b, parsed.id, name, qtype)
        found.responses += 1
        addresses = list(parsed.addresses)
        if found.answered:
            if addresses and set(addresses) != set(found.answers) and not found.other_answers:
                found.other_answers, found.other_frame = addresses, frame
            elif parsed.rcode != found.rcode and not found.other_answers:
                found.other_answers, found.other_frame = addresses or [message.rcode_name(parsed.rcode)], frame
            return
        found.response_ns, found.response_frame, found.rcode = ns, frame, parsed.rcode
        found.header_rcode = parsed.header_rcode
        found.cut = int.from_bytes(octets[ANSWERS : ANSWERS + 2]) > len(parsed.answers)
        found.truncated, found.answers, found.cnames = int(parsed.truncated), addresses, list(parsed.cnames)

    def _new(self, key, kind, flow_id, transport, client, client_port, resolver, dns_id, name, qtype) -> Transaction:
        made = Transaction(kind, flow_id, transport, client, client_port, resolver, dns_id, name, qtype)
        if len(self.transactions) < TRANSACTIONS_MOST:
            self._open[key] = made
            self.transactions.append(made)
            self._by_flow[flow_id].append(made)
        return made

    def table(self) -> DnsTable:
        """All transactions that began with a query in the capture, in the order of their first frame.

        Those that were answered and whose question was cut off by the snap length are left out: nothing says what
        was asked.
        """
        told = (one for one in self.transactions if one.query_frame and (one.qname is not None or not one.answered))
        return DnsTable.from_rows(one.row() for one in told)

    @property
    def orphans(self) -> list[Transaction]:
        """Answers whose query is not in the capture."""
        return [one for one in self.transactions if not one.query_frame]
