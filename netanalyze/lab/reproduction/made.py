"""From a verdict to the scenario that makes it again: only the flows it rests on, as conversations."""

from dataclasses import replace
from typing import Any

from netanalyze.errors import NetanalyzeError
from netanalyze.lab.reproduction.adjusted import adjusted
from netanalyze.lab.reproduction.conversation import ALL_OCTETS_MOST, PlayedFlow, members_of, on_loopback
from netanalyze.lab.reproduction.derived import conversation
from netanalyze.lab.reproduction.members import BY, REJECTIONS, why_nobodys
from netanalyze.lab.reproduction.observed import Observed, ObservedFlow, observe
from netanalyze.lab.scenario import Command, Scenario, Truth
from netanalyze.notebook.belonging import belonging
from netanalyze.notebook.reading import FrameReader
from netanalyze.notebook.slices import comments_of
from netanalyze.result import Result
from netanalyze.wording import english, message

FLOWS_MOST = 150
"""Conversations of a reproduction: more is not minimal; those that began first are made."""
SECONDS_MOST = 600.0
"""A run of a reproduction takes as long as the capture; what is longer than this is not made again."""
AFTER_S = 0.2
"""A run goes on so long after the last frame of the capture."""


class NotReproducible(NetanalyzeError):
    """The verdict is none that conversations make again; says why."""


def reproduction(result: Result, reader: FrameReader, name: str) -> Scenario:
    """A scenario whose run gives the verdict of ``result`` again.

    Raises:
        NotReproducible: it names no cause, rests on no packets, or takes too long.
        CaptureError: the capture cannot be read again.
    """
    verdict, root = result.verdict, result.root
    if verdict.cause is None or root is None:
        raise NotReproducible(
            message(
                "the verdict is {status} and names no cause: there is nothing to reproduce",
                status=verdict.status.upper(),
            )
        )
    chosen = [result.verdict.finding or 0]
    cited = comments_of(result, chosen)
    if not cited and not verdict.cause.startswith("capture/"):
        raise NotReproducible(
            message(
                "{cause} rests on no packets of this capture, which are all that can be made again", cause=verdict.cause
            )
        )
    if verdict.cause.startswith("capture/"):
        flows = set(result.flows.flow_id.tolist())
    else:
        flows = belonging(result, reader, chosen, cited).flows
    seen = observe(reader, flows)
    usable = _usable(seen, root.flow_id)
    if not usable:
        none = "{cause} rests on no flow between two addresses that can be made again"
        raise NotReproducible(message(none, cause=verdict.cause))
    begins = min(flow.packets[0].at for flow in usable.values())
    until = seen.seconds
    if until - begins > SECONDS_MOST:
        raise NotReproducible(
            message(
                "this took {time}, and would again; cut the capture to the part that shows it, {most} at most (editcap -A … "
                "-B …)",
                time=f"{until - begins:.0f} s",
                most=f"{SECONDS_MOST:.0f} s",
            )
        )
    talks = [_rejected(conversation(flow, begins, until), flow, seen) for flow in usable.values()]
    talks, wire, lose = adjusted(_apart(talks), result, begins, list(usable.values()))
    if (said := sum(one.octets_of(by) for one in talks for by in BY)) > ALL_OCTETS_MOST:
        raise NotReproducible(
            message(
                "{size} are said in these flows, and a scenario has {most} at most; cut the capture to the part that shows it "
                "(editcap -A … -B …)",
                size=f"{said / 2**20:.0f} MiB",
                most=f"{ALL_OCTETS_MOST // 2**20} MiB",
            )
        )
    command = Command(
        argv=("conversations",),
        time_limit=round(until - begins + AFTER_S, 3),
        lose=lose,
        interface="any" if any(map(on_loopback, talks)) else Command().interface,
        snaplen=seen.snaplen,
    )
    culprit = verdict.culprit
    truth = Truth(
        verdict.cause, verdict.status, culprit.role if culprit else None, (culprit.host or culprit.address) if culprit else None,
        seconds=round(verdict.seconds, 3),
    )  # fmt: skip
    return Scenario(
        name, english(verdict.summary), truth, note=f"made of a capture by netanalyze {result.version}", command=command,
        wire=wire, conversations=tuple(members_of(one) for one in talks),
    )  # fmt: skip


def _usable(observed: Observed, root: int | None) -> dict[int, ObservedFlow]:
    """The flows that two namespaces can hold: no address on both sides, none that is a group's or a link's own."""
    ordered = sorted(observed.flows.items(), key=lambda pair: (pair[0] != root, pair[1].packets[0].at))
    clients: set[str] = set()
    servers: set[str] = set()
    found: dict[int, ObservedFlow] = {}
    for number, flow in ordered:
        client, server = flow.client[0], flow.server[0]
        if not (flow.client[1] and flow.server[1]) or client in servers or server in clients:
            continue
        if why_nobodys(client) or why_nobodys(server):
            continue
        if client != server:  # on the loopback, both are this machine
            clients.add(client)
            servers.add(server)
        found[number] = flow
    first = sorted(found.items(), key=lambda pair: (pair[0] != root, pair[1].packets[0].at))[:FLOWS_MOST]
    return dict(sorted(first, key=lambda pair: pair[1].packets[0].at))


def _apart(talks: list[PlayedFlow]) -> list[PlayedFlow]:
    """No two of the same ends: a port that is used again is another one the second time."""
    taken: set[Any] = set()
    found = []
    for talk in talks:
        port = talk.client[1]
        while (talk.transport, talk.client[0], port, talk.server) in taken:
            port = port % 65_535 + 1
        taken.add((talk.transport, talk.client[0], port, talk.server))
        found.append(replace(talk, client=(talk.client[0], port)))
    return found


def _rejected(talk: PlayedFlow, flow: ObservedFlow, observed: Observed) -> PlayedFlow:
    """The conversation with the ICMP error that met it, if one did."""
    error = observed.errors.get((talk.client, talk.server, talk.transport))
    if error is None or any(not one.up for one in flow.packets):
        return talk
    source, version, type_, code = error
    kind = REJECTIONS.get((version, type_, code))
    if kind is None:
        return talk
    by = "server" if source == talk.server[0] else "router"
    return replace(talk, rejected=kind, by=by, lost_syn=0)
