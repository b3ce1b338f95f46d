"""Certificates of a server or client (the message: RFC 5246 section 7.4.2; names in it: RFC 5280, RFC 9525)."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netanalyze.errors import MessageError
from netanalyze.wire.message.cursor import Cursor

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND, MICROSECOND_NS = timedelta(microseconds=1), 1_000
LENGTH = 3
"""Octets of the length before the list and before each certificate."""

WILDCARD = "*."


@dataclass(frozen=True)
class CertificateSummary:
    """What a person asks of a certificate.

    Attributes:
        names: DNS names, then addresses, of the subject alternative name; the common name where it has none.
        not_before_ns: first instant of validity, ns since the epoch; ``not_after_ns`` the last.
        is_self_signed: issuer and subject are the same and its own key signed it.
    """

    subject: str | None
    issuer: str | None
    issuer_organisation: str | None
    names: tuple[str, ...]
    not_before_ns: int
    not_after_ns: int
    is_self_signed: bool


def parse_certificates(body: bytes) -> tuple[bytes, ...]:
    """The certificates, as DER, leaf first, of a Certificate message of TLS 1.2 or before.

    Raises:
        MessageError: the lengths do not fit ``body``.
    """
    cursor = Cursor(body, "Certificate")
    inside = Cursor(cursor.vector(LENGTH), "list of certificates")
    found = []
    while inside.left:
        found.append(inside.vector(LENGTH))
    return tuple(found)


def summary(der: bytes) -> CertificateSummary:
    """Names, issuer and validity of one certificate.

    Raises:
        MessageError: ``der`` is no certificate that can be read, names and dates included.
    """
    from cryptography import x509

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(der)
            subject = _attribute(certificate.subject, x509.NameOID.COMMON_NAME)
            return CertificateSummary(
                subject=subject,
                issuer=_attribute(certificate.issuer, x509.NameOID.COMMON_NAME),
                issuer_organisation=_attribute(certificate.issuer, x509.NameOID.ORGANIZATION_NAME),
                names=_alternative_names(certificate) or ((subject,) if subject else ()),
                not_before_ns=_validity_ns(certificate, "not_valid_before"),
                not_after_ns=_validity_ns(certificate, "not_valid_after"),
                is_self_signed=_is_self_signed(certificate),
            )
    except Exception as error:  # the library raises a dozen kinds, some its own, on octets that are no certificate
        raise MessageError("certificate", 0) from error


def covers(names: Iterable[str], host: str) -> bool:
    """One of ``names`` is good for ``host`` (RFC 9525 section 6).

    A wildcard stands for exactly one label, the left-most, and for no address; case does not matter.
    """
    wanted = _address(host.strip("[]"))
    if wanted is not None:
        return any(_address(name) == wanted for name in names)
    host = _ascii(host)
    first, dot, parent = host.partition(".")
    if not first:
        return False
    for name in map(_ascii, names):
        if name == host or (dot and parent and name.startswith(WILDCARD) and name[len(WILDCARD) :] == parent):
            return True
    return False


def _ascii(name: str) -> str:
    """Lower case, no final dot, labels beyond ASCII as ``xn--``."""
    name = name.rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _address(text: str) -> object | None:
    """``text`` as an IP address; None where it is none."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _attribute(name: "Name", oid: object) -> str | None:
    """The first value of this kind in a distinguished name."""
    for attribute in name.get_attributes_for_oid(oid):  # type: ignore[arg-type]
        value = attribute.value
        return value if isinstance(value, str) else value.decode("latin-1")
    return None


def _alternative_names(certificate: "Certificate") -> tuple[str, ...]:
    """DNS names and addresses of the subject alternative name (RFC 5280 section 4.2.1.6)."""
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(address) for address in found.get_values_for_type(x509.IPAddress))
    return (*found.get_values_for_type(x509.DNSName), *addresses)


def _validity_ns(certificate: "Certificate", which: str) -> int:
    """One end of the validity, ns since the epoch."""
    moment = getattr(certificate, f"{which}_utc", None)  # since cryptography 42
    if moment is None:
        moment = getattr(certificate, which).replace(tzinfo=UTC)
    return (moment - EPOCH) // MICROSECOND * MICROSECOND_NS


def _is_self_signed(certificate: "Certificate") -> bool:
    """Its own key signed it; where that cannot be checked, issuer and subject being the same is enough."""
    from cryptography.exceptions import InvalidSignature

    if certificate.issuer != certificate.subject:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except InvalidSignature:
        return False
    except Exception:  # a key or signature of a kind that the library does not know
        return True
    return True
