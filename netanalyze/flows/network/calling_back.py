"""Connections that a server opens to its client: data of active FTP (RFC 959 section 3.2)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from netanalyze.flows.flow import Flow

Calls = dict[tuple[str, str, int], list[tuple[int, Flow]]]
"""By who is to call, and whom at which port: when that was announced, and on which control connection; in order."""


def announced_calls(flows: Iterable[Flow]) -> Calls:
    """The calls that clients of FTP asked their servers for (PORT, EPRT), each at the address it named and at its own."""
    found: Calls = defaultdict(list)
    for control in flows:
        dialogue = control.conversation.ftp if control.is_tcp and control.conversation is not None else None
        for transfer in dialogue.transfers if dialogue is not None else ():
            if transfer.active:
                for called in {transfer.where.address, control.client.address}:
                    place = control.server.address, called, transfer.where.port
                    found[place].append((transfer.announced_ns, control))
    for calls in found.values():
        calls.sort(key=lambda call: call[0])
    return dict(found)


def control_of(calls: Calls, flow: Flow) -> Flow | None:
    """The control connection on which the call was announced that a flow is; None where it is none."""
    announced = calls.get((flow.client.address, flow.server.address, flow.server.port), [])
    at = bisect_right(announced, flow.first_ns, key=lambda call: call[0])
    return announced[at - 1][1] if at else None
