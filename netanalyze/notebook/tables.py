"""Tables of a result as DataFrames: dtypes follow from each column's declaration.

A moment ``x_ns`` becomes ``x``, datetime64[ns, UTC]; a span becomes timedelta64[ns]; integers that may be unknown become
nullable, text becomes ``string`` or, where few values recur, Categorical. Unknown is NA, NaT or None, never a number.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from netanalyze.columns import LIST, TEXT, Column, Table, is_flag, is_moment, name_of
from netanalyze.diagnostics import KINDS, Severity
from netanalyze.notebook.declared import DECLARED, DIAGNOSTICS, EVIDENCE, FINDINGS, LEDGER, WHEN, dtypes
from netanalyze.patterns import lazy_pattern
from netanalyze.result import Result
from netanalyze.result.ledger import PHASES
from netanalyze.result.rows import finding_rows, ledger_rows
from netanalyze.tracking.marks import NAMES
from netanalyze.units import NEVER_NS
from netanalyze.waiting import IN_STALLS
from netanalyze.wording import english

ADDRESSES = ("orig_address", "resp_address", "client", "resolver")
ENUMERATIONS = (
    "transport", "service", "process", "conn_state", "kind", "qtype_name", "rcode_name", "version", "offered_version",
    "alpn_chosen", "certificate_issuer", "alert", "alert_by", "method", "reason", "waiting_on", "phase", "cause", "role",
)  # fmt: skip
"""Text columns of which few values recur."""
CLOSED = {"mark": NAMES, "waiting_for": tuple(map(str, IN_STALLS))}
"""Text columns whose values are known beforehand, in their order."""
UNKNOWN = lazy_pattern(r"(?:-1|\b0) (none|unknown|unanswered|where there is no IP)\b")
"""How declarations say which number stands for unknown."""
NA_WORDS = {"none": "where there is none", "unknown": "where unknown", "unanswered": "where unanswered"}


def moments(ns: Any) -> "pd.DatetimeIndex":
    """Nanoseconds since the epoch as moments in UTC; ``NEVER_NS`` is NaT already."""
    return pd.DatetimeIndex(np.asarray(ns, dtype=np.int64).view("datetime64[ns]")).tz_localize("UTC")


def numbers(values: np.ndarray, unknown: np.ndarray) -> Any:
    """A nullable integer array of the same width, over the values as they are."""
    return pd.arrays.IntegerArray(values, unknown)


def categories(values: Any, expected: Iterable[str] | None = None) -> Any:
    """Categorical over the values; None is missing."""
    if expected is None:
        expected = sorted({value for value in values if value is not None})
    return pd.Categorical(values, categories=list(expected))


def column_values(column: Column, values: np.ndarray) -> Any:
    """One column as pandas holds it."""
    if column.dtype == LIST:
        return pd.Series(values, dtype=object)
    if column.dtype == TEXT:
        if column.name in CLOSED:
            return categories(values, CLOSED[column.name])
        if column.name in ADDRESSES or column.name in ENUMERATIONS:
            return categories(values)
        return pd.array([None if value is None else str(value) for value in values], dtype="string")
    if is_moment(column):
        return moments(values)
    if column.unit == "ns":
        spans = values.astype(np.int64)
        if column.missing is not None:
            spans[values == column.missing] = NEVER_NS
        return pd.TimedeltaIndex(spans.view("timedelta64[ns]"))
    if column.words is not None:
        return pd.Categorical(
            [column.words.get(int(value)) for value in values], categories=list(column.words.values())
        )
    if is_flag(column):
        return values.astype(bool)
    if column.missing is not None:
        return numbers(values, values == column.missing)
    return values


def data_frame(table: Table) -> pd.DataFrame:
    """A table as a DataFrame, its columns in the declared order."""
    made = {name_of(c): column_values(c, getattr(table, c.name).copy()) for c in table.schema}
    return pd.DataFrame(made, copy=False)


COMMUNITY_ID = (
    "community_id",
    "",
    "the same for both directions, and in Zeek, Suricata and tshark",
    "Community ID v1, seed 0",
)


def flows_frame(result: Result) -> pd.DataFrame:
    """One row per flow, with its Community ID behind its numbers; NA where it is neither TCP nor UDP."""
    from netanalyze.export.community_id import NUMBERS, community_id

    frame, flows = data_frame(result.flows), result.flows
    ends = zip(flows.transport, flows.orig_address, flows.orig_port, flows.resp_address, flows.resp_port)
    ids = [community_id(*end) if end[0] in NUMBERS and end[1] and end[3] else None for end in ends]
    frame.insert(frame.columns.get_loc("udp_stream") + 1, COMMUNITY_ID[0], pd.array(ids, dtype="string"))
    return frame


def flows_schema() -> pd.DataFrame:
    """What the columns of ``flows_frame`` are."""
    from netanalyze.flows.table import FlowTable

    return _with_row(schema_frame(FlowTable), "udp_stream", COMMUNITY_ID)


def packets_schema(sparse: Iterable[str]) -> pd.DataFrame:
    """What the columns of the packets' DataFrame are: those of the table, and either address as text.

    Args:
        sparse: columns that are NA where a frame does not have them.
    """
    from netanalyze.wire.packets import PacketTable

    schema = schema_frame(PacketTable, sparse)
    for name, meaning, source in (
        ("src", "source address, NA where there is none", "ip.src, ipv6.src"),
        ("dst", "destination address, NA where there is none", "ip.dst, ipv6.dst"),
    ):
        schema = _with_row(schema, f"{name}_address_id", (name, "", meaning, source))
    return schema


def _with_row(schema: pd.DataFrame, behind: str, row: tuple[str, str, str, str]) -> pd.DataFrame:
    """The description of one more column, behind that of another."""
    place = schema.index.get_loc(behind) + 1
    added = pd.DataFrame([row], columns=["column", *schema.columns]).set_index("column")
    return pd.concat([schema.iloc[:place], added, schema.iloc[place:]])


def schema_frame(table: type[Table], sparse: Iterable[str] = ()) -> pd.DataFrame:
    """What a table's columns are: unit, meaning, and who defines the value; a row per column.

    Args:
        sparse: columns that are NA where a frame does not have them, though none of their values says so.
    """
    rows = [
        (
            name_of(c),
            "UTC" if is_moment(c) else "" if c.unit in ("ns", "1") else c.unit,
            _meaning(c, c.name in sparse),
            c.source,
        )
        for c in table.schema
    ]
    return pd.DataFrame(rows, columns=["column", "unit", "meaning", "source"]).set_index("column")


def declared_schema(name: str) -> pd.DataFrame:
    """What the columns are of a table that exists as a DataFrame only."""
    rows = [(c.name, c.unit, c.meaning, c.source) for c in DECLARED[name]]
    return pd.DataFrame(rows, columns=["column", "unit", "meaning", "source"]).set_index("column")


def _meaning(column: Column, sparse: bool) -> str:
    """Its meaning, with what stands for unknown as it is in a DataFrame."""
    meaning = column.meaning
    if is_flag(column):
        return meaning.replace("1 if ", "whether ", 1)
    if sparse or column.missing is not None:
        meaning = UNKNOWN.sub(lambda found: f"NA {NA_WORDS.get(found[1], found[1])}", meaning)
    if sparse and "NA" not in meaning:
        meaning += ", NA where the frame has none"
    return meaning


def findings_frame(result: Result) -> pd.DataFrame:
    """One row per finding, numbered as ``save`` and ``netanalyze slice`` take them."""
    return typed(finding_rows(result), dtypes(FINDINGS))


def evidence_frame(result: Result) -> pd.DataFrame:
    """One row per piece of evidence; ``frame_number`` is NA where the evidence is no frame (``ref`` says what then)."""
    rows = [
        {
            "finding": number, "cause": f.cause, "flow_id": f.flow_id, "kind": e.kind,
            "frame_number": e.ref if e.kind == "frame" else None, "ref": str(e.ref), "shows": english(e.shows),
        }
        for number, f in enumerate(result.findings)
        for e in f.evidence
    ]  # fmt: skip
    return typed(rows, dtypes(EVIDENCE))


def ledger_frame(result: Result) -> pd.DataFrame:
    """One row per span; they do not overlap, and ``seconds`` adds up to the whole."""
    frame = typed(ledger_rows(result), dtypes(LEDGER))
    frame["phase"] = pd.Categorical(frame["phase"], categories=list(PHASES))
    return frame


def diagnostics_frame(result: Result) -> pd.DataFrame:
    """One row per kind of trouble in the capture, the most severe first."""
    rows = [
        {
            "kind": row.kind, "severity": str(row.severity), "count": row.count, "first_frame": row.first_frame,
            "meaning": english(row.meaning),
        }
        for row in result.capture.diagnostics
    ]  # fmt: skip
    frame = typed(rows, dtypes(DIAGNOSTICS))
    frame["kind"] = pd.Categorical(frame["kind"], categories=list(KINDS))
    frame["severity"] = pd.Categorical(frame["severity"], categories=[str(s) for s in Severity], ordered=True)
    return frame


def typed(rows: list[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Rows as a DataFrame of exactly these columns and dtypes, also where there are no rows."""
    made = {}
    for name, dtype in columns.items():
        values = [row[name] for row in rows]
        if dtype == WHEN:
            made[name] = pd.Series(moments(values))
        elif dtype == "object":
            made[name] = pd.Series(values, dtype=object)
        elif dtype == "category":
            made[name] = pd.Series(categories(values))
        else:
            made[name] = pd.Series(pd.array(values, dtype=dtype))
    return pd.DataFrame(made)
