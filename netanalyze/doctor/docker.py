"""docker: the daemon's socket and settings, and the client's helpers and proxies (docs.docker.com); docker is not asked."""

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from netanalyze.doctor.machine import Access, Machine, at, json_object, texts
from netanalyze.doctor.places import is_loopback, proxy_url, shown, word
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.doctor.routes import DAEMON_FILE
from netanalyze.urls import host_in, split
from netanalyze.wording import message

SOCKET = "/var/run/docker.sock"
CLOSED = (
    "docker.mirrors.ustc.edu.cn",
    "registry.docker-cn.com",
    "hub-mirror.c.163.com",
    "dockerhub.azk8s.cn",
    "reg-mirror.qiniu.com",
)
"""Mirrors of Docker Hub that serve the public no longer."""
REACHABLE = Access("socket", writable=True)
"""A socket that we may talk to."""
DEFAULT_HOSTS = ("registry-1.docker.io", "auth.docker.io")


@dataclass(frozen=True)
class DockerSettings:
    """docker's files.

    Attributes:
        daemon: /etc/docker/daemon.json, ``client`` ~/.docker/config.json; None where there is one that is no JSON.
        helpers: credential helpers named in the client's that are not installed.
        context: the one that the client's file chooses, which says where the daemon is.
        socket: what DOCKER_HOST, or nothing, makes the client ask.
    """

    program: str | None
    daemon: Mapping[str, Any] | None = field(default_factory=dict)
    client: Mapping[str, Any] | None = field(default_factory=dict)
    client_path: str = ""
    helpers: tuple[str, ...] = ()
    host: str = ""
    socket: Access = REACHABLE
    daemon_path: str = DAEMON_FILE
    context: str = ""


def gather(machine: Machine) -> DockerSettings:
    """Read the files and look at the socket, without asking it."""
    daemon_text = machine.system_text(DAEMON_FILE)
    folder = machine.value("DOCKER_CONFIG") or machine.below_home(".docker")
    path = os.path.join(folder, "config.json")
    client_text = machine.text(path)
    client = json_object(client_text) if client_text is not None else {}
    stores = at(client, "credHelpers")
    named = [at(client, "credsStore"), *(stores.values() if isinstance(stores, Mapping) else ())]
    helpers = dict.fromkeys(name for name in named if isinstance(name, str) and name)
    host = machine.value("DOCKER_HOST")
    socket = host.removeprefix("unix://") if host.startswith("unix://") else SOCKET
    return DockerSettings(
        machine.program("docker"), json_object(daemon_text) if daemon_text is not None else {}, client, path,
        tuple(name for name in helpers if machine.program(f"docker-credential-{name}") is None),
        host, machine.access(socket), machine.system_path(DAEMON_FILE),
        at(client, "currentContext") or "",
    )  # fmt: skip


def mirrors(facts: DockerSettings) -> tuple[str, ...]:
    """The daemon's ``registry-mirrors``."""
    return texts(at(facts.daemon, "registry-mirrors"))


def hosts(facts: DockerSettings) -> list[str]:
    """The hosts the daemon will ask first."""
    return [*(host for host in map(host_in, mirrors(facts)) if host), *DEFAULT_HOSTS]


def judge(facts: DockerSettings) -> Iterator[Remark]:
    """All that is to be said of docker."""
    if facts.program is None:
        yield wrong(
            "docker/not-installed",
            "docker",
            message("there is no docker on the PATH"),
            "sudo apt-get install docker.io",
        )
        return
    yield from or_ok(_socket(facts), "docker/daemon", "docker", facts.host or SOCKET)
    yield from or_ok(
        [*_daemon(facts), *_client(facts)], "docker/settings", "docker", message("nothing in its files that hinders")
    )


def _socket(facts: DockerSettings) -> Iterator[Remark]:
    if facts.host and not facts.host.startswith("unix://"):
        url = split(facts.host)
        if url is None or url.scheme not in ("tcp", "ssh", "http", "https", "fd", "npipe"):
            yield wrong(
                "docker/host-form",
                "DOCKER_HOST",
                message(
                    "{url} is no place that docker asks: unix://, tcp:// or ssh:// stands before it",
                    url=shown(facts.host),
                ),
                "unset DOCKER_HOST",
            )
        return
    if facts.context not in ("", "default") and not facts.host:
        return
    where = facts.host.removeprefix("unix://") or SOCKET
    if facts.socket.kind == "missing":
        if facts.host:
            yield wrong(
                "docker/host-missing", "DOCKER_HOST", message("{path} is not there", path=where), "unset DOCKER_HOST"
            )
        else:
            yield doubtful(
                "docker/no-daemon",
                "docker",
                message("{path} is not there: no daemon runs here", path=where),
                "sudo systemctl start docker",
            )
    elif not facts.socket.writable:
        yield wrong(
            "docker/no-permission",
            "docker",
            message("we may not talk to {path}", path=where),
            'sudo usermod -aG docker "$(id -un)"',
        )


def _edit(path: str, change: str) -> str:
    """A change of a JSON file that is made whole or not at all; jq is no part of every system, and Python is here."""
    code = f"import json,os; p={json.dumps(path)}; d=json.load(open(p)); {change}; t=json.dumps(d,indent=2)"
    return "sudo python3 -c " + shlex.quote(f'{code}; open(p+".new","w").write(t); os.replace(p+".new",p)')


def _daemon(facts: DockerSettings) -> Iterator[Remark]:
    path = facts.daemon_path
    if facts.daemon is None:
        yield wrong(
            "docker/daemon-broken",
            "daemon.json",
            message("it is no JSON object, and the daemon does not start"),
            f"sudo mv {word(path)} {word(path + '.broken')}",
        )
        return
    for mirror in mirrors(facts):
        url = split(mirror)
        drop = (
            _edit(path, f'd["registry-mirrors"].remove("{mirror}")')
            if '"' not in mirror and "'" not in mirror
            else f"sudo mv {word(path)} {word(path + '.old')}"
        )
        if url is None or url.scheme not in ("http", "https") or url.path not in ("", "/") or not url.host:
            yield wrong(
                "docker/mirror-form",
                "registry-mirrors",
                message("{url} is none: https://host and no path is, or the daemon does not start", url=shown(mirror)),
                drop,
            )
        elif url.host in CLOSED:
            yield doubtful(
                "docker/mirror-closed",
                "registry-mirrors",
                message("{host} serves the public no longer, and is asked first each time", host=url.host),
                drop,
            )
    for server in (one for one in texts(at(facts.daemon, "dns")) if is_loopback(one)):
        yield wrong(
            "docker/dns-loopback",
            "dns",
            message("{server} is the container itself in each container", server=server),
            _edit(path, 'd.pop("dns")'),
        )
    if texts(at(facts.daemon, "insecure-registries")):
        yield doubtful(
            "docker/unchecked",
            "insecure-registries",
            message("certificates of these are not checked"),
            _edit(path, 'd.pop("insecure-registries")'),
        )


def _client(facts: DockerSettings) -> Iterator[Remark]:
    path = facts.client_path
    if facts.client is None:
        yield wrong(
            "docker/client-broken",
            "config.json",
            message("{path} is no JSON object, and docker leaves it out", path=path),
            f"mv {word(path)} {word(path + '.broken')}",
        )
        return
    for name in facts.helpers:
        yield wrong(
            "docker/helper-missing",
            "credsStore",
            message("docker-credential-{helper} is not installed: pull and login fail", helper=shown(name)),
            _edit(path, 'd.pop("credsStore",0); d.pop("credHelpers",0)').removeprefix("sudo "),
        )
    proxies = at(facts.client, "proxies", "default")
    for name, value in proxies.items() if isinstance(proxies, Mapping) else ():
        url = proxy_url(value) if isinstance(value, str) and name != "noProxy" else None
        if url is not None and is_loopback(url.host):
            yield wrong(
                "docker/proxy-loopback",
                f"proxies.{name}",
                message("{host} is the container itself in each container, and no proxy is there", host=url.host),
                _edit(path, f'd["proxies"]["default"].pop("{name}")').removeprefix("sudo "),
            )
