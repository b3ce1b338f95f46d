"""What the rules of answers that say no share: whether the name that was asked for can be read."""

from netanalyze.causes.case import Case
from netanalyze.causes.confidence import Basis, Missing
from netanalyze.conversations.dns import Transaction
from netanalyze.flows.names.lookups import Lookup

NAME_CUT = Missing(
    "the snap length cut the name that was asked for", Basis.FRAMES,
    "whether it was answered when it was asked again, nobody can tell", at_most=0.6,
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
