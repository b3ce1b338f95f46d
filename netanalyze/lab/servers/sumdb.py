"""A checksum database for the laboratory's modules: lookups, tree heads and hash tiles, signed (go.dev/ref/mod,
"Checksum database"; RFC 6962 section 2.1).

The key is made from a fixed text, so a scenario can name the database in GOSUMDB with its key: ``verifier_key()``.
Fewer than 256 records: the one partial tile of level 0 is the whole tree.
"""

import base64
import functools
import hashlib
import io
import zipfile

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from netanalyze.lab.servers import modules
from netanalyze.numerals import integer

NAME = "sum.golang.org"
ED25519 = b"\x01"  # algorithm of a note's signature, golang.org/x/mod/sumdb/note
LEAF, NODE = b"\x00", b"\x01"


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"laboratory checksum database").digest())


def _public() -> bytes:
    raw = _key().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return ED25519 + raw


def _key_hash() -> bytes:
    return hashlib.sha256(NAME.encode() + b"\n" + _public()).digest()[:4]


def verifier_key() -> str:
    """What GOSUMDB must say for the client to believe this database."""
    return f"{NAME}+{_key_hash().hex()}+{base64.b64encode(_public()).decode()}"


def _h1(files: dict[str, bytes]) -> str:
    """Go's hash of a set of files, as in go.sum."""
    lines = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


@functools.lru_cache(maxsize=1)
def records() -> tuple[str, ...]:
    """The text of every record, in the order of the log."""
    texts = []
    for module in (*modules.LIBRARIES, modules.MIDDLE):
        with zipfile.ZipFile(io.BytesIO(modules.archive(module))) as archive:
            whole = _h1({name: archive.read(name) for name in archive.namelist()})
        alone = _h1({"go.mod": modules.go_mod(module).encode()})
        texts.append(f"{module} {modules.VERSION} {whole}\n{module} {modules.VERSION}/go.mod {alone}\n")
    return tuple(texts)


@functools.lru_cache(maxsize=1)
def leaves() -> tuple[bytes, ...]:
    """Hashes of the records."""
    return tuple(hashlib.sha256(LEAF + text.encode()).digest() for text in records())


def root(hashes: tuple[bytes, ...]) -> bytes:
    """Merkle tree head over ``hashes``."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(NODE + root(hashes[:split]) + root(hashes[split:])).digest()


def tree_head() -> str:
    """The signed note on the newest tree."""
    text = f"go.sum database tree\n{len(leaves())}\n{base64.b64encode(root(leaves())).decode()}\n"
    signature = base64.b64encode(_key_hash() + _key().sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {NAME} {signature}\n"


def served(path: str) -> tuple[int, str, bytes]:
    """Status, content type and body for the path of a GET."""
    if path == "/latest":
        return 200, "text/plain", tree_head().encode()
    if path.startswith("/lookup/"):
        wanted = path.removeprefix("/lookup/").replace("@", " ")
        for number, text in enumerate(records()):
            if text.startswith(wanted + " "):
                return 200, "text/plain", f"{number}\n{text}\n{tree_head()}".encode()
    if path.startswith("/tile/8/0/000.p/"):
        width = path.rpartition("/")[2]
        if integer(width, most=len(leaves())) is not None:
            return 200, "application/octet-stream", b"".join(leaves()[: int(width)])
    return 404, "text/plain", b"not found\n"


def carried(path: str) -> tuple[int, str, bytes]:
    """The same as a module proxy passes it on: ``/sumdb/NAME/supported``, and what stands behind ``/sumdb/NAME``."""
    name, _, rest = path.removeprefix("/sumdb/").partition("/")
    if name != NAME:
        return 404, "text/plain", b"not found\n"
    return (200, "text/plain", b"") if rest == "supported" else served(f"/{rest}")
