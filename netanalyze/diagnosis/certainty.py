"""How sure "nothing is wrong" is: of the things that could have gone wrong, how many were seen to come to their end.

Laplace's rule of succession (1774): who knows nothing is as sure as of a coin, and each thing that was seen to go well makes
it surer: (seen + 1) / (all + 2). What the capture hides counts among all and not among the seen: a protocol that is not read,
a connection joined midway, frames that the recorder lost. No number here was fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.diagnosis.owed.pings import only_pings
from netanalyze.findings import Finding
from netanalyze.flows.answering import protocol_that_answers
from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import handshake_begun_only
from netanalyze.flows.network.unseen import lacks_words
from netanalyze.flows.rows import told_of
from netanalyze.flows.screen import odd, plain
from netanalyze.flows.smooth.requests import NEVER_FRAME, SMOOTH, TALK

HIDING = ("one_way_capture", "capture_lossy", "kernel_drops", "time_leap")
"""Diagnostics that say that something is missing between the frames; each is one thing nobody saw."""


@dataclass(frozen=True)
class Certainty:
    """``seen`` of ``judged`` things came to their end in the frames; ``hidden`` says in words what the rest is."""

    seen: int
    judged: int
    hidden: tuple[str, ...]

    @property
    def confidence(self) -> float:
        """Between 0 and 1, by the rule of succession."""
        return (self.seen + 1) / (self.judged + 2)


def certainty(case: Case, findings: Sequence[Finding]) -> Certainty:
    """What is known of a run or of traffic in which nothing wrong was found."""
    seen = hidden_ones = 0
    hidden: list[str] = []

    def hides(number: int, why: str) -> None:
        nonlocal hidden_ones
        if number:
            hidden_ones += number
            hidden.append(why)

    mine = [f for f in odd(case.flows) if f.is_tcp]
    datagrams = [f for f in odd(case.flows) if not f.is_tcp]
    if case.client.name == "generic" and case.processes is None:
        datagrams = [f for f in odd(case.everything) if not f.is_tcp and not f.dns and f.server.port != 53]
    good = [_parts_of_plain(case), *map(_parts, mine)]
    seen += sum(well for well, _ in good)
    seen += sum(1 for one in odd(case.lookups) if one.answered) + len(plain(case.lookups))
    hides(
        sum(number - well for well, number in good),
        "parts of connections that did not come to their end in the capture",
    )
    hides(sum(1 for one in odd(case.lookups) if not one.answered), "lookups without an answer")
    hosts = only_pings(case)
    replies = sum(one.answered for one in hosts)
    seen += replies
    hides(sum(len(one.pings) for one in hosts) - replies, "pings without a reply")
    answered = [f for f in datagrams if protocol_that_answers(f) and f.server.packets]
    seen += len(answered)
    hides(len(datagrams) - len(answered), "datagrams of protocols that are not read")
    hides(sum(1 for f in mine if not _is_read(f) and f.client.sent_data), "connections of protocols that are not read")
    hides(sum(1 for f in mine if not f.seen_from_start), "connections whose beginning is not in the capture")
    hides(sum(1 for f in mine if lacks_words(f)), "connections of which the capture lacks what was said")
    hides(sum(1 for kind in HIDING if kind in case.diagnostics), "frames that the capture lacks")
    hides(sum(1 for f in findings if not cause_of(f.cause).never_root), "findings that do not account for the whole")
    if case.ended_well:
        seen += 1
    else:
        hides(1, "how the command ended")
    return Certainty(seen, seen + hidden_ones, tuple(hidden))


def _is_read(flow: Flow) -> bool:
    talk = flow.conversation
    return talk is not None and bool(talk.tls or talk.http or talk.socks or talk.is_dns or talk.is_http2_clear)


def _parts_of_plain(case: Case) -> tuple[int, int]:
    """The same of plain connections: all came to their end, but for what a server said to a client that was gone by then."""
    told = told_of(case.flows)
    if told is None:
        return 0, 0
    closed = int((told.smooth[:, SMOOTH.SERVER_FIN_FRAME] != NEVER_FRAME).sum())
    every = 4 * len(told.places) + closed + int(told.talks[:, TALK.REQUESTS].sum())
    return every - int((told.smooth[:, SMOOTH.SERVER_ACKED] < told.smooth[:, SMOOTH.SERVER_END]).sum()), every


def _parts(flow: Flow) -> tuple[int, int]:
    """(seen to their end, all) of the parts of a TCP connection: its dial, the arrival of what was sent, its TLS handshake,
    what was asked on it, its close."""
    parts = [flow.server.syn_count > 0 or flow.established] if flow.seen_from_start else []
    parts += [half.all_acked for half in flow.halves if half.sent_data]
    parts += [True] if flow.client.fin_frame and flow.server.fin_frame else []
    if flow.tls is not None:
        parts.append(not handshake_begun_only(flow))
        read = application(flow)
        if read is not None and read.requests:
            parts += [True] * (len(read.requests) - 1) + [read.answered]
    elif flow.http is not None:
        parts += [e.response_frame > 0 for e in flow.http.exchanges if e.request_frame]
    return sum(parts), len(parts)
