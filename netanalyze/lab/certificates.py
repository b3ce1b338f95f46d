"""A certificate authority for one run: the client trusts it through SSL_CERT_FILE, nobody else ever sees it.

A chain is leaf, intermediate, root; the leaf names its host and fillers, so that a first flight takes several
full-size segments, as a public proxy's does (about 5 kB here, 11 kB measured at proxy.golang.org).
"""

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from netanalyze.output_files import write_octets

FILLER_NAMES = 60  # about 30 octets each
KINDS = ("good", "wrong-name", "expired", "not-yet-valid", "untrusted")


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Issuer:
    """A key that may sign, and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def _issue(subject: str, issuer: Issuer | None, authority: bool, names: list[str], days: tuple[int, int]) -> Issuer:
    """A certificate for ``subject`` valid between ``days`` from now; self-signed without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer.certificate.subject if issuer else _name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
    signer = issuer.key if issuer else key
    return Issuer(key, builder.sign(signer, hashes.SHA256()))


class Authority:
    """Root and intermediate of one run, and the files they leave in ``folder``."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.root = _issue("Laboratory Root", None, True, [], (-30, 365))
        self.intermediate = _issue("Laboratory Intermediate", self.root, True, [], (-30, 365))
        self.bundle = folder / "ca.pem"
        write_octets(self.bundle, self.root.certificate.public_bytes(serialization.Encoding.PEM))

    def chain(self, host: str, kind: str = "good") -> Path:
        """A PEM file with key, leaf and intermediate for ``host``; ``kind`` is one of ``KINDS``."""
        named = "wrong.example.net" if kind == "wrong-name" else host
        days = {"expired": (-20, -2), "not-yet-valid": (3, 90)}.get(kind, (-10, 60))
        signer = self.intermediate
        if kind == "untrusted":
            stranger = _issue("Unknown Root", None, True, [], (-30, 365))
            signer = _issue("Unknown Intermediate", stranger, True, [], (-30, 365))
        fillers = [f"alt{number:02d}.{named}" for number in range(FILLER_NAMES)]
        leaf = _issue(named, signer, False, [named, *fillers], days)
        path = self.folder / f"{host}.{kind}.pem"
        key = leaf.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain = [leaf.certificate, signer.certificate]
        write_octets(path, key + b"".join(part.public_bytes(serialization.Encoding.PEM) for part in chain), force=True)
        return path
