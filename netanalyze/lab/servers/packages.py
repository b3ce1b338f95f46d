"""Registries of packages with one package each, ``laboratory`` 1.0.0, as pip, npm and cargo read them.

A simple index (PEP 503) and its wheel, a registry document of npm and its tarball, a sparse index of cargo and its crate.
"""

import base64
import gzip
import hashlib
import io
import json
import random
import tarfile
import zipfile
from functools import cache

NAME, VERSION = "laboratory", "1.0.0"
PAYLOAD_OCTETS = 300_000
WHEEL = f"{NAME}-{VERSION}-py3-none-any.whl"
FILES, NPM, CRATES = "https://files.pythonhosted.org", "https://registry.npmjs.org", "https://static.crates.io/crates"
MIRRORS = {"mirrors.aliyun.com": "pypi/", "registry.npmmirror.com": ""}
"""Hosts that serve copies, files included, and the path below which they do."""


def _payload() -> bytes:
    """Octets that no compression makes fewer."""
    return random.Random(NAME).randbytes(PAYLOAD_OCTETS)


@cache
def wheel() -> bytes:
    """The wheel (PEP 427): a module, a payload, its metadata; pip download asks for no RECORD with hashes."""
    information = f"{NAME}-{VERSION}.dist-info"
    files = {
        f"{NAME}.py": b"VALUE = 1\n",
        f"{NAME}.bin": _payload(),
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n".encode(),
        f"{information}/WHEEL": b"Wheel-Version: 1.0\nGenerator: laboratory\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    listed = "".join(f"{name},,\n" for name in (*files, f"{information}/RECORD"))
    files[f"{information}/RECORD"] = listed.encode()
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return octets.getvalue()


def _tarball(files: dict[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with tarfile.open(fileobj=octets, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(octets.getvalue(), mtime=0)


@cache
def npm_tarball() -> bytes:
    """The package as ``npm pack`` would write it."""
    described = json.dumps({"name": NAME, "version": VERSION, "main": "index.js"}).encode()
    return _tarball(
        {"package/package.json": described, "package/index.js": b"exports.value = 1;\n", "package/data": _payload()}
    )


@cache
def crate() -> bytes:
    """The package as ``cargo package`` would write it."""
    described = f'[package]\nname = "{NAME}"\nversion = "{VERSION}"\nedition = "2021"\n'.encode()
    under = f"{NAME}-{VERSION}"
    return _tarball({f"{under}/Cargo.toml": described, f"{under}/src/lib.rs": b"", f"{under}/data": _payload()})


def _simple(name: str, host: str) -> bytes:
    """A project's page of the simple index; pip asks for its own, too, to tell of new versions."""
    files = f"https://{host}/pypi" if host in MIRRORS else FILES
    link = f'<a href="{files}/packages/{WHEEL}#sha256={hashlib.sha256(wheel()).hexdigest()}">{WHEEL}</a>'
    return f"<!DOCTYPE html><html><body>{link if name == NAME else ''}</body></html>\n".encode()


def _npm_document(host: str) -> bytes:
    """The registry's document of the package (npm registry API, "getting a package")."""
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(npm_tarball()).digest()).decode()
    where = {
        "tarball": f"{f'https://{host}' if host in MIRRORS else NPM}/{NAME}/-/{NAME}-{VERSION}.tgz",
        "integrity": integrity,
    }
    versions = {VERSION: {"name": NAME, "version": VERSION, "dist": where}}
    return json.dumps({"name": NAME, "dist-tags": {"latest": VERSION}, "versions": versions}).encode()


def _crate_line() -> bytes:
    """The package's file in the sparse index (The Cargo Book, "Registry Index")."""
    checksum = hashlib.sha256(crate()).hexdigest()
    line = {"name": NAME, "vers": VERSION, "deps": [], "cksum": checksum, "features": {}, "yanked": False}
    return json.dumps(line).encode() + b"\n"


def served(path: str, host: str = "") -> tuple[int, str, bytes]:
    """Status, content type and body for the path of a GET of a host; 404 for what does not exist."""
    match path.strip("/").removeprefix(MIRRORS.get(host, "")).split("/"):
        case ["simple", name] if name in (NAME, "pip"):
            return 200, "text/html", _simple(name, host)
        case ["packages", file] if file == WHEEL:
            return 200, "application/zip", wheel()
        case [name] if name == NAME:
            return 200, "application/json", _npm_document(host)
        case [name, "-", _] if name == NAME:
            return 200, "application/octet-stream", npm_tarball()
        case ["config.json"]:
            return 200, "application/json", json.dumps({"dl": CRATES}).encode()
        case ["la", "bo", name] if name == NAME:
            return 200, "text/plain", _crate_line()
        case ["crates", name, _, "download"] if name == NAME:
            return 200, "application/gzip", crate()
    return 404, "text/plain", b"not found: no such package in this laboratory\n"
