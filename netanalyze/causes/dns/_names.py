"""What the rules of answers that say no share: whether the name that was asked for can be read."""

from netanalyze.causes.case import Case
from netanalyze.causes.confidence import Basis, Missing
from netanalyze.conversations.dns import Transaction
from netanalyze.findings import Threshold
from netanalyze.flows.names.lookups import SLACK_NS, Lookup

NAME_CUT = Missing(
    "the snap length cut the name that was asked for", Basis.FRAMES,
    "whether it was answered when it was asked again, nobody can tell", at_most=0.6,
)  # fmt: skip

NEXT_TRY = Threshold(
    7, "s", source="resolv.conf(5), Go net/dnsconfig_unix.go: an attempt waits 5 s; 2 s are chosen here",
    why="who still waits for an answer has asked again by then, or asked for the next name",
)  # fmt: skip


def name_cut(lookup: Lookup) -> bool:
    """Whether no query of a lookup shows its name."""
    return all(t.qname is None for t in lookup.transactions)


def answered_by_another(case: Case, lookup: Lookup) -> tuple[Transaction, Transaction] | None:
    """A query that nobody answered whom it was sent to, and the answer to that very query (socket, id, name, type) that came
    from another address; None where there is none. No resolver library takes an answer from there (RFC 5452 section 9.1)."""
    if "answers_without_query" not in case.diagnostics:
        return None
    asked = {(t.client, t.client_port, t.dns_id, t.key, t.qtype): t for t in lookup.unanswered if t.query_frame}
    for one in case.transactions:
        query = asked.get((one.client, one.client_port, one.dns_id, one.key, one.qtype))
        if (
            query is not None
            and not one.query_frame
            and one.resolver != query.resolver
            and one.response_frame > query.query_frame
        ):
            return query, one
    return None


def asks_no_more(case: Case, lookup: Lookup) -> bool:
    """Whether who asked neither asked again, nor for another name in its place, nor used an address, though the capture goes on
    for longer than it would wait: it had its answer, which the capture may lack, or wants none. Where nothing came back from a
    resolver at all, that it asks no more shows nothing."""
    start, index = lookup.start_ns, case.index
    if not index.answered_by.issuperset(lookup.resolvers):
        return False
    if lookup.asked_again or case.end_ns - start <= NEXT_TRY.ns or index.asked.of(lookup.name) > start:
        return False
    following = index.lookup_moments.after(start, lookup.name)
    if following is not None and following - start <= SLACK_NS:
        return False
    return not any(index.used.of(address) >= start for address in lookup.addresses)
