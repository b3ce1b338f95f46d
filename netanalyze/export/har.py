"""HTTP Archive 1.2: requests that were read in clear or told of by the command, as browsers' network panels show them.

What was said on an encrypted connection nobody can read: such a connection is one entry of the method ``CONNECTION``, with its
lookup, connect and handshake, so that where its time went can be seen there, too.
"""

import json
from collections.abc import Iterator
from typing import Any

from netanalyze.result import Result
from netanalyze.result.timings import UNKNOWN, Timing, connection_timings, request_timings
from netanalyze.units import rfc3339

NO_SIZE = -1


def archive(result: Result) -> Iterator[tuple[str, bytes]]:
    """One file."""
    entries = [_entry(timing) for timing in (*request_timings(result), *connection_timings(result))]
    entries.sort(key=lambda entry: entry["startedDateTime"])
    creator = {"name": "netanalyze", "version": result.version}
    document = {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}
    yield "archive.har", (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _entry(timing: Timing) -> dict[str, Any]:
    phases, row, flow = _phases(timing), timing.request, timing.flow
    host = (row or {}).get("host") or (flow or {}).get("host") or (flow or {}).get("resp_address") or "unknown"
    made: dict[str, Any] = {
        "startedDateTime": rfc3339(timing.start_ns),
        "time": round(sum(ms for ms in phases.values() if ms > 0) - max(phases["ssl"], 0), 3),
        "request": {
            "method": row["method"] if row is not None else "CONNECTION",
            "url": _url(row, flow, host),
            "httpVersion": "unknown", "cookies": [], "headers": [], "queryString": [],
            "headersSize": NO_SIZE, "bodySize": NO_SIZE,
        },
        "response": {
            "status": row["status"] or 0 if row is not None else 0, "statusText": (row or {}).get("reason") or "",
            "httpVersion": "unknown", "cookies": [], "headers": [],
            "content": {"size": (row or {}).get("body_octets") or (row or {}).get("content_length") or 0, "mimeType": ""},
            "redirectURL": (row or {}).get("location") or "", "headersSize": NO_SIZE, "bodySize": NO_SIZE,
        },
        "cache": {},
        "timings": phases,
    }  # fmt: skip
    if flow is not None:
        made |= {"serverIPAddress": flow["resp_address"], "connection": str(flow["flow_id"])}
    return made


def _url(row: dict[str, Any] | None, flow: dict[str, Any] | None, host: str) -> str:
    target = (row or {}).get("target") or "/"
    if "://" in target:
        return target
    secret = flow is not None and flow["service"] in ("tls", "quic")
    name = f"[{host}]" if ":" in host and not host.startswith("[") and host.count(":") > 1 else host
    return f"{'https' if secret else 'http'}://{name}{target if target.startswith('/') else '/' + target}"


def _phases(timing: Timing) -> dict[str, float]:
    """Milliseconds of each phase; ``connect`` has the handshake's in it, as the specification wants."""
    connect = timing.connect_ns if timing.tls_ns < 0 else max(timing.connect_ns, 0) + timing.tls_ns
    return {
        "blocked": UNKNOWN, "dns": _ms(timing.lookup_ns), "connect": _ms(connect), "ssl": _ms(timing.tls_ns), "send": 0,
        "wait": _ms(timing.wait_ns), "receive": _ms(timing.transfer_ns),
    }  # fmt: skip


def _ms(ns: int) -> float:
    return round(ns / 1e6, 3) if ns >= 0 else UNKNOWN
