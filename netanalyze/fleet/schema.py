"""The tables of a dataset: each column declared once, from which Parquet's types, docs/batch.md and the tests follow.

``flows``, ``dns``, ``tls`` and ``http`` are those of a notebook, with the capture's hash before them.
"""

from typing import NamedTuple

from netanalyze.columns import LIST, TEXT, Column, Table, is_flag, is_moment, name_of
from netanalyze.conversations.dns import DnsTable
from netanalyze.conversations.http import HttpTable
from netanalyze.conversations.tls import TlsTable
from netanalyze.flows.table import FlowTable

VERSION = 1
"""Of the form of a dataset: one more where a column goes or means something else."""
STRING, INTEGER, REAL, FLAG, MOMENT, SPAN, TEXTS, INTEGERS, JSON = (
    "string", "int64", "double", "bool", "timestamp", "duration", "list<string>", "list<int64>", "json",
)  # fmt: skip
"""What a column holds: moments are ns in UTC, spans ns, JSON is text. Other integers have NumPy's names: ``int32``."""


class Field(NamedTuple):
    """A column of a dataset: its name, what it holds, its unit, what it means."""

    name: str
    kind: str
    unit: str
    meaning: str


HASH = Field("hash", STRING, "", "SHA-256 of the capture's octets: what joins the tables")
_WHO = (
    Field("role", STRING, "", "who is to blame: resolver, server, path, proxy, client-host …"),
    Field("host", STRING, "", "its name"),
    Field("address", STRING, "", "its address"),
    Field("port", "int32", "", "its port"),
)
RUNS = (
    HASH,
    Field("file", STRING, "", "the path it was read from"),
    Field("size", INTEGER, "octets", "its size"),
    Field("status", STRING, "", "the verdict: healthy, degraded, hung, failed or unusable; null where there is an error"),
    Field("cause", STRING, "", "its cause, null where there is none"),
    *_WHO,
    Field("confidence", REAL, "", "how sure it is, 0 to 1"),
    Field("seconds", REAL, "s", "time that would not have passed without the cause"),
    Field("without_it", REAL, "s", "what the run would have taken without it"),
    Field("summary", STRING, "", "the verdict in one sentence"),
    Field("request", STRING, "", "the URL that hangs or failed, where it is known"),
    Field("brief", JSON, "", "the verdict in a kilobyte, as --brief prints it"),
    Field("start", MOMENT, "UTC", "when the run began, or the capture"),
    Field("end", MOMENT, "UTC", "when it ended"),
    Field("duration", REAL, "s", "from the one to the other"),
    Field("packets", INTEGER, "", "frames captured"),
    Field("judged_flows", INTEGER, "", "flows that count for the verdict"),
    Field("total_flows", INTEGER, "", "all flows"),
    Field("vantage", STRING, "", "where it was captured: client, server or between"),
    Field("argv", JSON, "", "the command, where the recording bears it"),
    Field("exit_code", "int32", "", "its exit status"),
    Field("client", STRING, "", "the command and its version, as go 1.27.3"),
    Field("environment", JSON, "", "go env, proxies, resolvers, route and MTU, where the recording bears them"),
    Field("diagnostics", JSON, "", "trouble in the capture itself: kind, severity, count"),
    Field("error", STRING, "", "why this file could not be analysed"),
    Field("netanalyze", STRING, "", "version that analysed it"),
)  # fmt: skip
FINDINGS = (
    HASH,
    Field("finding", INTEGER, "", "its number, as slice takes it"),
    Field("cause", STRING, "", "what is wrong"),
    *_WHO,
    Field("flow_id", "int32", "", "the flow it is seen on"),
    Field("start", MOMENT, "UTC", "when it began"),
    Field("end", MOMENT, "UTC", "when it ended"),
    Field("seconds", REAL, "s", "how long it lasted"),
    Field("confidence", REAL, "", "how sure it is, 0 to 1"),
    Field("fatal", FLAG, "", "whether it ended what it happened to"),
    Field("root", FLAG, "", "whether it is the verdict's"),
    Field("consequence_of", INTEGER, "", "the finding it follows from"),
    Field("message", STRING, "", "what was seen"),
    Field("frames", INTEGERS, "", "frames that prove it"),
    Field("quantities", JSON, "", "its figures, by name"),
    Field("attributes", JSON, "", "its particulars, by name"),
    Field("counter_evidence", TEXTS, "", "what speaks against it"),
)
LEDGER = (
    HASH,
    Field("start", MOMENT, "UTC", "the end of the row before"),
    Field("end", MOMENT, "UTC", "when something began or ended"),
    Field("seconds", REAL, "s", "how long it is; the rows of a capture add up to its duration"),
    Field("phase", STRING, "", "local, dns, connect, tls, request, transfer, idle or unexplained"),
    Field("cause", STRING, "", "why, null where nothing is wrong"),
    *_WHO,
    Field("flow_id", "int32", "", "the flow"),
    Field("note", STRING, "", "particulars"),
)
OF_RESULT: dict[str, type[Table]] = {"flows": FlowTable, "dns": DnsTable, "tls": TlsTable, "http": HttpTable}


def field_of(column: Column) -> Field:
    """A column of a result's table, as a dataset has it."""
    if column.dtype == LIST:
        kind = INTEGERS if column.unit == "1" else TEXTS
    elif column.dtype == TEXT or column.words is not None:
        kind = STRING
    elif is_moment(column):
        kind = MOMENT
    elif column.unit == "ns":
        kind = SPAN
    else:
        kind = FLAG if is_flag(column) else str(column.array_dtype)
    unit = "UTC" if kind == MOMENT else "" if column.unit == "1" else column.unit
    return Field(name_of(column), kind, unit, column.meaning)


TABLES: dict[str, tuple[Field, ...]] = {
    "runs": RUNS,
    "findings": FINDINGS,
    "ledger": LEDGER,
    **{name: (HASH, *map(field_of, table.schema)) for name, table in OF_RESULT.items()},
}
"""Each table by its name, which is its folder's; ``runs`` has one row for each capture."""


def markdown() -> str:
    """The tables as docs/batch.md lists them."""
    lines = []
    for name, fields in TABLES.items():
        lines += [f"### `{name}`", "", "| column | type | unit | meaning |", "|---|---|---|---|"]
        lines += [f"| `{f.name}` | {f.kind} | {f.unit} | {f.meaning.replace('|', '/')} |" for f in fields]
        lines.append("")
    return "\n".join(lines)
