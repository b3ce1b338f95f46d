"""What belongs to a finding: the flows without which an analysis would not come to it again."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from netanalyze.capture.batch import FrameBatch, Interfaces
from netanalyze.capture.recording import run_comments
from netanalyze.notebook.reading import FrameReader
from netanalyze.result import Result
from netanalyze.wire.layers import PACKET, TCP, UDP


@dataclass
class Belonging:
    """What is kept beside the frames that are cited.

    Attributes:
        flows: by number, all frames of them.
        frames: single ones: the first and the last of the capture, between which all of it was.
        comments: the run under which the capture was made, as a recording carries it.
    """

    flows: set[int] = field(default_factory=set)
    frames: set[int] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)


def belonging(result: Result, reader: FrameReader, findings: Iterable[int], cited: Iterable[int]) -> Belonging:
    """What belongs to some findings.

    Flows on which they, and others of their cause, were seen; those of all frames that are cited; the lookups that led to
    them; and what is no flow: ARP, neighbour discovery, ICMP.

    Args:
        cited: the frames that prove them.
    """
    found = Belonging()
    causes = {result.findings[number].cause for number in findings}
    of_names = any(cause.startswith("dns/") for cause in causes)
    for finding in result.findings:
        if finding.cause in causes:
            found.flows |= {flow for flow in (finding.flow_id, *finding.also_flows) if flow is not None}
    of_names |= not found.flows
    wanted = np.array(sorted(cited), dtype=np.int64)

    def look(batch: FrameBatch, packets: np.ndarray, _: Interfaces) -> None:
        numbers = np.arange(batch.first_frame_number, batch.first_frame_number + len(batch))
        flows = packets[:, PACKET.FLOW_ID]
        of_cited = flows[np.isin(numbers, wanted)]
        found.flows.update(of_cited[of_cited >= 0].tolist())
        alone = (packets[:, PACKET.LAYERS] & (TCP | UDP) == 0) & (flows < 0)
        found.frames.update(numbers[alone][:MOST_ALONE].tolist())

    reader.read(look)
    found.frames |= {1, result.capture.packets}
    found.flows |= _beside(result, found.flows, of_names)
    if result.verdict.status == "degraded":
        found.flows |= _went_on(result)
    if reader.run is not None:
        found.comments = run_comments(reader.run)
    return found


MOST_ALONE = 10_000
"""Frames of no flow that are kept of each batch: a network of chatter is no proof."""
MOST_OF_A_WITNESS = 1_000
"""Packets of a flow that is kept for nothing but that it went well: a download of hours is no part of a proof."""


def _beside(result: Result, flows: set[int], of_names: bool) -> set[int]:
    """What led to some flows, and what was tried beside them: the lookups that named their servers, other connections to the
    same hosts.

    Args:
        of_names: names are what went wrong, or no flow shows it: all lookups, then, and what came of their answers.
    """
    table = result.flows.where(np.isin(result.flows.flow_id, sorted(flows)))
    addresses = set(table.resp_address.tolist())
    names = {_name(name) for name in (*table.host, *table.sni) if name}
    culprit = result.verdict.culprit
    if culprit is not None and culprit.host:
        names.add(_name(culprit.host))
    lookups, told = set(), set()
    for row in result.dns.rows():
        answers = {*(row["answers"] or ()), *(row["other_answers"] or ())}
        if of_names or _name(row["qname"]) in names or not addresses.isdisjoint(answers):
            lookups.add(row["flow_id"])
            told |= answers
    every = zip(result.flows.flow_id.tolist(), result.flows.host.tolist(), result.flows.resp_address.tolist())
    same = {flow for flow, host, address in every if (host and _name(host) in names) or (of_names and address in told)}
    return same | (lookups - {None})


def _went_on(result: Result) -> set[int]:
    """The least flow that shows that the run went on after what held it up: judged, answered, still there at its end."""
    root, table = result.root, result.flows
    if root is None:
        return set()
    shows = (table.judged > 0) & (table.resp_octets > 0) & (table.last_ns >= root.end_ns) & (table.transport == "tcp")
    packets = table.orig_packets + table.resp_packets
    places = np.flatnonzero(shows & (packets <= MOST_OF_A_WITNESS))
    packets = packets[places]
    return {int(table.flow_id[places[np.argmin(packets)]])} if len(places) else set()


def _name(host: str | None) -> str:
    """A name as one compares it."""
    return (host or "").lower().rstrip(".")
