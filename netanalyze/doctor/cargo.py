"""cargo: sources, proxies and locks by its files (doc.rust-lang.org/cargo, "Configuration"); cargo is not asked."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from netanalyze.doctor.certificates import WHY, file_fault
from netanalyze.doctor.go_caches import CacheFolder, HeldLock, cache_folder, held_locks, writable_folder
from netanalyze.doctor.machine import Machine, at, toml_table
from netanalyze.doctor.places import nobody_listens, proxy_faults, shown, word
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.urls import host_in, split
from netanalyze.wording import message

DEFAULT_HOSTS = ("index.crates.io", "static.crates.io")
SCHEMES = ("http", "https", "socks5", "socks5h", "socks4", "socks4a")
LOCK = ".package-cache"


@dataclass(frozen=True)
class CargoSettings:
    """cargo's files, the nearest first.

    Attributes:
        tables: path -> what it holds; None where it is no TOML.
        both: folders that have config and config.toml.
        certificate: what is wrong with ``http.cainfo``.
        offline: CARGO_NET_OFFLINE.
    """

    program: str | None
    tables: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    both: tuple[str, ...] = ()
    home: CacheFolder | None = None
    certificate: str = ""
    offline: bool = False
    held: tuple[HeldLock, ...] = ()
    listening: frozenset[int] = frozenset()
    container: bool = False

    def nearest(self, *keys: str) -> tuple[Any, str]:
        """The nearest file's value, and that file."""
        return next(
            ((value, path) for path, table in self.tables.items() if (value := at(table, *keys)) is not None),
            (None, ""),
        )


def gather(machine: Machine) -> CargoSettings:
    """Read config.toml of this folder, of those above it, and of CARGO_HOME."""
    home = machine.value("CARGO_HOME") or machine.below_home(".cargo")
    folder, folders = machine.folder, []
    while True:
        folders.append(os.path.join(folder, ".cargo"))
        if folder == os.path.dirname(folder):
            break
        folder = os.path.dirname(folder)
    tables: dict[str, Mapping[str, Any] | None] = {}
    both = []
    for place in dict.fromkeys([*folders, home]):
        texts = [
            (path, text)
            for name in ("config", "config.toml")
            if (text := machine.text(path := os.path.join(place, name))) is not None
        ]
        both += [place] if len(texts) > 1 else []
        tables |= {path: toml_table(text) for path, text in texts[:1]}
    facts = CargoSettings(machine.program("cargo"), tables)
    cainfo = facts.nearest("http", "cainfo")[0]
    return CargoSettings(
        facts.program, tables, tuple(both), cache_folder(machine, "CARGO_HOME", home),
        file_fault(machine, cainfo) if isinstance(cainfo, str) else "",
        machine.value("CARGO_NET_OFFLINE").lower() == "true",
        tuple(held_locks([os.path.join(home, LOCK)])), machine.listening, machine.is_container,
    )  # fmt: skip


def source(facts: CargoSettings) -> str:
    """The URL of the registry that stands in for crates.io; empty where none does."""
    name = facts.nearest("source", "crates-io", "replace-with")[0]
    registry = facts.nearest("source", name, "registry")[0] if isinstance(name, str) else None
    return registry if isinstance(registry, str) else ""


def hosts(facts: CargoSettings) -> list[str]:
    """The hosts cargo will ask first."""
    found = host_in(source(facts).removeprefix("sparse+"))
    return [found] if found else list(DEFAULT_HOSTS)


def _without(key: str, path: str) -> str:
    return f"sed -i '/^[ \\t]*{key}[ \\t]*=/d' {word(path)}"


def judge(facts: CargoSettings) -> Iterator[Remark]:
    """All that is to be said of cargo."""
    if facts.program is None:
        yield wrong(
            "cargo/not-installed", "cargo", message("there is no cargo on the PATH"), "sudo apt-get install cargo"
        )
        return
    for path in (path for path, table in facts.tables.items() if table is None):
        yield wrong(
            "cargo/config-broken",
            os.path.basename(path),
            message("{path} is no TOML, and cargo stops at it", path=path),
            f"mv {word(path)} {word(path + '.broken')}",
        )
    for place in facts.both:
        yield doubtful(
            "cargo/two-configs",
            "config",
            message("{path} has config and config.toml: the second is not read", path=place),
            f"mv {word(place + '/config')} {word(place + '/config.old')}",
        )
    yield from or_ok(_source(facts), "cargo/source", "crates-io", shown(source(facts)) or ", ".join(DEFAULT_HOSTS))
    yield from or_ok(_rest(facts), "cargo/settings", "cargo", facts.program)
    if facts.home is not None:
        yield from writable_folder("cargo", facts.home, "export CARGO_HOME=$(mktemp -d)")
    for held in facts.held:
        yield doubtful(
            "cargo/lock-held",
            LOCK,
            message(
                "{program} (pid {pid}) holds this lock, and every other cargo waits for it",
                program=held.command,
                pid=held.pid,
            ),
            f"kill {held.pid}",
        )


def _source(facts: CargoSettings) -> Iterator[Remark]:
    name, path = facts.nearest("source", "crates-io", "replace-with")
    if not isinstance(name, str):
        return
    drop = _without("replace-with", path)
    if facts.nearest("source", name)[0] is None and facts.nearest("registries", name)[0] is None:
        yield wrong(
            "cargo/source-missing",
            "replace-with",
            message("it names {name}, and there is no [source.{name}]: cargo stops", name=shown(name)),
            drop,
        )
        return
    registry, where = facts.nearest("source", name, "registry")
    if not isinstance(registry, str):
        return
    url = split(registry.removeprefix("sparse+"))
    if (
        url is None
        or url.scheme not in ("http", "https", "file", "ssh", "git")
        or (not url.host and url.scheme != "file")
    ):
        yield wrong(
            "cargo/source-scheme", "registry", message("{url} is no URL that cargo asks", url=shown(registry)), drop
        )
    elif port := nobody_listens(url, facts.listening):
        yield wrong(
            "cargo/source-nobody-listens",
            "registry",
            message("nothing listens at port {port} of this machine: each request is refused", port=port),
            drop,
        )
    elif registry.startswith("sparse+") and not registry.endswith("/"):
        yield wrong(
            "cargo/source-no-slash",
            "registry",
            message("a sparse index ends with a slash, and cargo stops at one that does not"),
            f'sed -i \'s|"{registry}"|"{registry}/"|\' {word(where)}',
        )
    elif not registry.startswith("sparse+") and url.scheme in ("http", "https"):
        yield doubtful(
            "cargo/source-by-git",
            "registry",
            message("the whole index is cloned by git, some hundred megabytes; a sparse one is asked file by file"),
            drop,
        )


def _rest(facts: CargoSettings) -> Iterator[Remark]:
    proxy, path = facts.nearest("http", "proxy")
    if isinstance(proxy, str) and proxy:
        for fault in proxy_faults(proxy, facts.listening, SCHEMES, facts.container):
            yield wrong(f"cargo/proxy-{fault.id}", "http.proxy", fault.why, _without("proxy", path))
    if facts.certificate:
        cainfo, path = facts.nearest("http", "cainfo")
        yield wrong(
            f"cargo/authorities-{facts.certificate}",
            "http.cainfo",
            message(WHY[facts.certificate].template, path=cainfo),
            _without("cainfo", path),
        )
    value, path = facts.nearest("net", "offline")
    if facts.offline or value is True:
        mend = "unset CARGO_NET_OFFLINE" if facts.offline else _without("offline", path)
        yield wrong(
            "cargo/offline",
            "net.offline",
            message("nothing is asked of the network: what is not in the cache fails"),
            mend,
        )
