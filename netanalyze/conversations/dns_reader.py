"""DnsReader: pairs queries with answers, in frame order."""

from array import array
from collections.abc import Callable, Sequence

import numpy as np

from netanalyze.columns import GROWTH, in_order, longer
from netanalyze.conversations.dns import Transaction
from netanalyze.conversations.dns_pairs import UNKNOWN, OfFlow, Pairs, paired
from netanalyze.conversations.dns_streams import DnsStreams
from netanalyze.conversations.ends import Ends, EndsOfFlows, nowhere
from netanalyze.conversations.number_map import NumberMap
from netanalyze.kernel import Engine
from netanalyze.tracking import dns_messages
from netanalyze.tracking.dns_messages import (
    BACKWARD,
    IS_CUT,
    IS_RESPONSE,
    IS_TRUNCATED,
    KIND_SHIFT,
    KINDS,
    NO_QUESTION,
    OVER_TCP,
    UNREADABLE,
    Datagrams,
    Messages,
    Texts,
    asked_forward,
    edns,
)
from netanalyze.units import NEVER_NS
from netanalyze.wire.message import dns as message

RETRY_WINDOW_NS = 30_000_000_000
"""A query with the same id on the same flow after this long is a new transaction: the longest time a
stub resolver asks for one name (glibc and Go: attempts x timeout x servers, at most 30 s)."""
TRANSACTIONS_MOST, LATEST = 500_000, 64
"""Transactions that are kept; how many of a flow's latest ones an answer that fits none is compared with."""

FIELDS = (
    "flow_id", "dns_id", "flags", "query_ns", "query_frame", "last_query_frame", "response_ns", "response_frame", "answer_flags",
    "cnames", "other_answers", "other_frame", "unusable_frame", "rejected_by_frame", "rejected_answer_frame",
)  # fmt: skip
(
    FLOW, DNS_ID, FLAGS, QUERY_NS, QUERY_FRAME, LAST_QUERY_FRAME, RESPONSE_NS, RESPONSE_FRAME, ANSWER_FLAGS, CNAMES,
    OTHER, OTHER_FRAME, UNUSABLE, REJECTED, REJECTED_ANSWER,
) = range(len(FIELDS))  # fmt: skip
AHEAD = 64
"""Transactions for which columns are made blank beforehand."""
NEVER = [[NEVER_NS if name.endswith("_ns") else 0] for name in FIELDS]
ID_SHIFT, FLOW_SHIFT = 24, 40
"""Where the id and the flow stand in what tells a transaction from others, behind the number of its question."""


class DnsReader:
    """Pairs queries with answers, in frame order; a transaction is a row of columns, and an object where one is asked for.

    Args:
        ends: address and port of the originator and the responder of a flow.
        ends_of: those of many flows.
        engine: runs kernels; None: as plain Python.
    """

    def __init__(
        self,
        ends: Callable[[int], Ends] = lambda flow: ("", -1, "", -1),
        ends_of: Callable[[np.ndarray], EndsOfFlows] = nowhere,
        engine: Engine | None = None,
    ) -> None:
        self.left_out, self.most = 0, TRANSACTIONS_MOST
        self.texts = Texts(engine or Engine(mode="plain"))
        self._ends, self.ends_of = ends, ends_of
        self._cells = np.empty((len(FIELDS), 0), dtype=np.int64)
        self._blank = 0  # so many of them were made blank
        self._keys, self._last_ns, self._questions = array("q"), array("q"), array("i")
        self._queries, self._responses = array("i"), array("i")
        self._answers, self._rcodes = array("i"), array("i")
        self._before = array("i")  # the flow's transaction before, -1 none
        self._latest = np.full(0, -1)  # by flow, its latest transaction
        self._open = NumberMap(engine or Engine(mode="plain"))
        self._objects: dict[int, Transaction] = {}
        self._streams = DnsStreams()
        self.unreadable = 0

    @property
    def count(self) -> int:
        """How many transactions there are."""
        return len(self._keys)

    def take_stream(self, flow_id: int, direction: int, octets: bytes, ends: Ends, frame: int, ns: int) -> None:
        """Take octets of DNS over TCP, in order."""
        messages = self._streams.take(flow_id, direction, octets)
        if messages:
            lengths = np.array([len(one) for one in messages])
            self._take(flow_id, b"".join(messages), lengths, ends, direction, frame, ns, OVER_TCP)

    def take(self, flow_id: int, octets: bytes, ends: Ends, direction: int, frame: int, ns: int) -> None:
        """Take one datagram."""
        self._take(flow_id, octets, np.array([len(octets)]), ends, direction, frame, ns, 0)

    def _take(self, flow_id, octets, lengths, ends, direction, frame, ns, flags) -> None:
        """Take messages of one flow and moment, one behind the other."""
        ports = np.tile([ends[1], ends[3]], (len(lengths), 1))
        flows, directions, frames, times = (np.full(len(lengths), value) for value in (flow_id, direction, frame, ns))
        places = np.frombuffer(octets, dtype=np.uint8), np.cumsum(lengths) - lengths, lengths
        self.take_datagrams(Datagrams(*places, flows, directions, ports, frames, times), flags)

    def take_datagrams(self, datagrams: Datagrams, flags: int = 0) -> None:
        """Take messages, in frame order."""
        found = dns_messages.read(datagrams, self.texts)
        found.flags[:] |= flags
        self._pair(found)
        self.texts.closed = self.count >= self.most

    def _pair(self, messages: Messages) -> None:
        """Give each message to its transaction, or begin one with it."""
        made, again, first, most = [], [], [], self.most
        folded = np.array(self.texts.folded)[messages.question]
        columns = messages.flow << FLOW_SHIFT | messages.dns_id << ID_SHIFT | folded
        self._room(messages.flow, 0)
        begun = self._open.find(columns)
        pairs = paired(messages, columns, begun, _view(self._responses), _view(self._last_ns), RETRY_WINDOW_NS)
        if pairs is not None and self.count + len(pairs.made) <= most:
            self._take_pairs(messages, columns, pairs)
            return
        keys = columns.tolist()
        known = {key: number for key, number in zip(keys, begun.tolist()) if number != UNKNOWN}
        for row, (key, flags, ns) in enumerate(zip(keys, messages.flags.tolist(), messages.ns.tolist(), strict=True)):
            one = known.get(key)
            if not flags & (IS_RESPONSE | UNREADABLE):
                if (
                    one is not None
                    and not self._responses[one]
                    and ns - self._last_ns[one] <= RETRY_WINDOW_NS
                    and flags >> KIND_SHIFT != 1
                ):
                    self._queries[one] += 1
                    self._last_ns[one] = ns
                    again.append((one, row))
                elif len(self._keys) < most:
                    known[key] = self._begin(messages, row, key, ns, 1)
                    made.append(row)
                else:
                    self.left_out += 1
                continue
            if one is None:
                one = self._unmatched(messages, row, flags)
                if one is None:
                    continue
                if one == len(self._keys):
                    if one >= most:
                        continue
                    known[key] = self._begin(messages, row, key, NEVER_NS, 0)
                    made.append(row)
            self._responses[one] += 1
            if self._responses[one] == 1:
                self._answers[one], self._rcodes[one] = int(messages.answers[row]), int(messages.rcode[row])
                first.append((one, row))
            else:
                self._compare(one, messages, row)
        answered, rows = np.array(first, dtype=np.int64).reshape(-1, 2).T
        new = np.array(made, dtype=np.int64)
        self._open.enter(columns[new], np.arange(self.count - len(new), self.count))
        self._write(messages, new, again, answered, rows)

    def _take_pairs(self, messages: Messages, keys: np.ndarray, pairs: Pairs) -> None:
        """Take the messages of a batch that were paired by columns."""
        begun, made, count = self.count, pairs.made, len(pairs.made)
        numbers, flows = np.arange(begun, begun + count), messages.flow[made]
        self._room(flows, count)
        order = in_order(flows)
        same = np.diff(flows[order], prepend=-2) == 0
        before = np.empty(count, dtype=np.int64)
        before[order] = np.where(same, np.roll(numbers[order], 1), self._latest[flows[order]])
        self._latest[flows] = numbers  # of several of a flow the last is written last
        self._open.enter(keys[made], numbers)
        for column, values in (
            (self._keys, keys[made]), (self._questions, messages.question[made]), (self._last_ns, messages.ns[made]),
            (self._queries, np.ones(count)), (self._responses, np.zeros(count)), (self._answers, np.zeros(count)),
            (self._rcodes, np.full(count, -1)), (self._before, before),
        ):  # fmt: skip
            column.frombytes(values.astype(column.typecode).tobytes())
        again = list(zip(pairs.again[1].tolist(), pairs.again[0].tolist()))
        for one, row in again:
            self._queries[one] += 1
            self._last_ns[one] = int(messages.ns[row])
        rows, ones = pairs.first
        ones = np.where(ones < UNKNOWN, begun - 2 - ones, ones)
        for column, values in (
            (self._responses, np.ones(len(ones))), (self._answers, messages.answers[rows]), (self._rcodes, messages.rcode[rows])
        ):  # fmt: skip
            _view(column)[ones] = values
        self._write(messages, made, again, ones, rows)

    def _room(self, flows: np.ndarray, further: int) -> None:
        """Room for so many more transactions, and for the latest of some flows."""
        most = int(flows.max(initial=-1)) + 1
        if most > len(self._latest):
            self._latest = np.concatenate([self._latest, np.full(most, -1)])
        needed, (_, width) = self.count + further, self._cells.shape
        if needed > width:
            room = max(needed, min(GROWTH * width, TRANSACTIONS_MOST), AHEAD)
            self._cells = longer(self._cells, self._blank, needed, room)
        if needed > self._blank:
            self._cells[:, self._blank : needed + AHEAD] = NEVER
            self._blank = min(needed + AHEAD, self._cells.shape[1])

    def _begin(self, messages: Messages, row: int, key: int, ns: int, queries: int) -> int:
        """Append a transaction; what columns know of it follows (``_write``)."""
        one, flow = len(self._keys), key >> FLOW_SHIFT
        self._keys.append(key)
        self._questions.append(messages.question[row])
        self._last_ns.append(ns)
        self._queries.append(queries)
        self._responses.append(0)
        self._answers.append(0)
        self._rcodes.append(-1)
        self._before.append(int(self._latest[flow]))
        self._latest[flow] = one
        self._room(messages.flow[:0], 0)
        return one

    def _unmatched(self, messages: Messages, row: int, flags: int) -> int | None:
        """The transaction that an answer to no known question, or what is no message, is about; None: to nobody's use.

        The number of the next transaction: it begins one.
        """
        waiting, flow = -1, int(messages.flow[row])
        one = self._latest_of(flow)
        for _ in range(LATEST):
            if one < 0 or not self._responses[one]:
                waiting = one
                break
            one = self._before[one]
        question, frame = int(messages.question[row]), int(messages.frame[row])
        if flags & UNREADABLE:
            self.unreadable += 1
            if waiting >= 0 and flags & BACKWARD:
                self._cells[UNUSABLE, waiting] = self._cells[UNUSABLE, waiting] or frame
                self._objects.pop(waiting, None)
            return None
        if question == NO_QUESTION and self.texts.closed:
            return None
        if waiting < 0 or flags >> KIND_SHIFT:
            return len(self._keys)
        unnamed = self._questions[waiting] == NO_QUESTION
        if (question == NO_QUESTION or unnamed) and self._keys[waiting] >> ID_SHIFT & 0xFFFF == messages.dns_id[row]:
            # an error answer may leave the question out (RFC 1035 section 4.1.1), an inverse query has none
            if unnamed:
                self._questions[waiting] = question
            return waiting
        other_id = self._keys[waiting] >> ID_SHIFT & 0xFFFF != messages.dns_id[row]
        if other_id and self._differ_in_family(waiting, question):
            return len(self._keys)  # the other one of the two that libc asks on one socket; the capture lacks its query
        self._cells[UNUSABLE, waiting] = self._cells[UNUSABLE, waiting] or frame
        self._objects.pop(waiting, None)
        return None

    def _differ_in_family(self, transaction: int, question: int) -> bool:
        """Whether a transaction's question and another are for A and AAAA of one name."""
        (asked, of), (name, qtype) = self.texts.questions[self._questions[transaction]], self.texts.questions[question]
        return name is not None and name == asked and {of, qtype} == {message.A, message.AAAA}

    def _compare(self, number: int, messages: Messages, row: int) -> None:
        """Hold a further answer against the first one."""
        self._objects.pop(number, None)
        if self._cells[OTHER, number]:
            return
        texts, rcode = self.texts, int(messages.rcode[row])
        answers = int(messages.answers[row])
        addresses = texts.lists[answers]
        if addresses and set(addresses) != set(texts.lists[self._answers[number]]):
            self._cells[OTHER, number], self._cells[OTHER_FRAME, number] = answers, messages.frame[row]
        elif rcode != self._rcodes[number]:
            said = addresses or [message.rcode_name(rcode)]
            self._cells[OTHER, number] = texts.listed(tuple(said), said)
            self._cells[OTHER_FRAME, number] = messages.frame[row]

    def carried(self, flows: np.ndarray) -> np.ndarray:
        """Which of some flows carried transactions, ``bool (n,)``."""
        known = np.append(self._latest >= 0, False)
        return known[np.minimum(flows, len(self._latest))]

    def _latest_of(self, flow: int) -> int:
        """The latest transaction of a flow, -1 none."""
        return int(self._latest[flow]) if flow < len(self._latest) else -1

    def _write(self, messages: Messages, made: np.ndarray, again: list, answered: np.ndarray, rows: np.ndarray) -> None:
        """Write the columns of the transactions that messages began, repeated and answered."""
        cells = self._cells
        ones = slice(self.count - len(made), self.count)
        for place, column in ((FLOW, messages.flow), (DNS_ID, messages.dns_id), (FLAGS, messages.flags)):
            cells[place, ones] = column[made]
        asked = messages.flags[made] & IS_RESPONSE == 0
        cells[QUERY_NS, ones] = np.where(asked, messages.ns[made], NEVER_NS)
        cells[QUERY_FRAME, ones] = np.where(asked, messages.frame[made], 0)
        cells[LAST_QUERY_FRAME, ones] = cells[QUERY_FRAME, ones]
        for one, row in again:
            cells[LAST_QUERY_FRAME, one] = messages.frame[row]
            self._objects.pop(one, None)
        cells[RESPONSE_NS, answered], cells[RESPONSE_FRAME, answered] = messages.ns[rows], messages.frame[rows]
        cells[ANSWER_FLAGS, answered], cells[CNAMES, answered] = messages.flags[rows], messages.cnames[rows]
        for one in self._objects.keys() & set(answered.tolist()) if self._objects else ():
            del self._objects[one]

    def of_flow(self, flow_id: int) -> Sequence[Transaction]:
        """The transactions that a flow carried, in order."""
        return OfFlow(self.chain, self.transaction, self._latest_of(flow_id))

    def chain(self, latest: int) -> list[int]:
        """The numbers of a flow's transactions, in order, from its latest."""
        found = []
        while latest >= 0:
            found.append(latest)
            latest = self._before[latest]
        return found[::-1]

    @property
    def transactions(self) -> list[Transaction]:
        """All of them, in the order of their first frames."""
        return list(map(self.transaction, self.order().tolist()))

    def latest(self, count: int) -> list[Transaction]:
        """The last ones."""
        return list(map(self.transaction, range(max(self.count - count, 0), self.count)))

    def order(self) -> np.ndarray:
        """The numbers of all transactions in the order of their first frames."""
        cells = self._cells[:, : self.count]
        begun = np.where(cells[QUERY_FRAME] > 0, cells[QUERY_FRAME], cells[RESPONSE_FRAME])
        return np.argsort(begun, kind="stable")

    def transaction(self, number: int) -> Transaction:
        """A transaction by its number."""
        known = self._objects.get(number)
        return known if known is not None else self._object(number)

    def _object(self, number: int) -> Transaction:
        cells = dict(zip(FIELDS, self._cells[:, number].tolist(), strict=True))
        flags, answer = cells.pop("flags"), cells.pop("answer_flags")
        a, a_port, b, b_port = self._ends(cells["flow_id"])
        client, port, resolver = (a, a_port, b) if asked_forward(flags) else (b, b_port, a)
        name, qtype = self.texts.questions[self._questions[number]]
        rcode, lists = self._rcodes[number], self.texts.lists
        found = Transaction(
            KINDS[flags >> KIND_SHIFT], cells.pop("flow_id"), "tcp" if flags & OVER_TCP else "udp", client, port, resolver,
            cells.pop("dns_id"), name, qtype, rcode, rcode & 15 if rcode >= 0 else -1,
            queries=self._queries[number], responses=self._responses[number], edns=edns(flags),
            truncated=answer // IS_TRUNCATED & 1,
            answers=lists[self._answers[number]], cnames=lists[cells.pop("cnames")],
            other_answers=lists[cells.pop("other_answers")], last_query_ns=self._last_ns[number],
            cut=bool(answer & IS_CUT), number=number, **cells,
        )  # fmt: skip
        self._objects[number] = found
        return found

    def reject(self, transaction: Transaction, frame: int) -> None:
        """Note that an ICMP error quotes a transaction: its answer where there is one, else its query."""
        place, name = (
            (REJECTED_ANSWER, "rejected_answer_frame") if transaction.answered else (REJECTED, "rejected_by_frame")
        )
        if not getattr(transaction, name):
            setattr(transaction, name, frame)
            self._cells[place, transaction.number] = frame

    def columns(self) -> dict[str, np.ndarray]:
        """All of them as columns, ``i8 (count,)``, by number: ``FIELDS``, and what is kept apart of these."""
        found = dict(zip(FIELDS, self._cells[:, : self.count], strict=True))
        for name, column in (
            ("question", self._questions), ("last_query_ns", self._last_ns), ("queries", self._queries),
            ("responses", self._responses), ("answers", self._answers), ("rcode", self._rcodes),
        ):  # fmt: skip
            found[name] = np.array(column, dtype=np.int64)
        return found

    def orphans(self) -> tuple[int, int | None]:
        """How many answers have no query in the capture, and the frame of the first."""
        ones = self.order()
        frames = self._cells[RESPONSE_FRAME, ones][self._cells[QUERY_FRAME, ones] == 0]
        return len(frames), int(frames[0]) if len(frames) else None


def _view(column: array) -> np.ndarray:
    """The numbers of a column, to be let go before it grows."""
    return np.frombuffer(column, column.typecode) if column else np.zeros(0, dtype=column.typecode)
