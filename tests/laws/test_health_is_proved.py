"""Where a recording is called healthy, its tables show nothing that was owed and never came (docs/verdicts.md)."""

from pathlib import Path

import captures
from netanalyze.api import analyze
from netanalyze.units import NEVER_NS, SECOND_NS

ROOT = Path(captures.__file__).parent
RECORDED = sorted(path for path in ROOT.rglob("*.pcap*"))
UNANSWERED = ("S0", "SHR")
"""Zeek's states of a connection of which only one side was ever heard."""


def left_open(result) -> list[str]:
    """What the tables of a result show unanswered for more than a second, of what was judged."""
    end, reached = result.capture.end_ns, set()
    flows = [flow for flow in result.flows.rows() if flow["judged"] and flow["transport"] == "tcp"]
    for flow in flows:
        if flow["conn_state"] not in UNANSWERED:
            reached |= {flow["host"], flow["resp_address"]}
    found = [
        f"SYN to {flow['resp_address']}" for flow in flows
        if flow["conn_state"] == "S0" and end - flow["first_ns"] > SECOND_NS
        and not {flow["host"], flow["resp_address"]} & reached
    ]  # fmt: skip
    answered = {row["qname"] for row in result.dns.rows() if row["response_ns"] != NEVER_NS}
    return found + [
        f"lookup of {row['name']}" for row in result.dns.rows()
        if row["kind"] == "dns" and row["qname"] not in answered and end - row["query_ns"] > SECOND_NS
    ]  # fmt: skip


def test_healthy_recordings_owe_nothing():
    healthy = 0
    for path in RECORDED:
        result = analyze([path])
        if result.verdict.status == "healthy" and len(result.findings) == 0:
            healthy += 1
            assert left_open(result) == [], path
    assert healthy > len(RECORDED) / 10, "the law was tried on too few"
