"""Why this machine's kernel threw packets away while something was sent: the reason and the function of skb:kfree_skb.

The tracepoint tells a reason since Linux 5.17. It is read from an instance of tracefs of our own (ftrace.rst, "Instances"),
which is gone afterwards; whoever may not read tracefs has nothing to say. A reason counts where the packet went in a thread of
ours, or in the kernel's own time for what comes in, and is one by which a machine decides (include/net/dropreason-core.h).
"""

import contextlib
import os
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from netanalyze.live.sockets.detached import detached

KINDS = {
    "firewall": ("NETFILTER_DROP", "NETFILTER_INGRESS"),
    "reverse-path": ("IP_RPFILTER",),
    "bpf": ("BPF_CGROUP_EGRESS", "SOCKET_FILTER", "XDP"),
    "traffic-control": ("TC_EGRESS", "TC_INGRESS", "TC_CLS_BPF"),
    "queue": ("QDISC_DROP", "QDISC_OVERLIMIT", "QDISC_CONGESTED", "FULL_RING", "CPU_BACKLOG"),
    "ipsec": ("XFRM_POLICY",),
    "route": ("IP_OUTNOROUTES", "IP_INNOROUTES", "IP_INADDRERRORS"),
    "checksum": ("IP_CSUM", "TCP_CSUM", "UDP_CSUM", "ICMP_CSUM"),
    "size": ("PKT_TOO_BIG",),
    "neighbour": ("NEIGH_FAILED", "NEIGH_QUEUEFULL", "NEIGH_CREATEFAIL"),
}
"""By what of this machine decides so, the kernel's names of its reasons."""
_KIND = {name: kind for kind, names in KINDS.items() for name in names}
_LINE = re.compile(r"-(?P<task>\d+)\s+\[\d+\].*?\bkfree_skb: .*?location=(?P<where>[\w.]+)\S* reason: (?P<reason>\w+)")
KERNELS_OWN = ("<idle>", "ksoftirqd/")
"""Tasks in whose time the kernel takes what comes in, where nothing else runs."""
FORWARDING = ("ip_forward", "ip6_forward")
"""Functions for what goes through a machine: nothing of what it sends or takes comes there, but in a namespace beside it."""
SEEN_TWICE = 2
"""Of what comes in a drop counts that happened so often: an answer that is dropped is sent again, a stray packet is not."""
LONGEST_QUIET_S = 2.0
READ_MOST = 4 * 1024 * 1024
"""Octets of a trace that are read."""


class Drop(NamedTuple):
    """A reason as the kernel names it, and the function that gave it."""

    reason: str
    function: str

    @property
    def kind(self) -> str:
        """Which part of this machine decides so: a key of KINDS."""
        return _KIND[self.reason]


class _Instance:
    """An instance of tracefs in which nothing but the tracepoint is enabled.

    Raises:
        OSError: it may not be made, or this kernel has no such tracepoint.
    """

    def __init__(self) -> None:
        self._descriptor = -1
        root = _mounted()
        if root is None:
            self._descriptor = detached(b"tracefs")
            root = Path(f"/proc/self/fd/{self._descriptor}")
        self._folder = root / "instances" / f"netanalyze-{os.getpid()}"
        try:
            self._folder.mkdir()
        except OSError:
            self._give_back()
            raise
        try:
            self._enable("1")
        except OSError:
            self.close()
            raise

    def _enable(self, value: str) -> None:
        (self._folder / "events/skb/kfree_skb/enable").write_text(value)

    def text(self) -> str:
        """What was traced so far, and is forgotten now."""
        with (self._folder / "trace").open("rb") as trace:
            octets = trace.read(READ_MOST)
        (self._folder / "trace").write_text("")
        return octets.decode("ascii", "replace")

    def close(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(OSError):
            self._enable("0")
        with contextlib.suppress(OSError):
            self._folder.rmdir()
        self._give_back()

    def _give_back(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _mounted() -> Path | None:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, *_ = line.split()
        if kind == "tracefs":
            return Path(place)
    return None


def drops_of(text: str, tasks: frozenset[int]) -> Counter[Drop]:
    """The drops of a trace that one of some tasks suffered, or the kernel in its own time, and by which a machine decides.

    >>> line = "curl-71 [001] ..s1. 3.7: kfree_skb: skbaddr=0 rx_sk=0 protocol=2048 location=nf_hook_slow+0xa2/0xc0 reason: "
    >>> drops_of(line + "NETFILTER_DROP", frozenset({71}))
    Counter({Drop(reason='NETFILTER_DROP', function='nf_hook_slow'): 1})
    >>> drops_of(line + "OTHERHOST", frozenset({71})), drops_of(line + "NETFILTER_DROP", frozenset({72}))
    (Counter(), Counter())
    """
    own: Counter[Drop] = Counter()
    incoming: Counter[Drop] = Counter()
    for line in text.splitlines():
        match = _LINE.search(line)
        if match is None or match["reason"] not in _KIND or match["where"] in FORWARDING:
            continue
        if int(match["task"]) in tasks:
            own[Drop(match["reason"], match["where"])] += 1
        elif line.lstrip().startswith(KERNELS_OWN):
            incoming[Drop(match["reason"], match["where"])] += 1
    return own + Counter({drop: count for drop, count in incoming.items() if count >= SEEN_TWICE})


class DropWatch:
    """What the kernel drops while something is sent; closed after use. ``works`` is False where it cannot be told."""

    def __init__(self) -> None:
        self._instance: _Instance | None = None
        with contextlib.suppress(OSError, ValueError):
            self._instance = _Instance()
        self.works = self._instance is not None

    def during(self, act: Callable[[], object]) -> Counter[Drop]:
        """Do something, and give the drops meanwhile."""
        if self._instance is None:
            act()
            return Counter()
        with contextlib.suppress(OSError):
            self._instance.text()
        act()
        try:
            return drops_of(self._instance.text(), _own_tasks())
        except OSError:
            return Counter()

    def close(self) -> None:
        """Leave nothing behind."""
        if self._instance is not None:
            self._instance.close()


def _own_tasks() -> frozenset[int]:
    """Our threads, as the kernel counts them."""
    try:
        return frozenset(map(int, os.listdir("/proc/self/task")))
    except (OSError, ValueError):
        return frozenset({os.getpid()})


def quietly_for(seconds: float) -> None:
    """Wait as long as something took: what is dropped meanwhile is dropped anyway."""
    time.sleep(min(seconds, LONGEST_QUIET_S))
