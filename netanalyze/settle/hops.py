"""Where on the path what was named dies: the probes of ``HopQuestion`` sent one after the other, each with its TTL."""

import sys
import time
from collections.abc import Callable

from netanalyze.settle import connection, names, sights
from netanalyze.settle.decide import ANSWERED
from netanalyze.settle.hello import FULL, HelloForm, hello_pieces
from netanalyze.settle.hop_question import HopQuestion, HopStep, PathTrace
from netanalyze.settle.local_rules import NO_DROPS, LocalDrops, local_drops
from netanalyze.settle.run import USUAL_MSS, Probing
from netanalyze.settle.settlement import HOP_CONNECTIONS, Place, SentRow
from netanalyze.settle.sights import HopSight

Look = Callable[[int], HopSight]
USUAL_TTL = 64
"""RFC 1700."""
LOCAL_CONNECTIONS = 2
"""What dies and its control, sent once more each while this machine is watched."""
AT_LEAST_S = 2.0
"""A hop is not asked with less time left."""
NO_PLACE = ("none", "replies", "no-route", "idle", "")
"""Bits without a place that rising TTLs could find: nothing of this machine's dies there."""


def find_place(probing: Probing) -> Place | None:
    """The place where what is named dies, with at most twelve connections; None where nothing is named that has one."""
    found = probing.found
    answered = found.hello is not None and found.hello.manner == "partial"
    if found.bit in NO_PLACE or answered or found.address is None or sys.platform != "linux":
        return None
    found.looked_for_place = True
    dying, control, kind = _looks(probing)
    if teller := _said_by(probing):
        own = teller == connection.own_address(found.address)
        return Place(None, said_by=teller, local=_local(probing, dying, control, kind) if own else NO_DROPS)
    trace = sights.trace(found.address, probing.deadline)
    who = f"{len(trace.answering)} hops" + (f", the target at {trace.distance}" if trace.distance else "")
    probing.write_down(SentRow(0, "trace", found.address, 0, "hops", detail=who, octets=trace.sent))
    question = HopQuestion(trace, control is not None)
    asked = not trace.answering and trace.distance is None  # nothing comes back at all: this machine before the path
    local = _local(probing, dying, control, kind) if asked else NO_DROPS
    if local:
        return Place(None, local=local)
    left, heard = HOP_CONNECTIONS - LOCAL_CONNECTIONS * asked, dict(trace.answering)
    while left > 0 and probing.left > AT_LEAST_S and (step := question.next_step()) is not None:
        left -= 1
        _take(probing, question, step, control if step.control and control else dying, kind, heard)
    boundary = question.boundary()
    here = left > 1 and probing.left > AT_LEAST_S and (boundary is None or boundary.after == 0 or boundary.at_target)
    if here and not asked:
        local = _local(probing, dying, control, kind)
    if boundary is None:
        return Place(None, local=local) if local or not local.traceable else None
    return Place(boundary, heard.get(boundary.after), heard.get(boundary.before or 0), local=local)


def _local(probing: Probing, dying: Look, control: Look | None, kind: str) -> LocalDrops:
    """What of this machine drops it, or its answer: what dies is sent once more, and its control."""

    def send(look: Look, is_control: bool) -> Callable[[], None]:
        step = HopStep(is_control, USUAL_TTL)
        return lambda: _take(probing, HopQuestion(PathTrace()), step, look, kind, {})

    found = probing.found
    address = found.address or ""
    where = (address, found.port) if found.target.trace else None
    return local_drops(":" in address, send(dying, False), send(control, True) if control else None, where)


def _take(probing: Probing, question: HopQuestion, step: HopStep, look: Look, kind: str, heard: dict[int, str]) -> None:
    """Take one step, write it down, and keep who answered."""
    found, begun = probing.found, time.monotonic()
    sight = look(step.ttl)
    answered = sight.expired and not sight.reset
    if sight.expired and sight.offender:
        heard.setdefault(step.ttl, sight.offender)
    if sight.reached and step.control:
        question.reached(step.ttl)
    question.note(step, answered)
    manner = "target" if sight.reached else "reset" if sight.reset else "hop" if answered else "nothing"
    who = sight.offender or (heard.get(step.ttl) if answered else None)
    taken = time.monotonic() - begun
    probing.write_down(
        SentRow(0, kind, found.address or "", found.port, manner, ttl=step.ttl, control=step.control, seconds=taken,
                offender=who)
    )  # fmt: skip


def _said_by(probing: Probing) -> str | None:
    """Who said by ICMP, to the very probe that died, that it goes no further."""
    found = probing.found
    tellers = [
        row.offender for row in found.rows if row.offender and row.address == found.address and row.port == found.port
    ]
    return tellers[0] if tellers else None


def _looks(probing: Probing) -> tuple[Look, Look | None, str]:
    """How to look with a TTL: for what dies, for its control where there is one, and the kind of row it gives."""
    found, target = probing.found, probing.found.target
    address, port = found.address or "", found.port
    if found.hello is not None and found.hello.dies is not None:
        return _hello_looks(probing)
    if found.bit in ("port", "address", "family"):
        other = target.other_port
        control: Look | None = (lambda ttl: sights.syn_sight(address, other, ttl)) if found.bit == "port" else None
        return lambda ttl: sights.syn_sight(address, port, ttl), control, "syn"
    asked = probing.resolvers[address]
    passing = asked.control()

    def look(form: names.QueryForm) -> Look:
        return lambda ttl: sights.datagram_sight(address, names.DNS_PORT, names.query(target.host, form), ttl)

    return look(names.PLAIN), look(passing) if passing else None, "datagram"


def _hello_looks(probing: Probing) -> tuple[Look, Look | None, str]:
    """For a hello: its first segment that was never acknowledged, alone with its TTL; beside it, a hello that lives."""
    found, target = probing.found, probing.found.target
    assert found.hello is not None
    address, port, resets = found.address or "", found.port, found.hello.manner != "silent"
    dies = found.hello.dies or FULL
    full = [row for row in found.rows if row.kind == "hello" and row.form == dies]
    through = max((row.acked for row in full), default=0)
    mss = found.mss or USUAL_MSS

    def look(form: HelloForm, past: int) -> Look:
        def at(ttl: int) -> HopSight:
            octets = b"".join(hello_pieces(form, target.sni, mss))
            start = past if 0 < past < len(octets) else 0
            return sights.segment_sight(
                address, port, octets[:start], octets[start : start + mss], form.mss, ttl, resets and form == dies
            )

        return at

    living = found.hello.lives
    if living is None:
        living = next((r.form for r in found.rows if isinstance(r.form, HelloForm) and r.manner in ANSWERED), None)
    return (
        look(dies, through if through < max(r.octets for r in full) else 0),
        look(living, 0) if living else None,
        "segment",
    )
