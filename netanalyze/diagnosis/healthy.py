"""What a healthy run spent its time on, and what was seen and rightly ignored."""

from collections import defaultdict
from collections.abc import Collection

import numpy as np

from netanalyze.causes.case import Case
from netanalyze.diagnosis.owed.pings import answered
from netanalyze.flows.application import application
from netanalyze.flows.rows import numbers_of, of_halves, plain_flows, round_trips_ns, told_of
from netanalyze.flows.screen import odd
from netanalyze.flows.smooth.waits import RESPONDED, WAIT
from netanalyze.flows.timeline.phases import under_way
from netanalyze.flows.transfers.limiter import Limiter, limiter
from netanalyze.result import Limit
from netanalyze.result.ledger import Ledger
from netanalyze.units import duration, seconds, size
from netanalyze.waiting import Waiting
from netanalyze.wording import Text, counted, message

SLOW_NS = 2_000_000_000
"""A healthy run of this length or longer is told what it spent its time on."""


def by_phase(ledger: Ledger) -> dict[str, int]:
    """ns by phase; the waits for the rest of a response are told from octets that move, as ``body``."""
    out: dict[str, int] = defaultdict(int)
    for said, ns in ledger.spent().items():
        out["body" if said.waiting is Waiting.BODY else said.phase] += ns
    return dict(out)


FEW = 5
"""Of fewer waits the shortest and the longest say more than the one in the middle."""


def limits(case: Case, ledger: Ledger) -> tuple[Limit, ...]:
    """One line a phase that took a tenth of the run or more: what it was spent on."""
    begun, ended = case.wall
    whole = ended - begun
    if whole <= 0:
        return ()
    phases = by_phase(ledger)
    lines = []
    for phase, ns in sorted(phases.items(), key=lambda item: -item[1]):
        if ns * 10 < whole:
            continue
        lines.append(Limit(_what(case, ledger, phase, ns), seconds(ns)))
    return tuple(lines)


def _what(case: Case, ledger: Ledger, phase: str, ns: int) -> Text:
    if phase == "request":
        waits = sorted(_responses(case))
        rows = len(ledger.places("request"))
        trips = round_trips_ns(case.flows)
        trips = trips[trips > 0]
        text = counted(len(waits) or rows, "{number} wait for a response", "{number} waits for a response")
        if 1 < len(waits) < FEW and (least := duration(waits[0])) != (most := duration(waits[-1])):
            text = message("{waits}, {least} to {most} each", waits=text, least=least, most=most)
        elif len(waits) > 1:
            text = message("{waits}, {each} each as a rule", waits=text, each=duration(waits[(len(waits) - 1) // 2]))
        return (
            message("{waits}; the round trip is {trip}", waits=text, trip=duration(int(trips.min())))
            if len(trips)
            else text
        )
    if phase == "transfer":
        octets = int(np.add(*of_halves(case.flows, "octets")).sum())
        rate = size(octets / max(ns / 1e9, 1e-6))
        text = message("transfer, {octets} at {rate}/s", octets=size(octets), rate=rate)
        found = limiter(odd(case.flows))
        return _limited(text, found) if found is not None else text
    if phase == "body":
        waiting, found = "waiting for servers to go on with what they had begun", limiter(odd(case.flows))
        return _limited(waiting, found) if found is not None and found.who == "network" else waiting
    if phase == "dns":
        return counted(len(case.lookups), "{number} lookup", "{number} lookups")
    if phase == "connect":
        return message("opening connections, {number} in all", number=len(case.flows))
    if phase == "tls":
        return counted(
            sum(1 for f in odd(case.flows) if f.tls) + len(plain_flows(case.flows)),
            "{number} TLS handshake",
            "{number} TLS handshakes",
        )
    if phase == "idle":
        return "with nothing asked of the network for a second or longer at a time"
    if phase == "local":
        return _own_work(ledger, case)
    return phase


def _limited(spent: Text, limit: Limiter) -> Text:
    return message("{transfer}; limited by the {who}: {why}", transfer=spent, who=limit.who, why=limit.why)


def _own_work(ledger: Ledger, case: Case) -> str:
    """When the command worked by itself: before it asked for anything, behind the last answer, or in between."""
    rows = ledger.places("local")
    most = int(rows[np.argmax(ledger.ns[rows])])
    if 2 * int(ledger.ns[most]) > int(ledger.ns[rows].sum()):
        begun, ended = case.wall
        if ledger.start_ns[most] <= begun:
            return "before the first thing asked: the command's own work"
        if ledger.end_ns[most] >= ended:
            return "after the last answer: the command's own work"
    return "between an answer and the next thing asked: the command's own work"


def _responses(case: Case) -> list[int]:
    """How long each response was waited for: from the request, whose acknowledgment is no end of the wait."""
    waits = _plain_responses(case)
    for flow in odd(case.flows):
        last, moving = None, under_way(flow, case.stalls_of(flow))
        for stall in case.stalls_of(flow):
            if stall.waiting_for == "response" and id(stall) not in moving:
                if last is not None and last.end_ns == stall.start_ns:
                    waits[-1] += stall.ns
                else:
                    waits.append(stall.ns)
                last = stall
    return waits


def _plain_responses(case: Case) -> list[int]:
    """The same of plain flows."""
    told = told_of(case.flows)
    if told is None:
        return []
    rows = told.waits[(told.waits[:, WAIT.OWED] == RESPONDED) & (told.waits[:, WAIT.UNDER_WAY] == 0)]
    flow, start_ns, end_ns = rows[:, WAIT.FLOW], rows[:, WAIT.START_NS], rows[:, WAIT.END_NS]
    new = np.append(True, (np.diff(flow) != 0) | (start_ns[1:] != end_ns[:-1]))[: len(rows)]
    return (end_ns[np.append(new[1:], True)[: len(rows)]] - start_ns[new]).tolist()


def slow_summary(case: Case, ledger: Ledger) -> Text:
    """The one sentence of a healthy run."""
    begun, ended = case.wall
    whole = ended - begun
    phases = by_phase(ledger)
    if (replies := answered(case)) is not None:
        return replies
    if not case.flows and not case.lookups:
        return "Nothing is wrong that could be told: the capture has no TCP connection and no lookup to judge."
    if "time_leap" in case.diagnostics:
        return "Nothing is wrong; the capture was put together from several, or its clock was set."
    if whole < SLOW_NS or not phases:
        return "Nothing is wrong."
    top = max(phases, key=lambda phase: phases[phase])
    share = {
        "request": "is spent waiting for responses",
        "transfer": "is transfer, without a fault",
        "body": "is spent waiting for servers to go on",
        "local": "is the command's own work",
        "idle": "passed without anything being asked of the network",
        "dns": "is spent on lookups",
        "connect": "is spent on opening connections",
        "tls": "is spent on TLS handshakes",
    }.get(top, "is unexplained")
    return message("Nothing is wrong; most of the {time} {share}.", time=duration(whole), share=share)


def ignored(case: Case, proving: Collection[int] = ()) -> tuple[Text, ...]:
    """What looks suspicious and is none: surplus handshakes, a few retransmissions, keep-alives.

    Those of the flows that prove the verdict (``proving``, by id) are no by-work, but a part of it.
    """
    out = []
    surplus = sum(1 for f in odd(case.flows) if application(f) is None and case.used_later(f))
    others = ~np.isin(numbers_of(case.flows), list(proving))

    def count(name: str) -> int:
        return sum(int(column[others].sum()) for column in of_halves(case.flows, name))

    if surplus:
        out.append(counted(surplus, "{number} surplus handshake the client closed itself",
                           "{number} surplus handshakes the client closed itself"))  # fmt: skip
    resent = count("resent")
    if resent:
        packets = max(count("packets"), 1)
        share = f"{resent / packets:.2%}"
        out.append(
            counted(resent, "{number} retransmission ({share})", "{number} retransmissions ({share})", share=share)
        )
    probes = count("keep_alives")
    if probes:
        out.append(counted(probes, "{number} keep-alive", "{number} keep-alives"))
    return tuple(out)
