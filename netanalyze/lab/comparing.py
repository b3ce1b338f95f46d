"""``python -m netanalyze.lab.comparing``: how often ``netanalyze compare`` names the place of a fault that is known.

Each run is a chain of five routers with one fault on one of them, or at the server, a real curl, and a tap at the client, at each
router and at the server, whose clocks are set wrong by up to five seconds and drift by up to 100 ppm. The place is right where it
is the span in which the fault is (a router is tapped on its side to the client: what its filter takes, it was seen at, and not at
the next); with the two ends alone, where it is between them, or at the server. A clock is right where its true offset is within
the error that is stated.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_high
from typing import Any

from netanalyze.compare.comparison import Comparison, compare
from netanalyze.folders import make_folder
from netanalyze.lab import addresses, between
from netanalyze.lab.certificates import Authority
from netanalyze.lab.chain import HOPS, Chain
from netanalyze.lab.namespaces import require_laboratory, sweep
from netanalyze.lab.scenario import ClientCommand, Command, Rules, Scenario, Truth
from netanalyze.lab.servers import serve
from netanalyze.lab.stage import REDIRECTS, install, plan, resident
from netanalyze.lab.tap import SETTLE_S, tapped
from netanalyze.output_files import write_text
from netanalyze.units import SECOND_NS

HOST = "proxy.golang.org"
URL = f"https://{HOST}/example.com/middle/@v/v1.0.0.zip"
PRINTED = "stderr.txt"
LIMIT_S = 6
OFFSET_S, DRIFT = 5.0, 100e-6
"""How wrong clocks are set at the most, and how fast they drift."""
UP, DOWN = "-p tcp --dport 443", "-p tcp --sport 443"
HELLO = f"{UP} -m string --algo bm --string {HOST}"
ONCE = "-m statistic --mode nth --every 5 --packet 0"
LATER = "-m connbytes --connbytes 60000: --connbytes-dir reply --connbytes-mode bytes"

NAT = "iptables -w -t nat -A POSTROUTING -o far -j MASQUERADE"
CLAMP = "iptables -w -t mangle -A FORWARD -p tcp --syn -j TCPMSS --set-mss 1100"


@dataclass(frozen=True)
class PathFault:
    """What is wrong: rules for a router's FORWARD chain, or what the servers do; ``elsewhere``: rules of other hops."""

    rules: tuple[str, ...] = ()
    sites: dict[str, Any] = field(default_factory=dict)
    dns: tuple[dict[str, Any], ...] = ()
    nat: bool = False
    clamp: bool = False
    relay: bool = False


FAULTS = {
    "syn": PathFault((f"{UP} --syn -j DROP",)),
    "syn-once": PathFault((f"{UP} --syn {ONCE} -j DROP",)),
    "syn-ack": PathFault((f"{DOWN} --tcp-flags SYN,ACK SYN,ACK -j DROP",)),
    "client-hello": PathFault((f"{HELLO} -j DROP",)),
    "server-hello": PathFault((f"{DOWN} -m length --length 900:65535 -j DROP",)),
    "query": PathFault(("-p udp --dport 53 -j DROP",)),
    "answer": PathFault(("-p udp --sport 53 -j DROP",)),
    "reset": PathFault((f"{HELLO} -j REJECT --reject-with tcp-reset",)),
    "body": PathFault((f"{DOWN} {LATER} -j DROP",)),
    "acknowledgments": PathFault((f"{UP} {LATER} -j DROP",)),
    "nat-client-hello": PathFault((f"{HELLO} -j DROP",), nat=True),
    "clamp-server-hello": PathFault((f"{DOWN} -m length --length 900:65535 -j DROP",), clamp=True),
    "relay-syn": PathFault((f"{UP} --syn -j DROP",), relay=True),
    "relay-body": PathFault((f"{DOWN} {LATER} -j DROP",), relay=True),
}
AT_SERVER = {
    "silent": PathFault(sites={HOST: {"tls": "silent"}}),
    "refused": PathFault(sites={HOST: {"tls": "reset"}}),
    "alert": PathFault(sites={HOST: {"tls": "alert"}}),
    "no-response": PathFault(sites={HOST: {"conducts": [{"silent": True}]}}),
    "late": PathFault(sites={HOST: {"conducts": [{"delay": 3.0}]}}),
    "stalled": PathFault(sites={HOST: {"conducts": [{"stall_after": 100_000}]}}),
    "dns-silent": PathFault(dns=({"action": "drop"},)),
    "dns-late": PathFault(dns=({"action": "delay", "seconds": 2.0},)),
    "nat-late": PathFault(sites={HOST: {"conducts": [{"delay": 3.0}]}}, nat=True),
    "relay-late": PathFault(sites={HOST: {"conducts": [{"delay": 3.0}]}}, relay=True),
}
SERVER = HOPS + 1


@dataclass(frozen=True)
class PathCase:
    """One run: a fault on a hop (``SERVER``: at the server), and the seed of the clocks."""

    fault: str
    hop: int
    seed: int = 1

    @property
    def about(self) -> PathFault:
        """What is wrong."""
        return FAULTS[self.fault] if self.fault in FAULTS else AT_SERVER[self.fault]

    def place(self, names: Sequence[str]) -> str:
        """What the place is to be called, among points of these names."""
        if self.hop == SERVER:
            return names[-1]
        return f"{names[self.hop]} > {names[self.hop + 1]}" if len(names) == SERVER + 1 else f"{names[0]} > {names[-1]}"


@dataclass(frozen=True)
class PathRight:
    """What was said of a run, with all points and with the ends alone, and how far the clocks were off."""

    case: PathCase
    all_points: str | None
    ends: str | None
    right: bool
    ends_right: bool
    clocks: tuple[tuple[float, float], ...]
    headline: str
    seconds: float


def clock_of(seed: int, number: int) -> tuple[int, float]:
    """How a point's clock is set: ns ahead, and how fast it gains; the client's is true."""
    if number == 0:
        return 0, 0.0
    chance = random.Random(f"{seed} {number}")
    return round(chance.uniform(-OFFSET_S, OFFSET_S) * SECOND_NS), chance.uniform(-DRIFT, DRIFT)


def stamped(seed: int, number: int, begun_ns: int) -> Callable[[int], int]:
    """A point's clock."""
    offset, drift = clock_of(seed, number)
    return lambda ns: ns + offset + round((ns - begun_ns) * drift)


def named(folder: Path) -> list[Path]:
    """The captures of a run, from the client's to the server's."""
    return [folder / f"{name}.pcapng" for name in ("client", *(f"r{hop}" for hop in range(1, HOPS + 1)), "server")]


def record(case: PathCase, folder: Path) -> tuple[list[Path], int]:
    """Record a run at all points; gives the captures from the client's to the server's, and when it began."""
    fault = case.about
    with tempfile.TemporaryDirectory(prefix=f"netanalyze-lab-{os.getpid()}-") as private, Chain() as chain:
        scenario = Scenario(case.fault, case.fault, Truth(None, "healthy"), sites=fault.sites, dns=fault.dns,
                            client=ClientCommand(resolvers=addresses.RESOLVERS[:1]))  # fmt: skip
        path = Path(private, "plan.json")
        write_text(path, json.dumps(plan(scenario, Authority(Path(private, "authority")))))
        chain.configure("resolv.conf", f"nameserver {addresses.RESOLVERS[0]}\noptions timeout:2 attempts:2\n")
        chain.configure("hosts", "127.0.0.1 localhost\n")
        chain.configure("nsswitch.conf", "hosts: files dns\n")
        aside = 1 if case.hop != 1 else 2
        if fault.nat:
            chain.run(chain.hop(aside), *NAT.split())
        if fault.clamp:
            chain.run(chain.hop(aside), *CLAMP.split())
        if fault.rules:
            install(chain, chain.hop(case.hop), Rules(ipv4=tuple(f"FORWARD {rule}" for rule in fault.rules)))
        places = [(chain.client, "eth0"), *((name, "near") for name in chain.routers), (chain.servers, "eth0")]
        files = named(folder)
        begun = time.time_ns()
        with contextlib.ExitStack() as ends:
            ends.enter_context(resident(chain, chain.servers, serve, str(path)))
            if fault.relay:
                ends.enter_context(resident(chain, chain.hop(aside), between, "transparent"))
                rule = REDIRECTS["transparent"].replace("lan0", "near")
                install(chain, chain.hop(aside), Rules(ipv4=(rule,)))
            for number, ((where, interface), file) in enumerate(zip(places, files)):
                stamp = stamped(case.seed, number, begun)
                ends.enter_context(tapped(chain, where, file, Command(interface=interface), stamp=stamp))
            argv = ["curl", "-sSk", "-4", "-o", "/dev/null", "-m", str(LIMIT_S), URL]
            client = chain.start(chain.client, argv, stderr=subprocess.PIPE, text=True)
            write_text(folder / PRINTED, client.communicate(timeout=60)[1], force=True)
            time.sleep(SETTLE_S)
    return files, begun


def judge(case: PathCase, files: Sequence[Path], begun: int) -> PathRight:
    """Compare, and hold what is said against the truth."""
    printed = (files[0].parent / PRINTED).read_text()
    whole = compare([str(file) for file in files], trace=printed)
    ends = compare([str(files[0]), str(files[-1])], trace=printed)
    said = [None if one.verdict.answer is None else one.verdict.answer.place.key(one.names) for one in (whole, ends)]
    clocks = tuple(clock for number in range(1, len(files)) for clock in _clock(case, whole, number, begun))
    took = whole.verdict.seconds
    return PathRight(
        case, said[0], said[1], said[0] == case.place(whole.names), said[1] == case.place(ends.names), clocks,
        str(whole.headline), took,
    )  # fmt: skip


def _clock(case: PathCase, whole: Comparison, number: int, begun: int) -> list[tuple[float, float]]:
    """How far a point's offset is from the truth, and the error that is stated, s; none where none is stated."""
    clock = whole.path.clock(number)
    if clock is None or clock.error_ns == float("inf"):
        return []
    offset, drift = clock_of(case.seed, number)
    true = offset + drift * (clock.at_ns - begun)
    return [(abs(clock.ahead_ns(clock.at_ns) - true) / SECOND_NS, clock.error_at(clock.at_ns) / SECOND_NS)]


def cases(faults: Sequence[str], hops: Sequence[int], seeds: int) -> list[PathCase]:
    """All runs; the relay and what is done to the other packets stand on another hop than the fault, nearer to the client."""
    found = []
    for seed in range(1, seeds + 1):
        for name in faults or [*FAULTS, *AT_SERVER]:
            if name in AT_SERVER:
                found.append(PathCase(name, SERVER, seed))
                continue
            found += [PathCase(name, hop, seed) for hop in hops if hop > 1 or not FAULTS[name].relay]
    return found


def board(answers: Sequence[PathRight]) -> str:
    """How many places and clocks are right, by fault, and what was wrong."""
    lines = [f"{'fault':20} place      ends alone"]
    for name in dict.fromkeys(one.case.fault for one in answers):
        mine = [one for one in answers if one.case.fault == name]
        lines.append(
            f"{name:20} {sum(one.right for one in mine)} of {len(mine)}     {sum(one.ends_right for one in mine)} of {len(mine)}"
        )
    clocks = [clock for one in answers for clock in one.clocks]
    right, ends = sum(one.right for one in answers), sum(one.ends_right for one in answers)
    lines.append(f"place right in {right} of {len(answers)}, with the two ends alone in {ends}")
    if clocks:
        within = sum(off <= error for off, error in clocks)
        lines.append(f"clocks within the stated error: {within} of {len(clocks)}; "
                     f"that error at the median: {median_high(e for _, e in clocks) * 1e6:.0f} us")  # fmt: skip
    for one in answers:
        if not (one.right and one.ends_right):
            lines.append(f"WRONG {one.case.fault} on hop {one.case.hop}: {one.all_points}, {one.ends}: {one.headline}")
    return "\n".join(lines)


def main() -> int:
    """Run the faults on the hops, and print how much is right; the status is 1 where less than 98 % of the places are."""
    parser = argparse.ArgumentParser(prog="python -m netanalyze.lab.comparing", description=__doc__)
    parser.add_argument("faults", nargs="*", help=f"faults; there are: {' '.join([*FAULTS, *AT_SERVER])}")
    parser.add_argument(
        "--hops",
        type=int,
        nargs="+",
        choices=range(1, HOPS + 1),
        default=list(range(1, HOPS + 1)),
        help="on these hops",
    )
    parser.add_argument("--seeds", type=int, default=1, help="seeds of the clocks")
    parser.add_argument("--jobs", type=int, default=3, help="runs at a time")
    parser.add_argument(
        "--keep", metavar="FOLDER", help="keep the captures there; those that are there are judged again"
    )
    options = parser.parse_args()
    if unknown := set(options.faults) - {*FAULTS, *AT_SERVER}:
        parser.error(f"there is no fault {', '.join(sorted(unknown))}")
    wanted = cases(options.faults, options.hops, options.seeds)
    if not wanted:
        parser.error("no run is left: the relay stands before the fault, so relay-* needs a hop from 2 on")
    require_laboratory()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that leaving cleans up
    sweep()

    def make(case: PathCase) -> PathRight:
        name = f"{case.fault}-{case.hop}-{case.seed}"
        with tempfile.TemporaryDirectory(prefix=f"netanalyze-lab-{os.getpid()}-") as private:
            folder = Path(options.keep, name) if options.keep else Path(private)
            make_folder(folder)
            note = folder / "begun.txt"
            if note.exists():
                files, begun = named(folder), int(note.read_text())
            else:
                files, begun = record(case, folder)
                write_text(note, str(begun))
            answer = judge(case, files, begun)
        word = "right" if answer.right and answer.ends_right else "WRONG"
        print(f"{case.fault} hop {case.hop} seed {case.seed}: {word}: {answer.headline}", file=sys.stderr, flush=True)
        return answer

    with ThreadPoolExecutor(options.jobs) as pool:
        answers = list(pool.map(make, wanted))
    print(board(answers))
    return int(sum(one.right for one in answers) < 0.98 * len(answers))


if __name__ == "__main__":
    sys.exit(main())
