"""Faults to plant: which clients they are of, what is done, and the id of the line that must tell of it."""

import base64
import hashlib
import hmac
import socket
from typing import NamedTuple

from patients import free_port


class Planted(NamedTuple):
    """A fault.

    Attributes:
        id: of the line that must be there.
        client: whose settings are looked at.
        plant: does it to a patient.
        runs: what mends it is run, and the line is gone afterwards.
    """

    id: str
    client: str
    plant: object
    level: str = "wrong"
    runs: bool = True


def variable(**values):
    """Variables that are set."""
    return lambda patient: patient.set(**values)


def saved(text):
    """The file that ``go env -w`` writes."""
    return lambda patient: patient.file("home/.config/go/env", text)


def etc(name, text):
    """A file of the system."""
    return lambda patient: patient.etc(name, text)


def home(name, text, mode=0o644):
    """A file in the home folder."""
    return lambda patient: patient.file(f"home/{name}", text, mode)


def git(*settings):
    """Settings of git's."""
    return lambda patient: [patient.sh(f"git config --global --add {name} '{value}'") for name, value in settings]


def both(*plants):
    """One after the other."""
    return lambda patient: [plant(patient) for plant in plants]


def module(version="1.21", vendor=False):
    """A project with a go.mod."""

    def plant(patient):
        patient.file("project/go.mod", f"module a.test/a\n\ngo {version}\n")
        if vendor:
            patient.file("project/vendor/modules.txt", "")

    return plant


def repository(*commands):
    """A git repository, and what is done in it."""
    return lambda patient: patient.sh("\n".join(["git init -q .", *commands]))


def cached(name, octets):
    """A file of the module cache."""

    def plant(patient):
        path = patient.home / "go/pkg/mod/cache/download" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(octets)

    return plant


def dead(scheme="http"):
    """A URL of this machine at which nothing listens."""
    return f"{scheme}://127.0.0.1:{free_port()}"


def hashed(host):
    """A row of known_hosts as ssh hashes it."""
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, host.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()} ssh-ed25519 AAAA\n"


GO = [
    Planted("go/goproxy-no-scheme", "go", variable(GOPROXY="goproxy,direct")),
    Planted("go/goproxy-scheme", "go", saved("GOPROXY=socks5://proxy.test,direct\n")),
    Planted("go/goproxy-empty", "go", variable(GOPROXY=",")),
    Planted("go/goproxy-off", "go", saved("GOPROXY=off\n"), "doubtful"),
    Planted("go/goproxy-quoted", "go", saved('GOPROXY="https://goproxy.cn,direct"\n')),
    Planted("go/goproxy-full-width", "go", variable(GOPROXY="https://goproxy.cn，direct")),
    Planted("go/goproxy-behind-direct", "go", variable(GOPROXY="direct,https://goproxy.cn"), "doubtful"),
    Planted("go/goproxy-nobody-listens", "go", lambda patient: patient.set(GOPROXY=f"{dead()},direct")),
    Planted("go/goproxy-closed", "go", variable(GOPROXY="https://gocenter.io,direct")),
    Planted("go/goproxy-clear-text", "go", variable(GOPROXY="http://goproxy.cn,direct"), "doubtful"),
    Planted("go/goproxy-password-in-clear", "go", variable(GOPROXY="http://me:pass@p.test,direct"), "doubtful"),
    Planted("go/gosumdb-off", "go", saved("GOSUMDB=off\n"), "doubtful"),
    Planted("go/gosumdb-no-key", "go", variable(GOSUMDB="sum.example.test")),
    Planted("go/goflags-no-flag", "go", variable(GOFLAGS="mod=mod")),
    Planted("go/goflags-unknown", "go", saved("GOFLAGS=-insecure\n")),
    Planted("go/goflags-vendor", "go", both(module(), variable(GOFLAGS="-mod=vendor"))),
    Planted("go/go111module-off", "go", saved("GO111MODULE=off\n")),
    Planted("go/go111module-unknown", "go", variable(GO111MODULE="yes")),
    Planted("go/go111module-unknown", "go", saved("GO111MODULE=yes\n")),
    Planted("go/goflags-no-flag", "go", saved("GOFLAGS=mod=mod\n")),
    Planted("go/gotoolchain-unknown", "go", saved("GOTOOLCHAIN=1.22\n")),
    Planted("go/gotoolchain-too-old", "go", both(module("1.99"), saved("GOTOOLCHAIN=local\n"))),
    Planted("go-cache/relative", "go", saved("GOMODCACHE=modules\n")),
    Planted("go/goprivate-never-matches", "go", variable(GOPRIVATE="https://git.corp.test, b.test")),
    Planted("go/goprivate-everything", "go", saved("GOPRIVATE=*\n"), "doubtful"),
    Planted("go/goprivate-public", "go", variable(GOPRIVATE="github.com"), "doubtful"),
    Planted("go/gonosumdb-everything", "go", variable(GONOSUMDB="*"), "doubtful"),
    Planted("go/goinsecure-set", "go", saved("GOINSECURE=git.corp.test\n"), "doubtful"),
    Planted("go/gotoolchain-unknown", "go", variable(GOTOOLCHAIN="1.22")),
    Planted("go/gotoolchain-too-old", "go", both(module("1.99"), variable(GOTOOLCHAIN="local"))),
    Planted("go/gotoolchain-forbidden", "go", both(module("1.99"), saved("GOSUMDB=off\n"))),
    Planted("go/gotoolchain-download", "go", module("1.99"), "doubtful"),
    Planted("go/godebug-form", "go", variable(GODEBUG="netdns"), "doubtful"),
    Planted("go/hidden", "go", both(saved("GOPROXY=https://goproxy.cn\n"), variable(GOPROXY="direct")), "doubtful"),
    Planted("go-cache/relative", "go", variable(GOMODCACHE="modules")),
    Planted("go-cache/gocache-off", "go", variable(GOCACHE="off")),
    Planted("go-cache/no-folder", "go", lambda patient: patient.set(TMPDIR=f"{patient.folder}/gone")),
    Planted("go-cache/damaged", "go", cached("a.test/a/@v/v1.0.0.zip", b"PK\x03\x04 cut short")),
]
CACHES = [
    Planted("go-cache/no-folder", "go", lambda patient: patient.set(GOMODCACHE=str(patient.file("taken", "x")))),
]
MACHINE = [
    Planted("proxy/nobody-listens", "go", lambda patient: patient.set(https_proxy=dead())),
    Planted(
        "proxy/container-loopback",
        "go",
        lambda patient: [patient.file(".dockerenv", ""), patient.set(https_proxy=dead())],
    ),
    Planted("proxy/malformed", "go", variable(https_proxy="http://me:p@ss/word@proxy.test:port")),
    Planted("proxy/malformed", "go", variable(http_proxy="http://proxy.test:port", https_proxy="http://a.test:1")),
    Planted("proxy/scheme", "go", variable(all_proxy="socks://proxy.test:1080")),
    Planted("proxy/quoted", "go", variable(https_proxy="'http://proxy.test:3128'")),
    Planted("proxy/tls-to-proxy", "go", variable(https_proxy="https://proxy.test:7890"), "doubtful"),
    Planted(
        "proxy/two-cases", "go", variable(https_proxy="http://a.test:1", HTTPS_PROXY="http://b.test:1"), "doubtful"
    ),
    Planted("proxy/https-missing", "go", variable(http_proxy="http://a.test:1"), "doubtful"),
    Planted(
        "proxy/no-proxy-form", "go", variable(https_proxy="http://a.test:1", no_proxy="http://b.test, c.test d.test")
    ),
    Planted("proxy/no-proxy-all", "go", variable(https_proxy="http://a.test:1", no_proxy="*"), "doubtful"),
    Planted(
        "proxy/no-proxy-host", "go", variable(https_proxy="http://a.test:1", NO_PROXY="golang.org,b.test"), "doubtful"
    ),
    Planted("resolver/not-an-address", "go", etc("resolv.conf", "nameserver dns.test\nnameserver 127.0.0.11\n")),
    Planted(
        "resolver/too-many",
        "go",
        etc("resolv.conf", "nameserver 127.0.0.11\n" * 3 + "nameserver 192.0.2.4\n"),
        "doubtful",
    ),
    Planted(
        "resolver/ndots",
        "go",
        etc("resolv.conf", "nameserver 127.0.0.11\nsearch a.test b.test\noptions ndots:5\n"),
        "doubtful",
    ),
    Planted(
        "resolver/search",
        "go",
        etc("resolv.conf", f"nameserver 127.0.0.11\nsearch {' '.join(f's{n}.test' for n in range(8))}\n"),
        "doubtful",
    ),
    Planted("resolver/blocked-host", "go", etc("hosts", "127.0.0.1 localhost\n0.0.0.0 proxy.golang.org\n")),
    Planted("resolver/pinned-host", "go", etc("hosts", "127.0.0.1 localhost\n192.0.2.7 sum.golang.org\n"), "doubtful"),
    Planted("resolver/no-localhost", "go", etc("hosts", "192.0.2.1 me\n"), "doubtful"),
    Planted("resolver/no-dns", "go", etc("nsswitch.conf", "hosts: files\n")),
    Planted("resolver/files-last", "go", etc("nsswitch.conf", "hosts: dns files\n"), "doubtful"),
    Planted("tls/missing", "go", variable(CURL_CA_BUNDLE="/none.pem")),
    Planted(
        "tls/no-certificate",
        "go",
        lambda patient: patient.set(SSL_CERT_FILE=str(patient.file("a.pem", "x"))),
        "doubtful",
    ),
    Planted("tls/unchecked", "npm", variable(NODE_TLS_REJECT_UNAUTHORIZED="0"), "doubtful"),
    Planted(
        "tls/no-bundle",
        "go",
        lambda patient: (patient.folder / "etc/ssl/certs/ca-certificates.crt").unlink(),
        runs=False,
    ),
]
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
BY_SSH = repository("git remote add origin git@git.test:a/b")
GIT = [
    Planted("git/config-broken", "git", home(".gitconfig", "[user]\n\tname = me\nnonsense line\n")),
    Planted("git/proxy-nobody-listens", "git", lambda patient: git(("http.proxy", dead()))(patient)),
    Planted("git/unchecked", "git", git(("http.sslVerify", "false")), "doubtful"),
    Planted("git/authorities-missing", "git", git(("http.sslCAInfo", "/none.pem"))),
    Planted("git/closed-mirror", "git", git(("url.https://hub.fastgit.xyz/.insteadOf", "https://github.com/"))),
    Planted("git/plain-protocol", "git", git(("url.git://github.com/.insteadOf", "https://github.com/"))),
    Planted("git/other-host", "git", git(("url.https://mirror.test/.insteadOf", "https://github.com/")), "doubtful"),
    Planted("git/helper-missing", "git", git(("credential.helper", "manager-of-old"))),
    Planted("git/program-missing", "git", variable(GIT_ASKPASS="/none/askpass"), "doubtful"),
    Planted("git/prompts", "git", variable(GIT_TERMINAL_PROMPT="1"), "doubtful"),
    Planted("git/lock-left", "git", repository("touch .git/index.lock")),
    Planted("ssh/agent-gone", "git", variable(SSH_AUTH_SOCK="/none/agent"), "doubtful", runs=False),
    Planted("ssh/config-mode", "git", home(".ssh/config", "Host a\n", 0o666)),
    Planted("ssh/key-mode", "git", home(".ssh/id_ed25519", KEY, 0o644)),
    Planted("ssh/host-unknown", "git", both(BY_SSH, home(".ssh/id_ed25519", KEY, 0o600)), runs=False),
    Planted("ssh/no-key", "git", both(BY_SSH, home(".ssh/known_hosts", hashed("git.test"))), runs=False),
    Planted("netrc/readable-by-others", "git", home(".netrc", "machine a.test login b password c\n"), "doubtful"),
    Planted("netrc/missing", "git", variable(NETRC="/none/netrc")),
    Planted("netrc/no-file", "git", lambda patient: (patient.home / ".netrc").mkdir()),
]
PIP_FILE, CARGO_FILE = ".config/pip/pip.conf", ".cargo/config.toml"
TAOBAO = '{"packages": {"node_modules/a": {"resolved": "https://registry.npm.taobao.org/a/-/a-1.0.0.tgz"}}}'
USTC = '[source.crates-io]\nreplace-with = "ustc"\n[source.ustc]\nregistry = "{url}"\n'
PACKAGES = [
    Planted("pip/config-broken", "pip", home(PIP_FILE, "index-url = https://pypi.org/simple\n")),
    Planted("pip/index-clear-text", "pip", home(PIP_FILE, "[global]\nindex-url = http://pypi.test/simple\n")),
    Planted("pip/index-path", "pip", home(PIP_FILE, "[global]\nindex_url = https://pypi.org/\n")),
    Planted("pip/index-scheme", "pip", variable(PIP_INDEX_URL="pypi.test/simple")),
    Planted("pip/index-nobody-listens", "pip", lambda patient: patient.set(PIP_INDEX_URL=dead() + "/simple")),
    Planted("pip/extra-index", "pip", variable(PIP_EXTRA_INDEX_URL="https://corp.test/simple"), "doubtful"),
    Planted("pip/trusted-host", "pip", home(PIP_FILE, "[global]\ntrusted-host = pypi.test\n"), "doubtful"),
    Planted("pip/no-index", "pip", variable(PIP_NO_INDEX="1")),
    Planted("pip/authorities-missing", "pip", home(PIP_FILE, "[global]\ncert = /none.pem\n")),
    Planted("pip/config-missing", "pip", variable(PIP_CONFIG_FILE="/none/pip.conf"), "doubtful"),
    Planted("npm/registry-closed", "npm", home(".npmrc", "registry=https://registry.npm.taobao.org/\n")),
    Planted("npm/registry-clear-text", "npm", home(".npmrc", "registry=http://npm.test/\n"), "doubtful"),
    Planted("npm/registry-scheme", "npm", variable(npm_config_registry="npm.test")),
    Planted("npm/proxy-nobody-listens", "npm", lambda patient: patient.file("home/.npmrc", f"proxy={dead()}\n")),
    Planted("npm/variable-unset", "npm", home(".npmrc", "//npm.test/:_authToken=${NPM_TOKEN_OF_MINE}\n"), "doubtful"),
    Planted("npm/unchecked", "npm", home(".npmrc", "strict-ssl=false\n"), "doubtful"),
    Planted("npm/offline", "npm", variable(NPM_CONFIG_OFFLINE="true")),
    Planted("npm/lock-closed", "npm", lambda patient: patient.file("project/package-lock.json", TAOBAO)),
    Planted("cargo/config-broken", "cargo", home(CARGO_FILE, "[source\n")),
    Planted("cargo/source-missing", "cargo", home(CARGO_FILE, '[source.crates-io]\nreplace-with = "ustc"\n')),
    Planted("cargo/source-no-slash", "cargo", home(CARGO_FILE, USTC.format(url="sparse+https://crates.test/index"))),
    Planted("cargo/source-by-git", "cargo", home(CARGO_FILE, USTC.format(url="https://crates.test/index")), "doubtful"),
    Planted("cargo/offline", "cargo", home(CARGO_FILE, "[net]\noffline = true\n")),
    Planted("cargo/authorities-missing", "cargo", home(CARGO_FILE, '[http]\ncainfo = "/none.pem"\n')),
    Planted("cargo/two-configs", "cargo", both(home(CARGO_FILE, ""), home(".cargo/config", "")), "doubtful"),
    Planted("docker/daemon-broken", "docker", etc("docker/daemon.json", "{,}")),
    Planted("docker/mirror-form", "docker", etc("docker/daemon.json", '{"registry-mirrors": ["hub.test/x"]}')),
    Planted("docker/mirror-closed", "docker",
            etc("docker/daemon.json", '{"registry-mirrors": ["https://hub-mirror.c.163.com"]}'), "doubtful"),
    Planted("docker/dns-loopback", "docker", etc("docker/daemon.json", '{"dns": ["127.0.0.1"]}')),
    Planted("docker/helper-missing", "docker", home(".docker/config.json", '{"credsStore": "of-old"}')),
    Planted("docker/proxy-loopback", "docker",
            home(".docker/config.json", '{"proxies": {"default": {"httpProxy": "http://127.0.0.1:7890"}}}')),
    Planted("docker/client-broken", "docker", home(".docker/config.json", "[]")),
    Planted("docker/host-missing", "docker", variable(DOCKER_HOST="unix:///none/docker.sock")),
    Planted("docker/host-form", "docker", variable(DOCKER_HOST="192.0.2.1:2375")),
]  # fmt: skip
ALL = [*GO, *CACHES, *MACHINE, *GIT, *PACKAGES]


def listening():
    """A socket that listens here."""
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    one.listen()
    return one
