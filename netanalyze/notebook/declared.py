"""The columns of the tables that exist as DataFrames only: findings, evidence, ledger, diagnostics, timeline."""

from typing import NamedTuple

WHEN = "datetime64[ns, UTC]"


class Declared(NamedTuple):
    """One column: dtype as pandas has it, unit, meaning, and who defines the value."""

    name: str
    dtype: str
    unit: str
    meaning: str
    source: str = "netanalyze"


_CAUSE = Declared("cause", "category", "", "identifier of the cause", "docs/causes.md")
_WHO = (
    Declared("role", "category", "", "what the culprit is in the run: server, resolver, path, client …", "docs/causes.md"),
    Declared("host", "string", "", "the culprit's name, NA where it is not known"),
    Declared("address", "category", "", "the culprit's address, NA where it is not known"),
    Declared("port", "Int32", "", "the culprit's port, NA where it is not known"),
)  # fmt: skip
_FLOW = Declared("flow_id", "Int32", "", "the flow it is about, NA where it is about none")

FINDINGS = (
    Declared("finding", "int64", "", "its number, as netanalyze slice and a.save take it"),
    _CAUSE, *_WHO, _FLOW,
    Declared("start", WHEN, "", "when what it explains began", "capture clock"),
    Declared("end", WHEN, "", "when that ended, or the capture did", "capture clock"),
    Declared("seconds", "float64", "s", "from start to end"),
    Declared("confidence", "float64", "", "how sure it is, 0 to 1", "docs/verdicts.md"),
    Declared("fatal", "bool", "", "whether what it explains ended the work, rather than held it up"),
    Declared("root", "bool", "", "whether it is the one that the verdict names"),
    Declared("consequence_of", "Int64", "", "number of the finding from which it follows, NA where from none"),
    Declared("message", "string", "", "what was measured, in one sentence"),
    Declared("frames", "object", "", "frames that prove it", "Wireshark's frame.number"),
    Declared("quantities", "object", "", "the figures in the sentence, by name"),
    Declared("attributes", "object", "", "particulars of the cause, by name"),
    Declared("counter_evidence", "object", "", "what speaks against it, sentences"),
)  # fmt: skip

EVIDENCE = (
    Declared("finding", "int64", "", "number of the finding that it proves"),
    _CAUSE, _FLOW,
    Declared("kind", "category", "", "frame, trace (a line that the command printed), syscall or socket"),
    Declared("frame_number", "Int64", "", "the frame, NA where it is none", "Wireshark's frame.number"),
    Declared("ref", "string", "", "the frame's number, the line, the system call or the socket, as text"),
    Declared("shows", "string", "", "what it shows"),
)  # fmt: skip

LEDGER = (
    Declared("start", WHEN, "", "where the span begins", "capture clock"),
    Declared("end", WHEN, "", "where it ends, and the next one begins", "capture clock"),
    Declared("seconds", "float64", "s", "from start to end; the rows add up to the whole"),
    Declared("phase", "category", "", "what the run was busy with: dns, connect, tls, request, transfer, local, idle …"),
    Declared("cause", "category", "", "what held it up, NA where it took its time and no more", "docs/causes.md"),
    *_WHO, _FLOW,
    Declared("note", "string", "", "what was waited for, or asked for"),
)  # fmt: skip

DIAGNOSTICS = (
    Declared("kind", "category", "", "what is wrong with the capture, in one word"),
    Declared("severity", "category", "", "note, warning or serious: how much it takes from findings"),
    Declared("count", "int64", "", "how often it was seen"),
    Declared("first_frame", "Int64", "", "where it was seen first, NA where that is no frame", "Wireshark's frame.number"),
    Declared("meaning", "string", "", "what it says"),
)  # fmt: skip

TIMELINE = (
    Declared("time", WHEN, "", "when it was, or began", "capture clock"),
    Declared("end", WHEN, "", "when it ended, NaT of what is but a moment", "capture clock"),
    Declared("source", "category", "", "packet, stall, trace (a line that the command printed) or process"),
    Declared("kind", "category", "", "a packet's transport, what a stall waits for, what a process did or waited for"),
    Declared("flow_id", "Int32", "", "its flow, NA where it has none"),
    Declared("frame_number", "Int64", "", "the packet; of a stall the last frame before it", "Wireshark's frame.number"),
    Declared("pid", "Int64", "", "the process, NA where it is of none", "the kernel"),
    Declared("text", "string", "", "its particulars: the message in a packet, the line, the process"),
)  # fmt: skip

DECLARED = {
    "findings": FINDINGS,
    "evidence": EVIDENCE,
    "ledger": LEDGER,
    "diagnostics": DIAGNOSTICS,
    "timeline": TIMELINE,
}
"""By the name of the table."""


def dtypes(columns: tuple[Declared, ...]) -> dict[str, str]:
    """Name -> dtype of each column, in their order.

    >>> dtypes(DIAGNOSTICS)["count"]
    'int64'
    """
    return {column.name: column.dtype for column in columns}
