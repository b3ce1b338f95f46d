"""Lookups: what the client wanted to know of DNS, over all transactions it took.

A lookup is one name in one or two families, asked of one or several resolvers, again and again
until it was answered or given up. Transactions of the same name belong to it while it is undecided.
"""

from dataclasses import dataclass, field

from netanalyze.flows.dns import Transaction
from netanalyze.units import NEVER_NS
from netanalyze.wire.message.dns import AAAA, A

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)

ATTEMPT_NS = 5_000_000_000
"""How long stub resolvers wait before they ask again (resolv.conf(5): timeout 5 s; Go and glibc alike)."""
SLACK_NS = 3 * ATTEMPT_NS
"""Asked again after at most this long, it is still the same lookup (two silent resolvers in between)."""


@dataclass
class Lookup:
    """One name that was needed.

    Attributes:
        name: lower case, without the final dot.
        transactions: in the order of their queries.
        end_ns: when the client knew enough, or gave up; the end of the capture while it waits.
        decided_by: the frame that ended it (an answer, an ICMP error), 0 none.
    """

    name: str
    client: str
    transactions: list[Transaction] = field(default_factory=list)
    end_ns: int = NEVER_NS
    decided_by: int = 0

    @property
    def start_ns(self) -> int:
        """When it was first asked."""
        return self.transactions[0].query_ns

    @property
    def first_frame(self) -> int:
        """The first query."""
        return self.transactions[0].query_frame

    @property
    def families(self) -> dict[int, list[Transaction]]:
        """Its transactions by the type asked for."""
        out: dict[int, list[Transaction]] = {}
        for one in self.transactions:
            out.setdefault(one.qtype, []).append(one)
        return out

    @property
    def resolvers(self) -> list[str]:
        """Who was asked, in order."""
        return list(dict.fromkeys(one.resolver for one in self.transactions))

    @property
    def addresses(self) -> list[str]:
        """All addresses that came."""
        return list(dict.fromkeys(a for one in self.transactions for a in one.answers))

    @property
    def answered(self) -> list[Transaction]:
        """Transactions that were answered."""
        return [one for one in self.transactions if one.answered]

    @property
    def unanswered(self) -> list[Transaction]:
        """Transactions that were not."""
        return [one for one in self.transactions if not one.answered]

    @property
    def style(self) -> str:
        """Who asks like this: go (A and AAAA from two sockets), libc (from one), or unknown."""
        first = {qtype: ones[0] for qtype, ones in self.families.items() if qtype in (A, AAAA)}
        if len(first) < 2:
            return "unknown"
        a, aaaa = first[A], first[AAAA]
        if abs(a.query_ns - aaaa.query_ns) > 20_000_000:
            return "unknown"
        earlier, later = sorted((a, aaaa), key=lambda one: one.query_ns)
        if earlier.answered and earlier.response_ns < later.query_ns and not later.edns:
            return "unknown"  # one after the other and without OPT, as nslookup asks (Go has OPT since 1.24)
        return "go" if a.client_port != aaaa.client_port else "libc"

    def family_done_ns(self, qtype: int) -> int:
        """When the family was settled by an answer; ``NEVER_NS`` if it never was."""
        settled = [one.response_ns for one in self.families.get(qtype, []) if one.answered and settles(one)]
        return min(settled, default=NEVER_NS)


def settles(one: Transaction) -> bool:
    """Whether an answer ends the asking: NOERROR or NXDOMAIN, and not truncated over UDP."""
    return one.rcode in (NOERROR, NXDOMAIN) and not (one.truncated and one.transport == "udp")


def lookups(transactions: list[Transaction], next_activity, end_ns: int) -> list[Lookup]:
    """Group DNS transactions (kind dns, with a query) into lookups.

    ``next_activity(ns, addresses)`` gives the moment after ``ns`` at which the client began to use one of the
    addresses, or asked for something else in its place; ``NEVER_NS`` if it did neither.
    """
    groups: list[Lookup] = []
    last: dict[tuple[str, str, int], Lookup] = {}
    ordered = sorted((t for t in transactions if t.kind == "dns" and t.query_frame), key=lambda t: t.query_frame)
    for one in ordered:
        key = (one.client, one.key, one.edns)  # who asks with EDNS always does: go and libc are kept apart
        group = last.get(key)
        if group is not None:
            settled = all(
                any(t.answered and settles(t) and t.response_ns < one.query_ns for t in ones)
                for ones in group.families.values()
            )
            same_family = one.qtype in group.families
            quiet = one.query_ns - max(max(t.last_query_ns, t.response_ns) for t in group.transactions)
            if (settled and (same_family or quiet > 1_000_000_000)) or quiet > SLACK_NS:
                group = None
        if group is None:
            group = Lookup(one.key, one.client)
            groups.append(group)
            last[key] = group
        group.transactions.append(one)
    for group in groups:
        _decide(group, next_activity, end_ns)
    return groups


def _decide(group: Lookup, next_activity, end_ns: int) -> None:
    """Set when the lookup was over."""
    last_event = max(max(t.last_query_ns, t.response_ns) for t in group.transactions)
    refused = [t for t in group.transactions if t.rejected_by_frame]
    done = {qtype: group.family_done_ns(qtype) for qtype in group.families}
    if all(ns != NEVER_NS for ns in done.values()):
        group.end_ns = max(done.values())
        group.decided_by = next(t.response_frame for t in group.transactions if t.response_ns == group.end_ns)
        return
    used = next_activity(last_event, group.addresses) if group.addresses else NEVER_NS
    waiting = [t for t in group.unanswered if not t.rejected_by_frame]
    if used != NEVER_NS:
        group.end_ns = used
    elif waiting:
        group.end_ns = min(max(t.last_query_ns for t in waiting) + ATTEMPT_NS, end_ns)
        group.end_ns = max(group.end_ns, last_event)
    else:
        group.end_ns = last_event
        answered = [t for t in group.transactions if t.response_ns == last_event]
        group.decided_by = answered[0].response_frame if answered else refused[0].rejected_by_frame if refused else 0
