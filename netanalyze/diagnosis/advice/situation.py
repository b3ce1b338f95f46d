"""What is known of a run, as words for conditions and values for commands that are safe to paste.

Names come from packets, and whoever sent the packets chose them: a value is used only if it has the form of what it
should be (a host name, an address, a number); of any other the offers that need it are left out.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from netanalyze.clients import client_by_name
from netanalyze.clients.hosts import CHECKSUM_DATABASES, is_public, role_of
from netanalyze.findings import Culprit

_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}\.)*[A-Za-z0-9_-]{0,62}[A-Za-z0-9_]\Z|[A-Za-z0-9]\Z"
)
_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})\Z")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.-]{1,15})?\Z")
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}\Z")
_LIST = re.compile(r"[A-Za-z0-9._:/,|~-]{1,200}\Z")
_PATH = re.compile(r"[A-Za-z0-9._/@+][A-Za-z0-9._/@+-]{0,59}\Z")
_LOCK_PATH = re.compile(r"[A-Za-z0-9._/@+!][A-Za-z0-9._/@+!-]{0,250}\Z")
"""With the ! that go's cache writes before what was a capital letter."""
_SETTING = re.compile(r"GO[A-Z0-9]{1,20}\Z")

MIRRORS = ("https://proxy.golang.org", "https://goproxy.cn", "https://goproxy.io")
"""Public proxies to advise, the default first; where the default is the culprit the next serves."""
DEFAULT_GOPROXY = "https://proxy.golang.org,direct"
"""``$GOROOT/go.env``."""
RESOLVERS = ("1.1.1.1", "223.5.5.5", "9.9.9.9")
"""Public resolvers to compare with, from operators of different countries."""

REGISTRIES = {"pypi.org": "pypi", "files.pythonhosted.org": "pypi", "registry.npmjs.org": "npmjs"}
"""Public registries that others mirror, and the word for each in a condition."""

SERVER_ROLES = ("module-proxy", "checksum-db", "toolchain-host", "vcs-host", "vanity-host", "redirect-target", "server")


def _checked(value: Any, form: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and form.match(value) else None


def _quoted(word: str | None) -> str | None:
    """A word safe to paste: the module cache writes a capital as ``!`` and the small letter, which bash takes for history."""
    return None if word is None else shlex.quote(word)


def _number(value: Any, low: int, high: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high else None


def _pid(value: Any) -> str | None:
    number = _number(value, 2, 2**22)
    return None if number is None else str(number)


def _entries(goproxy: str) -> list[str]:
    return [entry.strip() for entry in re.split(r"[,|]", goproxy) if entry.strip()]


def _mirror(avoid: set[str], goproxy: str) -> str | None:
    """A public proxy that is neither among the hosts to avoid nor, if there is a choice, already in GOPROXY."""
    good = [m for m in MIRRORS if not any(f"//{host}" in m for host in avoid)]
    fresh = [m for m in good if m not in _entries(goproxy)]
    return next(iter(fresh or good), None)


def _again(client_name: str, argv: Any) -> str | None:
    """The command to repeat: the user's own where it is short and plain, else the client's usual one."""
    if isinstance(argv, (list, tuple)) and argv and all(isinstance(a, str) for a in argv):
        line = " ".join(argv)
        plain = all(re.fullmatch(r"[A-Za-z0-9._/@=+-]+", a) for a in argv)
        if plain and len(line) <= 24:
            return line
        if client_name == "git" and not {"fetch", "pull"} & set(argv):
            return None  # a clone is not repeated by a fetch
    return client_by_name(client_name).again


def _origin(host: str | None, port: int | None) -> str | None:
    if host is None:
        return None
    name = f"[{host}]" if ":" in host else host
    return name if port in (None, 80, 443) else f"{name}:{port}"


def situation(
    culprit: Culprit | None,
    client: str | None,
    attributes: Mapping[str, Any],
    environment: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> tuple[frozenset[str], dict[str, str]]:
    """The words that hold, and the values for ``{words}`` in texts and commands."""
    known_client = client_by_name(client)
    client_name = known_client.name
    role = culprit.role if culprit else "server"
    go_env = environment.get("go_env") or {}
    goproxy = str(go_env.get("GOPROXY") or "")
    resolvers = [r for r in _strings(environment.get("resolvers")) if _ADDRESS.match(r)]

    host = _checked(culprit.host if culprit else None, _HOST) or (
        _checked(facts.get("host"), _HOST) if culprit is None or role in ("path", "client-host", "client") else None
    )
    address = _checked(culprit.address if culprit else None, _ADDRESS) or _checked(facts.get("address"), _ADDRESS)
    if host and _ADDRESS.match(host) and (":" in host or host.replace(".", "").isdigit()):
        host, address = None, address or host
    port = _number(culprit.port if culprit else None, 1, 65535) or _number(facts.get("port"), 1, 65535)

    server_role = role if role in SERVER_ROLES else facts.get("server_role")
    if server_role not in SERVER_ROLES:
        guess = role_of(host) if host else "server"
        server_role = guess if guess in SERVER_ROLES else "server"

    asked_host = None if role in ("resolver", "http-proxy") else host
    name = _checked(facts.get("qname") or facts.get("name"), _NAME) or _checked(facts.get("host"), _HOST) or asked_host
    avoid = {h for h in (host, name, *_strings(facts.get("failing_hosts"))) if h}
    # Where nothing is known of GOPROXY it is go.env's default; who asks a repository itself has most likely none.
    assumed = goproxy or ("direct" if server_role in ("vcs-host", "vanity-host") else DEFAULT_GOPROXY)
    again = _again(client_name, facts.get("argv"))
    resolver = (
        address if role == "resolver" else _checked(facts.get("resolver"), _ADDRESS) or next(iter(resolvers), None)
    )
    behind = _checked(facts.get("host"), _HOST) if role == "http-proxy" else None
    path_mtu = _number(facts.get("path_mtu"), 576, 65535)
    ipv6 = bool(address and ":" in address)
    shown = host or address

    values: dict[str, str | None] = {
        "host": asked_host,
        "address": address,
        "port": str(port) if port else "443" if role != "http-proxy" else None,
        "origin": _origin(
            asked_host or (address if role not in ("resolver", "http-proxy") else behind),
            port if role != "http-proxy" else None,
        ),
        "scheme": "http" if port == 80 else "https",
        "target": address or host,
        "behind": behind,
        "proxy": _origin(shown, port) if role == "http-proxy" else None,
        "resolver": resolver,
        "other_resolver": next((r for r in RESOLVERS if r not in (*resolvers, resolver)), None),
        "name": name or ("proxy.golang.org" if client_name == "go" else "example.com"),
        "again": again,
        "mirror": _mirror(avoid, assumed) if client_name == "go" else None,
        "first_proxy": _mirror(avoid, goproxy),
        "sumdb": next((s for s in CHECKSUM_DATABASES if host in CHECKSUM_DATABASES and s != host), None),
        "goproxy_pipe": goproxy.replace(",", "|") if _checked(goproxy, _LIST) and "," in goproxy else None,
        "interface": _checked(facts.get("interface") or environment.get("interface"), _INTERFACE),
        "mtu": str(path_mtu or 1400),
        "neighbour": _checked(attributes.get("neighbour"), _ADDRESS),
        "ping_size": "1452" if ipv6 else "1472",
        "module_path": _checked(str(facts.get("module") or "").partition("@")[0], _PATH),
        "lock": _quoted(_checked(facts.get("lock"), _LOCK_PATH)),
        "holder_pid": _pid(facts.get("holder_pid")),
        "stopped_pid": _pid(facts.get("stopped_pid")),
        "setting": _checked(facts.get("setting"), _SETTING),
        "program": _checked(facts.get("program"), _INTERFACE),
    }
    words = {client_name, f"role={role}", f"port={port}", f"to={server_role}", "ipv6" if ipv6 else "ipv4"}
    words |= {f"{key}={value}" for key, value in attributes.items() if isinstance(value, (str, int))}
    words |= {f"kind={facts['kind']}"} if isinstance(facts.get("kind"), str) else set()
    if status := _number(facts.get("status") or attributes.get("status"), 100, 599):
        words |= {f"status={status}", f"status={status // 100}xx"}
    if again:
        words.add("again")
    for name_of in ("holder_pid", "stopped_pid"):
        if values[name_of]:
            words.add(name_of)
    for name_of in ("program", "setting"):
        if values[name_of]:
            words |= {name_of, f"{name_of}={values[name_of]}"}
    if host is None or is_public(host):
        words.add("public")
    if host == "github.com":
        words.add("github")
    if host in REGISTRIES:
        words.add(REGISTRIES[host])
    if "git" in (client_name, *known_client.children) or client_name == "generic":
        words.add("runs-git")
    if go_env.get("GOPRIVATE"):
        words.add("private-set")
    if resolver and (resolver.startswith("127.") or resolver == "::1"):
        words.add("stub")
    if resolver and resolver == "127.0.0.53":
        words.add("resolved")
    return frozenset(words), {key: value for key, value in values.items() if value}


def _strings(value: Any) -> Iterable[str]:
    return (v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple, set, frozenset)) else ()


_ASSIGNMENT = re.compile(r"(?:^|\s)([A-Z][A-Z0-9_]+)=('[^']*'|\S*)")


def already_there(command: str, environment: Mapping[str, Any]) -> bool:
    """Whether a command only sets what the environment has: every ``NAME=value`` in it has that value already."""
    known = {**(environment.get("go_env") or {}), **(environment.get("proxies") or {})}
    settings = [(name, value.strip("'")) for name, value in _ASSIGNMENT.findall(command)]
    if not settings:
        return False
    for name, value in settings:
        now = str(known.get(name) or "")
        if not value or (value != now and not (name == "GODEBUG" and value in now.split(","))):
            return False
    return True
