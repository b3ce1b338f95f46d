"""Zeek's conn.log, dns.log and ssl.log: its names, types and strings, as far as the packets were read for them.

Reference: Zeek 6, base/protocols/conn, dns and ssl (their record types), and its ASCII log writer. What netanalyze does not read
(flags of DNS, curves, fingerprints of certificates) is unset, and no guess.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from netanalyze.export.community_id import community_id
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, rfc3339
from netanalyze.wire.message.tls_names import CIPHER_SUITE_NAMES

UNSET, EMPTY, BETWEEN = "-", "(empty)", ","
ENDS = (("id.orig_h", "addr"), ("id.orig_p", "port"), ("id.resp_h", "addr"), ("id.resp_p", "port"))
FIELDS = {
    "conn": (
        ("ts", "time"), ("uid", "string"), *ENDS, ("proto", "enum"), ("service", "string"), ("duration", "interval"),
        ("orig_bytes", "count"), ("resp_bytes", "count"), ("conn_state", "string"), ("history", "string"),
        ("orig_pkts", "count"), ("resp_pkts", "count"), ("community_id", "string"),
    ),
    "dns": (
        ("ts", "time"), ("uid", "string"), *ENDS, ("proto", "enum"), ("rtt", "interval"), ("query", "string"),
        ("qclass", "count"), ("qclass_name", "string"), ("qtype", "count"), ("qtype_name", "string"), ("rcode", "count"),
        ("rcode_name", "string"), ("TC", "bool"), ("answers", "vector[string]"),
    ),
    "ssl": (
        ("ts", "time"), ("uid", "string"), *ENDS, ("version", "string"), ("cipher", "string"), ("server_name", "string"),
        ("last_alert", "string"), ("next_protocol", "string"), ("established", "bool"), ("subject", "string"),
        ("issuer", "string"), ("ja3", "string"), ("ja3s", "string"), ("ja4", "string"),
    ),
}  # fmt: skip
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
INTERNET, INTERNET_NAME = 1, "C_INTERNET"
VERSIONS = {"SSL 3.0": "SSLv3", "TLS 1.0": "TLSv10", "TLS 1.1": "TLSv11", "TLS 1.2": "TLSv12", "TLS 1.3": "TLSv13"}
SERVICES = {"tls": "ssl"}
"""What Zeek calls otherwise."""


def tab_separated(result: Result) -> Iterator[tuple[str, bytes]]:
    """The logs as Zeek's ASCII writer has them."""
    for name, rows in _logs(result):
        fields = FIELDS[name]
        head = [
            "#separator \\x09", f"#set_separator\t{BETWEEN}", f"#empty_field\t{EMPTY}", f"#unset_field\t{UNSET}",
            f"#path\t{name}", f"#open\t{_day(result)}", "#fields\t" + "\t".join(field for field, _ in fields),
            "#types\t" + "\t".join(kind for _, kind in fields),
        ]  # fmt: skip
        lines = ["\t".join(_text(row.get(field), kind) for field, kind in fields) for row in rows]
        yield (
            f"{name}.log",
            "\n".join([*head, *lines, f"#close\t{_day(result)}", ""]).encode("utf-8", "backslashreplace"),
        )


def json_lines(result: Result) -> Iterator[tuple[str, bytes]]:
    """The logs as its JSON writer has them: what is unset is left out."""
    for name, rows in _logs(result):
        kinds = dict(FIELDS[name])
        lines = [
            json.dumps({field: _json(row[field], kind) for field, kind in kinds.items() if row.get(field) is not None})
            for row in rows
        ]
        yield f"{name}.log", "".join(f"{line}\n" for line in lines).encode()


def _logs(result: Result) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    flows = {row["flow_id"]: row for row in result.flows.rows()}
    ends = {number: _ends(row) for number, row in flows.items()}
    yield "conn", [_conn(row, ends[number]) for number, row in flows.items()]
    yield (
        "dns",
        [
            _dns(row, ends[row["flow_id"]])
            for row in result.dns.rows()
            if row["flow_id"] in ends and row["query_ns"] is not None and row["kind"] in (None, "dns")
        ],
    )
    yield "ssl", [_ssl(row, ends[row["flow_id"]]) for row in result.tls.rows() if row["flow_id"] in ends]


def _ends(row: dict[str, Any]) -> dict[str, Any]:
    found = {
        "id.orig_h": row["orig_address"], "id.orig_p": row["orig_port"], "id.resp_h": row["resp_address"],
        "id.resp_p": row["resp_port"],
    }  # fmt: skip
    number = int.from_bytes(hashlib.sha256(f"{row['first_ns']} {found}".encode()).digest()[:12], "big")
    uid = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        uid += DIGITS[digit]
    return {"uid": f"C{uid}", **found}


def _conn(row: dict[str, Any], ends: dict[str, Any]) -> dict[str, Any]:
    service = row["service"]
    return {
        **ends, "ts": row["first_ns"], "proto": row["transport"], "service": SERVICES.get(service, service),
        "duration": row["last_ns"] - row["first_ns"] or None, "orig_bytes": row["orig_octets"],
        "resp_bytes": row["resp_octets"], "conn_state": row["conn_state"], "history": row["history"],
        "orig_pkts": row["orig_packets"], "resp_pkts": row["resp_packets"],
        "community_id": community_id(row["transport"], *(ends[name] for name, _ in ENDS)),
    }  # fmt: skip


def _dns(row: dict[str, Any], ends: dict[str, Any]) -> dict[str, Any]:
    answered = row["response_ns"] is not None
    answers = [*row["cnames"], *row["answers"]] if answered else None
    return {
        **ends, "ts": row["query_ns"], "proto": row["transport"], "query": row["qname"], "qclass": INTERNET,
        "qclass_name": INTERNET_NAME, "qtype": row["qtype"], "qtype_name": row["qtype_name"],
        "rtt": row["response_ns"] - row["query_ns"] if answered else None, "rcode": row["rcode"] if answered else None,
        "rcode_name": row["rcode_name"] if answered else None, "TC": bool(row["truncated"]), "answers": answers or None,
    }  # fmt: skip


def _ssl(row: dict[str, Any], ends: dict[str, Any]) -> dict[str, Any]:
    version, cipher = row["version"], row["cipher_suite"]
    return {
        **ends, "ts": row["client_hello_ns"] if row["client_hello_ns"] is not None else row["server_hello_ns"],
        "version": VERSIONS.get(version, version),
        "cipher": None if cipher is None else CIPHER_SUITE_NAMES.get(cipher, f"unknown-{cipher}"),
        "server_name": row["sni"], "last_alert": row["alert"], "next_protocol": row["alpn_chosen"],
        "established": bool(row["established"]), "subject": row["certificate_subject"], "issuer": row["certificate_issuer"],
        "ja3": row["ja3"], "ja3s": row["ja3s"], "ja4": row["ja4"],
    }  # fmt: skip


def _text(value: Any, kind: str) -> str:
    """A value as the ASCII writer has it."""
    if value is None or value == NEVER_NS:
        return UNSET
    if kind in ("time", "interval"):
        return _seconds(value)
    if kind == "bool":
        return "T" if value else "F"
    if kind.startswith("vector"):
        return BETWEEN.join(_escaped(str(one)).replace(BETWEEN, "\\x2c") for one in value) or EMPTY
    text = _escaped(str(value))
    return {"": EMPTY, UNSET: "\\x2d", EMPTY: "\\x28empty)"}.get(text, text)


def _escaped(text: str) -> str:
    """What would break a line, or cannot be printed, as ``\\x``."""
    return "".join(c if c.isprintable() and c != "\\" else _hex(c) for c in text)


def _hex(character: str) -> str:
    return "".join(f"\\x{octet:02x}" for octet in character.encode("utf-8", "replace"))


def _json(value: Any, kind: str) -> Any:
    return float(_seconds(value)) if kind in ("time", "interval") else value


def _seconds(ns: int) -> str:
    whole, part = divmod(ns, 1_000_000_000)
    return f"{whole}.{part // 1000:06d}"


def _day(result: Result) -> str:
    """When the capture began, in the form of Zeek's head lines."""
    begun = rfc3339(result.capture.start_ns)
    return UNSET if begun is None else begun[:19].replace("T", "-").replace(":", "-")
