"""Where the time of each request went: lookup, connect, handshake, waiting, transfer."""

import functools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from netanalyze.units import NEVER_NS

if TYPE_CHECKING:
    from netanalyze.result import Result

Row = dict[str, Any]
Lookups = Mapping[str, Sequence[tuple[int, int]]]
"""By address when the lookups that gave it were answered, and asked, in that order."""
UNKNOWN = -1


class Timing(NamedTuple):
    """A request, or an encrypted connection none of whose requests is known. Phases in ns, UNKNOWN where there was none.

    Attributes:
        request: its row of HttpTable, None of a connection alone.
        flow: the row of the flow that carries it, if that is known.
        start_ns: when its flow began, where it is the flow's first; else when it was made.
        lookup_ns, connect_ns, tls_ns: of the flow, to its first request.
        wait_ns: from the request to the head of its answer; to the flow's end, where none came.
        transfer_ns: from there to the body's last octet.
    """

    request: Row | None
    flow: Row | None
    start_ns: int
    lookup_ns: int
    connect_ns: int
    tls_ns: int
    wait_ns: int
    transfer_ns: int


def request_timings(result: "Result", wanted: Callable[[Row], bool] = lambda _: True) -> Iterator[Timing]:
    """Each request whose time is known, and whose row of HttpTable is wanted."""
    rows = [row for row in result.http.rows() if row["request_ns"] is not None]
    chosen = [row for row in rows if wanted(row)]
    if not chosen:
        return
    first = {row["flow_id"]: id(row) for row in reversed(rows)}
    hellos, lookups, flow_of = _hellos(result), _lookups(result), functools.cache(result.flows.row)
    for row in chosen:
        number = row["flow_id"]
        flow = flow_of(number) if 0 <= number < len(result.flows) else None
        begins = first[number] == id(row)
        yield _timing(lookups, row, flow, hellos.get(number) if begins else None, begins)


def connection_timings(result: "Result") -> Iterator[Timing]:
    """Each encrypted connection none of whose requests is known."""
    lookups = _lookups(result)
    spoken = {row["flow_id"] for row in result.http.rows() if row["request_ns"] is not None}
    for number, hello in sorted(_hellos(result).items()):
        if number not in spoken:
            yield _timing(lookups, None, result.flows.row(number), hello, True)


def _hellos(result: "Result") -> dict[int, Row]:
    """The first exchange of hellos of each flow."""
    return {row["flow_id"]: row for row in reversed(list(result.tls.rows()))}


def _timing(lookups: Lookups, row: Row | None, flow: Row | None, hello: Row | None, first: bool) -> Timing:
    lookup = connect = tls = UNKNOWN
    ready = None
    if flow is not None and first:
        opened = flow["established_ns"] if flow["established_ns"] is not None else flow["syn_ack_ns"]
        if opened is not None and flow["syn_ns"] is not None:
            connect, ready = _span(flow["syn_ns"], opened), opened
        if hello is not None and None not in (hello["client_hello_ns"], hello["server_hello_ns"]):
            tls, ready = _span(hello["client_hello_ns"], hello["server_hello_ns"]), hello["server_hello_ns"]
        given = lookups.get(flow["resp_address"], ())
        # the last that was answered before it began
        if at := bisect_right(given, flow["first_ns"], key=lambda one: one[0]):
            lookup = _span(*reversed(given[at - 1]))
    begun = flow["first_ns"] if flow is not None and first else row["request_ns"] if row is not None else NEVER_NS
    end = flow["last_ns"] if flow is not None else row["request_ns"] if row is not None else NEVER_NS
    wait, transfer = 0, 0
    if row is None:
        transfer = _span(ready, end) if ready is not None else 0
    else:
        answered, over = row["response_ns"], row["body_over_ns"]
        wait = _span(row["request_ns"], answered if answered is not None else end)
        transfer = _span(answered, over) if None not in (answered, over) else 0
    return Timing(row, flow, begun, lookup, connect, tls, wait, transfer)


def _lookups(result: "Result") -> Lookups:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in result.dns.rows():
        if row["response_ns"] is not None and row["query_ns"] is not None:
            for address in row["answers"] or ():
                found[address].append((row["response_ns"], row["query_ns"]))
    return {address: sorted(moments) for address, moments in found.items()}


def _span(start: int, end: int) -> int:
    return max(end - start, 0)
