"""Lookups: what the client wanted to know of DNS, over all transactions it took.

A lookup is one name in one or two families, asked of one or several resolvers, again and again
until it was answered or given up. Transactions of the same name belong to it while it is undecided.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from netanalyze.conversations.dns import Transaction
from netanalyze.tracking.addresses import is_group
from netanalyze.units import NEVER_NS
from netanalyze.wire.message.dns import AAAA, A

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)

ATTEMPT_NS = 5_000_000_000
"""How long stub resolvers wait before they ask again (resolv.conf(5): timeout 5 s; Go and glibc alike)."""
SLACK_NS = 3 * ATTEMPT_NS
"""Asked again after at most this long, it is still the same lookup (two silent resolvers in between)."""
WITHIN_NS = 1_000_000_000
"""The other family is asked for within this of an answer, or it is another lookup."""
AT_ONCE_NS = 50_000_000
"""Who knows enough connects within this (RFC 8305 section 3, Resolution Delay)."""
TIMER_SLACK_NS = 300_000_000
"""A resolver's next try comes this close to its timer: it is busy for no longer between the two."""


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
    def span(self) -> tuple[int, int]:
        """From when to when it was asked."""
        return self.start_ns, self.end_ns

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
    def asked_again(self) -> bool:
        """Whether a question of it was asked more than once."""
        return any(sum(one.queries for one in ones) > 1 for ones in self.families.values())

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

    def families_done_ns(self) -> dict[int, int]:
        """When each family was settled by an answer; ``NEVER_NS`` if it never was."""
        done = {}
        for qtype, ones in self.families.items():
            settled = (one.response_ns for one in ones if one.answered and settles(one))
            done[qtype] = min(settled, default=NEVER_NS)
        return done


def settles(transaction: Transaction) -> bool:
    """Whether an answer ends the asking: NOERROR or NXDOMAIN, and not truncated over UDP."""
    return transaction.rcode in (NOERROR, NXDOMAIN) and not (transaction.truncated and transaction.transport == "udp")


def lookups(transactions: Sequence[Transaction], next_activity, end_ns: int) -> list[Lookup]:
    """Group DNS transactions (kind dns, with a query) into lookups.

    ``next_activity(ns, addresses, name)`` gives the moment after ``ns`` at which the client began to use one of the
    addresses, of none: one that no answer in the capture names, at which it asks for ``name``, or for nobody knows whom;
    ``NEVER_NS`` if it did not.
    """
    groups: list[Lookup] = []
    last: dict[tuple[str, str, int], Growing] = {}
    asked = (t for t in transactions if t.kind == "dns" and t.query_frame and not is_group(t.resolver))
    ordered = sorted(asked, key=lambda t: t.query_frame)
    for one in ordered:
        key = (one.client, one.key, one.edns)  # who asks with EDNS always does: go and libc are kept apart
        growing = last.get(key)
        if growing is None or growing.over(one):
            growing = last[key] = Growing(Lookup(one.key, one.client))
            groups.append(growing.lookup)
        growing.add(one)
    for group in groups:
        decide(group, next_activity, end_ns)
    return groups


class Growing:
    """A lookup to which transactions are added, and what the next one is held against."""

    def __init__(self, lookup: Lookup):
        self.lookup = lookup
        self._last_ns = NEVER_NS
        self._done: dict[int, int | None] = {}  # by family, when it was first settled, None: not yet
        self._open = 0
        self._latest: list[tuple[int, int]] = []  # (-settled, family), the last one settled first; some are outdated

    def over(self, transaction: Transaction) -> bool:
        """Whether ``transaction`` is asked too late to belong to it, or for what was known already."""
        while self._latest and -self._latest[0][0] != self._done[self._latest[0][1]]:
            heapq.heappop(self._latest)
        settled = not self._open and bool(self._latest) and -self._latest[0][0] < transaction.query_ns
        quiet = transaction.query_ns - self._last_ns
        return (settled and (transaction.qtype in self._done or quiet > WITHIN_NS)) or quiet > SLACK_NS

    def add(self, transaction: Transaction) -> None:
        """Add a transaction."""
        self.lookup.transactions.append(transaction)
        self._last_ns = max(self._last_ns, transaction.last_query_ns, transaction.response_ns)
        if transaction.qtype not in self._done:
            self._done[transaction.qtype] = None
            self._open += 1
        known = self._done[transaction.qtype]
        if transaction.answered and settles(transaction) and (known is None or transaction.response_ns < known):
            self._open -= known is None
            self._done[transaction.qtype] = transaction.response_ns
            heapq.heappush(self._latest, (-transaction.response_ns, transaction.qtype))


def decide(group: Lookup, next_activity, end_ns: int) -> None:
    """Set when the lookup was over."""
    last_event = max(max(t.last_query_ns, t.response_ns) for t in group.transactions)
    refused = [t for t in group.transactions if t.rejected_by_frame]
    done = group.families_done_ns()
    if all(ns != NEVER_NS for ns in done.values()):
        group.end_ns = max(done.values())
        group.decided_by = next(t.response_frame for t in group.transactions if t.response_ns == group.end_ns)
        return
    used = _used(group, last_event, next_activity)
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


def _used(group: Lookup, last_event: int, next_activity) -> int:
    """When the client began to use what it had learnt. Where it learnt no address, asked nothing twice, and connects at once to
    an address of which the capture does not say how it knew it, an answer is missing from the capture, not from the client: the
    more so where it asks for the very name there."""
    if group.addresses:
        return next_activity(last_event, group.addresses, group.name)
    twice = len(group.transactions) > len(group.families) or any(one.queries > 1 for one in group.transactions)
    if twice or not group.unanswered:
        return NEVER_NS
    used = next_activity(last_event, [], group.name)
    return used if used - last_event <= AT_ONCE_NS else NEVER_NS
