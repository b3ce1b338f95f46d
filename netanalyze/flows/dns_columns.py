"""Transactions as columns: the DnsTable of a reader, and who asked whom."""

from collections.abc import Callable, Iterator, Sequence, Set

import numpy as np

from netanalyze.columns import coded
from netanalyze.conversations.dns import DnsTable, Transaction
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.flows.names.lookup_spans import Coded
from netanalyze.tracking.dns_messages import (
    IS_TRUNCATED,
    KIND_SHIFT,
    KINDS,
    NO_QUESTION,
    OVER_TCP,
    asked_forward,
    edns,
)
from netanalyze.wire.message import dns as message


def dns_table(reader: DnsReader) -> DnsTable:
    """All transactions that began with a query in the capture, in the order of their first frame.

    Those that were answered and whose question was cut off by the snap length are left out: nothing says what
    was asked.
    """
    columns, ones = reader.columns(), reader.order()
    asked, answered = columns["query_frame"] > 0, columns["response_frame"] > 0
    ones = ones[(asked & ((columns["question"] != NO_QUESTION) | ~answered))[ones]]
    here = {name: column[ones] for name, column in columns.items()}
    texts, flags, rcodes = reader.texts, here["flags"], here["rcode"]
    names, types = zip(*texts.questions, strict=True)
    qtypes = np.array(types)[here["question"]]
    clients, ports, resolvers = askers(reader, here["flow_id"], flags)
    same = (
        "dns_id", "flow_id", "query_ns", "response_ns", "query_frame", "response_frame", "last_query_frame", "queries",
        "responses", "rejected_by_frame", "rejected_answer_frame", "unusable_frame",
    )  # fmt: skip
    return DnsTable(
        kind=picked(KINDS, flags >> KIND_SHIFT), transport=picked(("udp", "tcp"), flags // OVER_TCP & 1),
        client=picked(clients.texts, clients.codes), client_port=ports, resolver=picked(resolvers.texts, resolvers.codes),
        qname=picked(["<Root>" if name == "." else name for name in names], here["question"]), qtype=qtypes,
        qtype_name=_named(qtypes, message.type_name), rcode=np.where(rcodes < 0, -1, rcodes & 15),
        rcode_name=_named(rcodes, message.rcode_name), edns=edns(flags), truncated=here["answer_flags"] // IS_TRUNCATED & 1,
        answers=picked(texts.lists, here["answers"]), cnames=picked(texts.lists, here["cnames"]),
        other_answers=picked(texts.lists, here["other_answers"]), **{name: here[name] for name in same},
    )  # fmt: skip


def askers(reader: DnsReader, flows: np.ndarray, flags: np.ndarray) -> tuple[Coded, np.ndarray, Coded]:
    """Who asked, from which port, and whom: of the flows of some transactions, and their flags."""
    ids, places = coded(flows)
    a, a_port, b, b_port, texts = reader.ends_of(ids)
    forward, a, b = asked_forward(flags), a[places], b[places]
    port = np.where(forward, a_port[places], b_port[places])
    return Coded(np.where(forward, a, b), texts), port, Coded(np.where(forward, b, a), texts)


class Transactions(Sequence[Transaction]):
    """The transactions of kind dns in the order of their first frames; objects where somebody goes through them."""

    def __init__(self, reader: DnsReader):
        self._reader = reader
        self._all: list[Transaction] | None = None

    def __len__(self) -> int:
        return len(self[:])

    def __getitem__(self, at):
        if self._all is None:
            self._all = [one for one in self._reader.transactions if one.kind == "dns"]
        return self._all[at]

    def __iter__(self) -> Iterator[Transaction]:
        return iter(self[:])

    def answered_otherwise(self) -> list[Transaction]:
        """Those with a further answer that differs."""
        columns, order = self._reader.columns(), self._reader.order()
        found = (columns["other_answers"] > 0) & (columns["flags"] >> KIND_SHIFT == 0)
        return list(map(self._reader.transaction, order[found[order]].tolist()))

    def giving(self, addresses: Set[str]) -> Iterator[tuple[list[str], int, str]]:
        """Of those that gave one of some addresses, of whatever kind, and whose name is known: what they gave, when, and the
        name (``Transaction.key``)."""
        lists, questions = self._reader.texts.lists, self._reader.texts.questions
        columns, order = self._reader.columns(), self._reader.order()
        giving = np.array([not addresses.isdisjoint(texts) for texts in lists], dtype=bool)
        rows = order[(giving[columns["answers"]] & (columns["response_frame"] > 0))[order]]
        picked_rows = (columns[name][rows].tolist() for name in ("answers", "response_ns", "question"))
        for answers, response_ns, question in zip(*picked_rows, strict=True):
            if name := questions[question][0]:
                yield lists[answers], response_ns, name.rstrip(".").lower()

    def resolvers(self, with_edns: int | None) -> frozenset[str]:
        """Those that answered, all queries or those with or without an OPT record."""
        columns = self._reader.columns()
        rows = np.flatnonzero((columns["response_frame"] > 0) & (columns["flags"] >> KIND_SHIFT == 0))
        if with_edns is not None:
            rows = rows[edns(columns["flags"][rows]) == with_edns]
        return frozenset(askers(self._reader, columns["flow_id"][rows], columns["flags"][rows])[2].there())


def answered_otherwise(transactions: Sequence[Transaction]) -> Sequence[Transaction]:
    """Of some transactions those that may have a further answer that differs."""
    return transactions.answered_otherwise() if isinstance(transactions, Transactions) else transactions


def resolvers_that_answered(transactions: Sequence[Transaction], with_edns: int | None = None) -> frozenset[str]:
    """The resolvers that answered anything; with ``with_edns``, queries with an OPT record (1) or without (0)."""
    if isinstance(transactions, Transactions):
        return transactions.resolvers(with_edns)
    return frozenset(t.resolver for t in transactions if t.answered and with_edns in (None, int(bool(t.edns))))


def picked(values: Sequence, numbers: np.ndarray) -> np.ndarray:
    """The values of some numbers, an array of objects."""
    found = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        found[at] = value
    return found[numbers]


def _named(numbers: np.ndarray, name: Callable[[int], str]) -> np.ndarray:
    """The names of numbers; None of those below 0."""
    ones, places = np.unique(numbers, return_inverse=True)
    return picked([name(one) if one >= 0 else None for one in ones.tolist()], places)
