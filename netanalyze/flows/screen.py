"""The screen of lookups: of most there is nothing to say, and these stay rows of columns.

A plain lookup is one query that was answered soon with public addresses and NOERROR, and that neither it nor a neighbour of its
name makes part of anything longer. Whoever needs all has them as objects by going through ``Lookups``; whoever looks for what is
wrong looks at ``odd``. Law: with a screen that lets nothing through as plain, the result is the same.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from netanalyze.columns import in_order
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.flows.dns_columns import askers
from netanalyze.flows.names.lookup_spans import Coded, LookupSpans
from netanalyze.flows.names.lookups import ATTEMPT_NS, SLACK_NS, TIMER_SLACK_NS, WITHIN_NS, Growing, Lookup, decide
from netanalyze.tracking.addresses import is_group
from netanalyze.tracking.dns_messages import IS_CUT, IS_TRUNCATED, KIND_SHIFT, edns
from netanalyze.units import NEVER_NS
from netanalyze.wire.message.dns import AAAA, A

LATE_NS = 500_000_000
"""An answer that takes longer may be slow: half of the least that a cause of dns takes for long (0.9 s)."""
NOT_PUBLIC = (0, 10, 100, 127, 169, 172)
NOT_PUBLIC_EITHER = ("192.168.", "198.18.", "198.19.")
"""First octets of IPv4 addresses some of which are no public host's (RFC 6890), and what others begin with."""
FIRST_GROUP = 224
"""And from here on (RFC 5771, RFC 1112 section 4)."""
LINKS_MOST = 1 << 32
"""More repeats than there are of any lookup."""


T = TypeVar("T")


class Repeats(NamedTuple):
    """Of plain lookups, how often each is asked again by the timer of a resolver, as if no answer had come.

    Attributes:
        before_ns: when the same host had asked for the name before, ``NEVER_NS`` never, ``i8 (n,)``.
        links: how many such steps the row of lookups has that it stands in; ``LINKS_MOST`` where an odd one stands in it.
    """

    before_ns: np.ndarray
    links: np.ndarray

    def where(self, rows: np.ndarray) -> "Repeats":
        """Those of some rows."""
        return Repeats(self.before_ns[rows], self.links[rows])


class Lookups(Sequence[Lookup]):
    """All lookups in order of their first frames; objects of the plain ones are made only where somebody goes through all.

    Attributes:
        odd: those of which there may be something to say.
        plain: spans of the others.
    """

    def __init__(
        self,
        odd: list[Lookup],
        before: dict[int, int],
        plain: LookupSpans,
        repeats: Repeats,
        make: Callable[[int], Lookup],
    ):
        self.odd, self.plain = odd, plain
        self._before, self._repeats, self._make = before, repeats, make
        self.spans: LookupSpans | None = None
        self._all: list[Lookup] | None = None
        self._made: dict[int, Lookup] = {}
        self._by_name: tuple[dict[str, int], np.ndarray, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.odd) + len(self.plain)

    def __getitem__(self, at):
        if self._all is None:
            made = map(self._lookup, range(len(self.plain)))
            self._all = sorted([*self.odd, *made], key=lambda lookup: lookup.first_frame)
        return self._all[at]

    def __iter__(self) -> Iterator[Lookup]:
        return iter(self[:])

    def _lookup(self, at: int) -> Lookup:
        if at not in self._made:
            self._made[at] = self._make(at)
        return self._made[at]

    def asked_again(self, links: int) -> tuple[list[Lookup], dict[int, int]]:
        """The odd ones, and the plain ones that stand in a row of so many repeats or more; and by ``id`` when the same host
        had asked for the name of each before, ``NEVER_NS`` never."""
        before, found = dict(self._before), list(self.odd)
        for at in np.flatnonzero(self._repeats.links >= links).tolist():
            found.append(self._lookup(at))
            before[id(found[-1])] = int(self._repeats.before_ns[at])
        return sorted(found, key=lambda lookup: lookup.first_frame), before

    def of_names(self, names: Collection[str | None]) -> list[Lookup]:
        """Those of some names."""
        if self._by_name is None:
            codes = self.plain.name.codes
            order = in_order(codes)
            self._by_name = {text: code for code, text in enumerate(self.plain.name.texts)}, order, codes[order]
        numbers, order, codes = self._by_name
        found = [one for one in self.odd if one.name in names]
        for code in (numbers[name] for name in names if name in numbers):
            found += map(self._lookup, order[slice(*np.searchsorted(codes, (code, code + 1)))].tolist())
        return sorted(found, key=lambda lookup: lookup.first_frame)

    def where(self, wanted: Callable[[str, str], bool]) -> "Lookups":
        """Those whose style and name are wanted."""
        names = np.array([wanted(PLAIN_STYLE, name) for name in self.plain.name.texts], dtype=bool)
        rows = np.flatnonzero(names[self.plain.name.codes]) if len(self.plain) else np.zeros(0, dtype=np.int64)
        odd = [one for one in self.odd if wanted(one.style, one.name)]
        return self._where(odd, rows)

    def before_frame(self, frame: int) -> "Lookups":
        """Those that began before a frame."""
        odd = [one for one in self.odd if one.first_frame < frame]
        rows = np.flatnonzero(self.plain.first_frame < frame)
        return self._where(odd, rows)

    def _where(self, odd: list[Lookup], rows: np.ndarray) -> "Lookups":
        repeats = self._repeats.where(rows)
        return Lookups(odd, self._before, self.plain.where(rows), repeats, lambda at: self._lookup(int(rows[at])))


def odd(things: Sequence[T]) -> Sequence[T]:
    """Those of some lookups, or flows, of which there may be something to say."""
    return getattr(things, "odd", things)


def plain(lookups: Sequence[Lookup]) -> LookupSpans:
    """The spans of those of which there is nothing to say."""
    return lookups.plain if isinstance(lookups, Lookups) else LookupSpans.of(())


def asked_again(lookups: Sequence[Lookup], links: int) -> tuple[Sequence[Lookup], Mapping[int, int]]:
    """Those of some lookups that may be asked again by a timer, ``links`` times or more, though they were answered; and by ``id``
    when each was asked before, where some were left out."""
    return lookups.asked_again(links) if isinstance(lookups, Lookups) else (lookups, {})


def of_names(lookups: Sequence[Lookup], names: Collection[str | None]) -> list[Lookup]:
    """Those of some lookups that are of some names."""
    if isinstance(lookups, Lookups):
        return lookups.of_names(names)
    return [lookup for lookup in lookups if lookup.name in names]


PLAIN_STYLE = "unknown"
"""Of a single query nobody can tell whose it was (``Lookup.style``)."""


def of_lookups(lookups: Sequence[Lookup], wanted: Callable[[str, str], bool]) -> Sequence[Lookup]:
    """Those of some lookups whose style and name are wanted, by when they were begun."""
    if isinstance(lookups, Lookups) and (np.diff(spans(lookups).start_ns) >= 0).all():
        return lookups.where(wanted)
    return sorted((x for x in lookups if wanted(x.style, x.name)), key=lambda x: x.start_ns)


def spans(lookups: Sequence[Lookup]) -> LookupSpans:
    """The spans of all, in order."""
    if not isinstance(lookups, Lookups):
        return LookupSpans.of(lookups)
    if lookups.spans is None:
        found = LookupSpans.of(lookups.odd).behind(lookups.plain)
        lookups.spans = found.where(np.argsort(found.first_frame, kind="stable"))
    return lookups.spans


def screened(reader: DnsReader, next_activity: Callable[[int, list[str], str], int], end_ns: int) -> Lookups:
    """The lookups of a reader's transactions; ``netanalyze.flows.names.lookups`` says what the arguments are."""
    asked = _Asked(reader)
    found, taken = _grown(asked, reader)
    for lookup in found:
        decide(lookup, next_activity, end_ns)
    rows = np.sort(asked.order[~taken])
    rows = rows[np.argsort(asked.query_frame[rows], kind="stable")]

    def make(row: int) -> Lookup:
        one = reader.transaction(int(asked.numbers[row]))
        return Lookup(one.key, one.client, [one], one.response_ns, one.response_frame)

    earlier, links = _earlier(asked, found, rows)
    before = {id(lookup): ns for lookup, ns in zip(found, earlier.tolist())}
    found.sort(key=lambda lookup: lookup.first_frame)
    columns = (asked.query_ns, asked.response_ns, asked.query_frame, asked.response_frame)
    texts = Coded(asked.name, asked.names), Coded(asked.client, asked.hosts), asked.resolver
    ones = LookupSpans(columns, *texts).where(rows)
    return Lookups(found, before, ones, Repeats(earlier[len(found) :], links), lambda at: make(int(rows[at])))


def _grown(asked: "_Asked", reader: DnsReader) -> tuple[list[Lookup], np.ndarray]:
    """The lookups of more than a plain transaction, and which places of the order are theirs."""
    order = asked.order
    same = _same_as_before(asked.client, asked.name, asked.edns, order)
    response_ns, query_ns, quiet = asked.response_ns[order], asked.query_ns[order], asked.quiet[order]
    new = np.ones(len(order), dtype=bool)
    since = query_ns[1:] - asked.last_ns[order][:-1]
    again = (asked.qtype[order][1:] == asked.qtype[order][:-1]) | (since > WITHIN_NS)
    new[1:] = ~same[1:] | (quiet[:-1] & (((response_ns[:-1] < query_ns[1:]) & again) | (since > SLACK_NS)))
    hard = ~quiet | ~new | np.append(~new[1:], np.zeros(len(new[:1]), dtype=bool))
    found: list[Lookup] = []
    taken = np.zeros(len(order), dtype=bool)
    done = 0
    for place in np.flatnonzero(hard).tolist():
        growing: Growing | None = None
        at = max(place, done)
        while at < len(order) and (at == place or (at > place and same[at] and growing is not None)):
            one = reader.transaction(int(asked.numbers[order[at]]))
            if growing is None or growing.over(one):
                if not hard[at]:
                    break  # a plain one, and whatever follows it is another
                growing = Growing(Lookup(one.key, one.client))
                found.append(growing.lookup)
            growing.add(one)
            taken[at] = True
            at += 1
        done = max(at, done)
    return found, taken


def _earlier(asked: "_Asked", lookups: Sequence[Lookup], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When the same host had asked for the name of each lookup before, those of the rows behind those lookups; and the ``links``
    of the rows (``Repeats``)."""
    first = np.array([lookup.transactions[0].number for lookup in lookups], dtype=np.int64)
    places = np.concatenate([np.searchsorted(asked.numbers, first), rows])
    client, name, start = asked.client[places], asked.name[places], asked.query_ns[places]
    order = np.lexsort((asked.query_frame[places], start))
    order = order[in_order((client * len(asked.names) + name)[order])]
    same = _same_as_before(client, name, name, order)
    since = np.diff(start[order], prepend=start[order][:1])
    timed = same & (np.abs(since - ATTEMPT_NS) <= TIMER_SLACK_NS)
    chain = np.cumsum(~timed) - 1
    links = np.bincount(chain) - 1
    links[chain[(order < len(lookups)) & (links[chain] > 0)]] = LINKS_MOST
    earlier = np.full(len(order), NEVER_NS)
    earlier[order[1:]] = np.where(same[1:], start[order[:-1]], NEVER_NS)
    of_each = np.zeros(len(order), dtype=np.int64)
    of_each[order] = links[chain]
    return earlier, of_each[len(lookups) :]


class _Asked:
    """The transactions that are lookups' (of kind dns, with a query, to somebody's own address), as columns."""

    def __init__(self, reader: DnsReader):
        columns = reader.columns()
        self.numbers = np.flatnonzero((columns["flags"] >> KIND_SHIFT == 0) & (columns["query_frame"] > 0))
        all_there = len(self.numbers) == reader.count
        here = columns if all_there else {name: column[self.numbers] for name, column in columns.items()}
        clients, _, resolvers = askers(reader, here["flow_id"], here["flags"])
        own = ~np.array([is_group(text) for text in resolvers.texts] or [False], dtype=bool)[resolvers.codes]
        if not own.all():
            self.numbers, clients, resolvers = self.numbers[own], clients.where(own), resolvers.where(own)
            here = {name: column[own] for name, column in here.items()}
        texts = reader.texts
        codes: dict[str, int] = {}
        keys = [codes.setdefault((name or "").rstrip(".").lower(), len(codes)) for name, _ in texts.questions]
        self.names = list(codes)
        self.name, self.qtype = (
            np.array(keys)[here["question"]],
            np.array([t for _, t in texts.questions])[here["question"]],
        )
        self.client, self.hosts, self.resolver = clients.codes, clients.texts, resolvers
        self.edns = edns(here["flags"])
        self.query_ns, self.response_ns = here["query_ns"], here["response_ns"]
        self.query_frame, self.response_frame = here["query_frame"], here["response_frame"]
        self.last_ns = np.maximum(here["last_query_ns"], self.response_ns)
        order = np.argsort(self.query_frame, kind="stable")
        self.order = order[in_order(((self.client * len(self.names) + self.name) * 2 + self.edns)[order])]
        public = np.zeros(len(texts.lists), dtype=bool)
        for number in sorted(set(here["answers"].tolist())):
            public[number] = bool(texts.lists[number]) and all(map(_public, texts.lists[number]))
        took = self.response_ns - self.query_ns
        single = (here["queries"] == 1) & (here["responses"] == 1) & (here["rcode"] == 0)
        whole = here["answer_flags"] & (IS_TRUNCATED | IS_CUT) == 0
        nothing = ("unusable_frame", "other_answers", "rejected_by_frame", "rejected_answer_frame")
        unmarked = np.logical_and.reduce([here[name] == 0 for name in nothing])
        dotted = np.array(["." in name for name in self.names], dtype=bool)[self.name]
        self.quiet = single & whole & unmarked & dotted & public[here["answers"]] & np.isin(self.qtype, (A, AAAA))
        self.quiet &= (took >= 0) & (took < LATE_NS)


def _same_as_before(client: np.ndarray, name: np.ndarray, other: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Whether each row, in an order, is of the same client, name and so on as the one before."""
    found = np.zeros(len(order), dtype=bool)
    before, here = order[:-1], order[1:]
    found[1:] = (client[before] == client[here]) & (name[before] == name[here]) & (other[before] == other[here])
    return found


def _public(address: str) -> bool:
    """Whether an address may be a public host's, and is none of which something is to be said."""
    if ":" in address:
        return address[0] in "23"
    first = int(address[: address.index(".")])
    return first not in NOT_PUBLIC and first < FIRST_GROUP and not address.startswith(NOT_PUBLIC_EITHER)
