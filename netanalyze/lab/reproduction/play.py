"""Plays a scenario's conversations in namespaces of their own, and records what the client's interface sees."""

import contextlib
import json
import os
import subprocess
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from netanalyze.lab import journal, relay, stage
from netanalyze.lab.namespaces import TEMPORARY, Network, end
from netanalyze.lab.reproduction import talk
from netanalyze.lab.reproduction.conversation import PlayedFlow, conversations, members_of, on_loopback
from netanalyze.lab.reproduction.members import CLIENT, SERVER
from netanalyze.lab.scenario import Rules, Scenario
from netanalyze.lab.tap import SETTLE_S, tapped
from netanalyze.output_files import write_text

CLIENT_LINK, LAN_LINK = ("169.254.77.2", "fd77::2"), ("169.254.77.1", "fd77::1")
SERVER_LINK, WAN_LINK = ("169.254.78.2", "fd78::2"), ("169.254.78.1", "fd78::1")
"""Addresses of the links themselves (``members.LINKS``), which no conversation has."""


class TalkNetwork(Network):
    """A client, a router, a wire and servers that have whatever addresses the conversations are between."""

    def __init__(self, talks: list[PlayedFlow]):
        super().__init__(wire=True)
        self.talks = [one for one in talks if not on_loopback(one)]

    def _build(self) -> None:
        self._namespaces()
        for name in self.names:
            self.run(name, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0")
        self._links()
        for where, interface, (ipv4, ipv6) in (
            (self.client, "eth0", CLIENT_LINK), (self.router, "lan0", LAN_LINK),
            (self.router, "wan0", WAN_LINK), (self.servers, "eth0", SERVER_LINK),
        ):  # fmt: skip
            self.run(where, "ip", "address", "add", f"{ipv4}/30", "dev", interface)
            self.run(where, "ip", "address", "add", f"{ipv6}/64", "dev", interface, "nodad")
        for where, (ipv4, ipv6) in ((self.client, LAN_LINK), (self.servers, WAN_LINK)):
            self.run(where, "ip", "route", "add", "default", "via", ipv4)
            self.run(where, "ip", "-6", "route", "add", "default", "via", ipv6)
        self.run(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        self.run(self.router, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
        self._introduce(self.client, "eth0", self.router, "lan0", LAN_LINK)
        self._introduce(self.router, "lan0", self.client, "eth0", CLIENT_LINK)
        self._introduce(self.servers, "eth0", self.router, "wan0", WAN_LINK)
        self._introduce(self.router, "wan0", self.servers, "eth0", SERVER_LINK)
        self._give({one.client[0] for one in self.talks}, self.client, "lan0", CLIENT_LINK)
        self._give({one.server[0] for one in self.talks}, self.servers, "wan0", SERVER_LINK)

    def _give(self, wanted: set[str], where: str, interface: str, via: tuple[str, str]) -> None:
        """Give addresses to a side, and let the router know."""
        for address in sorted(wanted):
            six = ":" in address
            family, length = (["-6"], 128) if six else ([], 32)
            nodad = ["nodad"] if six else []
            self.run(where, "ip", *family, "address", "add", f"{address}/{length}", "dev", "eth0", *nodad)
            self.run(
                self.router, "ip", *family, "route", "add", f"{address}/{length}", "via", via[six], "dev", interface
            )


def rules(talk: PlayedFlow) -> tuple[str, str]:
    """What refuses a conversation: where, and the rule; '' for none."""
    if not talk.rejected:
        return "", ""
    ends = (
        f"-s {talk.client[0]} -d {talk.server[0]} -p {talk.transport} --sport {talk.client[1]} --dport {talk.server[1]}"
    )
    chain = "INPUT" if talk.by == "server" else "FORWARD"
    return talk.by, f"{chain} {ends} -j REJECT --reject-with {talk.rejected}"


def played(scenario: Scenario, capture: Path, stderr: Path, seed: int = 1) -> tuple[int | None, float]:
    """Play all conversations and record them; exit status, None if they were still going on at the time limit, and seconds.

    Raises:
        ValueError: a conversation that makes no sense.
        RuntimeError: the network could not be made as they want it.
    """
    talks = conversations(scenario.conversations)
    wire = {**(scenario.wire or {}), "seed": seed}
    wire["flows"] = [_fate(one) for one in talks if not on_loopback(one)]
    with tempfile.TemporaryDirectory(prefix=f"{TEMPORARY}{os.getpid()}-") as temporary, contextlib.ExitStack() as ends:
        network = ends.enter_context(TalkNetwork(talks))
        network.journal = Path(temporary, journal.FILE)
        for one in talks:
            where, rule = rules(one)
            if rule:
                place = network.servers if where == "server" else network.router
                stage.install(network, place, Rules(ipv6=(rule,)) if ":" in one.server[0] else Rules(ipv4=(rule,)))
        ends.enter_context(stage.resident(network, network.wire, relay, json.dumps(wire)))
        seconds = scenario.command.time_limit
        for number, (where, mine) in enumerate(
            ((network.servers, [one for one in talks if not on_loopback(one)]),
             (network.client, [one for one in talks if on_loopback(one)]))
        ):  # fmt: skip
            if mine:
                plan = _plan(Path(temporary, f"plan{number}.json"), mine, temporary, seconds)
                ends.enter_context(stage.resident(network, where, talk, SERVER, str(plan)))
        plan = _plan(Path(temporary, "plan.json"), talks, temporary, seconds)
        command = scenario.command
        with tapped(network, network.client, capture, command, seed):
            begun = time.monotonic()
            process = network.start(
                network.client,
                stage.script(talk, CLIENT, str(plan)),
                env=stage.with_this_package(),
                stderr=subprocess.DEVNULL,
            )
            process.wait(timeout=seconds + 30)
            end(process)
            network.run(
                network.router, "ip", "link", "set", "lan0", "down"
            )  # what servers say now is no part of the run
            wall = time.monotonic() - begun
            time.sleep(SETTLE_S)
        write_text(stderr, "", force=True)
    return (None if scenario.truth.status == "hung" else int(scenario.truth.status == "failed")), wall


def _plan(path: Path, talks: list[PlayedFlow], folder: str, seconds: float) -> Path:
    plan = {"conversations": [members_of(one) for one in talks], "start": str(Path(folder, "start")), "ends": seconds}
    write_text(path, json.dumps(plan))
    return path


def _fate(talk: PlayedFlow) -> dict:
    """What the wire is told of a conversation."""
    members = asdict(talk)
    names = ("transport", "client", "server", "delay", "lost_syn", "lost_synack", "lost", "late", "silent")
    return {name: members[name] for name in names}
