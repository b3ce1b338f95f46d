"""What macOS has instead of Linux's netlink and proc(5): the words of route(8), ps(1) and lsof(8).

Written from their manual pages and tested on their printed forms; it was not run on a Mac.
"""

import ipaddress
import itertools
import subprocess
import sys
from collections.abc import Iterable
from typing import NamedTuple

from netanalyze.numerals import integer, integers
from netanalyze.patterns import lazy_pattern
from netanalyze.redaction import redacted_line

HERE = sys.platform == "darwin"
PATIENCE_S = 5.0
LOOPBACK = "lo0"
TRANSPORTS = {"TCP": 6, "UDP": 17}
CAPTURED = lazy_pattern(r"(?:lo|en|utun|ipsec|ppp|bridge)[0-9]+$")
"""Interfaces that stand for ``any``, which tcpdump can only give in a format of Apple's own (PKTAP)."""


class RouteWords(NamedTuple):
    """What ``route -n get`` says: the interface and gateway, the MTU, whether the address is this machine's own."""

    interface: str
    gateway: str | None
    mtu: int | None
    local: bool


class Row(NamedTuple):
    """One process of ``ps``."""

    pid: int
    parent: int
    state: str
    argv: tuple[str, ...]


class OpenSocket(NamedTuple):
    """One socket of ``lsof``: who has it, IP protocol, near and far place (empty and 0: any), TCP's state."""

    pid: int
    transport: int
    local: str
    local_port: int
    remote: str
    remote_port: int
    state: str


def output_of(*argv: str) -> str:
    """What a program prints; empty where there is none, or it does not end."""
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE_S
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def route_words(text: str) -> RouteWords | None:
    """The answer of ``route -n get ADDRESS``; None where it names no interface."""
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(": ") for line in text.splitlines())}
    interface = facts.get("interface", "")
    if not interface:
        return None
    gateway: str | None = facts.get("gateway", "").partition("%")[0]
    try:
        ipaddress.ip_address(gateway or "")
    except ValueError:
        gateway = None  # link#4: on the link
    return RouteWords(interface, gateway, _mtu(text), "LOCAL" in facts.get("flags", "") or interface == LOOPBACK)


def _mtu(text: str) -> int | None:
    """The column ``mtu`` of the table below the facts."""
    lines = text.splitlines()
    for head, row in itertools.pairwise(lines):
        names, values = head.split(), row.split()
        if "mtu" in names and len(values) == len(names):
            return integer(values[names.index("mtu")], least=1)
    return None


def ask_route(address: str) -> RouteWords | None:
    """Where packets to an address would leave."""
    family = ["-inet6"] if ":" in address else []
    return route_words(output_of("/sbin/route", "-n", "get", *family, address))


def process_rows(text: str) -> list[Row]:
    """The rows of ``ps -axo pid=,ppid=,state=,command=``.

    >>> process_rows("  7     1 Ss   /usr/bin/go mod download")
    [Row(pid=7, parent=1, state='S', argv=('/usr/bin/go', 'mod', 'download'))]
    """
    found = []
    for line in text.splitlines():
        words = line.split(None, 3)
        numbers = integers(words[:2]) if len(words) >= 3 else None
        if numbers is not None:
            argv = redacted_line(tuple(words[3].split())) if len(words) > 3 else ()
            found.append(Row(numbers[0], numbers[1], words[2][:1], argv))
    return found


def all_processes() -> list[Row]:
    """Every process of this moment."""
    return process_rows(output_of("/bin/ps", "-axo", "pid=,ppid=,state=,command="))


def descendants(root: int, rows: Iterable[Row]) -> list[int]:
    """The processes below ``root``, parents first."""
    children: dict[int, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row.pid)
    found, at = [root], 0
    while at < len(found):
        found += [pid for pid in children.get(found[at], []) if pid not in found]
        at += 1
    return found[1:]


def open_sockets(text: str) -> list[OpenSocket]:
    """The sockets that ``lsof -nP -i -F pPnT`` lists: lines of a letter and a value, a process, then its files."""
    found: list[OpenSocket] = []
    pid, transport, name, state = 0, 0, "", ""

    def file_ends() -> None:
        near, arrow, far = name.partition("->")
        here, there = _place(near), _place(far) if arrow else ("", 0)
        if pid and transport and here is not None and there is not None:
            found.append(OpenSocket(pid, transport, *here, *there, state))

    for line in [*text.splitlines(), "p"]:
        letter, value = line[:1], line[1:]
        if letter in "pf":
            file_ends()
            transport, name, state = 0, "", ""
            if letter == "p":
                pid = integer(value) or 0
        elif letter == "P":
            transport = TRANSPORTS.get(value, 0)
        elif letter == "n":
            name = value
        elif letter == "T" and value.startswith("ST="):
            state = value[3:]
    return found


def _place(text: str) -> tuple[str, int] | None:
    """``192.0.2.1:443``, ``[2001:db8::1]:443`` or ``*:53``."""
    address, colon, port = text.rpartition(":")
    number = 0 if port == "*" else integer(port, 65_535)
    if not colon or number is None:
        return None
    address = address.strip("[]").partition("%")[0]
    if address in ("*", ""):
        return "", number
    try:
        return str(ipaddress.ip_address(address)), number
    except ValueError:
        return None


def all_sockets() -> list[OpenSocket]:
    """Every network socket that we may see: all for root, else those of this user."""
    return open_sockets(output_of("lsof", "-nP", "-i", "-F", "pfPnT"))
