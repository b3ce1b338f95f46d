"""npm: its registry, proxies and cache by its variables and files (docs.npmjs.com, "npmrc"); npm is not asked."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netanalyze.doctor.certificates import WHY, file_fault
from netanalyze.doctor.go_caches import CacheFolder, cache_folder, writable_folder
from netanalyze.doctor.machine import Machine, at, json_object
from netanalyze.doctor.places import is_loopback, marks, nobody_listens, proxy_faults, sed_text, shown, word
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.patterns import lazy_pattern
from netanalyze.urls import host_in, split
from netanalyze.wording import message

DEFAULT_REGISTRY = "https://registry.npmjs.org/"
CLOSED = {"registry.npm.taobao.org": "https://registry.npmmirror.com/", "npm.taobao.org": "https://registry.npmmirror.com/",
          "skimdb.npmjs.com": DEFAULT_REGISTRY, "registry.cnpmjs.org": "https://registry.npmmirror.com/"}  # fmt: skip
"""Registries that their operators have closed, and where they moved to."""
SCHEMES = ("http", "https", "socks5", "socks4", "socks")
_VARIABLE = lazy_pattern(r"(\\*)\$\{([^}?]+)(\?)?\}")
"""``${NAME}`` of an npmrc, which must be set; ``${NAME?}`` may be missing (npm 9, @npmcli/config env-replace.js)."""
LOCK_HOSTS_MOST = 5


@dataclass(frozen=True)
class NpmSettings:
    """npm's settings, each with where it is from.

    Attributes:
        values: name -> (value, where from: a variable's name or a file's path).
        unset: (variable, file) that a file of npm's names and nobody has set.
        locked: hosts that the package-lock.json here names, and its path.
    """

    program: str | None
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unset: tuple[tuple[str, str], ...] = ()
    certificate: str = ""
    cache: CacheFolder | None = None
    locked: tuple[str, ...] = ()
    lock_path: str = ""
    listening: frozenset[int] = frozenset()
    container: bool = False

    def value(self, name: str) -> str:
        """A setting, empty where it is not set."""
        return self.values.get(name, ("", ""))[0]

    def drop(self, name: str) -> str:
        """The command that takes a setting away where it is set."""
        origin = self.values.get(name, ("", ""))[1]
        return f"sed -i '/^[ \\t]*{name}[ \\t]*=/d' {word(origin)}" if "/" in origin else f"unset {origin}"

    def write(self, name: str, value: str) -> str:
        """The command that sets it where it is set now."""
        origin = self.values.get(name, ("", ""))[1]
        if "/" in origin:
            program = rf"s|^[ \t]*{name}[ \t]*=.*|{name}={sed_text(value)}|"
            return f"sed -i {word(program)} {word(origin)}"
        return f"export {origin}={word(value)}"


def gather(machine: Machine) -> NpmSettings:
    """Read the variables and files; of package-lock.json the hosts alone."""
    project = os.path.join(machine.folder, ".npmrc")
    user = machine.value("npm_config_userconfig", "NPM_CONFIG_USERCONFIG") or machine.below_home(".npmrc")
    everybody = machine.value("npm_config_globalconfig", "NPM_CONFIG_GLOBALCONFIG") or machine.system_path("/etc/npmrc")
    values: dict[str, tuple[str, str]] = {}
    unset = []
    for path in (everybody, user, project):
        for row in (machine.text(path) or "").splitlines():
            name, equals, value = row.partition("=")
            if row.lstrip().startswith((";", "#")) or not equals:
                continue
            for escaped, variable, optional in _VARIABLE.findall(row):
                if not escaped and not optional and variable not in machine.environment:
                    unset.append((variable, path))
            values[name.strip()] = (_with_variables(value.strip().strip("\"'"), machine.environment), path)
    for name, value in machine.environment.items():
        if name.lower().startswith("npm_config_") and value:
            values[name[len("npm_config_") :].lower().replace("_", "-")] = (value, name)
    certificate = machine.expanded(values.get("cafile", ("", ""))[0])
    lock = os.path.join(machine.folder, "package-lock.json")
    return NpmSettings(
        machine.program("npm"), values, tuple(unset), file_fault(machine, certificate) if certificate else "",
        cache_folder(machine, "cache", machine.expanded(values.get("cache", ("", ""))[0]) or machine.below_home(".npm")),
        tuple(_locked(json_object(machine.text(lock)))), lock, machine.listening, machine.is_container,
    )  # fmt: skip


def _with_variables(value: str, environment: Mapping[str, str]) -> str:
    """A value as npm uses it: what is not set stays as it is written, unless it may be missing."""

    def put(match: re.Match[str]) -> str:
        escaped, name, optional = match.groups()
        return match[0] if escaped else environment.get(name, "" if optional else match[0])

    return _VARIABLE.sub(put, value)


def _locked(lock: object) -> list[str]:
    packages = at(lock, "packages")
    urls = (at(one, "resolved") for one in packages.values()) if isinstance(packages, Mapping) else ()
    found = (host_in(url) for url in urls if isinstance(url, str) and url.startswith("http"))
    return list(dict.fromkeys(host for host in found if host))[:LOCK_HOSTS_MOST]


def hosts(facts: NpmSettings) -> list[str]:
    """The host of the registry."""
    found = host_in(facts.value("registry") or DEFAULT_REGISTRY)
    return [found] if found else []


def judge(facts: NpmSettings) -> Iterator[Remark]:
    """All that is to be said of npm."""
    if facts.program is None:
        yield wrong("npm/not-installed", "npm", message("there is no npm on the PATH"), "sudo apt-get install npm")
        return
    for variable, path in facts.unset[:3]:
        yield doubtful(
            "npm/variable-unset",
            os.path.basename(path),
            message("it wants the variable {name}, which is not set: npm cannot use the line", name=variable),
            f"sed -i '/\\${{{variable}}}/d' {word(path)}",
        )
    yield from or_ok(_registry(facts), "npm/registry", "registry", shown(facts.value("registry") or DEFAULT_REGISTRY))
    yield from or_ok(_rest(facts), "npm/settings", "npm", facts.program)
    if facts.cache is not None:
        yield from writable_folder("npm", facts.cache, "export npm_config_cache=$(mktemp -d)")


def _registry(facts: NpmSettings) -> Iterator[Remark]:
    for name in (name for name in facts.values if name == "registry" or name.endswith(":registry")):
        value = facts.value(name)
        url, mend = split(value), facts.write(name, DEFAULT_REGISTRY) if name == "registry" else facts.drop(name)
        pasted = list(marks(value))
        for fault in pasted:
            yield wrong(f"npm/registry-{fault.id}", name, fault.why, mend)
        if pasted:
            continue
        if url is None or url.scheme not in ("http", "https") or not url.host:
            yield wrong(
                "npm/registry-scheme",
                name,
                message("{url} is no URL that npm asks: it begins with https://", url=shown(value)),
                mend,
            )
        elif url.host in CLOSED:
            yield wrong(
                "npm/registry-closed",
                name,
                message("{host} is closed, and its certificate has expired", host=url.host),
                facts.write(name, CLOSED[url.host]),
            )
        elif port := nobody_listens(url, facts.listening):
            yield wrong(
                "npm/registry-nobody-listens",
                name,
                message("nothing listens at port {port} of this machine: each request is refused", port=port),
                mend,
            )
        elif url.scheme == "http" and not is_loopback(url.host):
            yield doubtful(
                "npm/registry-clear-text",
                name,
                message("{host} is asked without TLS, and anybody on the way can answer", host=url.host),
                mend,
            )
    for host in facts.locked:
        if host in CLOSED:
            better = host_in(CLOSED[host])
            yield wrong(
                "npm/lock-closed",
                "package-lock.json",
                message("it names {host}, which is closed: npm ci asks there, whatever the registry", host=host),
                f"sed -i 's|//{host}/|//{better}/|' {word(facts.lock_path)}",
            )


def _rest(facts: NpmSettings) -> Iterator[Remark]:
    for name in ("proxy", "https-proxy"):
        value = facts.value(name)
        for fault in (
            proxy_faults(value, facts.listening, SCHEMES, facts.container) if value not in ("", "null", "false") else ()
        ):
            yield wrong(f"npm/proxy-{fault.id}", name, fault.why, facts.drop(name))
    if facts.certificate:
        yield wrong(
            f"npm/authorities-{facts.certificate}",
            "cafile",
            message(WHY[facts.certificate].template, path=facts.value("cafile")),
            facts.drop("cafile"),
        )
    if facts.value("strict-ssl").lower() == "false":
        yield doubtful("npm/unchecked", "strict-ssl", message("certificates are not checked"), facts.drop("strict-ssl"))
    if facts.value("offline").lower() == "true":
        yield wrong(
            "npm/offline",
            "offline",
            message("nothing is asked of the network: what is not in the cache fails"),
            facts.drop("offline"),
        )
