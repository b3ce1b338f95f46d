"""Findings and ledger as rows of plain values, moments in ns since the epoch: what notebooks and datasets make tables of."""

from typing import Any

from netanalyze.findings import Culprit
from netanalyze.result import Result
from netanalyze.units import seconds
from netanalyze.wording import english


def finding_rows(result: Result) -> list[dict[str, Any]]:
    """One row per finding, numbered as ``save`` and ``netanalyze slice`` take them."""
    return [
        {
            "finding": number, "cause": f.cause, **culprit_row(f.culprit), "flow_id": f.flow_id,
            "start": f.start_ns, "end": f.end_ns, "seconds": seconds(f.end_ns - f.start_ns),
            "confidence": f.confidence, "fatal": f.fatal, "root": number == result.verdict.finding,
            "consequence_of": parent, "message": english(f.message),
            "frames": [e.ref for e in f.evidence if e.kind == "frame"],
            "quantities": english(f.quantities), "attributes": english(f.attributes),
            "counter_evidence": english(f.counter_evidence),
        }
        for number, (f, parent) in enumerate(zip(result.findings, result.consequences))
    ]  # fmt: skip


def ledger_rows(result: Result) -> list[dict[str, Any]]:
    """One row per span; they do not overlap, and ``seconds`` adds up to the whole."""
    return [
        {
            "start": row.start_ns, "end": row.end_ns, "seconds": seconds(row.ns), "phase": row.phase, "cause": row.cause,
            **culprit_row(row.culprit), "flow_id": row.flow_id, "note": english(row.note) or None,
        }
        for row in result.ledger
    ]  # fmt: skip


def culprit_row(culprit: Culprit | None) -> dict[str, Any]:
    """Who is to blame, as four columns."""
    if culprit is None:
        return {"role": None, "host": None, "address": None, "port": None}
    return {"role": culprit.role, "host": culprit.host, "address": culprit.address, "port": culprit.port}
