"""What a question is answered when one thing about what it is asked of is another, down to the nearest that makes a difference.

A fact is moved to where the answer turns: what is a nanosecond, an octet, a frame or a piece before that edge is told as what is
there, so both sides of a comparison are once the same, whatever it is that they are compared for.
"""

import copy
import dataclasses

from netanalyze.causes.case import Case
from netanalyze.conversations.http import Exchange
from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import Lookup
from netanalyze.units import NEVER_NS, SECOND_NS
from tests.rules import facts

MOVED = {
    "packets": ("time_ns", "frame_number", "offset", "length", "window", "ttl"),
    "gaps": ("start_ns", "end_ns", "last_frame", "next_frame", "unacked_0", "unacked_1", "resent_0", "resent_1", "window_0",
             "sent_0", "sent_1", "keep_alives_0", "answers_1"),
    "records": ("time_ns", "frame_number", "stream_offset", "length"),
}  # fmt: skip
"""The numbers of what a flow keeps that are moved: those that are in order with others."""
TURNED = {
    "packets": ("direction", "flags", "marks"),
    "gaps": ("last_direction", "next_direction"),
    "records": ("content_type", "direction"),
}
"""What has no order: the kinds."""
PLACES = (0, 1, -2, -1)
"""Which of the packets, gaps and records: where most is decided."""
SEVERAL = 2
"""Of a list, so many are changed."""


def things(args):
    """``{name: thing}`` whose facts are changed: what is asked about, and what was said on it."""
    every, names = {}, iter(("", *range(2, 99)))
    for one in args:
        if isinstance(one, Case):
            every |= {"case": one} | facts.things(one, [])
        members = one[:SEVERAL] if isinstance(one, (list, tuple)) and not hasattr(one, "_fields") else [one]
        for member in members:
            n = next(names)
            if isinstance(member, Flow):
                every |= {f"flow{n}": member, f"client{n}": member.client, f"server{n}": member.server}
                said = {what: getattr(member, what) for what in ("tls", "http", "socks")}
                every |= {f"{what}{n}": talk for what, talk in said.items() if talk is not None}
                last = member.http.exchanges[-2:] if member.http else []
                every |= {f"exchange{n} {i}": one for i, one in enumerate(last) if isinstance(one, Exchange)}
            elif isinstance(member, Lookup):
                every |= {f"lookup{n}": member} | {
                    f"query{n} {i}": one for i, one in enumerate(member.transactions[:2])
                }
            elif isinstance(member, facts.KINDS):
                every[f"{type(member).__name__.lower()}{n}"] = member
    found = {}
    for name, one in every.items():
        if isinstance(one, facts.KINDS) and not any(one is other for other in found.values()):
            found[name] = one
    return found


def number(value):
    """Whether a value is one that can be moved."""
    return isinstance(value, int) and not isinstance(value, bool) and value != NEVER_NS


def extremes(value, bounds):
    """To where a number is moved: nothing, and more than there is."""
    low, high = bounds if value > SECOND_NS * 10**6 else (0, 4 * value + 4)
    return [one for one in (low, high) if one != value]


def turns(value, other, answer_with, plain):
    """``(the nearest number to a value that has another answer, that)``, towards one; nothing where that has the same."""
    said = answer_with(other)
    if said == plain:
        return
    while abs(other - value) > 1:
        middle = (value + other) // 2
        at = answer_with(middle)
        value, other, said = (middle, other, said) if at == plain else (value, middle, at)
    yield other, said


def of_members(row, put, bounds, plain, names=None, kinds=()):
    """The same for the numbers of a thing that is replaced as a whole; ``put`` asks with another in its place."""
    new = row._replace if hasattr(row, "_replace") else lambda **one: dataclasses.replace(row, **one)
    if names is None:
        names = row._fields if hasattr(row, "_fields") else [one.name for one in dataclasses.fields(row) if one.init]
    for name in names:
        value = getattr(row, name)
        if number(value):
            for other in extremes(value, bounds):
                for at, said in turns(value, other, lambda n, name=name: put(new(**{name: n})), plain):
                    yield f"{name} {facts.told(at, value)}", said
        elif isinstance(value, bool):
            yield f"{name} {not value}", put(new(**{name: not value}))
    for name in kinds:
        value = getattr(row, name)
        for other in facts.others(name, value, []):
            yield f"{name} {other}", put(new(**{name: other}))


def of_lists(case, flow, ask, bounds, plain):
    """The same for the packets, gaps and records that a flow keeps: one is missing, or moved."""
    for which, names in MOVED.items():
        kept = getattr(flow, which)
        for place in sorted({place % len(kept) for place in PLACES} if kept else ()):

            def put(row, which=which, kept=kept, place=place):
                rows = [*kept[:place], *([] if row is None else [row]), *kept[place + 1 :]]
                facts.forget(case)
                vars(flow)[which] = rows
                if which == "packets":
                    vars(flow)["data_packets"] = tuple(
                        [p for p in rows if p.length and p.direction == s] for s in (0, 1)
                    )
                try:
                    return facts.attempt(ask)
                finally:
                    vars(flow)[which] = kept
                    vars(flow).pop("data_packets", None)

            yield f"{which} {place} missing", put(None)
            for what, said in of_members(kept[place], put, bounds, plain, names, TURNED[which]):
                yield f"{which} {place} {what}", said
    facts.forget(case)


def replaceable(one):
    """Whether a thing is made anew with another value in it: what is no flow and no case."""
    plain = (dataclasses.is_dataclass(one) and not isinstance(one, type)) or hasattr(one, "_fields")
    return plain and not isinstance(one, (Case, *facts.KINDS))


def of_arguments(case, args, ask, bounds, plain):
    """The same for what is asked about beside flows: a moment, a frame, a stall, a gap, a finding, or several of these."""
    for place, one in enumerate(args):

        def put(new, place=place):
            facts.forget(case)
            return facts.attempt(lambda: ask(*args[:place], new, *args[place + 1 :]))

        if number(one):
            for other in extremes(one, bounds):
                for at, said in turns(one, other, put, plain):
                    yield f"argument {place} {facts.told(at, one)}", said
        elif isinstance(one, (bytes, bytearray)):
            for behind in lengths(len(one)):
                yield f"argument {place} cut to {behind}", put(one[:behind])
        elif isinstance(one, (bool, str)):
            other = not one if isinstance(one, bool) else ""
            yield f"argument {place} {other or 'nothing'}", put(other)
        elif replaceable(one):
            for what, said in of_members(one, put, bounds, plain):
                yield f"argument {place} {what}", said
        elif isinstance(one, (list, tuple)) and one:
            yield f"argument {place} without the last", put(one[:-1])
            yield f"argument {place} has the last twice", put(one + one[-1:])
            for at in range(min(len(one), SEVERAL)):
                if replaceable(one[at]):
                    kind = type(one)

                    def within(new, at=at, one=one, kind=kind):
                        return put(kind([*one[:at], new, *one[at + 1 :]]))

                    for what, said in of_members(one[at], within, bounds, plain):
                        yield f"argument {place} {at} {what}", said
    facts.forget(case)


def of_facts(case, every, ask, bounds, plain):
    """The same for each field of a flow, its halves and what was said on it that is read for the answer."""
    facts.forget(case)
    with facts.noted(every):
        facts.attempt(ask)
    names = {id(thing): name for name, thing in every.items()}
    for name, field in dict.fromkeys((names[id(t)], f) for t, f in facts.NOTED if id(t) in names):
        thing = every[name]
        if field not in (facts.fields(thing) if thing is not case else facts.CASES):
            continue
        value = getattr(thing, field)

        def put(new, t=thing, f=field):
            return facts.instead(case, t, f, new, ask)

        if number(value) and field not in facts.BITS:
            for other in extremes(value, bounds):
                for at, said in turns(value, other, put, plain):
                    yield f"{name} {field} {facts.told(at, value)}", said
        if not number(value) or field in facts.BITS or field.endswith("_ns"):
            moments = [NEVER_NS] if number(value) and field.endswith("_ns") else bounds[:1]
            rest = moments if field.endswith("_ns") else facts.others(field, value, [])
            for other in rest:
                if other != value:
                    yield f"{name} {field} {facts.told(other, value)}", put(other)
    facts.forget(case)


def lengths(whole):
    """To how many octets a message is cut: to each where it is short, else about its beginning and its end."""
    return [n for n in range(whole) if n < 24 or n > whole - 8 or n % 64 == 0]


def lines(case, function, args, write, reads):
    """The answer, then each other answer with the changes that have it; nothing where it is another each time.

    What ``reads`` is asked with a copy of its arguments each time, and where it answers nothing, what it has read is told.
    """

    def ask(*new):
        given = copy.deepcopy(new or args) if reads else new or args
        answer = function(*given)
        if reads and answer is None and hasattr(given[0], "__dict__"):
            return write(vars(given[0]))
        return write(answer)

    facts.forget(case)
    plain = facts.attempt(ask)
    facts.forget(case)
    if facts.attempt(ask) != plain:
        return
    every = things(args)
    flows = [one for name, one in every.items() if isinstance(one, Flow)]
    bounds = (min((flow.first_ns for flow in flows), default=case.start_ns) - SECOND_NS, case.end_ns + 100 * SECOND_NS)
    changes = [*of_arguments(case, args, ask, bounds, plain), *of_facts(case, every, ask, bounds, plain)]
    for one in args:
        if isinstance(one, Flow):
            changes += of_lists(case, one, ask, bounds, plain)
    yield f"as it is: {plain}"
    by = {}
    for what, said in changes:
        if said != plain:
            by.setdefault(said, []).append(what)
    for said, what in by.items():
        yield f"{said}: {'; '.join(what)}"
