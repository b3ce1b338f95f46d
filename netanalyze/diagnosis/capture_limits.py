"""What a capture was too dim to show: where it is, "nothing is wrong" says less than it seems to."""

from netanalyze.causes import CUT
from netanalyze.causes.case import Case
from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import speaks_tls13
from netanalyze.flows.network.unseen import lacks_words
from netanalyze.flows.rows import plain_flows
from netanalyze.flows.screen import odd
from netanalyze.flows.stalls import answers_owed
from netanalyze.result import Limit
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import message

CLOCKS = {
    "clock_set_back": "the capture's clock was set back meanwhile: how long anything took cannot be told",
    "clock_set_ahead": "the capture's clock jumped ahead meanwhile: waits across that moment were shorter than they look",
    "coarse_clock": "the time stamps are of whole seconds: a wait shorter than two does not show",
}
"""What a clock hides that cannot be relied on."""
EVENTS = "text/event-stream"
"""An answer that is not meant to end (HTML Living Standard, section 9.2, server-sent events)."""
QUIET_NS = 5_000_000_000
"""Silence from which a run is waiting (CAUSES part 2)."""


def what_was_not_captured(case: Case) -> tuple[Limit, ...]:
    """Why nothing can be said of most of the connections: cut by the snap length, octets not captured, joined when all had been
    said, or left before; or of any, by the clock or the file."""
    flows = [f for f in odd(case.flows) if f.is_tcp and f.established]
    count = len(flows) + len(plain_flows(case.flows))
    return _of_the_file(case) or (_of_connections(case, flows, count) if count else _of_lookups(case))


def _of_the_file(case: Case) -> tuple[Limit, ...]:
    for kind, why in CLOCKS.items():
        if kind in case.diagnostics:
            return (Limit(why),)
    if any(kind in case.diagnostics for kind in CUT):
        return (Limit("the file is cut: what came after its end is not known"),)
    if case.unseen[1] != NEVER_NS:
        return (Limit("more connections than are looked at: of the others nothing is known"),)
    return ()


def _of_lookups(case: Case) -> tuple[Limit, ...]:
    if any(one.cut for lookup in odd(case.lookups) for one in lookup.transactions):
        return (Limit("the snap length cut off what was looked up, or what was answered: tcpdump -s 0"),)
    return ()


def _of_connections(case: Case, flows: list[Flow], count: int) -> tuple[Limit, ...]:
    cut = [f for f in flows if _opening_cut(f)]
    if "truncated_frames" in case.diagnostics and 2 * len(cut) > count:
        return (
            Limit(message(
                "the snap length cut off what was said on {number} of {all} connections: tcpdump -s 0",
                number=len(cut), all=count,
            )),
        )  # fmt: skip
    silences = {f: _silence_unread(case, f) for f in flows} if "truncated_frames" in case.diagnostics else {}
    quiet = max(silences, key=silences.__getitem__, default=None)
    if quiet is not None and 2 * silences[quiet] > case.end_ns - case.start_ns:
        return (
            Limit(message(
                "the snap length cut off in which protocol {host} was spoken to: whether it owed something in {time} of "
                "silence cannot be told: tcpdump -s 0",
                host=quiet.destination, time=duration(silences[quiet]),
            )),
        )  # fmt: skip
    lacking = [f for f in flows if lacks_words(f)]
    if 2 * len(lacking) > count:
        return (
            Limit(message(
                "the capture lacks much of what was said on {number} of {all} connections: an extract, or frames "
                "that the recorder lost",
                number=len(lacking), all=count,
            )),
        )  # fmt: skip
    late = [f for f in flows if not f.seen_from_start and not f.client.sent_data]
    told = [f.server.first_data_ns if f.server.sent_data else f.last_ns for f in late]
    silent = max((end - f.first_ns for f, end in zip(late, told)), default=0)
    if len(late) == count and silent >= QUIET_NS:
        return (
            Limit(message(
                "joined late: what is waited for was asked before the capture began, and for {time} nothing came",
                time=duration(silent),
            )),
        )  # fmt: skip
    midst = [f for f in flows if answers_owed(f, case.client.name) and _in_the_midst(f)]
    if midst:
        return (
            Limit(message(
                "the capture ends while {host} has not answered to the end: how that went on is not in it",
                host=midst[0].destination,
            )),
        )  # fmt: skip
    return ()


def _opening_cut(flow: Flow) -> bool:
    """Whether not even the first octets of what one of the two said can be read, and what could be does not tell the rest: the
    lengths of records do in TLS 1.3, where nothing else is in the clear, and the status does of an answer in HTTP."""
    if flow.tls is not None and flow.tls.server_hello and flow.tls.server_hello.message and speaks_tls13(flow):
        return False
    asked = flow.clear.exchanges if flow.clear is not None else ()
    if asked and all(one.status >= 0 and (one.location or not 300 <= one.status < 400) for one in asked):
        return False
    return any(
        half.sent_data and half.syn_count and not flow.opening_is_whole(direction)
        for direction, half in enumerate(flow.halves)
    )


def _silence_unread(case: Case, flow: Flow) -> int:
    """How long at most nothing came on a flow of a client that is not known and whose hello of TLS cannot be read, ns; 0 of any
    other: what the lengths of its records mean depends on the protocol that the hello names (ALPN)."""
    hello = flow.tls.client_hello if flow.tls is not None else None
    if flow.tls is None or not flow.seen_from_start or case.client.name != "generic" or (hello and hello.message):
        return 0
    return max((stall.ns for stall in case.stalls_of(flow) if stall.ns >= QUIET_NS), default=0)


def _in_the_midst(flow: Flow) -> bool:
    """Whether the last answer on a flow had not come, or was known not to be whole, when the capture ended."""
    if flow.ended() is not None:
        return False
    read = application(flow) if flow.tls is not None else None
    if read is not None:
        return bool(read.requests) and (not read.answered or read.ended is False)
    asked = flow.clear.exchanges if flow.clear is not None and not flow.tunnelled else ()
    return any(
        one.request_frame and not one.body_over and (one.content_type or "").partition(";")[0] != EVENTS
        for one in asked[-1:]
    )
