"""What is asked where: the mirrors of the configuration and well-known ones, and for each the requests its client makes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netanalyze.clients.hosts import MODULE_PROXIES
from netanalyze.doctor import cargo, docker, git, go_settings, npm, pip
from netanalyze.doctor.gathered import Gathered
from netanalyze.doctor.machine import Machine
from netanalyze.redaction import redacted
from netanalyze.urls import split

CLIENTS = ("go", "pip", "npm", "cargo", "git", "docker")
"""Those whose work, or its beginning, can be done by single requests without an account."""
MOST = 16
"""Mirrors that are asked, the configured ones first."""
MODULE, VERSION = "rsc.io/quote", "v1.5.2"
"""Small (its zip has 3 kB), old, and on every public proxy: the module of the Go tutorial."""
PACKAGE_PIP, PACKAGE_NPM, PACKAGE_CARGO = "six", "is-number", "itoa"
"""Likewise: pages of some kilobytes."""
JSON, ZIP, HTML, TEXT = "json", "zip", "html", "text"
"""What an answer must look like: a login page answers 200, too."""
WELL_KNOWN = {
    "cn": {
        "go": tuple(MODULE_PROXIES[host] for host in ("goproxy.cn", "goproxy.io", "mirrors.aliyun.com", "repo.huaweicloud.com")),
        "pip": ("https://pypi.tuna.tsinghua.edu.cn/simple", "https://mirrors.aliyun.com/pypi/simple"),
        "npm": ("https://registry.npmmirror.com/", "https://repo.huaweicloud.com/repository/npm/"),
        "cargo": ("sparse+https://rsproxy.cn/index/", "sparse+https://mirrors.tuna.tsinghua.edu.cn/crates.io-index/"),
    },
}  # fmt: skip
"""Public mirrors by region and client, as their operators announce them."""
PUBLIC_REGISTRY = "https://registry-1.docker.io"
"""Whom docker asks where no mirror has an image."""
ANSWERS_PING = (200, 401)
"""A registry that wants an account says so, and is there (docs.docker.com/registry/spec/api, "API version check")."""
DEFAULT_CARGO = "sparse+https://index.crates.io/"


class Errand(NamedTuple):
    """One request: its name, where, what the answer must look like, and a word that must stand in it.

    Attributes:
        optional: a mirror without it works all the same (its client asks elsewhere then).
        statuses: of an answer that is none of a fault.
    """

    name: str
    url: str
    form: str
    word: str
    optional: bool = False
    statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Mirror:
    """One server of a client's: ``client`` is one of ``CLIENTS``, or sumdb; ``url`` as the client's setting has it.

    Attributes:
        configured: the setting here names it.
        database: of a module proxy, whose lookups it is asked to pass on.
        variable: of the environment, if it is one that names it.
    """

    client: str
    url: str
    configured: bool = True
    database: str = ""
    variable: str = ""

    @property
    def base(self) -> str:
        """Where it is asked, without a slash at the end."""
        return self.url.removeprefix("sparse+").rstrip("/")

    @property
    def host(self) -> str:
        """Its host."""
        url = split(self.base)
        return (url.host if url else None) or ""

    @property
    def shown(self) -> str:
        """Its URL without secrets."""
        return redacted(self.url, one_word=True)

    def errands(self) -> tuple[Errand, ...]:
        """The requests its client makes for one small package (go.dev/ref/mod#goproxy-protocol; PEP 503; npm; cargo RFC 2789),
        or at the beginning of its work."""
        base = self.base
        if self.client == "go":
            at = f"{base}/{MODULE}/@v"
            own = (
                Errand("list", f"{at}/list", TEXT, VERSION), Errand("info", f"{at}/{VERSION}.info", JSON, VERSION),
                Errand("mod", f"{at}/{VERSION}.mod", TEXT, MODULE), Errand("zip", f"{at}/{VERSION}.zip", ZIP, ""),
            )  # fmt: skip
            if not self.database:
                return own
            return (*own, Errand("sumdb", f"{base}/sumdb/{self.database}/lookup/{MODULE}@{VERSION}", TEXT, "h1:", True))
        if self.client == "sumdb":
            return (Errand("lookup", f"{base}/lookup/{MODULE}@{VERSION}", TEXT, "h1:"),)
        if self.client == "pip":
            return (Errand("index", f"{base}/{PACKAGE_PIP}/", HTML, PACKAGE_PIP),)
        if self.client == "npm":
            return (Errand("packument", f"{base}/{PACKAGE_NPM}", JSON, "versions"),)
        if self.client == "git":  # what a fetch asks first (gitprotocol-http(5))
            return (Errand("refs", f"{base}/info/refs?service=git-upload-pack", TEXT, "service=git-upload-pack"),)
        if self.client == "docker":
            return (Errand("ping", f"{base}/v2/", JSON, "", statuses=ANSWERS_PING),)
        first, second = PACKAGE_CARGO[:2], PACKAGE_CARGO[2:4]
        return (
            Errand("config", f"{base}/config.json", JSON, "dl"),
            Errand("index", f"{base}/{first}/{second}/{PACKAGE_CARGO}", TEXT, "vers"),
        )


def mirrors(gathered: Gathered, clients: Sequence[str], regions: Sequence[str] = ()) -> list[Mirror]:
    """The mirrors of the configuration, then those of the regions; each once, ``MOST`` in all."""
    named = list(_configured(gathered, clients))
    for region in regions:
        for client in (one for one in CLIENTS if one in clients):
            database = next((mirror.database for mirror in named if mirror.client == client), "")
            named += [Mirror(client, url, False, database) for url in WELL_KNOWN[region].get(client, ())]
    once: dict[tuple[str, str], Mirror] = {}
    for mirror in named:
        once.setdefault((mirror.client, mirror.base), mirror)
    return [mirror for mirror in once.values() if mirror.host][:MOST]


def _configured(gathered: Gathered, clients: Sequence[str]) -> Iterator[Mirror]:
    machine = gathered.machine
    if "go" in clients:
        settings = gathered.go
        database = (settings.value("GOSUMDB") or go_settings.DEFAULT_SUMDB).split(" ")
        name = "" if database[0] == "off" else database[0].partition("+")[0]
        for entry in go_settings.entries(settings.value("GOPROXY") or go_settings.DEFAULT_PROXY):
            if entry.startswith(("https://", "http://")):
                yield Mirror("go", entry, database=name, variable=_given(machine, "GOPROXY"))
        if name:
            yield Mirror("sumdb", database[1] if len(database) > 1 else f"https://{name}")
    if "pip" in clients:
        facts = gathered.pip
        yield Mirror("pip", facts.value("index-url") or pip.DEFAULT_INDEX, variable=_given(machine, "PIP_INDEX_URL"))
        for url in facts.value("extra-index-url").split():
            yield Mirror("pip", url)
    if "npm" in clients:
        registry = gathered.npm.value("registry") or npm.DEFAULT_REGISTRY
        yield Mirror("npm", registry, variable=_given(machine, "npm_config_registry", "NPM_CONFIG_REGISTRY"))
    if "cargo" in clients:
        registry = cargo.source(gathered.cargo) or DEFAULT_CARGO
        if registry.startswith("sparse+"):
            yield Mirror("cargo", registry)
    if "git" in clients:
        for url in git.remotes(gathered.git.entries):
            if url.startswith(("https://", "http://")):
                yield Mirror("git", url)
    if "docker" in clients:
        for url in (*docker.mirrors(gathered.docker), PUBLIC_REGISTRY):
            yield Mirror("docker", url)


def _given(machine: Machine, *names: str) -> str:
    """The first of these variables that is set; else an empty text."""
    return next((name for name in names if machine.value(name)), "")
