"""``python -m netanalyze.lab.settling``: how often ``netanalyze settle`` names the bit and the hop of a filter that is known.

Each run is a chain of five routers with one filter on one of them, or none, and a seed, which is the loss of the path. The bit is
right where it is the filter's name; the hop where the last one that answers is the filter's own, which says that the TTL ran out
before its filter sees the packet.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netanalyze.lab import addresses
from netanalyze.lab.certificates import Authority
from netanalyze.lab.chain import HOPS, Chain
from netanalyze.lab.namespaces import require_laboratory, sweep
from netanalyze.lab.scenario import ClientCommand, Scenario, Truth
from netanalyze.lab.servers import serve
from netanalyze.lab.stage import plan, resident
from netanalyze.output_files import write_text

HOST = "proxy.golang.org"
SERVER = addresses.HOSTS[HOST].ipv4
RESOLVER = addresses.RESOLVERS[0]
LOSS = (0.0, 0.01, 0.02, 0.03, 0.05)
"""Of the path, in both directions, by the seed."""
TO_TLS = "-p tcp --dport 443"
PAYLOAD = "0>>22&0x3C@12>>26&0x3C@"
"""u32: past the headers of IP and TCP."""
OPENSSL_SUITES = "|130213031301c02cc030009fcca9cca8ccaac02bc02f009e|"
FILTERS: dict[str, tuple[str, ...]] = {
    "sni": (f"{TO_TLS} -m string --algo bm --string {HOST} -j DROP",),
    "full-segment": (f"{TO_TLS} -m length --length 1400:65535 -j DROP",),
    "second-segment": (f"{TO_TLS} -m u32 --u32 {PAYLOAD}0>>24=0x00:0x15,0x17:0xff -j DROP",),
    "ml-kem": (f"{TO_TLS} -m string --algo bm --hex-string |11ec04c0| -j DROP",),
    "ml-dsa": (f"{TO_TLS} -m string --algo bm --hex-string |090409050906| -j DROP",),
    "cipher-suites": (f"{TO_TLS} -m string --algo bm --hex-string |c02bc02fc02cc030cca9cca8c009c013| -j DROP",),
    "long-record": (f"{TO_TLS} -m u32 --u32 {PAYLOAD}0>>24=0x16&&{PAYLOAD}1&0xFFFF=0x258:0xFFFF -j DROP",),
    "port": (f"{TO_TLS} -j DROP",),
    "address": (f"-d {SERVER} -j DROP",),
    "resolver": (f"-d {RESOLVER} -j DROP",),
    "fingerprint": (
        f"{TO_TLS} -m string --algo bm --hex-string |c02bc02fc02cc030cca9cca8c009c013| -m string --algo bm --hex-string "
        "|11ec11eb11ed001d001700180019| -m string --algo bm --hex-string |026832| -j DROP",
    ),
    "fingerprint-curl": (
        f"{TO_TLS} -m string --algo bm --hex-string {OPENSSL_SUITES} -m string --algo bm --hex-string |00310000| -m string "
        "--algo bm --hex-string |026832| -j DROP",
    ),
    "fingerprint-openssl": (
        f"{TO_TLS} -m string --algo bm --hex-string {OPENSSL_SUITES} -m string --algo bm --hex-string |00230000| -m string "
        "--algo bm ! --hex-string |026832| -j DROP",
    ),
    "replies": ("-p tcp --sport 443 -m length --length 1400:65535 -j DROP",),
    "edns": (f"-d {RESOLVER} -p udp --dport 53 -m u32 --u32 0>>22&0x3C@16&0xFFFF=0x1 -j DROP",),
    "dns-udp": (f"-d {RESOLVER} -p udp --dport 53 -j DROP",),
    "sni-reset": (f"{TO_TLS} -m string --algo bm --string {HOST} -j REJECT --reject-with tcp-reset",),
    "port-reject": (f"{TO_TLS} -j REJECT --reject-with icmp-admin-prohibited",),
    "penalty": (
        f"{TO_TLS} -m recent --rcheck --seconds 120 --name seen -j DROP",
        f"{TO_TLS} -m string --algo bm --string {HOST} -m recent --set --name seen -j DROP",
    ),
    "none": (),
}
"""Rules of iptables(8) in the chain FORWARD of one router, or OUTPUT of the client (hop 0)."""
UNCOUNTED = {
    "port-uncounted": (
        "add table inet own",
        "add chain inet own out { type filter hook output priority 0 ; }",
        "add rule inet own out tcp dport 443 drop",
    )
}
"""Rules of nft(8) of the client alone, which have no counter."""
SAME = {"sni-reset": "sni", "port-reject": "port", "port-uncounted": "port", "penalty": None,
        "fingerprint-curl": "fingerprint", "fingerprint-openssl": "fingerprint"}  # fmt: skip
"""What is right where the filter's name is no bit; one that blocks whoever tripped it cannot be told bit by bit."""
WHOSE = {"fingerprint": "go", "fingerprint-curl": "curl", "fingerprint-openssl": "openssl"}
"""Whose hello dies, where the filter minds just that."""
TEN = (
    "sni",
    "full-segment",
    "second-segment",
    "ml-kem",
    "ml-dsa",
    "cipher-suites",
    "long-record",
    "port",
    "address",
    "resolver",
)


@dataclass(frozen=True)
class FilterRun:
    """One run: a filter, the hop it is on (0: the client's own machine), and a seed."""

    filter: str
    hop: int
    seed: int


@dataclass(frozen=True)
class FilterAnswer:
    """What was settled in one run, and whether it is right; ``hop`` is None where none was to be named."""

    case: FilterRun
    bit: str | None
    after: int | None
    seconds: float
    document: dict[str, Any]

    @property
    def sent(self) -> int:
        """Rows of the table: what was sent."""
        return len(self.document["settled"]["table"])

    @property
    def sentences(self) -> list[str]:
        """What is settled, as it is told."""
        return list(self.document["settled"]["sentences"])

    @property
    def bit_right(self) -> bool:
        """Whether the bit is the filter's, and of a fingerprint, whose it is."""
        dies = self.document["settled"]["dies"] or {}
        whose = WHOSE.get(self.case.filter)
        same = self.bit == SAME.get(self.case.filter, self.case.filter)
        return same and whose in (None, dies.get("likeness"))

    @property
    def hop_right(self) -> bool:
        """Whether the last hop that answers is the filter's."""
        return self.case.filter in ("none", "replies", "penalty") or self.after == self.case.hop


def run(case: FilterRun, words: Sequence[str] = (HOST,)) -> FilterAnswer:
    """Make the chain, put the filter in, settle, and take everything away.

    Args:
        words: what is to be settled, behind ``netanalyze settle --json``.
    """
    with tempfile.TemporaryDirectory(prefix=f"netanalyze-lab-{os.getpid()}-") as folder, Chain() as chain:
        two = (SERVER, addresses.HOSTS["goproxy.cn"].ipv4)
        scenario = Scenario(
            case.filter, case.filter, Truth(None, "healthy"), sites={HOST: {"plain": True}},
            client=ClientCommand(resolvers=addresses.RESOLVERS, addresses={HOST: two}),
        )  # fmt: skip
        path = Path(folder, "plan.json")
        write_text(path, json.dumps(plan(scenario, Authority(Path(folder, "authority")))))
        chain.configure("resolv.conf", "".join(f"nameserver {one}\n" for one in addresses.RESOLVERS))
        chain.configure("hosts", "127.0.0.1 localhost\n")
        chain.configure("nsswitch.conf", "hosts: files dns\n")
        if loss := LOSS[(case.seed - 1) % len(LOSS)]:
            for end in (chain.client, chain.servers):
                chain.run(end, *f"iptables -w -A INPUT -m statistic --mode random --probability {loss} -j DROP".split())
        for line in UNCOUNTED.get(case.filter, ()):
            chain.run(chain.client, "nft", *line.split())
        for rule in FILTERS.get(case.filter, ()):
            where, hook = (chain.hop(case.hop), "FORWARD") if case.hop else (chain.client, "OUTPUT")
            chain.run(where, *f"iptables -w -A {hook} {rule}".split())
        with resident(chain, chain.servers, serve, str(path)):
            return _answer(case, chain, words, folder)


def _answer(case: FilterRun, chain: Chain, words: Sequence[str], folder: str) -> FilterAnswer:
    root = str(Path(__file__).resolve().parents[2])
    begun = time.monotonic()
    process = chain.start(
        chain.client, [sys.executable, "-P", "-m", "netanalyze", "settle", "--json", *words], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=folder, env=os.environ | {"PYTHONPATH": root, "XDG_STATE_HOME": folder},
    )  # fmt: skip
    out, complaint = process.communicate(timeout=150)
    if process.returncode not in (0, 1, 3):
        raise RuntimeError(f"settle ended with {process.returncode}: {complaint}")
    document: dict[str, Any] = json.loads(out)
    settled = document["settled"]
    place = settled["place"] or {}
    after = place.get("after")
    if after is None and place.get("said_by"):
        from netanalyze.lab.chain import toward_client

        after = next((n for n in range(1, HOPS + 1) if toward_client(n) == place["said_by"]), None)
    return FilterAnswer(case, settled["bit"], after, time.monotonic() - begun, document)


def board(answers: Sequence[FilterAnswer]) -> str:
    """How many bits and hops are right, by filter, and what was wrong."""
    lines = [f"{'filter':16} bit      hop      s, longest  sent, most"]
    for name in dict.fromkeys(one.case.filter for one in answers):
        mine = [one for one in answers if one.case.filter == name]
        bits, hops = sum(one.bit_right for one in mine), sum(one.hop_right for one in mine)
        longest, most = max(one.seconds for one in mine), max(one.sent for one in mine)
        hop = f"{hops:2} of {len(mine):2}" if name != "none" else "  -     "
        lines.append(f"{name:16} {bits:2} of {len(mine):2} {hop} {longest:8.1f} {most:10}")
    faults = [one for one in answers if one.case.filter != "none"]
    clean = [one for one in answers if one.case.filter == "none"]
    bits, hops = sum(one.bit_right for one in faults), sum(one.hop_right for one in faults)
    lines += [
        f"bit named {bits} of {len(faults)}, hop named {hops} of {len(faults)}",
        f"clean path: no filter named in {sum(one.bit_right for one in clean)} of {len(clean)}",
    ]
    for one in answers:
        if not (one.bit_right and one.hop_right):
            place = f"{one.case.filter} on hop {one.case.hop}, seed {one.case.seed}"
            lines.append(f"WRONG {place}: {one.bit}, hop {one.after}: {' '.join(one.sentences)}")
    return "\n".join(lines)


def main() -> int:
    """Run the matrix, or a part of it, and print how much of it is right; the status is 1 where anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m netanalyze.lab.settling", description=__doc__)
    parser.add_argument(
        "filters", nargs="*", help=f"filters; none is ten and a clean path; there are: {' '.join(FILTERS)}"
    )
    parser.add_argument("--hops", type=int, nargs="*", default=list(range(1, HOPS + 1)), help="on these hops")
    parser.add_argument("--seeds", type=int, default=1, help="seeds of each")
    parser.add_argument("--sample", type=int, help="so many of all these, by chance")
    parser.add_argument("--chance", type=int, default=1, help="the seed of that")
    parser.add_argument("--jobs", type=int, default=3, help="runs at a time")
    options = parser.parse_args()
    require_laboratory()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that leaving cleans up
    sweep()
    names = options.filters or [*TEN, "none"]
    seeds = range(1, options.seeds + 1)
    cases = [FilterRun(name, hop, seed) for name in names for hop in options.hops for seed in seeds]
    if options.sample is not None and options.sample < len(cases):
        cases = random.Random(options.chance).sample(cases, options.sample)

    def make(case: FilterRun) -> FilterAnswer:
        answer = run(case)
        word = "right" if answer.bit_right and answer.hop_right else "WRONG"
        print(
            f"{answer.seconds:6.1f} s  {case.filter} hop {case.hop} seed {case.seed}: {word}",
            file=sys.stderr,
            flush=True,
        )
        return answer

    with ThreadPoolExecutor(options.jobs) as pool:
        answers = list(pool.map(make, cases))
    print(board(answers))
    return int(not all(one.bit_right and one.hop_right for one in answers))


if __name__ == "__main__":
    sys.exit(main())
