"""A settlement as JSON and as text; docs/settle.md has its members."""

from typing import Any

from netanalyze.report.language import Language
from netanalyze.report.sheet import clean, wrapped
from netanalyze.result import Result
from netanalyze.result.parts import alternative_json, culprit_json
from netanalyze.settle.from_verdict import UpdatedVerdict, updated
from netanalyze.settle.hello import HelloForm
from netanalyze.settle.settlement import SentRow, Settlement
from netanalyze.settle.words import came_words, sent_words, settled_words, verdict_words
from netanalyze.urls import authority
from netanalyze.version import __version__
from netanalyze.wording import english

SCHEMA_VERSION = 1


def as_json(settlement: Settlement) -> dict[str, Any]:
    """The ``settled`` member: the bit, the place, the sentences, and the table of all that was sent."""
    place, hello = settlement.place, settlement.hello
    edge = place.boundary if place else None
    return {
        "bit": settlement.bit or None,
        "address": settlement.address,
        "port": settlement.port,
        "sni": settlement.target.sni,
        "rivals": list(hello.rivals) if hello and not settlement.named else [],
        "why_not": (hello.why or None) if hello and not settlement.named else None,
        "manner": (hello.manner or None) if hello else None,
        "lives": vars(hello.lives) if hello and hello.lives else None,
        "dies": vars(hello.dies) if hello and hello.dies else None,
        "passes": [vars(form) for form in hello.passes] if hello else [],
        "others": [{"bit": bit, "address": address} for bit, address in settlement.others],
        "place": None
        if place is None
        else {
            "after": edge.after if edge else None,
            "after_address": place.after_address,
            "before": edge.before if edge else None,
            "before_address": place.before_address,
            "at_target": edge.at_target if edge else False,
            "silent": list(edge.silent) if edge else [],
            "proved": edge.proved if edge else bool(place.said_by),
            "said_by": place.said_by,
            "rules": list(place.local.rules),
            "kernel": [
                {"reason": drop.reason, "function": drop.function, "kind": drop.kind} for drop in place.local.reasons
            ],
            "candidates": list(place.local.candidates),
            "traced": [{"place": rule.place, "rule": rule.rule or None} for rule in place.local.traced],
        },
        "sentences": english(settled_words(settlement)),
        "seconds": round(settlement.seconds, 3),
        "table": [_row(row) for row in settlement.rows],
    }


def document(settlement: Settlement, result: Result | None = None) -> dict[str, Any]:
    """All of it; with the ``verdict`` as it is now where there was one."""
    target = settlement.target
    verdict = None if result is None else updated(result.verdict, settlement)
    return {
        "schema_version": SCHEMA_VERSION,
        "netanalyze": __version__,
        "target": {"host": target.host, "port": target.port, "addresses": settlement.addresses},
        "verdict": None if result is None or verdict is None else _verdict(verdict, result, settlement),
        "settled": as_json(settlement),
    }


def _verdict(verdict: UpdatedVerdict, result: Result, settlement: Settlement) -> dict[str, Any]:
    old = result.verdict
    return {
        "cause": verdict.cause,
        "was": verdict.was,
        "agrees": verdict.agrees,
        "status": old.status,
        "summary": english(old.summary),
        "culprit": culprit_json(old.culprit),
        "ruled_out": list(verdict.ruled_out),
        "alternatives": [english(alternative_json(a)) for a in old.alternatives if a.cause not in verdict.ruled_out],
        "sentences": english(verdict_words(verdict, settlement.bit == "none")),
    }


def _row(row: SentRow) -> dict[str, Any]:
    form = row.form
    return {
        "number": row.number,
        "kind": row.kind,
        "sent": ", ".join(english(sent_words(row))),
        "form": None if form is None else dict(vars(form)),
        "address": row.address,
        "port": row.port or None,
        "ttl": row.ttl,
        "control": row.control,
        "octets": row.octets or None,
        "segments": row.segments or None,
        "came": row.manner,
        "detail": row.detail or None,
        "acked": None if row.acked < 0 else row.acked,
        "offender": row.offender,
        "seconds": round(row.seconds, 3),
    }


SENT_WIDTH = 46


def line_of(row: SentRow, language: Language) -> str:
    """One row of the table, as text: number, what was sent, how large, what came, after how long."""
    sent = language.listed(sent_words(row))
    size = f"{row.octets}/{row.segments}" if isinstance(row.form, HelloForm) and row.octets else ""
    came = language.say(came_words(row))
    if isinstance(row.form, HelloForm) and row.manner == "silent" and row.acked >= 0:
        came += f" ({row.acked} ACK)"
    if row.offender:
        came += f" {row.offender}"
    head = f"{row.number:3}  "
    parts = wrapped(sent, SENT_WIDTH)
    where = authority(row.address, row.port) if row.port else row.address
    first = f"{head}{parts[0]:{SENT_WIDTH}}  {size:>7}  {came}  {row.seconds:.2f} s"
    rest = [f"{'':{len(head)}}{part}" for part in parts[1:]]
    return (
        clean(first)
        + "".join(f"\n{clean(one)}" for one in rest)
        + (f"\n{'':{len(head)}}→ {clean(where)}" if row.kind in ("dial", "query") else "")
    )


def text(settlement: Settlement, language: Language, width: int = 80, result: Result | None = None) -> str:
    """What is settled, for a person."""
    lines: list[str] = []
    sentences = settled_words(settlement)
    if result is not None:
        sentences += verdict_words(updated(result.verdict, settlement), settlement.bit == "none")
    for sentence in sentences:
        lines += wrapped(language.say(sentence), width - 2)
    return "\n".join(f"  {clean(line)}" for line in lines) + "\n"
