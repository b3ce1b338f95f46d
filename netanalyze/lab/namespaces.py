"""A client, a router and servers in network namespaces of their own, and certain cleaning up.

    client eth0 ══ lan0 router wan0 ══ eth0 servers
                                or ══ near  wire  far ══ eth0 servers      (with a relay in user space)

Every name carries this process's id and a counter, so several laboratories stand side by side. Segmentation
and checksum offload are off on every link: frames in a capture are what a wire would carry. Nothing here has
a way out to the machine's own network.
"""

import contextlib
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from netanalyze.errors import MissingProgram, NotPermitted
from netanalyze.lab import addresses
from netanalyze.numerals import integer
from netanalyze.output_files import write_text
from netanalyze.wording import message

_numbers = itertools.count(1)
_closing = threading.Event()
PREFIX = "nalab"
TEMPORARY = "netanalyze-lab-"
"""Before the owner's process id in the name of a run's temporary folder."""
PACKAGES = {
    "ip": "iproute2",
    "ethtool": "ethtool",
    "iptables": "iptables",
    "tcpdump": "tcpdump",
    "sysctl": "procps",
    "git": "git",
}
"""Programs the laboratory runs, and the Debian packages they come in."""
OFFLOADS = ("tso", "off", "gso", "off", "gro", "off", "tx", "off", "rx", "off")
CONFIGURATION = Path("/etc/netns")  # files here are bound over /etc by ip-netns(8)


class Network:
    """The namespaces of one run; use as a context manager, leaving it removes everything and everyone inside.

    Args:
        mtu: MTU of all links, octets.
        mtu_up, mtu_down: MTU the router has towards the servers, towards the client; None is ``mtu``.
        wire: put a fourth namespace between router and servers, where a relay must carry the frames.
    """

    def __init__(self, mtu: int = 1500, mtu_up: int | None = None, mtu_down: int | None = None, wire: bool = False):
        require_laboratory()
        stem = f"{PREFIX}{os.getpid()}x{next(_numbers)}"
        self.client, self.router, self.servers, self.wire = (stem + end for end in ("c", "r", "s", "w"))
        self.names = [self.client, self.router, self.servers] + ([self.wire] if wire else [])
        self.mtu, self.mtu_up, self.mtu_down, self.has_wire = mtu, mtu_up, mtu_down, wire
        self.journal: Path | None = None  # where what runs inside writes down what it holds up

    def __enter__(self) -> "Network":
        if _closing.is_set():
            raise RuntimeError("the laboratory is closing")
        try:
            self._build()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    def run(self, where: str, *argv: str) -> str:
        """Run ``argv`` inside namespace ``where`` and give what it printed.

        Raises:
            RuntimeError: it failed; the message has the command and what it said.
        """
        return command("ip", "netns", "exec", where, *argv)

    def start(self, where: str, argv: list[str], **options: Any) -> subprocess.Popen:
        """Start ``argv`` inside namespace ``where`` in a session of its own; it ends with the network at the latest."""
        if _closing.is_set():
            raise RuntimeError("the laboratory is closing")
        return subprocess.Popen(["ip", "netns", "exec", where, *argv], start_new_session=True, **options)

    def configure(self, name: str, text: str, where: str = "") -> None:
        """Let commands in namespace ``where`` (the client's, if none is named) see ``text`` as ``/etc/<name>``."""
        folder = CONFIGURATION / (where or self.client)
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / name, text, force=True)
        (folder / name).chmod(0o644)  # as /etc has it: commands of any user read it

    def _build(self) -> None:
        self._namespaces()
        self._links()
        self._address(self.client, "eth0", addresses.CLIENT_V4, addresses.CLIENT_V6)
        self._address(self.router, "lan0", addresses.LAN_ROUTER_V4, addresses.LAN_ROUTER_V6)
        self._address(self.router, "wan0", addresses.WAN_ROUTER_V4, addresses.WAN_ROUTER_V6)
        for host in addresses.HOSTS.values():
            self._address(self.servers, "eth0", host.ipv4, host.ipv6)
        for resolver in addresses.RESOLVERS:
            self.run(self.servers, "ip", "address", "add", f"{resolver}/24", "dev", "eth0")
        self.run(self.client, "ip", "route", "add", "default", "via", addresses.LAN_ROUTER_V4)
        self.run(self.client, "ip", "-6", "route", "add", "default", "via", addresses.LAN_ROUTER_V6)
        self.run(self.servers, "ip", "route", "add", "default", "via", addresses.WAN_ROUTER_V4)
        self.run(self.servers, "ip", "-6", "route", "add", "default", "via", addresses.WAN_ROUTER_V6)
        elsewhere = "203.0.113.0/24"  # where a rule may send someone; nobody is there and nobody says so
        self.run(self.router, "ip", "route", "add", elsewhere, "via", addresses.HOSTS["proxy.golang.org"].ipv4)
        self.run(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        self.run(self.router, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
        if self.has_wire:
            self._acquaint()
        # The MTU of a route, not of the interface: a veth would silently drop what comes in larger than its own MTU.
        if self.mtu_up:
            self._narrow("198.51.100.0/24", "2001:db8:2::/64", "wan0", self.mtu_up)
        if self.mtu_down:
            self._narrow("192.0.2.0/24", "2001:db8:1::/64", "lan0", self.mtu_down)

    def _namespaces(self) -> None:
        for name in self.names:
            command("ip", "netns", "add", name)
            self.run(name, "ip", "link", "set", "lo", "up")
            self.run(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0")
            self.run(
                name,
                "sysctl",
                "-qw",
                "net.ipv6.conf.default.accept_ra=0",
                "net.ipv6.conf.default.router_solicitations=0",
            )

    def _links(self) -> None:
        self._link(self.client, "eth0", self.router, "lan0")
        if self.has_wire:
            self._link(self.router, "wan0", self.wire, "near")
            self._link(self.wire, "far", self.servers, "eth0")
        else:
            self._link(self.router, "wan0", self.servers, "eth0")

    def _link(self, left: str, left_name: str, right: str, right_name: str) -> None:
        peer = ["peer", "name", right_name, "netns", right]
        command("ip", "link", "add", "name", left_name, "netns", left, "type", "veth", *peer)
        for namespace, interface in ((left, left_name), (right, right_name)):
            self.run(namespace, "ethtool", "-K", interface, *OFFLOADS)
            self.run(namespace, "ip", "link", "set", interface, "mtu", str(self.mtu), "up")

    def _address(self, namespace: str, interface: str, ipv4: str, ipv6: str) -> None:
        self.run(namespace, "ip", "address", "add", f"{ipv4}/24", "dev", interface)
        self.run(namespace, "ip", "address", "add", f"{ipv6}/64", "dev", interface, "nodad")

    def _acquaint(self) -> None:
        """Tell router and servers each other's link addresses."""
        self._introduce(self.router, "wan0", self.servers, "eth0", self.server_addresses())
        behind = [addresses.WAN_ROUTER_V4, addresses.WAN_ROUTER_V6]
        self._introduce(self.servers, "eth0", self.router, "wan0", behind)

    def _introduce(self, here: str, interface: str, there: str, its: str, beyond: Iterable[str]) -> None:
        """Tell one end of a link the other's link address: ARP over a slow wire would lengthen the first round trip."""
        link = self.run(there, "cat", f"/sys/class/net/{its}/address").strip()
        for address in beyond:
            entry = [address, "lladdr", link, "dev", interface, "nud", "permanent"]
            self.run(here, "ip", "neighbour", "replace", *entry)

    def server_addresses(self) -> list[str]:
        """Every address of the servers' namespace."""
        hosts = addresses.HOSTS.values()
        return [*(host.ipv4 for host in hosts), *(host.ipv6 for host in hosts), *addresses.RESOLVERS]

    def _narrow(self, net4: str, net6: str, interface: str, mtu: int) -> None:
        self.run(self.router, "ip", "route", "replace", net4, "dev", interface, "mtu", str(mtu))
        self.run(self.router, "ip", "-6", "route", "replace", net6, "dev", interface, "mtu", str(mtu), "metric", "1")

    def _remove(self) -> None:
        remove(self.names)


def remove(names: list[str]) -> None:
    """End every process inside these namespaces, then remove them and their files; what is gone already is no error."""
    standing = set(standing_namespaces())
    for name in (name for name in names if name in standing):
        for _ in range(20):
            inside = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
            if not inside:
                break
            for process in inside:
                try:
                    os.kill(int(process), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)
    for name in names:
        shutil.rmtree(CONFIGURATION / name, ignore_errors=True)


def standing_namespaces() -> list[str]:
    """Names of the laboratory namespaces on this machine, of this process and of others."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    return [line.split()[0] for line in listed.splitlines() if line.startswith(PREFIX)]


def close() -> None:
    """Remove every namespace this process has made and not yet removed, and let no thread of it make another."""
    _closing.set()
    remove([name for name in standing_namespaces() if name.startswith(f"{PREFIX}{os.getpid()}x")])


def reopen() -> None:
    """Allow namespaces again after ``close``."""
    _closing.clear()


def sweep() -> list[str]:
    """Remove what laboratories left whose process is gone (killed, crashed): gives the names of their namespaces."""
    left = [name for name in standing_namespaces() if _orphaned(name.removeprefix(PREFIX).split("x")[0])]
    remove(left)
    for folder in CONFIGURATION.glob(f"{PREFIX}*") if CONFIGURATION.is_dir() else ():
        if _orphaned(folder.name.removeprefix(PREFIX).split("x")[0]):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"):
        if _orphaned(folder.name.removeprefix(TEMPORARY).split("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)
    return left


def _orphaned(owner: str) -> bool:
    """True if the process that made something is no more."""
    return integer(owner) is not None and not Path(f"/proc/{owner}").exists()


def end(process: subprocess.Popen) -> None:
    """Kill a process and its session, and collect it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def command(*argv: str) -> str:
    """Run ``argv`` and give what it printed; RuntimeError with its own words when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: exit {done.returncode}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def require_laboratory() -> None:
    """Say in one error what this machine lacks for a laboratory, before anything is touched.

    Raises:
        NotPermitted: this is not Linux, or not root, so no namespaces.
        MissingProgram: ip, ethtool, iptables, tcpdump, sysctl, git or the package h2 is not installed.
    """
    if not sys.platform.startswith("linux"):
        raise NotPermitted(
            message("make network namespaces on {system}", system=sys.platform), "a Linux machine, or a virtual one"
        )
    if os.geteuid() != 0:
        raise NotPermitted("make network namespaces", "sudo netanalyze lab …, that is to run it as root")
    for program, package in PACKAGES.items():
        if shutil.which(program) is None:
            raise MissingProgram("the laboratory", program, f"apt-get install {package}")
    if importlib.util.find_spec("h2") is None:
        raise MissingProgram("the laboratory", "the Python package h2", "pip install h2")
