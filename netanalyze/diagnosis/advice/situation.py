"""What is known of a run, as words for conditions and values for commands that are safe to paste.

Names come from packets, and whoever sent the packets chose them: a value is used only if it has the form of what it
should be (a host name, an address, a number); of any other the offers that need it are left out.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netanalyze.clients import client_by_name
from netanalyze.clients.hosts import CHECKSUM_DATABASES, is_public, role_of
from netanalyze.clients.repeat import may_be_repeated
from netanalyze.findings import Culprit
from netanalyze.paste import ADDRESS, HOST, INTERFACE, NAME, checked, quoted
from netanalyze.patterns import lazy_pattern
from netanalyze.redaction import redacted
from netanalyze.redaction.userinfo import HIDDEN
from netanalyze.urls import split

_LIST = lazy_pattern(r"[A-Za-z0-9._:/,|~-]{1,200}\Z")
_PATH = lazy_pattern(r"[A-Za-z0-9._/@+][A-Za-z0-9._/@+-]{0,59}\Z")
_LOCK_PATH = lazy_pattern(r"[A-Za-z0-9._/@+!][A-Za-z0-9._/@+!-]{0,250}\Z")
"""With the ! that go's cache writes before what was a capital letter."""
_SETTING = lazy_pattern(
    r"(?:GO[A-Z0-9]{1,20}|HostKeyAlgorithms|KexAlgorithms|Ciphers|MACs|clock|CA-file|HTTPS_PROXY)\Z"
)

MIRRORS = ("https://proxy.golang.org", "https://goproxy.cn", "https://goproxy.io")
"""Public proxies to advise, the default first; where the default is the culprit the next serves."""
DEFAULT_GOPROXY = "https://proxy.golang.org,direct"
"""``$GOROOT/go.env``."""
PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
"""RFC 1918, RFC 6598, RFC 4193: nobody else's network leads there."""
WEB_PORTS = (80, 443, 8080, 8443)
"""Where a server is reached through an HTTP proxy, which most programs of other protocols do not know of."""
RESOLVERS = ("1.1.1.1", "223.5.5.5", "9.9.9.9")
"""Public resolvers to compare with, from operators of different countries."""

REGISTRIES = {"pypi.org": "pypi", "files.pythonhosted.org": "pypi", "registry.npmjs.org": "npmjs"}
"""Public registries that others mirror, and the word for each in a condition."""

SERVER_ROLES = ("module-proxy", "checksum-db", "toolchain-host", "vcs-host", "vanity-host", "redirect-target", "server")


def _number(value: Any, low: int, high: int) -> int | None:
    return value if type(value) is int and value in range(low, high + 1) else None


def _pid(value: Any) -> str | None:
    number = _number(value, 2, 2**22)
    return None if number is None else str(number)


def _entries(goproxy: str) -> list[str]:
    return [entry.strip() for entry in re.split(r"[,|]", goproxy) if entry.strip()]


_PROXY = lazy_pattern(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]{0,100})?\Z")


def _is_one(entry: str, hosts: set[str]) -> bool:
    parts = split(entry)
    return parts is not None and parts.host in hosts


def _mirror(avoid: set[str], goproxy: str, measured: Any = None) -> str | None:
    """A proxy that is not among the hosts to avoid: the user's own next one where one of theirs is avoided, else one that was
    found to work from here (``netanalyze doctor --probe``), else a public one; of these, if there is a choice, one that is
    not already in GOPROXY."""
    entries = [entry.rstrip("/") for entry in _entries(goproxy)]
    own = [entry for entry in entries if _PROXY.match(entry) and not _is_one(entry, avoid)]
    if own and any(_is_one(entry, avoid) for entry in entries):
        return own[0]
    works, fails = (_measured(measured, how) for how in ("works", "fails"))
    known = [*works, *(mirror for mirror in MIRRORS if mirror not in (*works, *fails))]
    good = [m for m in known if not _is_one(m, avoid)]
    fresh = [m for m in good if m not in _entries(goproxy)]
    return next(iter(fresh or good), None)


def _past_proxy(environment: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The variables that are made empty for a run past its proxy: those of its scheme, and those of all where they are set.

    >>> _past_proxy({}, {}), _past_proxy({"proxies": {"ALL_PROXY": "socks5://p:1"}}, {"argv": ["curl", "http://a/"]})
    ('HTTPS_PROXY= https_proxy=', 'HTTP_PROXY= http_proxy= ALL_PROXY= all_proxy=')
    """
    argv = [word for word in facts.get("argv") or () if isinstance(word, str)]
    in_clear = any(word.startswith("http://") for word in argv) and not any(
        word.startswith("https://") for word in argv
    )
    proxies = environment.get("proxies")
    given = {name.lower() for name in proxies if isinstance(name, str)} if isinstance(proxies, Mapping) else set()
    names = ["HTTP_PROXY", "http_proxy"] if in_clear else ["HTTPS_PROXY", "https_proxy"]
    names += ["ALL_PROXY", "all_proxy"] if "all_proxy" in given else []
    return " ".join(f"{name}=" for name in names)


def _measured(measured: Any, how: str) -> list[str]:
    """Module proxies that were found to work, or to fail, as far as they are safe to paste."""
    lists = measured.get("go") if isinstance(measured, Mapping) else None
    urls = lists.get(how) if isinstance(lists, Mapping) else None
    return [url.rstrip("/") for url in _strings(urls) if _PROXY.match(url)]


def _again(client_name: str, argv: Any, typed: bool) -> str | None:
    """The command to repeat: the user's own where it is short and plain, else the client's usual one.

    One that was not typed here, but stands in a file, must be known as well (netanalyze/clients/repeat.py).
    """
    if isinstance(argv, (list, tuple)) and argv and all(isinstance(a, str) for a in argv):
        line = " ".join(argv)
        plain = all(re.fullmatch(r"[A-Za-z0-9._/@=+-]+", a) for a in argv)
        if plain and len(line) <= 24 and (typed or may_be_repeated(argv)):
            return line
        if client_name == "git" and not {"fetch", "pull"} & set(argv):
            return None  # a clone is not repeated by a fetch
    return client_by_name(client_name).again


def _private(module: str, host: str | None) -> str | None:
    """What GOPRIVATE is set to for a module: its host and owner, so that the host's public modules still come by proxy."""
    path = checked(module, _PATH)
    parts = path.split("/") if path else []
    if len(parts) > 1 and "." in parts[0]:
        return "/".join(parts[:2]) if is_public(parts[0]) else parts[0]
    return None if host is None or is_public(host) else host


def _origin(host: str | None, port: int | None) -> str | None:
    if host is None:
        return None
    name = f"[{host}]" if ":" in host else host
    return name if port in (None, 80, 443) else f"{name}:{port}"


_URL = lazy_pattern(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:/?@!&*+,=%-]{0,400})?\Z")
"""A host's name and nothing else before the path; in that no brackets and braces, which curl takes for a pattern (curl(1),
globbing), nothing that a shell might run were the quotes lost, and nothing that does not show."""
_HTTP = {"h2": "--http2", "http/1.1": "--http1.1"}


def _fetch(facts: Mapping[str, Any], asked: "_Asked") -> str | None:
    """What curl is told to ask for the very same: the family of addresses and version of HTTP, and the URL; else the host's
    first page."""
    origin = _origin(asked.server or asked.behind or (asked.address if asked.role not in PROXIES else None),
                     asked.port if asked.role != "http-proxy" else None)  # fmt: skip
    scheme = "http" if asked.port == 80 or facts.get("in_clear") else "https"
    page = f"{scheme}://{origin}/" if origin else None
    proxy = checked(facts.get("through"), HOST) or checked(facts.get("through"), ADDRESS)
    at_proxy = _number(facts.get("through_port"), 1, 65535)
    way = f"-x http://{_origin(proxy, None)}:{at_proxy} " if proxy and at_proxy and asked.role != "http-proxy" else ""
    if way and asked.server:
        page = f"{way}https://{_origin(asked.server, None)}/"
    given = str(facts.get("request_url") or "")
    url = quoted(given) if _URL.match(given) else None
    host = asked.server or asked.behind
    parts = split(given) if url else None
    if parts is None or parts.userinfo is not None or redacted(given) != given or HIDDEN in given:
        return page
    if host is not None and parts.host != host:
        return page
    direct = not way and asked.role != "http-proxy"
    family = f"-{facts['family']} " if facts.get("family") in ("4", "6") and direct else ""
    version = f"{_HTTP[facts['http']]} " if facts.get("http") in _HTTP else ""
    return f"{way}{family}{version}{url}"


PROXIES = ("resolver", "http-proxy")


@dataclass(frozen=True)
class _Asked:
    """Who was asked, as far as that is safe to paste.

    Attributes:
        role: the culprit's.
        server_role: the role of the server in question, also where the path or a proxy is the culprit.
        server: the host in question, where it is neither a resolver nor a proxy.
        behind: the host behind a proxy.
    """

    role: str
    server_role: str
    host: str | None
    address: str | None
    port: int | None
    server: str | None
    behind: str | None


def _asked(culprit: Culprit | None, facts: Mapping[str, Any]) -> _Asked:
    role = culprit.role if culprit else "server"
    host = checked(culprit.host if culprit else None, HOST)
    if host is None and (culprit is None or role in ("path", "client-host", "client")):
        host = checked(facts.get("host"), HOST)
    address = checked(culprit.address if culprit else None, ADDRESS) or checked(facts.get("address"), ADDRESS)
    if checked(host, ADDRESS):
        host, address = None, address or host
    port = _number(culprit.port if culprit else None, 1, 65535) or _number(facts.get("port"), 1, 65535)
    likely = (role, facts.get("server_role"), role_of(host) if host else "server")
    return _Asked(
        role, next((r for r in likely if r in SERVER_ROLES), "server"), host, address, port,
        server=None if role in ("resolver", "http-proxy") else host,
        behind=checked(facts.get("host"), HOST) if role == "http-proxy" else None,
    )  # fmt: skip


def situation(
    culprit: Culprit | None,
    client: str | None,
    attributes: Mapping[str, Any],
    environment: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> tuple[frozenset[str], dict[str, str]]:
    """The words that hold, and the values for ``{words}`` in texts and commands."""
    known_client, asked = client_by_name(client), _asked(culprit, facts)
    values = _values(known_client.name, asked, attributes, environment, facts)
    words = {known_client.name, f"role={asked.role}", f"port={asked.port}", f"to={asked.server_role}"}
    words |= {f"{key}={value}" for key, value in attributes.items() if isinstance(value, (str, int))}
    if isinstance(facts.get("kind"), str):
        words.add(f"kind={facts['kind']}")
    if status := _number(facts.get("status") or attributes.get("status"), 100, 599):
        words |= {f"status={status}", f"status={status // 100}xx"}
    address, resolver = asked.address or "", values.get("resolver", "")
    hold = {
        "ipv6": ":" in address,
        "ipv4": ":" not in address,
        "again": "again" in values,
        "through-proxy": asked.role == "http-proxy" or bool(facts.get("through")),
        "holder_pid": "holder_pid" in values,
        "stopped_pid": "stopped_pid" in values,
        "public": asked.host is None or is_public(asked.host),
        "host-known": asked.server is not None,
        "private-known": "private" in values,
        "other-port": "at_port" in attributes,
        "called-back": "called_back_by" in attributes,
        "answered-by-another": "answered_by" in attributes,
        "private": any(ipaddress.ip_address(address) in net for net in PRIVATE) if checked(address, ADDRESS) else False,
        "web": asked.port is None or asked.port in WEB_PORTS,
        "loopback": address.startswith("127.") or address == "::1",
        "github": asked.host == "github.com",
        "runs-git": "git" in (known_client.name, *known_client.children) or known_client.name == "generic",
        "private-set": bool(_go_env(environment).get("GOPRIVATE")),
        "stub": resolver.startswith("127.") or resolver == "::1",
        "resolved": resolver == "127.0.0.53",
    }
    words |= {word for word, so in hold.items() if so}
    for name in ("program", "setting"):
        if name in values:
            words |= {name, f"{name}={values[name]}"}
    if asked.host in REGISTRIES:
        words.add(REGISTRIES[asked.host])
    return frozenset(words), values


def _values(
    client: str, asked: _Asked, attributes: Mapping[str, Any], environment: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, str]:
    """What fills the ``{words}`` of texts and commands, of each that is known."""
    host, address, port, role = asked.host, asked.address, asked.port, asked.role
    goproxy = str(_go_env(environment).get("GOPROXY", ""))
    resolvers = [r for r in _strings(environment.get("resolvers")) if checked(r, ADDRESS)]
    resolver = address if role == "resolver" else checked(facts.get("resolver"), ADDRESS) or next(iter(resolvers), None)
    name = checked(facts.get("qname") or facts.get("name"), NAME) or checked(facts.get("host"), HOST) or asked.server
    avoid = {h for h in (host, name, *_strings(facts.get("failing_hosts"))) if h}
    # Where nothing is known of GOPROXY it is go.env's default; who asks a repository itself has most likely none.
    assumed = goproxy or ("direct" if asked.server_role in ("vcs-host", "vanity-host") else DEFAULT_GOPROXY)
    path_mtu = _number(facts.get("path_mtu"), 576, 65535)
    module = str(facts.get("module", "")).partition("@")[0]
    values: dict[str, str | None] = {
        "host": asked.server,
        "address": address,
        "port": str(port) if port else "443" if role != "http-proxy" else None,
        "origin": _origin(
            asked.server or (address if role not in ("resolver", "http-proxy") else asked.behind),
            port if role != "http-proxy" else None,
        ),
        "scheme": None if facts.get("other_protocol") else facts.get("scheme") or ("http" if port == 80 else "https"),
        "fetch": _fetch(facts, asked),
        "target": address or host,
        "behind": asked.behind,
        "proxy": _origin(host or address, port) if role == "http-proxy" else None,
        "resolver": resolver,
        "other_resolver": next((r for r in RESOLVERS if r not in (*resolvers, resolver)), None),
        "name": name or ("proxy.golang.org" if client == "go" else "example.com"),
        "again": _again(client, facts.get("argv"), facts.get("typed") is True),
        "mirror": _mirror(avoid, assumed, environment.get("mirrors")) if client == "go" else None,
        "past_proxy": _past_proxy(environment, facts),
        "first_proxy": _mirror(avoid, goproxy, environment.get("mirrors")),
        "sumdb": next((s for s in CHECKSUM_DATABASES if host in CHECKSUM_DATABASES and s != host), None),
        "goproxy_pipe": goproxy.replace(",", "|") if checked(goproxy, _LIST) and "," in goproxy else None,
        "interface": checked(facts.get("interface") or environment.get("interface"), INTERFACE),
        "mtu": str(path_mtu or 1400),
        "neighbour": checked(attributes.get("neighbour"), ADDRESS),
        "caller": _origin(
            checked(attributes.get("called_back_by"), HOST) or checked(attributes.get("called_back_by"), ADDRESS), None
        ),
        "client_address": checked(facts.get("client_address"), ADDRESS),
        "ping_size": "1452" if address and ":" in address else "1472",
        "module_path": checked(module, _PATH),
        "private": _private(module, asked.server),
        "lock": quoted(checked(facts.get("lock"), _LOCK_PATH)),
        "holder_pid": _pid(facts.get("holder_pid")),
        "stopped_pid": _pid(facts.get("stopped_pid")),
        "setting": checked(facts.get("setting"), _SETTING),
        "program": checked(facts.get("program"), INTERFACE),
    }
    return {key: value for key, value in values.items() if value}


def _go_env(environment: Mapping[str, Any]) -> Mapping[str, Any]:
    """What ``go env`` said; empty where it was not asked."""
    return environment.get("go_env") or {}


def _strings(value: Any) -> Iterable[str]:
    return (v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple, set, frozenset)) else ()


_ASSIGNMENT = lazy_pattern(r"(?:^|\s)([A-Z][A-Z0-9_]+)=('[^']*'|\S*)")


def already_there(command: str, environment: Mapping[str, Any]) -> bool:
    """Whether a command only sets what the environment has: every ``NAME=value`` in it has that value already."""
    known = {**_go_env(environment), **(environment.get("proxies") or {})}
    settings = [(name, value.strip("'")) for name, value in _ASSIGNMENT.findall(command)]
    if not settings:
        return False
    for name, value in settings:
        now = str(known.get(name, ""))
        if not value or (value != now and not (name == "GODEBUG" and value in now.split(","))):
            return False
    return True
