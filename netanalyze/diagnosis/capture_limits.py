"""What a capture was too dim to show: where it is, "nothing is wrong" says less than it seems to."""

from netanalyze.causes.case import Case
from netanalyze.flows.network.unseen import lacks_words
from netanalyze.flows.rows import plain_flows
from netanalyze.flows.screen import odd
from netanalyze.result import Limit
from netanalyze.units import duration
from netanalyze.wording import message

QUIET_NS = 5_000_000_000
"""Silence from which a run is waiting (CAUSES part 2)."""


def what_was_not_captured(case: Case) -> tuple[Limit, ...]:
    """Why nothing can be said of most of the connections: cut by the snap length, octets not captured, or joined when all had
    been said."""
    flows = [f for f in odd(case.flows) if f.is_tcp and f.established]
    count = len(flows) + len(plain_flows(case.flows))
    if not count:
        return ()
    cut = [f for f in flows if f.client.sent_data and not any(f.conversation.opening if f.conversation else ())]
    if "truncated_frames" in case.diagnostics and 2 * len(cut) > count:
        return (
            Limit(message(
                "the snap length cut off what was said on {number} of {all} connections: tcpdump -s 0",
                number=len(cut), all=count,
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
    return ()
