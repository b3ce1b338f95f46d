"""DNS transactions: queries and their answers, over UDP and TCP (RFC 1035, RFC 7766, RFC 6762, RFC 4795)."""

from dataclasses import dataclass, field

from netanalyze.columns import LIST, TEXT, Column, Table, time_column
from netanalyze.units import NEVER_NS


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
    number: int = -1

    @property
    def key(self) -> str:
        """The name without the final dot, in lower case: how names are compared."""
        return (self.qname or "").rstrip(".").lower()

    @property
    def answered(self) -> bool:
        """Whether an answer came."""
        return bool(self.response_frame)
