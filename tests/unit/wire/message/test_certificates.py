"""Certificates, made on the spot with fixed dates."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from netanalyze.errors import MessageError
from netanalyze.wire.message.certificates import covers, parse_certificates, summary

BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


def named(name: str, organisation: str = "Example") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
        ]
    )


def made(subject: str, issuer: str, signer: ec.EllipticCurvePrivateKey, *names: x509.GeneralName) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(KEY.public_key())
        .serial_number(5)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_summary_has_names_issuer_and_validity():
    names = x509.DNSName("*.example.test"), x509.IPAddress(ip_address("192.0.2.1"))
    found = summary(made("example.test", "Example CA", OTHER_KEY, *names))
    assert found.subject == "example.test"
    assert found.issuer == "Example CA"
    assert found.issuer_organisation == "Example"
    assert found.names == ("*.example.test", "192.0.2.1")
    assert found.not_before_ns == 1704067200 * 10**9
    assert found.not_after_ns == 1711929600 * 10**9
    assert not found.is_self_signed


def test_without_alternative_names_the_common_name_stands_in():
    assert summary(made("old.example.test", "Example CA", OTHER_KEY)).names == ("old.example.test",)


def test_only_its_own_key_makes_it_self_signed():
    assert summary(made("a.test", "a.test", KEY)).is_self_signed
    assert not summary(made("a.test", "a.test", OTHER_KEY)).is_self_signed


def test_what_is_no_certificate_is_refused():
    der = made("a.test", "a.test", KEY)
    for octets in (b"", b"\x30\x00", der[:-1], der[:40] + b"\xff" * 40 + der[80:]):
        with pytest.raises(MessageError):
            summary(octets)


def test_the_message_holds_certificates_one_after_another():
    assert parse_certificates(b"\0\0\x09\0\0\2ab\0\0\1c") == (b"ab", b"c")
    assert parse_certificates(b"\0\0\0") == ()
    with pytest.raises(MessageError):
        parse_certificates(b"\0\0\5\0\0\3ab")


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("example.test", "EXAMPLE.test.", True),
        ("example.test", "www.example.test", False),
        ("*.example.test", "www.Example.test", True),
        ("*.example.test", "a.b.example.test", False),
        ("*.example.test", "example.test", False),
        ("w*.example.test", "www.example.test", False),
        ("a.*.test", "a.b.test", False),
        ("*.", "a.", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("*.0.2.1", "192.0.2.1", False),
        ("2001:db8::1", "[2001:DB8:0::1]", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("xn--bcher-kva.example", "bücher.example", True),
        ("", "", False),
    ],
)
def test_a_wildcard_stands_for_one_label_and_never_for_an_address(name, host, good):
    assert covers((name,), host) is good


def test_one_of_several_names_is_enough():
    assert covers(("a.test", "b.test"), "b.test")
    assert not covers((), "b.test")
