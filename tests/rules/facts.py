"""Which facts a rule decides by: each that it reads, changed alone, and what it then says.

A story misses by one fact where one fact is another: a frame that did not come, one octet more, two moments that are one. A
fact is a field of the case, of a flow and its halves, of what was said on it, of a stall, a lookup or a query. All that a rule
(or a verdict) reads while it is asked is noted, then each is changed, and asked again.
"""

import contextlib
import dataclasses
import functools
from collections import defaultdict

from netanalyze.clients import client_by_name
from netanalyze.clients.trace import parse_trace
from netanalyze.conversations.conversation import SocksDialogue
from netanalyze.conversations.dns import Transaction
from netanalyze.conversations.http import Exchange, HttpConversation
from netanalyze.conversations.tls import TlsConnection
from netanalyze.flows.flow import Flow, HalfFlow
from netanalyze.flows.names.lookups import Lookup
from netanalyze.result import RunFacts
from netanalyze.tracking.marks import NAMES
from netanalyze.tracking.state import BOTH, HALF
from netanalyze.units import NEVER_NS, SECOND_NS

MOST_FLOWS, MOST_STALLS, MOST_NAMES = 3, 3, 2
DERIVED = ("host", "_end")
"""What a flow keeps of its fields once it was asked."""
NOTED: list[tuple[object, str]] = []


@functools.cache
def noting(kind):
    """A class like another whose instances note which of their fields are read."""

    def read(self, name):
        if not name.startswith("__"):
            NOTED.append((self, name))
        return kind.__getattribute__(self, name)

    return type(kind.__name__, (kind,), {"__slots__": (), "__getattribute__": read, "__module__": kind.__module__})


def things(case, findings):
    """``{name: thing}`` whose facts are changed: what the findings are about, else what comes first."""
    about = {f.flow_id for f in findings}
    flows = sorted(case.flows, key=lambda flow: flow.id not in about)[:MOST_FLOWS]
    found = {"case": case}
    for flow in sorted(flows, key=lambda flow: flow.id):
        name = f"flow {flow.id}"
        found |= {name: flow, f"{name} client": flow.client, f"{name} server": flow.server}
        said = [
            ("tls", flow.tls, TlsConnection),
            ("http", flow.http, HttpConversation),
            ("socks", flow.socks, SocksDialogue),
        ]
        found |= {f"{name} {what}": one for what, one, kind in said if isinstance(one, kind)}
        if flow.http:
            last = flow.http.exchanges[-2:]
            found |= {f"{name} exchange {i}": one for i, one in enumerate(last) if isinstance(one, Exchange)}
    for i, lookup in enumerate(case.lookups[:MOST_NAMES]):
        found[f"lookup {i}"] = lookup
        found |= {f"lookup {i} query {j}": one for j, one in enumerate(lookup.transactions[:2])}
    return {name: one for name, one in found.items() if type(one) is not None}


BITS = {"flags": 5, "marks": len(NAMES)}
"""What is made of bits, and how many: each is turned."""
KINDS = (Flow, HalfFlow, TlsConnection, HttpConversation, SocksDialogue, Exchange, Lookup, Transaction)


def fields(thing):
    """The fields of a thing that are no more than what they hold."""
    if isinstance(thing, HalfFlow):
        return {*HALF.names, *BOTH, "address"}
    if isinstance(thing, Flow):
        return set(vars(thing)) - {"_rows", "_place", "id", "client", "server", "known", "_history", *DERIVED} - KEPT
    return {field.name for field in dataclasses.fields(thing)} if dataclasses.is_dataclass(thing) else set(vars(thing))


KEPT = {"packets", "data_packets", "gaps", "records", "bins", "conversation"}
"""Of a flow: long lists, whose every member is a fact of its own."""
CASES = {"end_ns", "trace", "run", "processes", "sockets", "neighbours", "cut_at", "icmp", "captured"}
"""Of a case: what is not made of flows."""


@contextlib.contextmanager
def noted(every):
    """Note what is read of these things."""
    before = {}
    for thing in every.values():
        if isinstance(thing, KINDS):
            before[id(thing)] = thing, type(thing)
            thing.__class__ = noting(type(thing))
    NOTED.clear()
    try:
        yield
    finally:
        read = list(NOTED)
        for thing, kind in before.values():
            thing.__class__ = kind
        NOTED[:] = read


def forget(case):
    """Leave what was derived of the facts, so that it is derived anew."""
    for flow in {id(f): f for f in (*case.flows, *case.everything)}.values():
        flow.known.clear()
        for name in DERIVED:
            vars(flow).pop(name, None)
    case.derived.clear()
    for name in [n for n, one in vars(type(case)).items() if isinstance(one, functools.cached_property)]:
        vars(case).pop(name, None)


def others(name, value, moments):
    """What a fact may be instead: nothing, a little more or less, another moment of the same flow."""
    if isinstance(value, bool):
        return [not value]
    if name in BITS:
        return [value ^ 1 << bit for bit in range(BITS[name])]
    if isinstance(value, int) and name.endswith("_ns"):
        if value == NEVER_NS:
            return moments[-1:]
        near = [value + SECOND_NS, value - SECOND_NS] if value > SECOND_NS * 10**6 else [value + 1, 100 * value]
        return [NEVER_NS, *near, *moments]
    if isinstance(value, int):
        return [
            0 if value > 0 else 1,
            value + 1,
            *([value - 1] if value > 1 else []),
            *([2 * value] if value > 2 else []),
        ]
    if value is None:
        return []
    if isinstance(value, (str, tuple, list, set, frozenset, dict)):
        return (
            [type(value)(), *([value[:-1]] if isinstance(value, (tuple, list)) and len(value) > 1 else [])]
            if value
            else []
        )
    return [None] if not isinstance(value, float) else [0.0]


def told(value, before):
    """How a change is written."""
    if value == NEVER_NS:
        return "never"
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int) and isinstance(before, int) and value and value != NEVER_NS and before != NEVER_NS:
        return f"{value - before:+}"
    return str(value) if isinstance(value, (int, str)) and value else "there" if value else "nothing"


def attempt(ask):
    """What is said; a fact that cannot be so may make it fail, and that is noted as well."""
    try:
        return ask()
    except Exception as error:
        return f"fails with {type(error).__name__}"


def instead(case, thing, field, other, ask):
    """What is said with another value of a fact."""
    forget(case)
    value = getattr(thing, field)
    setattr(thing, field, other)
    said = attempt(ask)
    setattr(thing, field, value)
    return said


def nearest(value, other, said_with):
    """``(value, what is said)`` of what is nearest to a number and makes a difference, towards another that does."""
    plain = said_with(value)
    while abs(other - value) > 1:
        middle = (value + other) // 2
        value, other = (middle, other) if said_with(middle) == plain else (value, middle)
    return other, said_with(other)


def within_lists(case, every, ask):
    """The same for the packets, gaps and records that a flow keeps: one is missing, or is another in one field."""
    for name, flow in every.items():
        if not isinstance(flow, Flow):
            continue
        for which, keys in LISTS.items():
            kept = getattr(flow, which)
            for place in sorted({0, 1, len(kept) // 2, len(kept) - 2, len(kept) - 1} & set(range(len(kept)))):
                row = kept[place]
                changes = [("missing", [])] + [
                    (f"{key} {told(other, getattr(row, key))}", [row._replace(**{key: other})])
                    for key in keys
                    for other in others(key, getattr(row, key), [])
                    if other != getattr(row, key)
                ]
                for what, rest in changes:
                    forget(case)
                    rows = kept[:place] + rest + kept[place + 1 :]
                    vars(flow)[which] = rows
                    if which == "packets":
                        sides = [[p for p in rows if p.length and p.direction == side] for side in (0, 1)]
                        vars(flow)["data_packets"] = tuple(sides)
                    said = attempt(ask)
                    vars(flow)[which] = kept
                    vars(flow).pop("data_packets", None)
                    yield f"{name} {which} {place} {what}", said
    forget(case)


def within_values(case, places, ask):
    """The same for what a fact is made of: an alert, an ICMP error, a process, a line that was printed."""
    for name, thing, field in places:
        value = getattr(thing, field)
        if name == "case" and dataclasses.is_dataclass(value):
            yield from within_members(case, field, value, ask)
        if isinstance(value, KINDS):
            continue
        rows = list(value) if isinstance(value, (list, tuple)) else [value]
        for place in sorted({0, len(rows) - 1} & set(range(len(rows)))):
            row = rows[place]
            if not dataclasses.is_dataclass(row) or isinstance(row, KINDS):
                continue
            for part in (one.name for one in dataclasses.fields(row) if one.init):
                before = getattr(row, part)
                for other in others(part, before, [case.end_ns] if part.endswith("_ns") else []):
                    if other == before:
                        continue
                    forget(case)
                    new = dataclasses.replace(row, **{part: other})
                    if rows is not value and not isinstance(value, (list, tuple)):
                        put(thing, field, new)
                    else:
                        put(thing, field, type(value)([*rows[:place], new, *rows[place + 1 :]]))
                    said = attempt(ask)
                    put(thing, field, value)
                    yield f"{name} {field} {place} {part} {told(other, before)}", said
    forget(case)


def within_members(case, field, value, ask):
    """The same for the members of what a case has: processes, sockets, waits; the requests and commands that were printed."""
    for member in (one.name for one in dataclasses.fields(value) if one.init):
        rows = getattr(value, member)
        if not isinstance(rows, tuple):
            continue
        for place in sorted({0, len(rows) - 1} & set(range(len(rows)))):
            row = rows[place]
            if not dataclasses.is_dataclass(row):
                continue
            changes = [("missing", ())]
            for part in (one.name for one in dataclasses.fields(row) if one.init):
                before = getattr(row, part)
                for other in others(part, before, [case.end_ns] if part.endswith("_ns") else []):
                    if other != before:
                        changes.append((f"{part} {told(other, before)}", (dataclasses.replace(row, **{part: other}),)))
            for what, new in changes:
                whole = dataclasses.replace(value, **{member: (*rows[:place], *new, *rows[place + 1 :])})
                yield f"{field} {member} {place} {what}", instead(case, case, field, whole, ask)


def put(thing, field, value):
    """Set a field, of what may not be changed by others too."""
    object.__setattr__(thing, field, value)


def beside_flows(case, ask):
    """The same under other commands, which end otherwise and print otherwise."""
    plain = {name: getattr(case, name) for name in ("client", "run", "trace")}
    changes = [(f"of {name}", {"client": client_by_name(name)}) for name in CLIENTS if name != case.client.name]
    if case.run is None:
        changes += [(f"the command ended: {what}", {"run": run}) for what, run in runs(case)]
    for what, line in LINES.items():
        changes.append((f"it printed: {what}", {"trace": parse_trace(line, "go")}))
    for what, members in changes:
        forget(case)
        for name, one in members.items():
            setattr(case, name, one)
        said = attempt(ask)
        for name, one in plain.items():
            setattr(case, name, one)
        yield what, said
    forget(case)


def runs(case):
    """``(how a command ended, its facts)``."""
    span = {"argv": ("go", "mod", "download"), "client": "go 1.27.3", "start_ns": case.start_ns, "end_ns": case.end_ns}
    yield "well", RunFacts(exit_code=0, **span)
    yield "badly", RunFacts(exit_code=1, **span)
    yield "by hand", RunFacts(exit_code=130, killed_by="SIGINT", **span)
    yield "by timeout", RunFacts(exit_code=124, **span | {"argv": ("timeout", "20", "go", "mod", "download")})
    yield "not yet", RunFacts(**span | {"end_ns": NEVER_NS})


CLIENTS = ("go", "git", "curl", "npm", "pip", "generic")
LINES = {
    "a dial's timeout": 'Get "https://proxy.golang.org/x": dial tcp 198.51.100.5:443: i/o timeout\n',
    "a handshake's timeout": 'Get "https://proxy.golang.org/x": net/http: TLS handshake timeout\n',
    "an unexpected end": 'Get "https://proxy.golang.org/x": unexpected EOF\n',
    "no such host": 'Get "https://proxy.golang.org/x": dial tcp: lookup proxy.golang.org: no such host\n',
}
LISTS = {
    "packets": ("time_ns", "frame_number", "flags", "offset", "length", "window", "ttl", "ip_id", "marks"),
    "gaps": (
        "start_ns",
        "end_ns",
        "last_direction",
        "last_kind",
        "next_direction",
        "next_kind",
        "unacked_0",
        "unacked_1",
        "resent_0",
        "resent_1",
        "keep_alives_0",
        "answers_1",
        "window_0",
        "window_1",
    ),
    "records": ("stream_offset", "length", "content_type", "direction"),
}
"""What a flow keeps, and the fields in which one is changed."""


def changed(case, every, ask, lists):
    """``(what was changed, what is said then)`` for each fact that is read; ``lists``: those in long lists as well."""
    forget(case)
    with noted(every):
        plain = attempt(ask)
    names = {id(thing): name for name, thing in every.items()}
    read = {(names[id(thing)], field) for thing, field in NOTED if id(thing) in names}
    read |= {("case", field) for field in CASES}
    for name, thing in every.items():
        own = next(
            (one for key, one in every.items() if key == " ".join(name.split()[:2]) and isinstance(one, Flow)), None
        )
        moments = [own.first_ns, own.last_ns] if own is not None else [case.end_ns]
        for field in sorted(fields(thing) if name != "case" else CASES):
            if (name, field) not in read:
                continue
            value = getattr(thing, field)
            for other in dict.fromkeys(o if o.__hash__ else () for o in others(field, value, moments)):
                other = type(value)(other) if isinstance(value, (list, set, dict)) else other
                if other == value:
                    continue
                said = instead(case, thing, field, other, ask)
                if lists and said != plain and type(value) is type(other) is int and NEVER_NS not in (value, other):
                    other, said = nearest(value, other, lambda new, t=thing, f=field: instead(case, t, f, new, ask))
                yield f"{name} {field} {told(other, value)}", said
    yield from within_values(
        case, [(n, t, f) for n, t in every.items() for f in sorted(fields(t)) if (n, f) in read], ask
    )
    if lists:
        yield from within_lists(case, every, ask)
    yield from beside_flows(case, ask)
    stalls = case.stalls
    about = [stall for stall in stalls if stall.flow is None or any(stall.flow is one for one in every.values())]
    for number, stall in enumerate(sorted(about, key=lambda s: -s.ns)[:MOST_STALLS]):
        for what, rest in [("missing", [])] + [
            (f"{field} {told(value, getattr(stall, field))}", [dataclasses.replace(stall, **{field: value})])
            for field, value in (
                ("end_ns", stall.start_ns), ("end_ns", stall.end_ns + 1), ("start_ns", stall.start_ns + stall.ns // 2),
                ("next_frame", 0), ("last_frame", 0), ("waiting_on", "path"),
            )
        ]:  # fmt: skip
            case.stalls = [one for one in stalls if one is not stall] + rest
            case._index_stalls()
            forget(case)
            said = attempt(ask)
            yield f"stall {number} {what}", said
    case.stalls = stalls
    case._index_stalls()
    forget(case)


def lines(case, every, ask, lists=True):
    """What is said as it is, then each other thing that is said, and the facts by which it comes."""
    plain = attempt(ask)
    yield f"as it is: {plain}"
    by = defaultdict(list)
    for what, said in changed(case, every, ask, lists):
        if said != plain:
            by[said].append(what)
    for said, changes in by.items():
        yield f"{said}"
        for change in changes:
            yield f"    {change}"
