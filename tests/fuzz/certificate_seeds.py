"""True certificates to begin a search with: what captures show in clear, the laboratory's own, one of each kind."""

import datetime
import tempfile
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from netanalyze.conversations.messages import MessageReader
from netanalyze.lab.certificates import KINDS, Authority

BEGIN, END = datetime.datetime(1950, 1, 1), datetime.datetime(2051, 1, 1)
"""UTCTime begins with 1950 and ends with 2049, what is later is GeneralizedTime (RFC 5280 section 4.1.2.5)."""


def seen(reader: MessageReader) -> Iterator[bytes]:
    """DER of the certificates that the conversations of a capture show, and the messages that carried them."""
    for talk in reader.conversations.values():
        chain = talk.tls.chain() if talk.tls else ()
        yield from chain
        if chain:
            yield message(*chain)


def message(*chain: bytes) -> bytes:
    """A chain as the body of a Certificate message (RFC 5246 section 7.4.2)."""
    inside = b"".join(len(der).to_bytes(3, "big") + der for der in chain)
    return len(inside).to_bytes(3, "big") + inside


def made() -> Iterator[bytes]:
    """DER of the laboratory's certificates, good and bad, and of one for each kind of key, name and extension."""
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(Path(folder))
        for kind in KINDS:
            pem = authority.chain("proxy.example.test", kind).read_bytes()
            chain = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem)]
            yield from chain
            yield message(*chain)
    keys = (
        (rsa.generate_private_key(65537, 2048), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()),
        (dsa.generate_private_key(2048), hashes.SHA256()),
        (ed25519.Ed25519PrivateKey.generate(), None),
        (ed448.Ed448PrivateKey.generate(), None),
    )
    for key, digest in keys:
        for issuer in ("same", "another"):
            yield certificate(key, digest, issuer)


def certificate(key, digest, issuer: str) -> bytes:
    """DER of a certificate with every kind of name and many extensions, self-signed where its issuer is ``same``."""
    subject = [
        (NameOID.COUNTRY_NAME, "ZZ"), (NameOID.ORGANIZATION_NAME, "Beispiel Straßenbau 例"),
        (NameOID.COMMON_NAME, "first.example.test"), (NameOID.COMMON_NAME, "second.example.test"),
        (NameOID.EMAIL_ADDRESS, "someone@example.test"),
    ]  # fmt: skip
    whom = x509.Name([x509.NameAttribute(kind, text) for kind, text in subject])
    who = whom if issuer == "same" else x509.Name([])
    alternative: list[x509.GeneralName] = [
        x509.DNSName("*.example.test"), x509.DNSName("xn--fsq.example.test"), x509.RFC822Name("someone@example.test"),
        x509.UniformResourceIdentifier("https://example.test/"), x509.DirectoryName(whom),
        x509.RegisteredID(NameOID.COMMON_NAME), x509.OtherName(NameOID.COMMON_NAME, b"\x0c\x01a"),
        x509.IPAddress(ip_address("192.0.2.1")), x509.IPAddress(ip_address("2001:db8::1")),
    ]  # fmt: skip
    permitted = [x509.DNSName("example.test"), x509.IPAddress(ip_network("192.0.2.0/24"))]
    builder = (
        x509.CertificateBuilder(who, whom, key.public_key(), 1, BEGIN, END)
        .add_extension(x509.SubjectAlternativeName(alternative), False)
        .add_extension(x509.BasicConstraints(True, 0), True)
        .add_extension(x509.NameConstraints(permitted, None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\4\0"), False)
    )
    return builder.sign(key, digest).public_bytes(Encoding.DER)
