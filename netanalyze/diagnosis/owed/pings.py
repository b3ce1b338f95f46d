"""Pings alone: where nothing else is in a capture, they are what was asked of the network."""

from collections.abc import Iterator

from netanalyze.causes.case import AT_END, Case
from netanalyze.diagnosis.owed.open_moves import Open
from netanalyze.flows.network.pinged import ASKED, Pinged, pinged
from netanalyze.flows.rows import are_tcp
from netanalyze.flows.screen import odd
from netanalyze.tracking.addresses import is_group
from netanalyze.units import duration
from netanalyze.wording import Text, counted, message


def only_pings(case: Case) -> list[Pinged]:
    """The pings of a capture in which nothing else went on but lookups: beside it they are somebody's who watches the network. Of
    a run that netanalyze itself started they may be another program's."""
    if not case.pings or case.run is not None or case.processes is not None:
        return []
    beside = any(not flow.dns and not is_group(flow.server.address) for flow in odd(case.everything))
    return [] if beside or are_tcp(case.everything).any() else pinged(case.pings, case.end_ns)


def unanswered_pings(case: Case) -> Iterator[Open]:
    """Pings to which nothing came back: refused, in vain to the end, or missed among others."""
    for one in only_pings(case):
        errors = [ping.error for ping in one.pings if ping.error is not None and ping.error.what == "unreachable"]
        first = one.pings[0]
        if errors and not one.answered:
            said = message("{address} says of {host}: {meaning}", address=errors[0].source, host=one.host,
                           meaning=errors[0].meaning)  # fmt: skip
            shows = message("ICMP: {meaning}", meaning=errors[0].meaning)
            proof = ((first.frame, message("a ping of {host}", host=one.host)), (errors[0].frame, shows))
            yield Open(said, first.ns, one.end_ns, proof, refused=True)
        elif len(one.in_vain) >= ASKED:
            yield _in_vain(one)
        elif one.missed:
            since, until = one.missed[0], one.missed[-1]
            said = message(
                "{host} did not answer {missed} of {pings}", host=one.host, missed=len(one.missed),
                pings=counted(len(one.pings), "{number} ping", "{number} pings"),
            )  # fmt: skip
            yield Open(said, since.ns, max(until.ns, since.ns) + 10**9 + 1, ((since.frame, "a ping without a reply"),))


def _in_vain(asked: Pinged) -> Open:
    first, last = asked.in_vain[0], asked.in_vain[-1]
    words = {
        "host": asked.host,
        "time": duration(asked.end_ns - first.ns),
        "pings": counted(len(asked.in_vain), "{number} ping", "{number} pings"),
    }
    said = (
        message("{host} has answered no ping for {time}: {pings} in vain", **words)
        if not asked.answered
        else message("{host} answered pings, and then no more for {time}: {pings} in vain", **words)
    )
    proof = ((first.frame, "the first ping without a reply"), (last.frame, "the last"))
    return Open(said, first.ns, asked.end_ns, proof, at_end=asked.end_ns - last.ns <= AT_END.ns)


def answered(case: Case) -> Text | None:
    """The one sentence of a capture in which pings, and nothing else, were answered; None of any other."""
    ones = only_pings(case)
    if not ones or case.lookups:
        return None
    replies, hosts = case.pings_answered + sum(one.answered for one in ones), ", ".join(one.host for one in ones)
    pings = counted(replies, "{number} ping", "{number} pings")
    return message(
        "Nothing is wrong: {hosts} answered {pings}; there is nothing else to judge.", hosts=hosts, pings=pings
    )
