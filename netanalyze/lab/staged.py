"""A scenario's stage, ready for its command: the network up, its servers serving, the faults in place."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netanalyze.lab import noise, relay, stage
from netanalyze.lab.certificates import Authority
from netanalyze.lab.journal import FILE
from netanalyze.lab.machine import machine
from netanalyze.lab.namespaces import TEMPORARY, Network
from netanalyze.lab.perform import warm
from netanalyze.lab.scenario import Scenario
from netanalyze.lab.servers import serve
from netanalyze.output_files import write_text


@dataclass(frozen=True)
class Staged:
    """Where the command is to run: in ``network.client``, in the folder ``project``, with this environment only.

    ``folder`` holds all that the client's machine has on disk.
    """

    scenario: Scenario
    network: Network
    environment: dict[str, str]
    folder: Path

    @property
    def project(self) -> Path:
        """The Go module the command works in."""
        return self.folder / "project"


@contextlib.contextmanager
def staged(scenario: Scenario) -> Iterator[Staged]:
    """Set everything up; all of it is gone on leaving."""
    links = scenario.network
    with tempfile.TemporaryDirectory(prefix=f"{TEMPORARY}{os.getpid()}-") as temporary, contextlib.ExitStack() as ends:
        folder = Path(temporary)
        authority = Authority(folder / "certificates")
        network = ends.enter_context(Network(links.mtu, links.mtu_up, links.mtu_down, wire=scenario.wire is not None))
        network.journal = folder / FILE
        stage.configure(network, scenario)
        if links.congestion:
            network.run(network.servers, "sysctl", "-q", "-w", f"net.ipv4.tcp_congestion_control={links.congestion}")
        if scenario.wire is not None:
            ends.enter_context(stage.resident(network, network.wire, relay, json.dumps(scenario.wire)))
        plan = folder / "plan.json"
        write_text(plan, json.dumps(stage.plan(scenario, authority)))
        ends.enter_context(stage.resident(network, network.servers, serve, str(plan)))
        ends.enter_context(stage.standing_between(network, scenario.between))
        environment = ends.enter_context(machine(scenario, folder, authority))
        if scenario.command.warm:
            warm(network, scenario, environment, folder / "project")
        stage.install(network, network.router, scenario.router)
        if not links.icmp:
            network.run(network.router, "iptables", "-w", "-A", "OUTPUT", "-p", "icmp", "-j", "DROP")
            too_big = ["-p", "icmpv6", "--icmpv6-type", "packet-too-big"]
            network.run(network.router, "ip6tables", "-w", "-A", "OUTPUT", *too_big, "-j", "DROP")
        if scenario.command.noise:
            ends.enter_context(stage.resident(network, network.client, noise, scenario.command.noise))
        yield Staged(scenario, network, environment, folder)
