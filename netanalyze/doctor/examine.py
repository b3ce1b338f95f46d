"""The whole visit: what the clients' settings and this machine's have for and against a run, in one list of lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from netanalyze.doctor import (
    CLIENTS,
    cargo,
    certificates,
    docker,
    git,
    go_caches,
    go_private,
    go_settings,
    netrc,
    npm,
    pip,
    proxies,
    resolver,
    routes,
    ssh,
)
from netanalyze.doctor.gathered import Gathered
from netanalyze.doctor.machine import Machine
from netanalyze.doctor.remark import Level, Remark, wrong
from netanalyze.redaction import redacted
from netanalyze.wording import Message, Text, message

PROGRAMS = {"pip": ("pip", "pip3")}
"""Under which names a client may be installed, where there are several."""


BY_HAND = {
    "git": "git config --global --edit", "pip": '"${EDITOR:-vi}" ~/.config/pip/pip.conf', "npm": '"${EDITOR:-vi}" ~/.npmrc',
    "cargo": '"${EDITOR:-vi}" ~/.cargo/config.toml', "docker": f'sudo "${{EDITOR:-vi}}" {routes.DAEMON_FILE}',
}  # fmt: skip
"""What stands in place of a command that would show a secret: the user's editor."""


@dataclass(frozen=True)
class Examination:
    """What was found: the lines in the order of their subjects, and the settings of which they tell."""

    clients: tuple[str, ...]
    lines: tuple[Remark, ...]
    gathered: Gathered | None = field(default=None, repr=False, compare=False)

    def count(self, level: Level) -> int:
        """How many lines are as bad as that."""
        return sum(line.level is level for line in self.lines)

    @property
    def level(self) -> Level:
        """The worst of them."""
        return next((level for level in (Level.WRONG, Level.DOUBTFUL) if self.count(level)), Level.OK)


def installed(machine: Machine) -> tuple[str, ...]:
    """The clients that are on the PATH."""
    return tuple(one for one in CLIENTS if any(machine.program(name) for name in PROGRAMS.get(one, (one,))))


def examine(machine: Machine, clients: Sequence[str] = ()) -> Examination:
    """Gather and judge; nothing is sent and nothing is changed.

    Args:
        clients: of ``CLIENTS``; without any, those that are installed.
    """
    chosen = tuple(clients) or installed(machine)
    gathered = Gathered(machine)
    lines = [_without_secrets(line) for line in _lines(gathered, chosen)]
    return Examination(chosen, tuple(dict.fromkeys(lines)), gathered)


def _lines(gathered: Gathered, clients: tuple[str, ...]) -> Iterator[Remark]:
    machine = gathered.machine
    hosts: dict[str, str] = {}
    found: list[Remark] = []
    if machine.gone:
        why = "the folder that this is run in is not there any more, and go, git and npm refuse to run in it"
        yield wrong("folder/gone", "folder", message(why), "cd")
    if "go" in clients:
        settings = gathered.go
        hosts |= dict.fromkeys(go_settings.hosts(settings), "go") if settings.program else {}
        found += go_settings.judge(settings)
        found += go_private.judge(settings) if settings.program else ()
        found += go_caches.judge(go_caches.gather(machine, settings)) if settings.program else ()
    if {"go", "git", "cargo"} & {*clients}:
        own = gathered.git
        hosts |= dict.fromkeys(git.hosts(own), "git")
        if own.program is not None or "git" in clients:
            found += git.judge(own)
        found += ssh.judge(ssh.gather(machine, git.remotes(own.entries)))
        found += netrc.judge(netrc.gather(machine))
    for name, client in (("pip", pip), ("npm", npm), ("cargo", cargo), ("docker", docker)):
        if name in clients:
            facts = getattr(gathered, name)
            hosts |= dict.fromkeys(client.hosts(facts), name) if facts.program else {}
            found += client.judge(facts)
    yield from found
    yield from proxies.judge(proxies.gather(machine, hosts))
    yield from resolver.judge(resolver.gather(machine, hosts))
    yield from routes.judge(routes.gather(machine))
    yield from certificates.judge(certificates.gather(machine))


def _without_secrets(line: Remark) -> Remark:
    """A line in which nothing is left that looks like a secret, whoever made it."""
    why: Text = line.why
    if isinstance(why, Message):
        why = replace(why, words={name: _clean(value) for name, value in why.words.items()})
    else:
        why = redacted(why)
    mend = line.mend
    if redacted(mend) != mend:  # with a secret left out it would do something else
        mend = BY_HAND.get(line.subject, f"unset {line.about}")
    return replace(line, about=redacted(line.about), why=why, mend=mend)


def _clean(value: object) -> object:
    return redacted(value, one_word=True) if isinstance(value, str) else value
