"""git: what its configuration rewrites, whom it asks for passwords, and what a run that was killed has left in the repository."""

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from netanalyze.doctor.certificates import WHY, file_fault
from netanalyze.doctor.machine import Machine
from netanalyze.doctor.places import proxy_faults, proxy_url, shown, word
from netanalyze.doctor.remark import Remark, doubtful, ok, or_ok, wrong
from netanalyze.live.processes import proc
from netanalyze.redaction.variables import recorded_value
from netanalyze.urls import host_in
from netanalyze.wording import message

SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")
CLOSED = ("github.com.cnpmjs.org", "hub.fastgit.org", "hub.fastgit.xyz", "ghproxy.com")
"""Mirrors of GitHub whose operators have closed them."""
ASKERS = ("GIT_ASKPASS", "SSH_ASKPASS")
COMMANDS = ("GIT_SSH_COMMAND", "GIT_SSH")
LOCKS = ("index.lock", "shallow.lock", "config.lock", "HEAD.lock", "packed-refs.lock")
TRUE = ("1", "true", "yes", "on", "")


@dataclass(frozen=True)
class GitSettings:
    """git's configuration as git prints it, and what is in the repository here.

    Attributes:
        entries: (where from, name in small letters but for its middle, value), in git's order. Where from is the scope where its
            own option of git config changes that file; else the file, after ``file:``, or after ``system file:`` where it is
            the system's; or ``command``: of a variable.
        broken: what git says of a configuration it cannot read.
        helpers: where from, setting, and value of credential helpers that are not installed.
        programs: where from ('' a variable), its name or the setting's, a program that it names and that is not there.
        files: setting, path of authorities, and what is wrong with it.
        folder: the repository's .git, empty outside of one.
        left: lock files in it that no process has open.
        stranger: the repository belongs to somebody else, and git refuses it.
        prompts: GIT_TERMINAL_PROMPT lets git ask although go would not.
    """

    program: str | None
    entries: tuple[tuple[str, str, str], ...] = ()
    broken: str = ""
    helpers: tuple[tuple[str, str, str], ...] = ()
    programs: tuple[tuple[str, str, str], ...] = ()
    files: tuple[tuple[str, str, str], ...] = ()
    folder: str = ""
    left: tuple[str, ...] = ()
    stranger: str = ""
    prompts: bool = False
    listening: frozenset[int] = frozenset()
    container: bool = False

    def values(self, name: str) -> list[tuple[str, str]]:
        """Where each value of a setting is from, and the value, in git's order."""
        return [(origin, value) for origin, one, value in self.entries if one == name]


def gather(machine: Machine) -> GitSettings:
    """Ask git for its configuration, which runs nothing that is named in it."""
    if machine.program("git") is None:
        return GitSettings(None)
    told = machine.printed("git", "config", "--list", "-z", "--show-scope", "--show-origin")
    broken = told.error.strip().partition("\n")[0] if told and told.status != 0 else ""
    where = machine.printed("git", "rev-parse", "--absolute-git-dir", "--show-cdup")
    lines = where.out.splitlines() if where and where.status == 0 else []
    folder, up, *_ = [*lines, "", ""]
    top = os.path.join(machine.folder, up)
    entries = tuple(_entries(told.out, own_files(machine, folder), top)) if told and told.status == 0 else ()
    refused = "dubious ownership" in where.error if where and where.status else False
    return GitSettings(
        machine.program("git"), entries, broken,
        helpers=tuple(_missing_askers(machine, entries)),
        programs=tuple(_missing_programs(machine, entries)),
        files=tuple((name, value, fault) for _, name, value in lasts(entries) if name == "http.sslcainfo" and value
                    and (fault := file_fault(machine, machine.expanded(value)))),
        folder=folder,
        left=tuple(path for name in LOCKS if folder and os.path.isfile(path := os.path.join(folder, name)) and not _open(path)),
        stranger=machine.folder if refused else "",
        prompts=machine.value("GIT_TERMINAL_PROMPT").lower() in TRUE[:-1],
        listening=machine.listening,
        container=machine.is_container,
    )  # fmt: skip


def own_files(machine: Machine, folder: str) -> dict[str, str]:
    """The file that each scope's own option of git config changes (git-config(1), FILES).

    Args:
        folder: the repository's .git, empty outside of one.
    """
    usual = machine.below_home(".gitconfig")
    other = os.path.join(machine.value("XDG_CONFIG_HOME") or machine.below_home(".config"), "git/config")
    of_user = machine.value("GIT_CONFIG_GLOBAL") or (
        other if os.path.exists(other) and not os.path.exists(usual) else usual
    )
    found = {"global": of_user}
    if folder:
        found |= {"local": os.path.join(folder, "config"), "worktree": os.path.join(folder, "config.worktree")}
    return found


def _entries(text: str, own: dict[str, str], top: str) -> Iterator[tuple[str, str, str]]:
    """``scope NUL origin NUL name LF value NUL`` of git config --list -z: where from, name, value.

    Args:
        own: the file that each scope's own option changes; the system's is the first that is read of it, wherever git was
            built to look for it.
        top: the folder from which relative paths go, where git itself goes first: that of the work tree.
    """
    parts = text.split("\0")
    first = next((origin for scope, origin in zip(parts[::3], parts[1::3]) if scope == "system"), "")
    own = {**own, "system": first.removeprefix("file:")} if first else own
    for scope, origin, setting in zip(parts[::3], parts[1::3], parts[2::3]):
        name, _, value = setting.partition("\n")
        path = os.path.join(top, origin.removeprefix("file:"))
        included = origin.startswith("file:") and scope in own and not _is_same(path, own[scope])
        whose = "system " if scope == "system" else ""
        yield (f"{whose}file:{os.path.normpath(path)}" if included else scope), name, value


def lasts(entries: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, str]]:
    """The last entry of each name, which is the one that counts of a setting with a single value (git-config(1))."""
    return list({entry[1]: entry for entry in entries}.values())


def _is_same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def _open(path: str) -> bool:
    return any(target == path for pid in proc.all_pids() for _, target in proc.descriptors(pid))


def _missing_askers(machine: Machine, entries: tuple[tuple[str, str, str], ...]) -> Iterator[tuple[str, str, str]]:
    """Helpers by name are git-credential-NAME on the PATH or among git's own programs (gitcredentials(7))."""
    own = machine.printed("git", "--exec-path")
    folder = own.out.strip() if own else ""
    for origin, name, value in entries:
        if (name.startswith("credential.") and name.endswith(".helper")) or name == "credential.helper":
            first = program_of(value)
            if not first or first.startswith(("!", "$")):
                continue
            wanted = first if first.startswith("/") else f"git-credential-{first}"
            if machine.program(wanted) is None and not os.access(os.path.join(folder, wanted), os.X_OK):
                yield origin, name, value


def program_of(command: str) -> str:
    """The first word of a command as a shell reads it; the command itself where a shell could not.

    >>> program_of("/mnt/c/Program\\\\ Files/git-credential-manager.exe get"), program_of("cache --timeout=60")
    ('/mnt/c/Program Files/git-credential-manager.exe', 'cache')
    """
    try:
        return next(iter(shlex.split(command)), "")
    except ValueError:
        return command


def _missing_programs(machine: Machine, entries: tuple[tuple[str, str, str], ...]) -> Iterator[tuple[str, str, str]]:
    named = [("", name, machine.value(name)) for name in (*ASKERS, *COMMANDS)]
    named += [entry for entry in lasts(entries) if entry[1] in ("core.askpass", "core.sshcommand")]
    for origin, name, value in named:
        program = value if name in (*ASKERS, "GIT_SSH", "core.askpass") else program_of(value)
        if (
            program
            and "=" not in program
            and '"' not in program
            and machine.program(os.path.expanduser(machine.expanded(program))) is None
        ):
            yield origin, name, program


def rewritten(entries: tuple[tuple[str, str, str], ...]) -> Iterator[tuple[str, str, str, str]]:
    """(where from, setting, what is written in place, of what) of each url.BASE.insteadOf."""
    for origin, name, value in entries:
        if name.startswith("url.") and name.endswith(".insteadof"):
            yield origin, name, name[len("url.") : -len(".insteadof")], value


def remotes(entries: tuple[tuple[str, str, str], ...]) -> list[str]:
    """URLs of the repository's remotes, as git rewrites them."""
    found = []
    for url in (value for _, name, value in entries if name.startswith("remote.") and name.endswith(".url")):
        fits = [(old, new) for _, _, new, old in rewritten(entries) if url.startswith(old)]
        longest = max(fits, key=lambda pair: len(pair[0]), default=("", ""))
        found.append(longest[1] + url[len(longest[0]) :])
    return found


def hosts(facts: GitSettings) -> list[str]:
    """The hosts of the repository's remotes that are asked over HTTP."""
    named = [host_in(url) for url in remotes(facts.entries) if url.startswith(("http://", "https://"))]
    return [host for host in named if host]


def _unset(origin: str, name: str, value: str = "") -> str:
    """The command that takes a setting away where it stands; what a variable says is unset with it."""
    if origin == "command":
        return "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"
    pattern = f" {word('^' + _escaped(value) + '$')}" if value else ""
    scope, is_file, path = origin.partition("file:")
    sudo = "sudo " if scope.startswith("system") else ""
    where = f"--file {word(path)}" if is_file else f"--{scope}"
    return f"{sudo}git config {where} --unset-all {word(name)}{pattern}"


def _unset_last(facts: GitSettings, name: str) -> str:
    """The command that takes away the value that counts; it is named where others stand beside it, which stay."""
    found = facts.values(name)
    origin, value = found[-1]
    alone = sum(where == origin for where, _ in found) == 1
    return _unset(origin, name, "" if alone else value)


def _escaped(value: str) -> str:
    """A value as a POSIX extended regular expression that matches it alone."""
    return "".join(f"\\{c}" if c in ".[]{}()*+?^$|\\" else c for c in value)


def judge(facts: GitSettings) -> Iterator[Remark]:
    """All that is to be said of git."""
    if facts.program is None:
        yield wrong("git/not-installed", "git", message("there is no git on the PATH"), "sudo apt-get install git")
        return
    if facts.broken:
        yield wrong(
            "git/config-broken",
            "configuration",
            message("git cannot read it: {error}", error=shown(facts.broken)),
            _repair(facts.broken),
        )
        return
    yield from or_ok([*_proxy(facts), *_checks(facts)], "git/http", "http.*", message("nothing that hinders"))
    yield from or_ok(_rewritten(facts), "git/instead-of", "insteadOf", message("nothing is asked elsewhere"))
    yield from or_ok(_askers(facts), "git/askers", "passwords", message("what git would ask is installed"))
    yield from or_ok(_repository(facts), "git/repository", "repository", facts.folder or message("none here"))


def _repair(error: str) -> str:
    """Opens the file that git names: ``bad config line 3 in file /x/.gitconfig``; nobody else knows what was meant there."""
    _, _, place = error.partition(" in file ")
    line = error.partition(" line ")[2].partition(" ")[0]
    return (
        f"sed -i '{line}s/^/#/' {word(place.strip())}"
        if place and line.isascii() and line.isalnum()
        else "git config --global --edit"
    )


def _proxy(facts: GitSettings) -> Iterator[Remark]:
    for _, name, value in lasts(facts.entries):
        if name.startswith("http.") and name.endswith(".proxy") and value:
            for fault in proxy_faults(value, facts.listening, SCHEMES, facts.container):
                yield wrong(f"git/proxy-{fault.id}", name, fault.why, _unset_last(facts, name))
            if proxy_url(value) is None:
                return


def _checks(facts: GitSettings) -> Iterator[Remark]:
    for _, name, value in lasts(facts.entries):
        if name.startswith("http.") and name.endswith(".sslverify") and value.lower() not in TRUE:
            yield doubtful("git/unchecked", name, message("certificates are not checked"), _unset_last(facts, name))
    for name, path, fault in facts.files:
        yield wrong(
            f"git/authorities-{fault}",
            name,
            message(WHY[fault].template, path=path),
            _unset_last(facts, name),
        )


def _rewritten(facts: GitSettings) -> Iterator[Remark]:
    for origin, name, new, old in rewritten(facts.entries):
        drop = _unset(origin, name, old)
        host = host_in(new.partition("@")[2].replace(":", "/") if "://" not in new else new) or new
        if host in CLOSED:
            yield wrong(
                "git/closed-mirror",
                "insteadOf",
                message("{old} is asked at {host}, which its operator has closed", old=shown(old), host=host),
                drop,
            )
        elif new.startswith(("git://",)):
            yield wrong(
                "git/plain-protocol",
                "insteadOf",
                message("{old} is asked in clear by git://, which the large forges have closed", old=shown(old)),
                drop,
            )
        elif host_in(old) and host != host_in(old):
            yield doubtful(
                "git/other-host",
                "insteadOf",
                message(
                    "{old} is asked at {host}, which sees what is fetched, and answers for it",
                    old=shown(old),
                    host=host,
                ),
                drop,
            )
        elif old.startswith("https://") and "://" not in new.replace("ssh://", ""):
            yield ok("git/by-ssh", "insteadOf", message("{old} goes by ssh", old=shown(old)))


def _askers(facts: GitSettings) -> Iterator[Remark]:
    for origin, name, value in facts.helpers:
        yield wrong(
            "git/helper-missing",
            name,
            message(
                "git-credential-{helper} is not installed: each password is asked anew, or nobody answers",
                helper=shown(value.split(" ")[0]),
            ),
            _unset(origin, name, value),
        )
    for origin, name, program in facts.programs:
        mend = _unset_last(facts, name) if origin else f"unset {name}"
        judged = doubtful if name in (*ASKERS, "core.askpass") else wrong  # git asks on the terminal then
        yield judged(
            "git/program-missing",
            name,
            message("{program} is not there, or may not be run", program=recorded_value("GIT_SSH_COMMAND", program)),
            mend,
        )
    if facts.prompts:
        yield doubtful(
            "git/prompts",
            "GIT_TERMINAL_PROMPT",
            message("git stops and asks for a name where go would let it fail"),
            "export GIT_TERMINAL_PROMPT=0",
        )


def _repository(facts: GitSettings) -> Iterator[Remark]:
    if facts.stranger:
        yield wrong(
            "git/stranger",
            "repository",
            message("{path} belongs to somebody else, and git refuses it", path=facts.stranger),
            f"git config --global --add safe.directory {word(facts.stranger)}",
        )
    for path in facts.left:
        yield wrong(
            "git/lock-left",
            os.path.basename(path),
            message("it was left by a git that is gone, and every other git stops at it"),
            f"rm -f {word(path)}",
        )
