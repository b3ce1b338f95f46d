"""Which rule of this machine's firewall dropped a probe, as nft itself tells it (nft(8), "monitor trace"); when asked for.

A table of our own marks what goes to one address and port, and what comes from there, and does nothing else with it. It has the
flag ``owner`` (Linux 5.12): the kernel removes it with the process that made it, an ``nft -i`` that ends when our end of its pipe
closes. So it goes however this program ends, killed or not.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

from netanalyze.numerals import hexadecimal, integer

TABLE = "netanalyze_trace_{}"
"""The process that made it is in its name."""
BEFORE_ALL = -450
"""A priority before all that netfilter itself has (linux/netfilter_ipv4.h: -400 is the first)."""
DEFINITION = (
    "table inet {table} {{ flags owner; "
    "chain out {{ type filter hook output priority {priority}; "
    "{family} daddr {address} meta l4proto {{ tcp, udp }} th dport {port} meta nftrace set 1; }}; "
    "chain before {{ type filter hook prerouting priority {priority}; "
    "{family} saddr {address} meta l4proto {{ tcp, udp }} th sport {port} meta nftrace set 1; }}; }}"
)
"""One line, as ``nft -i`` reads it."""
OWNER = ("nft", "-i")
MONITOR = ("sh", "-c", "nft -a monitor trace & read end; kill $!")
"""What is started: each ends when our end of its pipe closes."""
READY_S, TRAILING_S, ENDS_S = 1.0, 0.3, 1.0
"""Until table and monitor stand; until what was traced last is printed; until what we started ends by itself."""
TRACED_MOST = 4 * 1024 * 1024
"""Octets of what the monitor prints that are read."""
NETFILTER, TRACES = "12", 1 << 8
"""/proc/net/netlink: NETLINK_NETFILTER, and the group NFNLGRP_NFTRACE of linux/netfilter/nfnetlink.h."""
_RULE = re.compile(
    r"^trace id [0-9a-f]+ (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) rule (?P<rule>.*?)(?: # handle (?P<handle>\d+))? "
    r"\(verdict drop\)\s*$"
)
_POLICY = re.compile(r"^trace id [0-9a-f]+ (?P<family>\w+) (?P<table>\S+) (?P<chain>\S+) policy drop\s*$")


class DroppingRule(NamedTuple):
    """A rule that dropped what was traced, as nft prints it; ``handle`` is None, and ``rule`` '', for a chain's policy."""

    family: str
    table: str
    chain: str
    handle: int | None
    rule: str

    @property
    def place(self) -> str:
        """Where it stands, as it would be named to nft."""
        what = "chain" if self.handle is None else "rule"
        place = f"nft {what} {self.family} {self.table} {self.chain}"
        return place if self.handle is None else f"{place} handle {self.handle}"

    @property
    def whole(self) -> str:
        """Where it stands, and what it says."""
        return f"{self.place}: {self.rule or 'policy drop'}"


def dropping_rules(text: str) -> frozenset[DroppingRule]:
    """Of what ``nft -a monitor trace`` prints.

    >>> text = "trace id b00 inet own out rule tcp dport 443 drop # handle 2 (verdict drop)"
    >>> [one.whole for one in dropping_rules(text)]
    ['nft rule inet own out handle 2: tcp dport 443 drop']
    >>> [one.whole for one in dropping_rules("trace id b00 ip filter INPUT policy drop ")]
    ['nft chain ip filter INPUT: policy drop']
    """
    found = set()
    for line in text.splitlines():
        if match := _RULE.match(line):
            handle = integer(match["handle"] or "")
            found.add(DroppingRule(match["family"], match["table"], match["chain"], handle, match["rule"]))
        elif match := _POLICY.match(line):
            found.add(DroppingRule(match["family"], match["table"], match["chain"], None, ""))
    return frozenset(found)


class RuleTrace:
    """What nft says of packets to and from an address and port; closed after use. ``works`` is False where it says nothing."""

    def __init__(self, address: str, port: int):
        self.works = False
        self._table = TABLE.format(os.getpid())
        self._started: list[subprocess.Popen[bytes]] = []
        self._printed: IO[bytes] | None = None
        if os.geteuid() != 0 or shutil.which("nft") is None:
            return
        try:
            self._begin(address, port)
        except (OSError, subprocess.SubprocessError):
            self.close()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "RuleTrace":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, address: str, port: int) -> None:
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115
        before = _listeners()
        self._start(MONITOR, self._printed)
        pipe = self._start(OWNER, subprocess.DEVNULL)
        family = "ip6" if ":" in address else "ip"
        text = DEFINITION.format(table=self._table, priority=BEFORE_ALL, family=family, address=address, port=port)
        pipe.write(text.encode() + b"\n")
        pipe.flush()
        until = time.monotonic() + READY_S
        while not self.works and time.monotonic() < until:
            time.sleep(0.02)
            self.works = bool(_listeners() - before) and self._stands()

    def _start(self, argv: tuple[str, ...], output: IO[bytes] | int) -> IO[bytes]:
        """Start a program in a session of its own, for Ctrl-C is for us, who end it; gives our end of its pipe."""
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.DEVNULL, start_new_session=True,
            env=os.environ | {"LC_ALL": "C"},
        )  # fmt: skip
        self._started.append(process)
        assert process.stdin is not None
        return process.stdin

    def _stands(self) -> bool:
        listed = subprocess.run(
            ["nft", "list", "table", "inet", self._table], capture_output=True, timeout=READY_S, check=False
        )
        return b"flags owner" in listed.stdout

    def during(self, act: Callable[[], object]) -> frozenset[DroppingRule]:
        """Do something, and give the rules that dropped what it sent, or its answers."""
        if not self.works or self._printed is None:
            act()
            return frozenset()
        start = os.fstat(self._printed.fileno()).st_size
        act()
        time.sleep(TRAILING_S)
        return dropping_rules(os.pread(self._printed.fileno(), TRACED_MOST, start).decode("utf-8", "replace"))

    def close(self) -> None:
        """Leave nothing behind: the table goes with the process that owns it."""
        for process in self._started:
            with contextlib.suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]
        for process in self._started:
            try:
                process.wait(ENDS_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._started = []
        self.works = False
        if self._printed is not None:
            self._printed.close()
            self._printed = None


def _listeners() -> frozenset[str]:
    """Sockets that hear of traces, by their ports: sk Eth Pid Groups … of /proc/net/netlink."""
    rows = [line.split() for line in Path("/proc/net/netlink").read_text().splitlines()[1:]]
    return frozenset(
        row[2] for row in rows if len(row) > 3 and row[1] == NETFILTER and (hexadecimal(row[3]) or 0) & TRACES
    )
