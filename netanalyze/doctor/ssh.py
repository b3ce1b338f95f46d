"""ssh, where git or go would use it: host keys that are known, an agent that is there, files that ssh accepts."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netanalyze.doctor.machine import Machine
from netanalyze.doctor.places import word
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.paste import HOST, checked
from netanalyze.urls import split
from netanalyze.wording import message

KEYS = ("id_ed25519", "id_rsa", "id_ecdsa", "id_ed25519_sk", "id_ecdsa_sk")
"""Tried by default (ssh(1), IdentityFile)."""
CHANGED = ("identityfile", "identityagent", "hostname ", "hostkeyalias", "stricthostkeychecking", "knownhosts")
"""Settings by which keys of either side may be elsewhere, under another name, or need not be known."""
OTHERS_READ, OTHERS_WRITE = 0o077, 0o022
"""ssh ignores a key that others may read, and refuses a configuration that others may write (authfile.c, readconf.c)."""
ENCRYPTED = ("ENCRYPTED", "bcrypt")


@dataclass(frozen=True)
class SshFiles:
    """What ssh finds.

    Attributes:
        hosts: hosts that git reaches by ssh from here; where there is none, only what is set is looked at.
        unknown: those of them whose key is in no known_hosts.
        keys: (path, permissions, whether it wants a passphrase, ours) of each key.
        configured: the configuration may know of other keys, names or files than are looked at here.
        agent: what SSH_AUTH_SOCK names, and whether it is a socket.
    """

    hosts: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    keys: tuple[tuple[str, int, bool], ...] = ()
    config_mode: int | None = None
    config_path: str = ""
    configured: bool = False
    agent: tuple[str, bool] | None = None


def host_of(remote: str) -> str | None:
    """The host of a git remote that goes by ssh (``git@host:path``, ``ssh://host/path``); None for any other.

    >>> host_of("git@github.com:a/b"), host_of("ssh://git@git.test:29418/x"), host_of("https://go.dev/x"), host_of("/a:b")
    ('github.com', '[git.test]:29418', None, None)
    """
    if remote.startswith(("ssh://", "git+ssh://")):
        url = split(remote)
        if url is None or url.host is None:
            return None
        return f"[{url.host}]:{url.port}" if url.port not in (None, 22) else url.host
    place, colon, _ = remote.partition(":")
    if "://" in remote or not colon or "/" in place:
        return None
    return checked(place.rpartition("@")[2], HOST)


def gather(machine: Machine, remotes: Iterable[str]) -> SshFiles:
    """Look at the files of ~/.ssh, of keys no more than how they begin."""
    hosts = tuple(dict.fromkeys(host for remote in remotes if (host := host_of(remote))))
    known = [machine.text(machine.below_home(".ssh", name)) for name in ("known_hosts", "known_hosts2")]
    known.append(machine.system_text("/etc/ssh/ssh_known_hosts"))
    rows = [row for text in known for row in (text or "").splitlines()]
    config = machine.below_home(".ssh", "config")
    seen = machine.access(config)
    text = "\n".join([machine.text(config) or "", machine.system_text("/etc/ssh/ssh_config") or ""])
    text = "\n".join(row for row in text.lower().splitlines() if not row.lstrip().startswith("#"))
    socket = machine.value("SSH_AUTH_SOCK")
    keys = []
    for name in KEYS:
        path = machine.below_home(".ssh", name)
        found = machine.access(path)
        if found.kind == "file":
            keys.append((path, found.mode, _is_encrypted(machine.text(path) or "")))
    return SshFiles(
        hosts, tuple(host for host in hosts if not any(is_known(host, row) for row in rows)), tuple(keys),
        seen.mode if seen.kind == "file" else None, config,
        any(word in text for word in CHANGED) or bool(machine.value("GIT_SSH_COMMAND")),
        (socket, machine.access(socket).kind == "socket") if socket else None,
    )  # fmt: skip


def _is_encrypted(text: str) -> bool:
    """Whether a private key wants a passphrase: PEM says so; OpenSSH's own form names its cipher within (PROTOCOL.key)."""
    body = "".join(text.split("-----")[2:3]).split()
    if "OPENSSH" in text[:60]:
        try:
            return b"bcrypt" in base64.b64decode("".join(body))[:80]
        except ValueError:
            return False
    return "ENCRYPTED" in text[:200]


def is_known(host: str, row: str) -> bool:
    """Whether a row of known_hosts is this host's, hashed or not (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""
    words = row.split()
    if len(words) < 3 or row.startswith(("#", "@revoked")):
        return False
    names = words[1] if words[0].startswith("@") else words[0]
    if not names.startswith("|1|"):
        return host in names.split(",")
    parts = names.split("|")
    try:
        salt, wanted = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (ValueError, IndexError):
        return False
    return hmac.compare_digest(hmac.new(salt, host.encode(), hashlib.sha1).digest(), wanted)


def judge(facts: SshFiles) -> Iterator[Remark]:
    """All that is to be said of ssh."""
    found = [*_files(facts), *(_who(facts) if facts.hosts else ())]
    if found or facts.hosts:
        why = message("{hosts} are known", hosts=", ".join(facts.hosts))
        yield from or_ok(found, "ssh/hosts", "ssh", why)


def _files(facts: SshFiles) -> Iterator[Remark]:
    if facts.agent is not None and not facts.agent[1]:
        alone = bool(facts.hosts) and all(encrypted for _, _, encrypted in facts.keys)
        judged = wrong if alone else doubtful
        yield judged(
            "ssh/agent-gone",
            "SSH_AUTH_SOCK",
            message("it names {path}, and no agent is there: keys that it had are not used", path=facts.agent[0]),
            'eval "$(ssh-agent -s)"',
        )
    if facts.config_mode is not None and facts.config_mode & OTHERS_WRITE:
        yield wrong(
            "ssh/config-mode",
            "~/.ssh/config",
            message("others may write to it, and ssh refuses to run"),
            f"chmod 600 {word(facts.config_path)}",
        )
    for path, mode, _ in facts.keys:
        if mode & OTHERS_READ:
            yield wrong(
                "ssh/key-mode",
                os.path.basename(path),
                message("others may read this key, and ssh leaves it out"),
                f"chmod 600 {word(path)}",
            )


def _who(facts: SshFiles) -> Iterator[Remark]:
    for host in facts.unknown:
        place = host.removeprefix("[").partition("]")[0]
        port = f" -p {host.rpartition(':')[2]}" if host.startswith("[") else ""
        judged = doubtful if facts.configured else wrong
        yield judged(
            "ssh/host-unknown",
            place,
            message("its key is in no known_hosts: git asks, and where nobody can answer it fails"),
            f"ssh -o StrictHostKeyChecking=ask -T{port} git@{place}",
        )
    agent = facts.agent is not None and facts.agent[1]
    if not agent and not facts.configured and not facts.keys:
        yield wrong(
            "ssh/no-key",
            "keys",
            message("there is no key of the usual names and no agent: nobody can log in"),
            "ssh-keygen -t ed25519",
        )
    elif not agent and facts.keys and all(encrypted for _, _, encrypted in facts.keys):
        yield doubtful(
            "ssh/passphrase",
            "keys",
            message("each key wants its passphrase and there is no agent: go lets nobody be asked"),
            f'eval "$(ssh-agent -s)"; ssh-add {word(facts.keys[0][0])}',
        )
