"""Queries and answers of a batch paired by columns, where each was asked once and answered once at the most; those of a flow."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from netanalyze.conversations.dns import Transaction
from netanalyze.tracking.dns_messages import IS_RESPONSE, KIND_SHIFT, UNREADABLE, Messages

FEW = 64
"""So few messages are paired sooner one by one."""
UNKNOWN = -1


class Pairs(NamedTuple):
    """What each message of a batch is to the transactions; places are rows of the batch, in order.

    Attributes:
        made: queries that begin a transaction.
        again: queries that repeat one, and which.
        first: first answers, and to which transaction: one that was known, or ``-2 - at`` for that of ``made[at]``.
    """

    made: np.ndarray
    again: tuple[np.ndarray, np.ndarray]
    first: tuple[np.ndarray, np.ndarray]


def paired(
    messages: Messages,
    keys: np.ndarray,
    begun: np.ndarray,
    responses: np.ndarray,
    last_ns: np.ndarray,
    retry_ns: int,
) -> Pairs | None:
    """The pairs of a batch; None where something in it is less ordinary, and has to be looked at message by message.

    Args:
        keys: what tells the transaction of each message from others.
        begun: of each message the transaction with its key that was begun last, ``UNKNOWN`` none.
        responses, last_ns: of the transactions, how many answers each has, and when it was last asked.
        retry_ns: a query so long after the last one is another.
    """
    flags = messages.flags
    if len(keys) < FEW or (flags & UNREADABLE).any() or (flags >> KIND_SHIFT).any():
        return None
    order = np.argsort(keys)
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order[0]] - 1))
    sizes = np.diff(starts, append=len(order))
    asks = flags & IS_RESPONSE == 0
    two = sizes == 2
    ends = order[starts], order[starts + two]
    head, tail = np.minimum(*ends), np.maximum(*ends)
    if (sizes > 2).any() or (two & ~(asks[head] & ~asks[tail])).any():
        return None
    ones = begun[head]
    there = ones != UNKNOWN
    unanswered = np.zeros(len(ones), dtype=bool)
    unanswered[there] = responses[ones[there]] == 0
    since = np.zeros(len(ones), dtype=np.int64)
    since[there] = messages.ns[head[there]] - last_ns[ones[there]]
    if (~asks[head] & ~unanswered).any():
        return None
    again = asks[head] & unanswered & (since <= retry_ns)
    new = asks[head] & ~again
    made = np.sort(head[new])
    ones[new] = -2 - np.searchsorted(made, head[new])
    answered = two | ~asks[head]
    rows = np.where(asks[head], tail, head)[answered]
    return Pairs(made, (head[again], ones[again]), (rows, ones[answered]))


class OfFlow(Sequence[Transaction]):
    """The transactions of a flow; objects as long as somebody looks at them."""

    def __init__(self, chain: Callable[[int], list[int]], make: Callable[[int], Transaction], latest: int):
        self._chain, self._make, self._latest = chain, make, latest

    def __bool__(self) -> bool:
        return self._latest >= 0

    def __len__(self) -> int:
        return len(self._chain(self._latest))

    def __getitem__(self, at):
        return list(self)[at]

    def __iter__(self) -> Iterator[Transaction]:
        return map(self._make, self._chain(self._latest))
