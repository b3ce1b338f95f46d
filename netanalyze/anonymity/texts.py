"""Texts with other names and addresses: heads of HTTP, what a command printed, its arguments and environment."""

import re
from typing import Any

from netanalyze.anonymity.keys import Key
from netanalyze.patterns import lazy_pattern

PLAIN_HEADERS = frozenset({
    "content-length", "transfer-encoding", "connection", "proxy-connection", "content-type", "upgrade", "keep-alive",
    "retry-after", "accept-ranges", "content-encoding", "accept-encoding", "date", "expect", "te", "trailer", "age",
    "cache-control", "vary", "server", "http2-settings",
})  # fmt: skip
"""Fields whose values say what the protocol does, and are read as they stand."""
AGENT = lazy_pattern(
    r"\s*(?:Go-http-client|GoCommand|python-requests|git|curl|Wget|pip|npm|npx|yarn|pnpm|node|cargo|Debian APT-HTTP|docker"
    r"|containerd|Mozilla)/[\w.+-]+"
)
"""How the User-Agents of programs that everybody has begin; what comes behind may be somebody's own."""
SCHEMES = frozenset({"proxy-authenticate", "www-authenticate"})
"""Fields whose first word is a scheme, and whose realm may be somebody's name."""
GIVEN_AWAY = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
"""Fields of which nothing stays."""
PATH_WORDS = frozenset({
    "http", "https", "v", "latest", "sumdb", "lookup", "tile", "supported", "list", "mod", "zip", "info",
    "toolchain", "golang", "org", "dns", "query", "go", "get", "connect", "udp", "tcp", "simple", "pypi",
    "packages", "api", "index", "html", "latin", "json", "git", "upload", "receive", "pack", "refs", "service",
    "x",
})  # fmt: skip
"""Words of URLs by which a protocol is known (netanalyze.clients.hosts.url_role)."""
IPV4 = r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"
IPV6 = r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])"
NAME = r"(?<![\w.-])[A-Za-z0-9_](?:[\w-]*\w)?(?:\.[A-Za-z0-9_](?:[\w-]*\w)?)+"
VERSION = lazy_pattern(r"v?\d+(?:\.\d+)+(?:[-+][\w.+-]*)?(?:\.(?:mod|zip|info|ziphash))?")
PORT = r"(?<=[\w\]]:)\d{1,5}(?![\w.])"
TOKEN = lazy_pattern(f"({IPV4})|({IPV6})|({NAME})|{PORT}|([A-Za-z0-9\x80-\xff]+)")
HOME = lazy_pattern(r"(?<=/home/)[^/\s:\"']+|(?<=/Users/)[^/\s:\"']+")
PLACE = lazy_pattern(f"({IPV4})|({IPV6})|((?:[0-9a-f]{{2}}:){{5}}[0-9a-f]{{2}})|({NAME})")


def _address(key: Key, text: str) -> str:
    parts = [int(part) for part in text.split(".")]
    return ".".join(map(str, key.ipv4(bytes(parts)))) if max(parts) < 256 else key.words(text)


def _address6(key: Key, text: str) -> str:
    from ipaddress import IPv6Address

    try:
        return str(IPv6Address(key.ipv6(IPv6Address(text).packed)))
    except ValueError:
        return text


def scrubbed(key: Key, text: str) -> str:
    """A text in which every word is another one of its length, but those of protocols; addresses and names as everywhere."""

    def other(match: "re.Match[str]") -> str:
        ipv4, ipv6, name, word = match.groups()
        if ipv4:
            return _address(key, ipv4)
        if ipv6:
            made = _address6(key, ipv6)
            return made if len(made) == len(ipv6) else key.words(ipv6)
        if name:
            return name if VERSION.fullmatch(name) else key.name(name)
        if word is None:
            return match[0]  # a port
        return word if word.lower() in PATH_WORDS or re.fullmatch(r"v\d", word) else key.word(word)

    return TOKEN.sub(other, text)


def http_head(key: Key, octets: bytes) -> bytes:
    """The head of a request or response, as long as it was."""
    lines = octets.decode("latin-1").split("\n")
    first = lines[0].split(" ")
    if len(first) >= 3 and not first[0].startswith("HTTP/"):
        lines[0] = " ".join([first[0], *(scrubbed(key, part) for part in first[1:-1]), first[-1]])
    for number, line in enumerate(lines[1:], 1):
        name, colon, value = line.partition(":")
        field = name.strip().lower()
        if colon and field in GIVEN_AWAY:
            lines[number] = name + colon + re.sub(r"[^\s]", "x", value)
        elif colon and field == "user-agent" and (agent := AGENT.match(value)):
            lines[number] = name + colon + agent[0] + scrubbed(key, value[agent.end() :])
        elif colon and field in SCHEMES:
            scheme, blank, rest = value.lstrip().partition(" ")
            lines[number] = (
                name + colon + value[: len(value) - len(value.lstrip())] + scheme + blank + scrubbed(key, rest)
            )
        elif colon and field not in PLAIN_HEADERS:
            lines[number] = name + colon + scrubbed(key, value)
        elif not colon:
            lines[number] = scrubbed(key, line)
    made = "\n".join(lines).encode("latin-1", "replace")
    return made if len(made) == len(octets) else bytes(len(octets))


class Words:
    """What a recording says beside its frames: the same names as in the frames are exchanged, and nothing else is.

    Args:
        names: those met in the frames, in lower case.
    """

    def __init__(self, key: Key, names: set[str]):
        self._key, self.names = key, names

    def learn(self, text: str) -> None:
        """Take note of names that only the text has: hosts of URLs, names that were looked up, what a path begins with."""
        for found in re.finditer(r"(?:://(?:[^/\s@]*@)?|lookup |Host: |host: |dial tcp )([\w.-]+\.[\w-]+)", text):
            self.names.add(found[1].lower().rstrip("."))

    def __call__(self, text: str) -> str:
        """The text."""
        key = self._key

        def other(match: "re.Match[str]") -> str:
            ipv4, ipv6, mac, name = match.groups()
            if ipv4:
                return _address(key, ipv4)
            if ipv6 and len(ipv6) > 2 and ipv6.count(":") >= 2:
                return _address6(key, ipv6)
            if mac:
                return key.mac(bytes.fromhex(mac.replace(":", ""))).hex(":")
            return key.name(name) if name and self._is_name(name) else match[0]

        return HOME.sub(lambda m: key.words(m[0]), PLACE.sub(other, text))

    def _is_name(self, name: str) -> bool:
        labels = name.lower().rstrip(".").split(".")
        return any(".".join(labels[place:]) in self.names for place in range(len(labels) - 1))

    def value(self, value: Any) -> Any:
        """A JSON value with all its texts."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, (list, tuple)):
            return type(value)(self.value(part) for part in value)
        if isinstance(value, dict):
            return {name: self.value(part) for name, part in value.items()}
        return value
