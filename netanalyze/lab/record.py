"""Runs a scenario: builds its network, arms tcpdump on the client, lets the real command go, keeps what came of it.

A recording is ``NAME.pcap``, ``NAME.stderr.txt`` (what the command printed), ``NAME.stamped.txt`` (the same, each line
after its time in epoch seconds) and an entry in ``labels.json`` with the true cause, the exit status (null: killed at the
time limit, which is what "hung" looks like) and the wall time in seconds.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from netanalyze.lab import addresses
from netanalyze.lab.certificates import Authority
from netanalyze.lab.machine import machine
from netanalyze.lab.namespaces import Network, remove_own
from netanalyze.lab.scenario import Command, Rules, Scenario, load

SETTLE_S = 1.2  # libpcap hands frames over up to a second late
ARMED_LIMIT_S = 10.0
FILTERS = (("iptables", "ipv4"), ("ip6tables", "ipv6"))


@dataclass(frozen=True)
class Recording:
    """One run as it was kept; ``exit_code`` is None if the command was killed at its time limit."""

    scenario: Scenario
    capture: Path
    stderr: Path
    exit_code: int | None
    wall_s: float

    def label(self) -> dict:
        """The entry in ``labels.json``."""
        truth = self.scenario.truth
        return {
            "cause": truth.cause,
            "role": truth.role,
            "host": truth.host and addresses.filled(truth.host),
            "status": truth.status,
            "note": self.scenario.title + (f"; {self.scenario.note}" if self.scenario.note else ""),
            "also_accept": list(truth.also_accept),
            **({"beside": list(truth.beside)} if truth.beside else {}),
            "exit_code": self.exit_code,
            "wall_s": round(self.wall_s, 3),
            "packets_only_accept": list(truth.packets_only_accept),
        }


def run(name: str | Scenario, folder: str | Path) -> Recording:
    """Record one scenario into ``folder``; the network is gone when this returns or raises."""
    scenario = load(name) if isinstance(name, str) else name
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="netanalyze-lab-") as temporary:
        return _run(scenario, folder, Path(temporary))


def run_all(names: list[str], jobs: int, folder: str | Path) -> list[Recording]:
    """Record several scenarios, ``jobs`` at a time, and write ``labels.json`` after each; failures are raised last."""
    recordings, failures, lock = [], [], threading.Lock()

    def one(name: str) -> None:
        try:
            recording = run(name, folder)
        except Exception as error:
            failures.append(RuntimeError(f"{name}: {error}"))
            return
        with lock:
            recordings.append(recording)
            write_labels([recording], folder)

    with ThreadPoolExecutor(jobs) as pool:
        try:
            list(pool.map(one, names))
        except BaseException:  # broken off: end the runs under way instead of waiting for them
            pool.shutdown(wait=False, cancel_futures=True)
            remove_own()
            raise
    if failures:
        raise ExceptionGroup("scenarios that could not be recorded", failures)
    return recordings


def write_labels(recordings: list[Recording], folder: str | Path) -> None:
    """Add ``recordings`` to the ``labels.json`` of ``folder``, replacing entries of the same name."""
    path = Path(folder) / "labels.json"
    labels = json.loads(path.read_text()) if path.exists() else {}
    labels |= {recording.scenario.name: recording.label() for recording in recordings}
    path.write_text(json.dumps(dict(sorted(labels.items())), indent=1) + "\n")


def _run(scenario: Scenario, folder: Path, temporary: Path) -> Recording:
    capture, stderr = folder / f"{scenario.name}.pcap", folder / f"{scenario.name}.stderr.txt"
    authority = Authority(temporary / "certificates")
    links = scenario.network
    network = Network(links.mtu, links.mtu_up, links.mtu_down, wire=scenario.wire is not None)
    with network, contextlib.ExitStack() as ends:
        _configure(network, scenario)
        if scenario.wire is not None:
            ends.enter_context(_helper(network, network.wire, "relay", json.dumps(scenario.wire)))
        plan = temporary / "plan.json"
        plan.write_text(json.dumps(_plan(scenario, authority)))
        ends.enter_context(_helper(network, network.servers, "serve", str(plan)))
        environment = ends.enter_context(machine(scenario, temporary, authority))
        if scenario.command.warm:
            _warm(network, scenario, environment, temporary / "project")
        _install(network, network.router, scenario.router)
        if not links.icmp:
            network.run(network.router, "iptables", "-w", "-A", "OUTPUT", "-p", "icmp", "-j", "DROP")
            too_big = ["-p", "icmpv6", "--icmpv6-type", "packet-too-big"]
            network.run(network.router, "ip6tables", "-w", "-A", "OUTPUT", *too_big, "-j", "DROP")
        if scenario.command.noise:
            ends.enter_context(_helper(network, network.client, "noise", scenario.command.noise))
        with _capturing(network, capture, scenario.command):
            code, wall = _command(network, scenario, environment, temporary / "project", stderr)
            time.sleep(SETTLE_S)
    if scenario.command.lose:
        _thin(capture, scenario.command.lose)
    return Recording(scenario, capture, stderr, code, wall)


def _configure(network: Network, scenario: Scenario) -> None:
    """The client's resolv.conf, hosts, routes and firewall."""
    client = scenario.client
    lines = [f"nameserver {addresses.filled(resolver)}" for resolver in client.resolvers]
    lines += [f"search {client.search}"] if client.search else []
    lines += [f"options {client.options}"] if client.options else []
    network.configure("resolv.conf", "\n".join(lines) + "\n")
    network.configure("hosts", "127.0.0.1 localhost\n::1 localhost\n" + addresses.filled(client.hosts) + "\n")
    network.configure("nsswitch.conf", "hosts: files dns\n")
    if not client.route:
        network.run(network.client, "ip", "route", "delete", "default")
        network.run(network.client, "ip", "-6", "route", "delete", "default")
    for setting in client.sysctls:
        network.run(network.client, "sysctl", "-qw", setting)
    for rule in client.egress:
        network.run(network.client, "iptables", "-w", "-A", *addresses.filled(rule).split())


def _install(network: Network, where: str, rules: Rules, undo: bool = False) -> None:
    """Add the rules in namespace ``where``, or take them away again; bytes are counted for connbytes."""
    network.run(where, "sysctl", "-qw", "net.netfilter.nf_conntrack_acct=1")
    for program, family in FILTERS:
        for rule in getattr(rules, family):
            table, _, rest = rule.partition(" ") if rule.startswith("-t") else ("", "", rule)
            words = addresses.filled(rest).split()
            if table:
                words = [words[0], "-D" if undo else "-A", *words[1:]]
                words = ["-t", *words]
            else:
                words = ["-D" if undo else "-A", *words]
            network.run(where, program, "-w", *words)


def _plan(scenario: Scenario, authority: Authority) -> dict:
    """What the server process is to do, as JSON can carry it."""
    sites, names = [], {}
    for host in addresses.HOSTS.values():
        here = [host.ipv4, host.ipv6]
        names[host.name] = list(scenario.client.addresses.get(host.name, here if scenario.client.ipv6 else [host.ipv4]))
        names[host.name] = [addresses.filled(address) for address in names[host.name]]
        if host.serves == "connect":
            continue
        members = dict(scenario.sites.get(host.name, {}))
        if host.serves == "git":
            members = {"protocols": ["http/1.1"], "folder": str(authority.folder / "git")} | members
        chain = authority.chain(host.name, members.pop("certificate", "good"))
        sites.append({"name": host.name, "serves": host.serves, "chain": str(chain), "addresses": here} | members)
    resolvers = []
    for number, address in enumerate(addresses.RESOLVERS, 1):
        rules = [dict(rule) for rule in scenario.dns if rule.get("resolver", 1) == number]
        for rule in rules:
            rule.pop("resolver", None)
        resolvers.append({"address": address, "names": names, "rules": rules})
    proxy = None
    if scenario.proxy is not None:
        host = addresses.HOSTS["gateway.corp.test"]
        proxy = {"addresses": [host.ipv4, host.ipv6], "port": addresses.CONNECT_PORT, **scenario.proxy}
    return {"sites": sites, "resolvers": resolvers, "proxy": proxy}


@contextlib.contextmanager
def _helper(network: Network, where: str, module: str, argument: str) -> Iterator[None]:
    """A laboratory process inside a namespace, ready to serve; ended on leaving."""
    root = str(Path(__file__).resolve().parents[2])
    argv = [sys.executable, "-m", f"netanalyze.lab.{module}", argument]
    process = network.start(where, argv, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": root})
    try:
        if process.stdout is None or process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the laboratory's {module} did not start (exit {process.wait(timeout=5)})")
        yield
    finally:
        _end(process)


@contextlib.contextmanager
def _capturing(network: Network, capture: Path, command: Command) -> Iterator[None]:
    """tcpdump on the client's interface, armed before the body runs, ended after it."""
    argv = ["tcpdump", "-n", "-U", "-Z", "root", "-B", "65536", "-s", str(command.snaplen), "-i", command.interface]
    argv += ["-w", str(capture), *command.filter.split()]
    process = network.start(network.client, argv, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + ARMED_LIMIT_S
        while "listening on" not in (line := process.stderr.readline() if process.stderr else ""):
            if not line or time.monotonic() > deadline:
                raise RuntimeError(f"tcpdump did not start: {line.strip()}")
        yield
    finally:
        os.kill(process.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        _end(process)


def _thin(capture: Path, fraction: float) -> None:
    """Take a random ``fraction`` of the frames out of a classic pcap, as a capture that could not keep up does."""
    octets, chance = capture.read_bytes(), random.Random(1)
    kept, at = [octets[:24]], 24
    while at < len(octets):
        end = at + 16 + int.from_bytes(octets[at + 8 : at + 12], "little")
        if chance.random() >= fraction:
            kept.append(octets[at:end])
        at = end
    capture.write_bytes(b"".join(kept))


def _end(process: subprocess.Popen) -> None:
    """Kill a process and its session, and collect it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _warm(network: Network, scenario: Scenario, environment: dict[str, str], project: Path) -> None:
    """Run the command once, unrecorded."""
    done = network.start(
        network.client, list(scenario.command.argv), cwd=project, env=environment, stderr=subprocess.DEVNULL
    )
    if done.wait(timeout=60):
        raise RuntimeError("the unrecorded first run failed")


def _command(
    network: Network, scenario: Scenario, environment: dict[str, str], project: Path, stderr: Path
) -> tuple[int | None, float]:
    """Run the command to its end or its time limit; exit status (None if it was killed) and wall time in seconds."""
    begun = time.monotonic()
    argv = list(scenario.command.argv)
    if scenario.command.disk:  # mounted where only the command can see it: ip-netns(8) gives it mounts of its own
        small = 'mount -t tmpfs -o "size=$0" none "$GOPATH" && exec "$@"'
        argv = ["sh", "-c", small, str(scenario.command.disk), *argv]
    process = network.start(
        network.client, argv, cwd=project, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    stop, failures = threading.Event(), []
    acts = [(at, partial(_signal, process.pid, name)) for at, name in scenario.command.signals]
    if timed := scenario.timed:
        acts.append((timed.after, partial(_install, network, network.router, timed)))
        if timed.until:
            acts.append((timed.until, partial(_install, network, network.router, timed, undo=True)))

    def act(at: float, what: partial[None]) -> None:
        try:
            if not stop.wait(at):
                what()
        except RuntimeError as error:
            failures.append(error)

    threads = [threading.Thread(target=_lines, args=(process.stderr, stderr))]
    threads += [threading.Thread(target=act, args=pair) for pair in acts]
    for thread in threads:
        thread.start()
    try:
        code: int | None = process.wait(timeout=scenario.command.time_limit)
    except subprocess.TimeoutExpired:
        code = None
    wall = time.monotonic() - begun
    stop.set()
    _end(process)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return code, wall


def _signal(session: int, name: str) -> None:
    """Send a signal (``STOP``, ``CONT``, …) to a whole session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(session, getattr(signal, f"SIG{name}"))


def _lines(source, plain: Path) -> None:
    """Copy what the command prints to two files, with and without the time of each line."""
    stamped = plain.with_name(plain.name.replace(".stderr.txt", ".stamped.txt"))
    with plain.open("wb") as bare, stamped.open("wb") as timed:
        for line in source:
            now = time.time()
            bare.write(line)
            timed.write(f"{now:.6f} ".encode() + line)
