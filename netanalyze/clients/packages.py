"""Which module or package a URL is of, told from the forms that registries give their URLs.

Sources: go.dev/ref/mod (goproxy protocol, checksum database, go-get), PEP 503, 427, 625 and 658 for pip, npm's registry
API, the Cargo book ("Registry Index", "Registry Web API").
"""

from typing import NamedTuple
from urllib.parse import unquote

from netanalyze.patterns import lazy_pattern
from netanalyze.urls import split

GO, PIP, NPM, CARGO = "go", "pip", "npm", "cargo"
PROXY, SUMS, DIRECT, INDEX, FILES = "proxy", "sumdb", "direct", "index", "files"
"""Who is asked: a module proxy, the checksum database, the module's own host, a registry's index, or its files."""

_GO_PART = lazy_pattern(r"(?:v/(.+)\.(info|mod|zip)|v/(list)|(latest))$")
_WHEEL = lazy_pattern(r"([A-Za-z0-9._]+)-([^-/]+)(?:-\d[^-/]*)?-[^-/]+-[^-/]+-[^-/]+\.whl(?:\.metadata)?$")
_SOURCES = lazy_pattern(r"([A-Za-z0-9._-]+)-(\d[^-/]*)\.(?:tar\.gz|zip|tar\.bz2)(?:\.metadata)?$")
_SEPARATORS = lazy_pattern(r"[-_.]+")
_TARBALL = lazy_pattern(r"/((?:@[^/]+/)?[^/@]+)/-/[^/]+?-(\d[^/]*)\.tgz$")
_CRATE = lazy_pattern(r"/crates/([\w-]+)/(?:([^/]+)/download|[\w-]+?-(\d[^/]*)\.crate)$")
_SPARSE = lazy_pattern(r"/(?:1|2|3/[\w-]|[\w-]{2}/[\w-]{2})/([\w-]+)$")


class Package(NamedTuple):
    """A package and what of it a URL asks for.

    Attributes:
        ecosystem: GO, PIP, NPM or CARGO.
        name: as its client writes it; of pip as PEP 503 normalises it.
        version: empty where the URL is of no version: a list, an index.
        source: PROXY, SUMS, DIRECT, INDEX or FILES.
    """

    ecosystem: str
    name: str
    version: str
    source: str

    @property
    def label(self) -> str:
        """As go writes it: ``example.com/m@v1.2.3``."""
        return f"{self.name}@{self.version}" if self.version else self.name


def package_of(url: str) -> Package | None:
    """The package that a URL is of; None where it is of none that its form tells.

    >>> package_of("https://proxy.golang.org/github.com/!azure/x/@v/v1.2.3.zip").label
    'github.com/Azure/x@v1.2.3'
    >>> package_of("https://files.example/packages/a1/b2/requests-2.32.3-py3-none-any.whl")
    Package(ecosystem='pip', name='requests', version='2.32.3', source='files')
    >>> package_of("https://registry.npmjs.org/@types/node/-/node-22.1.0.tgz").label, package_of("https://go.dev/x")
    ('@types/node@22.1.0', None)
    """
    parts = split(url)
    if parts is None:
        return None
    host, path = (parts.host or "").lower(), parts.path
    return _go(host, path, parts.target) or _pip(path) or _npm(host, path) or _cargo(host, path)


def module_of(url: str) -> str | None:
    """The module path that a URL of the module proxy protocol asks for, its capitals restored; None for another URL.

    >>> module_of("https://proxy.golang.org/github.com/!burnt!sushi/toml/@v/v1.2.0.mod"), module_of("https://go.dev/")
    ('github.com/BurntSushi/toml', None)
    """
    package = package_of(url)
    return package.name if package is not None and (package.ecosystem, package.source) == (GO, PROXY) else None


def _go(host: str, path: str, target: str) -> Package | None:
    if target.endswith(("?go-get=1", "&go-get=1")):
        return Package(GO, (host + path).rstrip("/"), "", DIRECT)
    before, found, after = path.partition("/@")
    part = _GO_PART.match(after) if found else None
    if part is not None and (name := _dotted(before)):
        return Package(GO, _unescaped(name), _unescaped(part[1] or ""), PROXY)
    _, found, after = path.partition("/lookup/")
    name, at, version = after.partition("@")
    if found and at and _dotted(name) == name:
        return Package(GO, _unescaped(name), _unescaped(version), SUMS)
    return None


def _pip(path: str) -> Package | None:
    before, _, last = path.rstrip("/").rpartition("/")
    if before.endswith("/simple") and path.endswith("/") and last:
        return Package(PIP, _pip_name(last), "", INDEX)
    if (wheel := _WHEEL.match(unquote(last))) is not None:
        return Package(PIP, _pip_name(wheel[1]), wheel[2], FILES)
    if "/packages/" in path and (sources := _SOURCES.match(unquote(last))) is not None:
        return Package(PIP, _pip_name(sources[1]), sources[2], FILES)
    return None


def _pip_name(text: str) -> str:
    """As PEP 503 has it: however a project is written, it is one."""
    return _SEPARATORS.sub("-", text).lower()


def _npm(host: str, path: str) -> Package | None:
    if (tarball := _TARBALL.search(unquote(path))) is not None:
        return Package(NPM, tarball[1], tarball[2], FILES)
    words = unquote(path.strip("/")).split("/")
    if len(words) > 1 and words[-2].startswith("@") and "%2f" in path.lower():
        return Package(NPM, "/".join(words[-2:]), "", INDEX)
    if host.startswith("registry.") and len(words) == 1 and words[0] and not words[0].startswith(("-", "v2")):
        return Package(NPM, words[0], "", INDEX)
    return None


def _cargo(host: str, path: str) -> Package | None:
    if (crate := _CRATE.search(path)) is not None:
        return Package(CARGO, crate[1], crate[2] or crate[3], FILES)
    if host.startswith("index.") and (entry := _SPARSE.search(path)) is not None:
        return Package(CARGO, entry[1], "", INDEX)
    return None


def _dotted(path: str) -> str:
    """From the first element with a dot on: a proxy may stand under a path of its own."""
    words = path.strip("/").split("/")
    return "/".join(words[next((at for at, word in enumerate(words) if "." in word), len(words)) :])


def _unescaped(text: str) -> str:
    """Capitals as they are.

    >>> _unescaped("github.com/!azure/x")
    'github.com/Azure/x'
    """
    first, *others = text.split("!")
    return first + "".join(part[:1].upper() + part[1:] for part in others)
