"""Records ordinary sessions of many protocols, by real servers and clients: captures in which nothing is wrong.

    python -m netanalyze.lab.ordinary captures/ordinary [NAME …]       root; what each needs stands in its session.toml

A folder is a protocol. Its ``session.toml`` has ``title``; ``packages`` of Debian and ``pip`` packages, which must be
there; ``setup`` and ``server``, shell scripts for the servers' machine, the latter of which goes on; ``ready``, the TCP
port that tells that it serves; and for each of ``sessions`` the script ``run`` for the client's machine and the status
``exit`` it must end with. Scripts find the server's name in ``$NAME``, its address in
``$SERVER``, their folder in ``$D`` and the Python that has
the pip packages in ``$PYTHON``. Each session is left as ``NAME.pcap``, the versions of the programs in ``programs.toml``.
"""

import argparse
import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import dpkt

from netanalyze.capture.write import PcapWriter
from netanalyze.lab import addresses, relay, stage
from netanalyze.lab.keep import toml
from netanalyze.lab.namespaces import TEMPORARY, Network, end, sweep
from netanalyze.lab.scenario import Command
from netanalyze.lab.servers import serve
from netanalyze.lab.tap import SETTLE_S, tapped
from netanalyze.output_files import write_octets, write_text

SERVER = addresses.HOSTS["www.example.org"].ipv4
NAME = "server.example.org"
"""What the client's resolver knows of: nothing but the server."""
READY_LIMIT_S = 60.0
SESSION_LIMIT_S = 90.0
LOG, SAID_MOST = "server.log", 2000
LOGGED = f'exec >> "$D/{LOG}" 2>&1\n'
"""Before the servers' scripts: what they print goes into a file, whose end an error quotes."""
DELAY_S = 0.01
"""One way: what a country's width is, so that ends and answers cross on their way as they do outside."""


def versions(declared: dict, python: str) -> list[str]:
    """``package version`` of all that a folder needs.

    Raises:
        RuntimeError: one of them is not installed.
    """
    found = []
    for package in declared.get("packages", []):
        asked = ["dpkg-query", "-W", "-f", "${Package} ${Version}", package]
        found.append(_output(asked, f"apt-get install {package}"))
    for package in declared.get("pip", []):
        asked = [python, "-c", f"import importlib.metadata as m; print('{package}', m.version('{package}'), end='')"]
        found.append(_output(asked, f"pip install {package}"))
    return found


def _output(argv: list[str], remedy: str) -> str:
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"not installed: {remedy}")
    return done.stdout.strip()


@contextlib.contextmanager
def serving(declared: dict, python: str) -> Iterator[tuple[Network, dict[str, str]]]:
    """A network on whose far side the declared server serves, and the environment of scripts."""
    with tempfile.TemporaryDirectory(prefix=f"{TEMPORARY}{os.getpid()}-") as temporary, contextlib.ExitStack() as ends:
        os.chmod(temporary, 0o755)  # servers that give their rights away read their settings here
        network = ends.enter_context(Network(wire=True))
        ends.enter_context(stage.resident(network, network.wire, relay, json.dumps({"delay": DELAY_S})))
        plan = Path(temporary, "plan.json")
        resolver = {"address": addresses.RESOLVERS[0], "names": {NAME: [SERVER]}, "rules": []}
        write_text(plan, json.dumps({"sites": [], "resolvers": [resolver], "proxy": None}))
        ends.enter_context(stage.resident(network, network.servers, serve, str(plan)))
        for where, caller, order in (
            (network.client, socket.gethostname(), "files dns"),
            (network.servers, "client", "files"),
        ):
            network.configure("hosts", f"127.0.0.1 localhost\n{addresses.CLIENT_V4} {caller}\n", where)
            network.configure("resolv.conf", f"nameserver {addresses.RESOLVERS[0]}\n", where)
            network.configure("nsswitch.conf", f"hosts: {order}\n", where)
        environment = {
            "PATH": f"{Path(python).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games",
            "HOME": temporary, "D": temporary, "SERVER": SERVER, "NAME": NAME, "PYTHON": python, "LC_ALL": "C.UTF-8",
            "CLIENT": addresses.CLIENT_V4,
        }  # fmt: skip
        how = {"cwd": temporary, "env": environment, "stdin": subprocess.DEVNULL}
        log = Path(temporary, LOG)
        write_text(log, "")
        if "setup" in declared:
            done = network.start(network.servers, _guarded(LOGGED + declared["setup"], "-e"), **how)
            if done.wait(READY_LIMIT_S):
                raise RuntimeError(f"setup failed: {_end(log)}")
        if "server" in declared:
            server = network.start(network.servers, _guarded(LOGGED + declared["server"]), **how)
            ends.callback(end, server)
        if "ready" in declared:
            _await(network, declared["ready"], log)
        time.sleep(declared.get("settle", 1))
        yield network, environment


def _guarded(script: str, *options: str) -> list[str]:
    """The command that runs a shell script. What it does to /dev/null, whose file some daemons replace or remove as root, is
    none of the machine's: a file that something is mounted on stays (mounts are its own, ip-netns(8))."""
    return ["sh", "-ec", 'mount --bind /dev/null /dev/null; exec sh "$@"', "sh", *options, "-c", script]


def _end(log: Path) -> str:
    return log.read_text(errors="replace")[-SAID_MOST:]


def _await(network: Network, port: int, log: Path) -> None:
    """Wait until something listens on a TCP port of the servers."""
    deadline = time.monotonic() + READY_LIMIT_S
    while f":{port} " not in network.run(network.servers, "ss", "-Hltn"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"nobody listens on port {port}: {_end(log)}")
        time.sleep(0.2)


def record(network: Network, environment: dict[str, str], session: dict, path: Path) -> str:
    """Run one session and leave its frames in ``path``; gives what it printed.

    Raises:
        RuntimeError: it did not end as it was declared to.
    """
    folder = environment["D"]
    with tempfile.TemporaryDirectory(prefix="netanalyze-ordinary-") as private:
        taken = Path(private, "taken.pcapng")
        with tapped(network, network.client, taken, Command()):
            done = network.start(
                network.client, _guarded(session["run"]), cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                printed = done.communicate(timeout=SESSION_LIMIT_S)[0].decode(errors="replace")
            finally:
                end(done)
            time.sleep(SETTLE_S)
        if done.returncode != session.get("exit", 0):
            said, wanted = _end(Path(folder, LOG)), session.get("exit", 0)
            raise RuntimeError(
                f"exit {done.returncode} in place of {wanted}: {printed[-2000:]}\nserver: {said[-2000:]}"
            )
        write_octets(path, session_frames(taken), force=True)
    return printed


def lived(network: Network, environment: dict[str, str], session: dict) -> str:
    """What ``netanalyze live`` says of a session whose command it runs itself, in a line; nothing is kept."""
    with tempfile.TemporaryDirectory(prefix="netanalyze-ordinary-") as private:
        result = Path(private, "result.json")
        argv = [sys.executable, "-P", "-m", "netanalyze", "live", "-i", "eth0", "--as-root", "--quiet", "--no-trace"]
        argv += ["-w", str(Path(private, "taken.pcapng")), "--json-to", str(result), "--", *_guarded(session["run"])]
        root = str(Path(__file__).resolve().parents[2])
        done = network.start(
            network.client, argv, cwd=environment["D"], env=environment | {"PYTHONPATH": root},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            done.wait(timeout=SESSION_LIMIT_S)
        finally:
            end(done)
        verdict = json.loads(result.read_text())["verdict"]
    return f"exit {done.returncode}: {verdict['status']}, {verdict['cause']}, {verdict['confidence']}: {verdict['summary']}"


def session_frames(capture: Path) -> bytes:
    """A classic pcap in µs of a capture, without what IPv6 says of itself on any link (RFC 4861, RFC 3810)."""
    memory = io.BytesIO()
    with capture.open("rb") as file:
        reader = dpkt.pcap.UniversalReader(file)
        writer = PcapWriter(memory, reader.datalink(), 262_144, nanoseconds=False)
        for moment, octets in reader:
            if octets[12:14] != b"\x86\xdd":
                writer.write(round(float(moment) * 1e6) * 1000, octets, len(octets))
    return memory.getvalue()


def play(folder: Path, only: str, options: argparse.Namespace) -> None:
    """Record the sessions of a protocol's folder, or the one that is named, or let them be judged live.

    Raises:
        RuntimeError: something is not installed, does not serve, or does not go as declared.
    """
    declared = tomllib.loads((folder / "session.toml").read_text())
    programs = versions(declared, options.python)
    with serving(declared, options.python) as (network, environment):
        for title, session in declared["sessions"].items():
            if only and title != only:
                continue
            path = folder / f"{title}.pcap"
            if options.live:
                told = lived(network, environment, session)
            else:
                printed = record(network, environment, session, path)
                told = f"{path.stat().st_size} octets" + (f"\n{printed}" if options.verbose else "")
            print(f"{folder.name}/{title}: {told}", flush=True)
    if not options.live:
        write_text(folder / "programs.toml", f"programs = {toml(programs)}\n", force=True)


def main() -> int:
    """Record the named protocols, or all."""
    parser = argparse.ArgumentParser(prog="python -m netanalyze.lab.ordinary", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="protocols, or PROTOCOL/SESSION; none is all")
    parser.add_argument("--python", default=sys.executable, help="that has the pip packages")
    parser.add_argument("--live", action="store_true", help="record nothing: what netanalyze live says of each session")
    parser.add_argument("-v", "--verbose", action="store_true", help="print what the clients print")
    options = parser.parse_args()
    sweep()
    wanted = options.names or sorted(path.parent.name for path in options.folder.glob("*/session.toml"))
    failed = 0
    for name in wanted:
        protocol, _, only = name.partition("/")
        try:
            play(options.folder / protocol, only, options)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
