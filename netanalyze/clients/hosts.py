"""What host names and URLs mean to a command: which role (``findings.ROLES``) a server plays.

The Go hosts are those of ``$GOROOT/go.env`` and cmd/go (modfetch/sumdb.go, vcs/vcs.go); the mirrors are those that
their operators announce as GOPROXY. A name proves a role, an order or a port only suggests one: what is
not known stays ``server``.
"""

from typing import TYPE_CHECKING

from netanalyze.patterns import lazy_pattern

if TYPE_CHECKING:
    from netanalyze.clients.trace import Trace

MODULE_PROXIES = {
    "proxy.golang.org": "https://proxy.golang.org",
    "goproxy.cn": "https://goproxy.cn",
    "goproxy.io": "https://goproxy.io",
    "mirrors.aliyun.com": "https://mirrors.aliyun.com/goproxy/",
    "mirrors.cloud.tencent.com": "https://mirrors.cloud.tencent.com/go/",
    "repo.huaweicloud.com": "https://repo.huaweicloud.com/repository/goproxy/",
    "goproxy.baidu.com": "https://goproxy.baidu.com",
    "proxy.golang.com.cn": "https://proxy.golang.com.cn",
    "athens.azurefd.net": "https://athens.azurefd.net",
}
"""Public module proxies by host, and what stands for them in GOPROXY."""

CHECKSUM_DATABASES = ("sum.golang.org", "sum.golang.google.cn")
"""The public checksum database and its second name (modfetch/sumdb.go): same key, same content."""

_ROLES = {
    **dict.fromkeys(MODULE_PROXIES, "module-proxy"),
    **dict.fromkeys(CHECKSUM_DATABASES, "checksum-db"),
    **dict.fromkeys(("golang.org", "go.dev", "dl.google.com", "golang.google.cn"), "toolchain-host"),
    **dict.fromkeys(("storage.googleapis.com",), "redirect-target"),
    **dict.fromkeys(
        [
            "github.com",
            "ssh.github.com",
            "codeload.github.com",
            "gitlab.com",
            "altssh.gitlab.com",
            "bitbucket.org",
            "altssh.bitbucket.org",
            "codeberg.org",
            "gitee.com",
            "git.sr.ht",
            "go.googlesource.com",
            "hub.jazz.net",
            "git.apache.org",
            "git.openstack.org",
            "chiselapp.com",
            "dev.azure.com",
            "ssh.dev.azure.com",
        ],
        "vcs-host",
    ),
    **dict.fromkeys(
        [
            "gopkg.in",
            "google.golang.org",
            "go.uber.org",
            "k8s.io",
            "sigs.k8s.io",
            "rsc.io",
            "gorm.io",
            "gonum.org",
            "modernc.org",
            "mvdan.cc",
            "cloud.google.com",
            "go.opentelemetry.io",
            "go.mongodb.org",
            "go.etcd.io",
            "honnef.co",
        ],
        "vanity-host",
    ),
}
_PORTS = {53: "resolver", 853: "resolver", 5353: "resolver", 22: "vcs-host", 9418: "vcs-host", 1080: "http-proxy",
          3128: "http-proxy"}  # fmt: skip
_SHAPES = (
    (lazy_pattern(r"(?:^|[.-])goproxy(?:[.-]|$)|(?:^|\.)athens[.-]"), "module-proxy"),
    (lazy_pattern(r"^(?:sum|sumdb|gosumdb)\."), "checksum-db"),
    (lazy_pattern(r"^(?:git|gitlab|gitea|github|gogs|gerrit|bitbucket|svn|hg)[.-]|\.googlesource\.com$"), "vcs-host"),
)

RANK = (
    "module-proxy",
    "checksum-db",
    "toolchain-host",
    "http-proxy",
    "resolver",
    "vcs-host",
    "vanity-host",
    "redirect-target",
)
"""Of two roles that one host is seen in, the one that stands first here is told."""


def url_role(url: str) -> str | None:
    """The role of the host that a go command's URL asks, from the URL's path; None if the path does not tell.

    Module proxy protocol: https://go.dev/ref/mod#goproxy-protocol; checksum database: …#checksum-database.

    >>> url_role("https://goproxy.cn/sumdb/sum.golang.org/supported"), url_role("https://go.uber.org/zap?go-get=1")
    ('module-proxy', 'vanity-host')
    """
    path, _, query = url.partition("?")
    if "/golang.org/toolchain/@v/" in path or path.endswith("://golang.org/toolchain"):
        return "toolchain-host"
    if "/@v/" in path or path.endswith("/@latest") or "/sumdb/" in path:
        return "module-proxy"
    if "/lookup/" in path or "/tile/" in path or path.endswith(("/supported", "/latest")):
        return "checksum-db"
    if "go-get=1" in query:
        return "vanity-host"
    return None


def role_of(
    host: str | None, port: int | None = None, order: int | None = None, trace: "Trace | None" = None,
    client: str | None = None,
) -> str:  # fmt: skip
    """The role of a host, from what the command printed, its name, its port, and when it was first asked.

    Args:
        host: name or address; None where only the port is known.
        port: TCP or UDP port asked.
        order: 0 for the first host the command asked over TLS or HTTP, 1 for the second, …
        trace: what the command printed; a role seen there goes before what the name suggests.
        client: the command's name; the first host a ``go`` asks is its module proxy (GOPROXY's first entry) unless
            its name says another thing.

    >>> role_of("goproxy.cn"), role_of("192.0.2.53", 53), role_of("a.example", 443, order=0, client="go")
    ('module-proxy', 'resolver', 'module-proxy')
    """
    name = (host or "").rstrip(".").lower()
    if client is None and trace is not None:
        client = trace.client
    told = trace.host_roles.get(name) if trace is not None else None
    role = (
        told or _ROLES.get(name) or (_PORTS.get(port or 0) if port != 22 or client in (None, "go", "git") else "server")
    )
    if role is None:
        role = next((shape_role for shape, shape_role in _SHAPES if shape.search(name)), None)
    if trace is not None and not trace.requests and any(d.toolchain for d in trace.downloading):
        # cmd/go/internal/toolchain/select.go: before -x is read the only work is the toolchain's download.
        return "toolchain-host" if role in (None, "module-proxy", "redirect-target", "toolchain-host") else role
    if role is None and client == "go" and order == 0 and name not in (trace.hosts if trace is not None else ()):
        role = "module-proxy"
    return role or "server"


def is_public(host: str | None) -> bool:
    """Whether a host is one of the public services named here (so that a public mirror may stand in for it)."""
    return (host or "").rstrip(".").lower() in _ROLES
