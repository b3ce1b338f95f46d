"""The settings of each client, gathered when they are first asked for, and once: programs are run for some of them."""

from dataclasses import dataclass
from functools import cached_property

from netanalyze.doctor import cargo, docker, git, go_settings, npm, pip
from netanalyze.doctor.machine import Machine


@dataclass(frozen=True)
class Gathered:
    """What the clients of a machine have in their settings."""

    machine: Machine

    @cached_property
    def go(self) -> go_settings.GoSettings:
        """go's."""
        return go_settings.gather(self.machine)

    @cached_property
    def git(self) -> git.GitSettings:
        """git's."""
        return git.gather(self.machine)

    @cached_property
    def pip(self) -> pip.PipSettings:
        """pip's."""
        return pip.gather(self.machine)

    @cached_property
    def npm(self) -> npm.NpmSettings:
        """npm's."""
        return npm.gather(self.machine)

    @cached_property
    def cargo(self) -> cargo.CargoSettings:
        """cargo's."""
        return cargo.gather(self.machine)

    @cached_property
    def docker(self) -> docker.DockerSettings:
        """docker's."""
        return docker.gather(self.machine)
