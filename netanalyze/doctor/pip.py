"""pip: where it looks for packages, by its variables and files (pip.pypa.io, "Configuration"); pip is not asked."""

import configparser
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from netanalyze.doctor.certificates import WHY, file_fault
from netanalyze.doctor.go_caches import CacheFolder, cache_folder, writable_folder
from netanalyze.doctor.machine import Machine
from netanalyze.doctor.places import (
    edited,
    is_loopback,
    marks,
    nobody_listens,
    proxy_faults,
    safe,
    sed_text,
    shown,
    word,
)
from netanalyze.doctor.remark import Level, Remark, doubtful, or_ok, wrong
from netanalyze.urls import host_in, split
from netanalyze.wording import message

DEFAULT_INDEX = "https://pypi.org/simple"
SCHEMES = ("http", "https", "socks5", "socks5h", "socks4")
WORKS_WITHOUT = ("pip/not-writable", "pip/read-only", "pip/no-folder")
"""Of its cache: pip warns and does without (pip/_internal/cli/base_command.py, check_path_owner)."""
NAMES = ("pip", "pip3")
TRUE = ("1", "true", "yes", "on")


@dataclass(frozen=True)
class PipSettings:
    """pip's settings, each with where it is from.

    Attributes:
        values: name (as an option, without dashes) -> (value, where from: a variable's name or a file's path).
        broken: files that pip cannot read, and why.
        certificate: what is wrong with the file that ``cert`` names.
    """

    program: str | None
    values: dict[str, tuple[str, str]]
    broken: tuple[tuple[str, str], ...] = ()
    certificate: str = ""
    missing_file: str = ""
    cache: CacheFolder | None = None
    listening: frozenset[int] = frozenset()
    container: bool = False

    def value(self, name: str) -> str:
        """A setting, empty where it is not set."""
        return self.values.get(name, ("", ""))[0]

    def drop(self, name: str) -> str:
        """The command that takes a setting away where it is set."""
        value, origin = self.values.get(name, ("", ""))
        if origin.startswith("PIP_") or not origin:
            return f"unset {origin or 'PIP_' + name.upper().replace('-', '_')}"
        if "\n" in value:
            return edited(origin)
        return f"sed -i '/^[ \\t]*{_written(name)}[ \\t]*[=:]/d' {word(origin)}"

    def write(self, name: str, value: str) -> str:
        """The command that sets it where it is set now."""
        old, origin = self.values.get(name, ("", ""))
        if origin.startswith("PIP_"):
            return f"export {origin}={word(value)}"
        if "\n" in old:  # its further lines would become another option's
            return edited(origin)
        program = rf"s|^[ \t]*{_written(name)}[ \t]*[=:].*|{name} = {sed_text(value)}|"
        return f"sed -i {word(program)} {word(origin)}"


def _written(name: str) -> str:
    return name.replace("-", "[-_]")


def files(machine: Machine) -> list[str]:
    """pip's files, the strongest last."""
    if machine.value("PIP_CONFIG_FILE") == os.devnull:
        return []
    config = machine.value("XDG_CONFIG_HOME") or machine.below_home(".config")
    found = [
        machine.system_path("/etc/pip.conf"),
        machine.below_home(".pip", "pip.conf"),
        os.path.join(config, "pip", "pip.conf"),
    ]
    found += [os.path.join(prefix, "pip.conf") for prefix in [machine.value("VIRTUAL_ENV")] if prefix]
    return [*found, *filter(None, [machine.value("PIP_CONFIG_FILE")])]


def gather(machine: Machine) -> PipSettings:
    """Read the variables and files."""
    values: dict[str, tuple[str, str]] = {}
    broken = []
    for path in files(machine):
        text = machine.text(path)
        if text is None:
            continue
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(text)
        except configparser.Error as error:
            broken.append((path, type(error).__name__))
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                values |= {name.replace("_", "-"): (value.strip(), path) for name, value in parser.items(section)}
    values |= {
        name[4:].lower().replace("_", "-"): (value, name)
        for name, value in machine.environment.items()
        if name.startswith("PIP_") and value
    }
    certificate = machine.expanded(values.get("cert", ("", ""))[0])
    named = machine.value("PIP_CONFIG_FILE")
    cache = machine.expanded(values.get("cache-dir", ("", ""))[0]) or os.path.join(
        machine.value("XDG_CACHE_HOME") or machine.below_home(".cache"), "pip"
    )
    return PipSettings(
        next(filter(None, map(machine.program, NAMES)), None), values, tuple(broken),
        file_fault(machine, certificate) if certificate else "",
        named if named and named != os.devnull and machine.text(named) is None else "",
        cache_folder(machine, "cache", cache), machine.listening, machine.is_container,
    )  # fmt: skip


def hosts(facts: PipSettings) -> list[str]:
    """The hosts pip will ask first."""
    urls = [facts.value("index-url") or DEFAULT_INDEX, *facts.value("extra-index-url").split()]
    return [host for host in map(host_in, urls) if host]


def judge(facts: PipSettings) -> Iterator[Remark]:
    """All that is to be said of pip."""
    if facts.program is None:
        yield wrong(
            "pip/not-installed", "pip", message("there is no pip on the PATH"), "sudo apt-get install python3-pip"
        )
        return
    for path, kind in facts.broken:
        yield wrong(
            "pip/config-broken",
            os.path.basename(path),
            message("{path} is no configuration: pip stops at it. It begins with [global]", path=path),
            f"sed -i '1i [global]' {word(path)}" if kind == "MissingSectionHeaderError" else edited(path),
        )
    if facts.missing_file:
        yield doubtful(
            "pip/config-missing",
            "PIP_CONFIG_FILE",
            message("{path} is not there, and nothing of it is heeded", path=facts.missing_file),
            "unset PIP_CONFIG_FILE",
        )
    yield from or_ok(_index(facts), "pip/index", "index-url", shown(facts.value("index-url") or DEFAULT_INDEX))
    yield from or_ok(_rest(facts), "pip/settings", "pip", facts.program)
    if facts.cache is not None and facts.value("no-cache-dir").lower() not in TRUE:
        for line in writable_folder("pip", facts.cache, "export PIP_NO_CACHE_DIR=1"):
            yield replace(line, level=Level.DOUBTFUL) if line.id in WORKS_WITHOUT else line


def _index(facts: PipSettings) -> Iterator[Remark]:
    trusted = set(facts.value("trusted-host").split())
    for name in ("index-url", "extra-index-url"):
        for value in facts.value(name).split():
            url, drop = split(value), facts.drop(name)
            pasted = list(marks(value))
            for fault in pasted:
                yield wrong(f"pip/index-{fault.id}", name, fault.why, drop)
            if pasted:
                continue
            if url is None or url.scheme not in ("http", "https", "file") or (url.scheme != "file" and not url.host):
                yield wrong(
                    "pip/index-scheme",
                    name,
                    message("{url} is no URL that pip asks: it begins with https://", url=shown(value)),
                    drop,
                )
            elif port := nobody_listens(url, facts.listening):
                yield wrong(
                    "pip/index-nobody-listens",
                    name,
                    message("nothing listens at port {port} of this machine: each request is refused", port=port),
                    drop,
                )
            elif (
                url.scheme == "http"
                and url.host not in trusted
                and f"{url.host}:{url.port}" not in trusted
                and not is_loopback(url.host)
            ):
                mend = safe(
                    facts.write(name, facts.value(name).replace(value, value.replace("http://", "https://", 1), 1)),
                    drop,
                )
                yield wrong(
                    "pip/index-clear-text",
                    name,
                    message("{host} is asked without TLS and is no trusted-host: pip leaves it out", host=url.host),
                    mend,
                )
            elif url.host == "pypi.org" and not url.path.startswith("/simple"):
                yield wrong(
                    "pip/index-path",
                    name,
                    message("the index of pypi.org is below /simple"),
                    facts.write(name, facts.value(name).replace(value, DEFAULT_INDEX, 1)),
                )
        if name == "extra-index-url" and any(host_in(one) for one in facts.value(name).split()):
            yield doubtful(
                "pip/extra-index",
                name,
                message(
                    "each package is looked for at every index, and the highest version wins, whoever put it there"
                ),
                facts.drop(name),
            )


def _rest(facts: PipSettings) -> Iterator[Remark]:
    proxy = facts.value("proxy")
    for fault in proxy_faults(proxy, facts.listening, SCHEMES, facts.container) if proxy else ():
        yield wrong(f"pip/proxy-{fault.id}", "proxy", fault.why, facts.drop("proxy"))
    if facts.certificate:
        yield wrong(
            f"pip/authorities-{facts.certificate}",
            "cert",
            message(WHY[facts.certificate].template, path=facts.value("cert")),
            facts.drop("cert"),
        )
    if facts.value("no-index").lower() in TRUE and not facts.value("find-links"):
        yield wrong(
            "pip/no-index",
            "no-index",
            message("no index is asked, and there are no find-links: nothing is found"),
            facts.drop("no-index"),
        )
    if facts.value("trusted-host"):
        yield doubtful(
            "pip/trusted-host",
            "trusted-host",
            message("certificates of these are not checked"),
            facts.drop("trusted-host"),
        )
