"""Which rule of this machine's own firewall drops a probe: the one whose counter moves with it, where it may be read.

``iptables-save -c`` and ``nft list ruleset`` need root; without it, or without these programs, there is nothing to say. A rule
of nft counts only where it has a counter. Rules are read before and after the probe that dies, and after a control: what moves
with both is not it.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping

from netanalyze.numerals import integer

SAVES = {4: "iptables-save", 6: "ip6tables-save"}
TARGETS = ("DROP", "REJECT")
SEEN_TWICE = tuple(
    f"nft rule {family} {table} "
    for family in ("ip", "ip6")
    for table in ("filter", "mangle", "nat", "raw", "security")
)
"""Rules of the tables that iptables-nft(8) keeps its own in."""
READ_S = 3.0

Counters = Mapping[str, int]
"""Packets by rule, as the rule is written."""


def read_counters(ipv6: bool) -> dict[str, int]:
    """The packets that each rule which drops or rejects has counted; empty where that cannot be read."""
    if os.geteuid() != 0:
        return {}
    return saved_counters(_printed(SAVES[6 if ipv6 else 4], "-c")) | ruleset_counters(
        _printed("nft", "-j", "list", "ruleset")
    )


def _printed(*argv: str) -> str:
    """What a program prints; nothing where it is missing or fails."""
    if shutil.which(argv[0]) is None:
        return ""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=READ_S).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def saved_counters(text: str) -> dict[str, int]:
    """Of what ``iptables-save -c`` prints.

    >>> saved_counters("*filter\\n[3:180] -A OUTPUT -p tcp -m tcp --dport 443 -j DROP\\n[9:900] -A INPUT -j ACCEPT\\n")
    {'iptables -A OUTPUT -p tcp -m tcp --dport 443 -j DROP': 3}
    """
    counters: dict[str, int] = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = "" if line == "*filter" else f"-t {line[1:]} "
        if not line.startswith("[") or not any(f"-j {target}" in line for target in TARGETS):
            continue
        count, _, rule = line[1:].partition("] ")
        counters[f"iptables {table}{rule}"] = integer(count.partition(":")[0]) or 0
    return counters


def ruleset_counters(text: str) -> dict[str, int]:
    """Of what ``nft -j list ruleset`` prints; rules that iptables made are left to iptables."""
    try:
        rows = json.loads(text)["nftables"] if text else []
    except (ValueError, KeyError, TypeError):
        return {}
    counters: dict[str, int] = {}
    for row in rows:
        rule = row.get("rule") if isinstance(row, dict) else None
        if not isinstance(rule, dict):
            continue
        parts = [part for part in rule.get("expr", ()) if isinstance(part, dict)]
        counted = next((part["counter"] for part in parts if isinstance(part.get("counter"), dict)), None)
        if (
            counted is None
            or not any("drop" in part or "reject" in part for part in parts)
            or any("xt" in part for part in parts)
        ):
            continue
        place = f"nft rule {rule.get('family')} {rule.get('table')} {rule.get('chain')} handle {rule.get('handle')}"
        counters[place] = integer(str(counted.get("packets"))) or 0
    return counters


def moved(before: Counters, after: Counters) -> set[str]:
    """The rules that counted more."""
    return {rule for rule, count in after.items() if count > before.get(rule, 0)}


def rules_that_drop(ipv6: bool, dies: Callable[[], object], lives: Callable[[], object] | None) -> tuple[str, ...]:
    """The rules whose counters move with the probe that dies and not with its control."""
    before = read_counters(ipv6)
    if not before:
        return ()
    dies()
    between = read_counters(ipv6)
    with_it = moved(before, between)
    if with_it and lives is not None:
        lives()
        with_it -= moved(between, read_counters(ipv6))
    if any(rule.startswith("iptables") for rule in with_it):  # nft lists what iptables made as well
        with_it = {rule for rule in with_it if not rule.startswith(SEEN_TWICE)}
    return tuple(sorted(with_it))
