"""What was asked in a run, in the order in which it began: lookups, connections, TLS handshakes, requests."""

from dataclasses import dataclass
from typing import Any

from netanalyze.result import Result
from netanalyze.units import SECOND_NS
from netanalyze.urls import authority

Row = dict[str, Any]
KINDS = ("lookup", "connection", "handshake", "request")


@dataclass(frozen=True)
class Occurrence:
    """One thing that was asked.

    Attributes:
        kind: one of KINDS.
        name: what it was about: a name and its type, a host and port, a method and URL.
        number: which of those of its kind and name it is, from 1.
        order: which of all it is, from 1.
        start: s after the run's begin.
        seconds: until it was answered; None where it was not.
        outcome: how: a response code, a status, ``answered``, ``no answer``.
        via: the address that was asked.
    """

    kind: str
    name: str
    number: int
    order: int
    start: float
    seconds: float | None
    outcome: str
    via: str

    @property
    def key(self) -> tuple[str, str, int]:
        """By which it is found in the other run."""
        return self.kind, self.name, self.number


def occurrences(result: Result) -> list[Occurrence]:
    """All of a run, in order."""
    rows = sorted([*_lookups(result), *_connections(result), *_handshakes(result), *_requests(result)],
                  key=lambda row: row["start"])  # fmt: skip
    counts: dict[tuple[str, str], int] = {}
    made = []
    for order, row in enumerate(rows, 1):
        key = row["kind"], row["name"]
        counts[key] = counts.get(key, 0) + 1
        start = (row["start"] - result.capture.start_ns) / SECOND_NS
        end = row["end"]
        took = None if end is None else (end - row["start"]) / SECOND_NS
        made.append(Occurrence(*key, counts[key], order, start, took, row["outcome"], row["via"] or ""))
    return made


def _lookups(result: Result) -> list[Row]:
    return [
        {"kind": "lookup", "name": f"{row['qname']} {row['qtype_name'] or row['qtype']}", "start": row["query_ns"],
         "end": row["response_ns"], "via": row["resolver"],
         "outcome": row["rcode_name"] or str(row["rcode"]) if row["response_ns"] is not None else "no answer"}
        for row in result.dns.rows()
        if row["kind"] == "dns" and row["query_ns"] is not None
    ]  # fmt: skip


def _connections(result: Result) -> list[Row]:
    return [
        {"kind": "connection", "name": authority(row["host"] or row["resp_address"], row["resp_port"]), "start": row["syn_ns"],
         "end": row["syn_ack_ns"], "via": row["resp_address"],
         "outcome": "answered" if row["syn_ack_ns"] is not None else "no answer"}
        for row in result.flows.rows()
        if row["transport"] == "tcp" and row["syn_ns"] is not None and row["judged"]
    ]  # fmt: skip


def _handshakes(result: Result) -> list[Row]:
    flows = {row["flow_id"]: row for row in result.flows.rows()}
    return [
        {"kind": "handshake", "name": row["sni"] or flows[row["flow_id"]]["resp_address"], "start": row["client_hello_ns"],
         "end": row["server_hello_ns"], "via": flows[row["flow_id"]]["resp_address"],
         "outcome": row["alert"] or row["version"] or "no answer"}
        for row in result.tls.rows()
        if row["client_hello_ns"] is not None and flows[row["flow_id"]]["judged"]
    ]  # fmt: skip


def _requests(result: Result) -> list[Row]:
    flows = {row["flow_id"]: row for row in result.flows.rows()}
    made = []
    for row in result.http.rows():
        if row["request_ns"] is None:
            continue
        host = row["host"] or flows[row["flow_id"]]["host"] or ""
        target = row["target"] or ""
        made.append(
            {"kind": "request", "name": f"{row['method']} {target if '://' in target else host + target}",
             "start": row["request_ns"], "end": row["response_ns"], "via": flows[row["flow_id"]]["resp_address"],
             "outcome": "no answer" if row["status"] is None else str(row["status"])}
        )  # fmt: skip
    return made
