"""Certificates that are the same each time: keys and serial numbers follow from the names.

The leaf has a P-256 key; the authority signs with Ed25519, whose signatures need no random number.
"""

import functools
from datetime import datetime, timedelta

from captures.recipes.amounts import noise, number

AUTHORITY = "Example Recipe CA"
ISSUED, EXPIRES = "2023-12-01T00:00:00+00:00", "2024-03-01T00:00:00+00:00"


@functools.cache
def chain(*names, issued=ISSUED, expires=EXPIRES, authority=AUTHORITY):
    """DER of a leaf certificate for ``names`` and of the authority that signed it."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    def name(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def certificate(subject, key, start, end, *extensions):
        builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(authority)).public_key(key)
        builder = builder.serial_number(number(63, "serial", subject, start) + 1)
        builder = builder.not_valid_before(start).not_valid_after(end)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, None).public_bytes(Encoding.DER)

    signer = ed25519.Ed25519PrivateKey.from_private_bytes(noise(32, "authority", authority))
    leaf_key = ec.derive_private_key(int.from_bytes(noise(31, "leaf", names), "big"), ec.SECP256R1())
    begin, end = datetime.fromisoformat(issued), datetime.fromisoformat(expires)
    alternative = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
    return (
        certificate(names[0], leaf_key.public_key(), begin, end, (alternative, False)),
        certificate(
            authority,
            signer.public_key(),
            begin - timedelta(days=365),
            begin + timedelta(days=3650),
            (x509.BasicConstraints(ca=True, path_length=None), True),
        ),
    )
