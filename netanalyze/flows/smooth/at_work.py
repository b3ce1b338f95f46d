"""Which flows carried application data, and when."""

from collections.abc import Iterator, Sequence

from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import carried_data
from netanalyze.flows.rows import numbers_of, of_flows, plain_flows, told_of
from netanalyze.flows.screen import odd


def at_work(flows: Sequence[Flow]) -> Iterator[tuple[int, int, int, str]]:
    """Of each flow that carried application data its first moment, its id, its last moment, and its host."""
    for flow in odd(flows):
        if flow.host is not None and flow.server.sent_data and carried_data(flow):
            yield flow.first_ns, flow.id, flow.last_ns, flow.host
    told = told_of(flows)
    if told is not None:
        plain = plain_flows(flows)
        columns = of_flows(plain, "first_ns"), numbers_of(plain), of_flows(plain, "last_ns")
        yield from zip(*(column.tolist() for column in columns), map(told.hellos.names.__getitem__, told.name.tolist()))
