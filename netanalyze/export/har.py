"""HTTP Archive 1.2: requests that were read in clear or told of by the command, as browsers' network panels show them.

What was said on an encrypted connection nobody can read: such a connection is one entry of the method ``CONNECTION``, with its
lookup, connect and handshake, so that where its time went can be seen there, too.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from netanalyze.result import Result
from netanalyze.units import NEVER_NS, rfc3339

NO_SIZE = -1
UNKNOWN_MS = -1
Lookups = Mapping[str, Sequence[tuple[int, int]]]
"""By address when the lookups that gave it were answered, and asked, in that order."""


def archive(result: Result) -> Iterator[tuple[str, bytes]]:
    """One file."""
    flows, lookups = {row["flow_id"]: row for row in result.flows.rows()}, _lookups(result)
    hellos = {row["flow_id"]: row for row in reversed(list(result.tls.rows()))}
    entries: list[dict[str, Any]] = []
    spoken: set[int] = set()
    for row in result.http.rows():
        flow = flows.get(row["flow_id"])
        if row["request_ns"] is None:
            continue
        first = row["flow_id"] not in spoken
        spoken.add(row["flow_id"])
        entries.append(_entry(lookups, row, flow, hellos.get(row["flow_id"]) if first else None, first))
    for number, flow in flows.items():
        if number in hellos and number not in spoken:
            entries.append(_entry(lookups, None, flow, hellos[number], True))
    entries.sort(key=lambda entry: entry["startedDateTime"])
    creator = {"name": "netanalyze", "version": result.version}
    document = {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}
    yield "archive.har", (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _entry(
    lookups: Lookups, row: dict[str, Any] | None, flow: dict[str, Any] | None, hello: dict[str, Any] | None, first: bool
) -> dict[str, Any]:
    timings = _timings(lookups, row, flow, hello, first)
    host = (row or {}).get("host") or (flow or {}).get("host") or (flow or {}).get("resp_address") or "unknown"
    begun = flow["first_ns"] if flow is not None and first else row["request_ns"] if row is not None else NEVER_NS
    made: dict[str, Any] = {
        "startedDateTime": rfc3339(begun),
        "time": round(sum(ms for ms in timings.values() if ms > 0) - max(timings["ssl"], 0), 3),
        "request": {
            "method": row["method"] if row is not None else "CONNECTION",
            "url": _url(row, flow, host),
            "httpVersion": "unknown", "cookies": [], "headers": [], "queryString": [],
            "headersSize": NO_SIZE, "bodySize": NO_SIZE,
        },
        "response": {
            "status": row["status"] or 0 if row is not None else 0, "statusText": (row or {}).get("reason") or "",
            "httpVersion": "unknown", "cookies": [], "headers": [],
            "content": {"size": (row or {}).get("content_length") or 0, "mimeType": ""},
            "redirectURL": (row or {}).get("location") or "", "headersSize": NO_SIZE, "bodySize": NO_SIZE,
        },
        "cache": {},
        "timings": timings,
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


def _timings(
    lookups: Lookups, row: dict[str, Any] | None, flow: dict[str, Any] | None, hello: dict[str, Any] | None, first: bool
) -> dict[str, float]:
    """Milliseconds of each phase; ``connect`` has the handshake's in it, as the specification wants."""
    found: dict[str, float] = {"blocked": UNKNOWN_MS, "dns": UNKNOWN_MS, "connect": UNKNOWN_MS, "ssl": UNKNOWN_MS}
    ready = None
    if flow is not None and first:
        opened = flow["established_ns"] if flow["established_ns"] is not None else flow["syn_ack_ns"]
        if opened is not None and flow["syn_ns"] is not None:
            found["connect"], ready = _ms(flow["syn_ns"], opened), opened
        if hello is not None and None not in (hello["client_hello_ns"], hello["server_hello_ns"]):
            found["ssl"], ready = _ms(hello["client_hello_ns"], hello["server_hello_ns"]), hello["server_hello_ns"]
            found["connect"] = round(max(found["connect"], 0.0) + found["ssl"], 3)
        given = lookups.get(flow["resp_address"], ())
        if at := bisect_right(
            given, flow["first_ns"], key=lambda one: one[0]
        ):  # the last that was answered before it began
            found["dns"] = _ms(*reversed(given[at - 1]))
    end = flow["last_ns"] if flow is not None else row["request_ns"] if row is not None else NEVER_NS
    if row is None:
        return found | {"send": 0, "wait": 0, "receive": _ms(ready, end) if ready is not None else 0}
    answered = row["response_ns"]
    return found | {"send": 0, "wait": _ms(row["request_ns"], answered if answered is not None else end), "receive": 0}


def _lookups(result: Result) -> Lookups:
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in result.dns.rows():
        if row["response_ns"] is not None and row["query_ns"] is not None:
            for address in row["answers"] or ():
                found[address].append((row["response_ns"], row["query_ns"]))
    return {address: sorted(moments) for address, moments in found.items()}


def _ms(start: int, end: int) -> float:
    return round(max(end - start, 0) / 1e6, 3)
