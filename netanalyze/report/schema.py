"""The JSON Schema of the result, made from the tables' own declarations.

``python -m netanalyze.report.schema`` writes netanalyze/schema.json; with ``--print`` to standard output. A test holds
the shipped file to what this makes. Members that are not named are allowed: later versions may add some.
"""

import json
import sys
from pathlib import Path
from typing import Any

from netanalyze.columns import LIST, TEXT, Column, Table
from netanalyze.conversations.dns import DnsTable
from netanalyze.conversations.http import HttpTable
from netanalyze.conversations.tls import TlsTable
from netanalyze.diagnostics import KINDS, Severity
from netanalyze.findings import EVIDENCE_KINDS, ROLES
from netanalyze.flows.table import FlowTable, StallTable
from netanalyze.output_files import write_text
from netanalyze.result import SCHEMA_VERSION, STATUSES
from netanalyze.result.ledger import PHASES
from netanalyze.result.modules import ModuleTable
from netanalyze.units import NEVER_NS

PATH = Path(__file__).resolve().parent.parent / "schema.json"
TABLES: dict[str, type[Table]] = {
    "flows": FlowTable,
    "dns": DnsTable,
    "tls": TlsTable,
    "http": HttpTable,
    "modules": ModuleTable,
    "stalls": StallTable,
}

Schema = dict[str, Any]


def _text(meaning: str, **more: Any) -> Schema:
    return {"type": "string", "description": meaning, **more}


def _number(meaning: str, **more: Any) -> Schema:
    return {"type": "number", "description": meaning, **more}


def _count(meaning: str, **more: Any) -> Schema:
    return {"type": "integer", "minimum": 0, "description": meaning, **more}


def _or_null(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    out = {**schema, "type": [schema["type"], "null"]}
    if "enum" in out:
        out["enum"] = [*out["enum"], None]
    return out


def _object(meaning: str, members: dict[str, Schema], optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "description": meaning,
        "properties": members,
        "required": [name for name in members if name not in optional],
    }


def _list(meaning: str, items: Schema) -> Schema:
    return {"type": "array", "description": meaning, "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def column(declared: Column) -> tuple[str, Schema]:
    """Name and schema of a column, as ``result.table_json`` writes it: ``x_ns`` becomes ``x`` in seconds."""
    moment = declared.missing == NEVER_NS
    timed = moment or declared.unit == "ns"
    name = declared.name[:-3] if timed else declared.name
    meaning = f"{declared.meaning}, s from capture.start" if moment else declared.meaning
    if timed:
        kind: Schema = _number(meaning)
    elif declared.dtype == TEXT:
        kind = _text(meaning)
    elif declared.dtype == LIST:
        kind = _list(meaning, {"type": ["string", "number"]})
    elif declared.dtype.startswith("f"):
        kind = _number(meaning)
    else:
        kind = {"type": "integer", "description": meaning}
    unit = "s" if timed else declared.unit
    kind |= {"x-unit": unit} if unit not in ("", "1") else {}
    kind |= {"x-source": declared.source}
    known = declared.missing is None and declared.dtype not in (TEXT, LIST)
    return name, kind if known else _or_null(kind)


def table(declared: type[Table]) -> Schema:
    """Schema of a table's rows."""
    members = dict(column(one) for one in declared.schema)
    return _list((declared.__doc__ or "").strip().splitlines()[0], _object("a row", members))


def _definitions() -> dict[str, Schema]:
    return {
        "cause": _text("identifier of a cause, phase/what-is-wrong; never renamed", pattern="^[a-z0-9]+/[a-z0-9-]+$"),
        "culprit": _object(
            "who is to blame",
            {
                "role": _text("what it is to the command", enum=list(ROLES)),
                "host": _or_null(_text("its name")),
                "address": _or_null(_text("its IP address")),
                "port": _or_null(_count("its port")),
                "via": {**_or_null(_ref("culprit")), "description": "the proxy through which it is reached"},
            },
        ),
        "alternative": _object(
            "another cause that fits, too",
            {
                "cause": {**_ref("cause"), "description": "which it is"},
                "why": _text("why it fits"),
                "how_to_tell": _text("the check, often a command, that tells them apart"),
            },
        ),
        "step": _object(
            "something to do", {"text": _text("what it is"), "command": _or_null(_text("what to paste into a shell"))}
        ),
        "evidence": _object(
            "a piece of proof",
            {
                "kind": _text("what the reference names", enum=list(EVIDENCE_KINDS)),
                "ref": {"type": ["integer", "string"], "description": "frame number from 1, or text"},
                "role": _text("what it shows"),
            },
        ),
        "diagnostic": _object(
            "trouble in the capture itself",
            {
                "kind": _text("its identifier", enum=list(KINDS)),
                "severity": _text("what it does to the verdict", enum=[str(s) for s in Severity]),
                "count": _count("how often"),
                "first_frame": _or_null(_count("where first")),
                "meaning": _text("a sentence, with particulars"),
            },
        ),
    }


def _capture() -> Schema:
    moment = {"format": "date-time"}
    capture = _object(
        "what was analysed",
        {
            "files": _list("names as they were given", {"type": "string"}),
            "packets": _count("frames in all"),
            "start": _or_null(_text("first frame, RFC 3339", **moment)),
            "end": _or_null(_text("last frame, RFC 3339", **moment)),
            "duration": _number("seconds between them"),
            "link_types": _list("link types by name", {"type": "string"}),
            "vantage": _or_null(
                _text("where the recorder stood, as far as it can be inferred: client, middle, server")
            ),
            "judged_flows": _count("flows that count for the verdict"),
            "total_flows": _count("flows in all"),
            "diagnostics": _list("the most severe first", _ref("diagnostic")),
        },
    )
    return {
        **_or_null(capture),
        "description": "null: nothing was captured; only sockets were watched, or only what was printed is known",
    }


def _run() -> Schema:
    run = _object(
        "the command under which the capture was made; null where nothing is known of one",
        {
            "argv": _or_null(_list("the command", {"type": "string"})),
            "exit_code": _or_null({"type": "integer", "description": "its exit status"}),
            "start": _or_null(_text("RFC 3339", format="date-time")),
            "end": _or_null(_text("RFC 3339", format="date-time")),
            "wall": _or_null(_number("how long it ran, s")),
            "client": _or_null(_text("what it is, with its version")),
            "killed_by": _or_null(_text("the signal that ended it, by name")),
            "last_line": _or_null(
                _text(
                    "what it wrote last on standard error, empty where it wrote nothing; "
                    "null where nobody read that or it is no text"
                )
            ),
            "joined": _or_null(_text("RFC 3339: since when it was watched, where it ran already", format="date-time")),
            "captured_until": _or_null(
                _text("RFC 3339: when the capture ended, where it did before the command", format="date-time")
            ),
            "environment": _or_null(
                {"type": "object", "description": "go env, proxies, resolvers, search, route, mtu"}
            ),
        },
    )
    return _or_null(run)


def _verdict() -> Schema:
    proof = _object(
        "a step of the story",
        {
            "frames": _text("which frames: #13, #16-24, #17,19; or who says so"),
            "numbers": _list("exactly these frames", _count("its number")),
            "shows": _text("what they show"),
        },
    )
    return _object(
        "the one answer",
        {
            "status": _text("how the run went", enum=list(STATUSES)),
            "cause": {**_or_null(_ref("cause")), "description": "null: nothing is wrong, or it is not known what"},
            "culprit": {
                **_or_null(_ref("culprit")),
                "description": "who is to blame; null: nobody, or it is not known",
            },
            "confidence": _number("0 to 1", minimum=0, maximum=1),
            "seconds": _number("wall time that would not have passed without the cause", minimum=0),
            "without_it": _or_null(_number("what the run would have taken without it, s; null: not known")),
            "without_it_at_least": _or_null(
                _number("what it would have taken at least, s, where the rest of its work was never seen", minimum=0)
            ),
            "without_it_how": _or_null(_text("what that figure rests on, or why there is none")),
            "limits": _list("what a slow but healthy run spent its time on", {"type": "string"}),
            "summary": _text("one sentence"),
            "attributes": {"type": "object", "description": "particulars of the cause"},
            "alternatives": _list("other causes that fit", _ref("alternative")),
            "fix": _list("what to do, cheapest first", _ref("step")),
            "verify": _or_null(_text("a command that confirms the cause, or shows that it is gone")),
            "where": _or_null(_text("whose fault, and what is not proven")),
            "no_use": _list("what people try in vain", {"type": "string"}),
            "proof": _list("the story, in order", proof),
            "request": _or_null(
                _object(
                    "what was asked for that hangs or failed; of several the first",
                    {
                        "url": _text("the URL, without secrets"),
                        "method": _text("of the request"),
                        "module": _or_null(_text("the Go module that it is of, example.com/m@v1.2.3")),
                        "start": _or_null(_number("when it was made")),
                        "frame": _or_null(_count("that carries it")),
                        "source": _text("frames: clear text; trace: the command said so", enum=["frames", "trace"]),
                        "waiting": _count("how many more wait as it does"),
                    },
                )
            ),
            "filter": _or_null(_text("Wireshark's display filter that shows exactly the frames of the proof")),
            "ignored": _list("what was seen and does not matter", {"type": "string"}),
            "finding": _or_null(_count("index of the root finding")),
        },
    )


def _finding() -> Schema:
    return _object(
        "one cause seen at work",
        {
            "cause": {**_ref("cause"), "description": "which cause it is"},
            "culprit": {**_or_null(_ref("culprit")), "description": "who is to blame for it; null: not known"},
            "flow": _or_null(_count("number of the flow")),
            "start": _or_null(_number("s from capture.start")),
            "end": _or_null(_number("s from capture.start")),
            "seconds": _number("how long", minimum=0),
            "confidence": _number("0 to 1", minimum=0, maximum=1),
            "message": _text("one measured sentence"),
            "quantities": {"type": "object", "description": "the numbers behind the sentence, by name"},
            "attributes": {"type": "object", "description": "particulars of the cause"},
            "evidence": {**_list("proof; never empty", _ref("evidence")), "minItems": 1},
            "counter_evidence": _list("what speaks against it", {"type": "string"}),
            "alternatives": _list("other causes that fit", _ref("alternative")),
            "consequence_of": _or_null(_count("index of the finding it follows from")),
        },
    )


def _ledger_row() -> Schema:
    return _object(
        "a span of the run with its one owner",
        {
            "start": _or_null(_number("s from capture.start")),
            "end": _or_null(_number("s from capture.start")),
            "seconds": _number("how long", minimum=0),
            "phase": _text("what was going on", enum=list(PHASES)),
            "cause": {**_or_null(_ref("cause")), "description": "null where nothing is wrong"},
            "culprit": {
                **_or_null(_ref("culprit")),
                "description": "who is to blame for the span; null: nobody, or not known",
            },
            "flow": _or_null(_count("number of the flow")),
            "note": _or_null(_text("particulars")),
        },
    )


def _tried() -> Schema:
    return _object(
        "one run again",
        {
            "command": _text("the line that does the same"),
            "status": _text("of its verdict", enum=list(STATUSES)),
            "cause": _or_null(_text("of its verdict")),
            "seconds": _or_null(_number("how long it ran")),
            "exit_code": {"type": "integer", "description": "as a shell has it"},
            "helped": {"type": "boolean", "description": "it ended well"},
        },
    )


def schema() -> Schema:
    """The whole schema, JSON Schema 2020-12."""
    document = _object(
        "What `netanalyze analyze --json` prints. Unknown is null, never absent. "
        "Times are seconds from capture.start unless they say otherwise. A table that --tables left out is null.",
        {
            "schema_version": {"const": SCHEMA_VERSION},
            "netanalyze": _text("version that made it"),
            "capture": _capture(),
            "run": _run(),
            "verdict": _verdict(),
            "findings": _list("everything the rules said", _finding()),
            "ledger": _or_null(_list("every instant has one owner; the seconds add up to the whole", _ledger_row())),
            **{name: _or_null(table(declared)) for name, declared in TABLES.items()},
            "tried": _list("runs again with a change that the verdict offers; only with live --prove-fix", _tried()),
        },
        optional=("tried",),
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "netanalyze result",
        **document,
        "$defs": _definitions(),
    }


def text() -> str:
    """The schema as it stands in netanalyze/schema.json."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(text())
    else:
        write_text(PATH, text(), force=True)
