"""What TLS is checked against: the authorities' file, the variables that name another one, and the clock."""

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netanalyze.doctor.machine import Machine
from netanalyze.doctor.remark import Remark, doubtful, ok, wrong
from netanalyze.findings import Threshold
from netanalyze.units import SECOND_NS, rfc3339
from netanalyze.wording import message

BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
           "/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem")  # fmt: skip
"""Where go looks (crypto/x509/root_linux.go)."""
FILES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "PIP_CERT",
         "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE")  # fmt: skip
"""Each names a file of authorities, to OpenSSL and go, curl, Python's requests, git, node, pip, cargo."""
ADDED = ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
"""Of these the system's authorities are read as well, or instead where they name nothing (crypto/x509/root_unix.go; OpenSSL's
folder; node's own list)."""
UNCHECKED = {"NODE_TLS_REJECT_UNAUTHORIZED": ("0",), "GIT_SSL_NO_VERIFY": ("1", "true", "yes", "on"),
             "PYTHONHTTPSVERIFY": ("0",)}  # fmt: skip
"""Variables that switch checking off, and the values by which they do."""
MARK = "-----BEGIN CERTIFICATE-----"
TRUSTED_MARK = "-----BEGIN TRUSTED CERTIFICATE-----"
SLACK = Threshold(86_400, "s", source="time zones: a file of tomorrow's date is made where the clock is set to local time",
                  why="files may be dated by a clock of another zone")  # fmt: skip


@dataclass(frozen=True)
class Trust:
    """Files of authorities and the clock.

    Attributes:
        bundle: the system's file; empty where there is none.
        named: variable -> the file or folder it names, and what is wrong with it: ``missing``, ``unreadable``,
            ``no-certificate``, or nothing.
        unchecked: variables that switch checking off.
        now_ns: by this machine's clock.
        newest_ns: when the newest of some files that are there was written.
    """

    bundle: str = "/etc/ssl/certs/ca-certificates.crt"
    named: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unchecked: tuple[str, ...] = ()
    now_ns: int = 0
    newest_ns: int = 0
    newest: str = ""


def gather(machine: Machine) -> Trust:
    """Look at the files by their beginning."""
    bundle = next((path for path in BUNDLES if MARK in (machine.system_text(path) or "")), "")
    named = {name: (path, _fault(machine, path)) for name in FILES if (path := machine.value(name))}
    folder = machine.value("SSL_CERT_DIR")
    if folder:
        missing = [part for part in folder.split(":") if machine.access(part).kind != "folder"]
        named["SSL_CERT_DIR"] = (folder, "missing" if missing else "")
    off = tuple(name for name, values in UNCHECKED.items() if machine.value(name).lower() in values)
    dated = [
        (os.stat(path).st_mtime_ns, path) for path in (__file__, machine.system_path(bundle)) if os.path.exists(path)
    ]
    newest_ns, newest = max(dated, default=(0, ""))
    return Trust(bundle, named, off, time.time_ns(), newest_ns, newest)


def _fault(machine: Machine, path: str) -> str:
    found = machine.access(path)
    if found.kind != "file":
        return "missing"
    text = machine.text(path)
    if text is None or not found.readable:
        return "unreadable"
    return "" if MARK in text or TRUSTED_MARK in text else "no-certificate"


def file_fault(machine: Machine, path: str) -> str:
    """What is wrong with a file of authorities: ``missing``, ``unreadable``, ``no-certificate``, or nothing."""
    return _fault(machine, path)


WHY = {
    "missing": message("{path} is not there: no certificate can be checked"),
    "unreadable": message("{path} may not be read: no certificate can be checked"),
    "no-certificate": message("there is no certificate in {path}: none can be checked"),
}
"""What each fault of a file of authorities means."""


def judge(facts: Trust) -> Iterator[Remark]:
    """All that is to be said of certificates and the clock."""
    if facts.bundle:
        yield ok("tls/bundle", "authorities", facts.bundle)
    else:
        yield wrong(
            "tls/no-bundle",
            "authorities",
            message("the system has no file of authorities: no certificate can be checked"),
            "sudo apt-get install --reinstall ca-certificates",
        )
    for name, (path, fault) in facts.named.items():
        if fault and name in ADDED:
            why = message("nothing can be read of {path}: the system's authorities alone are believed", path=path)
            yield doubtful(f"tls/{fault}", name, why, f"unset {name}")
        elif fault:
            yield wrong(f"tls/{fault}", name, message(WHY[fault].template, path=path), f"unset {name}")
        else:
            yield ok("tls/named", name, path)
    for name in facts.unchecked:
        yield doubtful(
            "tls/unchecked", name, message("certificates are not checked by whoever heeds it"), f"unset {name}"
        )
    yield from _clock(facts)


def _clock(facts: Trust) -> Iterator[Remark]:
    if facts.now_ns + SLACK.ns < facts.newest_ns:
        yield wrong(
            "clock/behind",
            "clock",
            message(
                "it says {now}, before {path} was written: certificates are not yet valid",
                now=_day(facts.now_ns),
                path=facts.newest,
            ),
            f"sudo date -u -s @{facts.newest_ns // SECOND_NS}; sudo timedatectl set-ntp true",
        )
    else:
        yield ok("clock/time", "clock", _day(facts.now_ns))


def _day(ns: int) -> str:
    return (rfc3339(ns) or "?").partition(".")[0] + "Z"
