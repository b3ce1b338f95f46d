"""ClientHellos as the go command sends them: same fields, same order, same size (RFC 8446 section 4.1.2); and another's."""

import struct

from captures.recipes.amounts import noise

SERVER_NAME, STATUS_REQUEST, GROUPS, POINT_FORMATS, SIGNATURES, ALPN = 0, 5, 10, 11, 13, 16
TIMESTAMPS, EXTENDED_MASTER_SECRET, VERSIONS, SIGNATURES_OF_CERTIFICATES, KEY_SHARE = 18, 23, 43, 50, 51
RENEGOTIATION = 0xFF01

ECDHE_SUITES = (0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC009, 0xC013, 0xC00A, 0xC014)
RSA_SUITES = (0x009C, 0x009D, 0x002F, 0x0035, 0xC012, 0x000A)
TLS13_SUITES = (0x1301, 0x1302, 0x1303)
CURVES, X25519 = (0x001D, 0x0017, 0x0018, 0x0019), 0x001D
HYBRIDS, X25519_MLKEM768, MLKEM768_OCTETS = (0x11EC, 0x11EB, 0x11ED), 0x11EC, 1184
ML_DSA = (0x0904, 0x0905, 0x0906)
COMMON_SIGNATURES = (0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603)
SHA1_SIGNATURES = (0x0201, 0x0203)

FLAVOURS = {
    "1.23": {"suites": ECDHE_SUITES + RSA_SUITES, "hybrids": (), "signatures": COMMON_SIGNATURES + SHA1_SIGNATURES},
    "1.27": {"suites": ECDHE_SUITES, "hybrids": HYBRIDS, "signatures": ML_DSA + COMMON_SIGNATURES, "separate": True},
}
FLAVOURS["another"] = {**FLAVOURS["1.23"], "suites": ECDHE_SUITES + RSA_SUITES[:4]}
"""Of no program that is known: it has suites of its own."""
FLAVOURS["1.27 tlsmlkem=0"] = {**FLAVOURS["1.27"], "hybrids": ()}


def _u16s(values):
    return struct.pack(f">{len(values)}H", *values)


def _counted(octets, width=2):
    return len(octets).to_bytes(width, "big") + octets


def _extension(kind, body=b""):
    return struct.pack(">H", kind) + _counted(body)


def client_hello(sni, go="1.27", seed=(), versions=(0x0304, 0x0303), alpn=("h2", "http/1.1")):
    """The record with a ClientHello: 1538 octets for go 1.27 and ``proxy.golang.org``.

    Args:
        sni: the server's name; no extension if ``None``.
        go: a key of ``FLAVOURS``.
        seed: of the random fields.
    """
    flavour = FLAVOURS[go]
    share = noise(32, "x25519", seed)
    shares = struct.pack(">H", X25519) + _counted(share)
    if flavour["hybrids"]:
        shares = struct.pack(">H", X25519_MLKEM768) + _counted(noise(MLKEM768_OCTETS, "ml-kem", seed) + share) + shares
    extensions = []
    if sni is not None:
        extensions.append(_extension(SERVER_NAME, _counted(b"\0" + _counted(sni.encode()))))
    extensions += [
        _extension(POINT_FORMATS, b"\x01\x00"),
        _extension(RENEGOTIATION, b"\0"),
        _extension(EXTENDED_MASTER_SECRET),
        _extension(TIMESTAMPS),
        _extension(STATUS_REQUEST, b"\x01\0\0\0\0"),
        _extension(GROUPS, _counted(_u16s(flavour["hybrids"] + CURVES))),
        _extension(SIGNATURES, _counted(_u16s(flavour["signatures"]))),
    ]
    if flavour.get("separate"):
        extensions.append(
            _extension(SIGNATURES_OF_CERTIFICATES, _counted(_u16s(flavour["signatures"] + SHA1_SIGNATURES)))
        )
    if alpn:
        extensions.append(_extension(ALPN, _counted(b"".join(_counted(name.encode(), 1) for name in alpn))))
    extensions += [_extension(VERSIONS, _counted(_u16s(versions), 1)), _extension(KEY_SHARE, _counted(shares))]
    body = b"\x03\x03" + noise(32, "random", seed) + _counted(noise(32, "session", seed), 1)
    body += _counted(_u16s(flavour["suites"] + TLS13_SUITES)) + b"\x01\0" + _counted(b"".join(extensions))
    return b"\x16\x03\x01" + _counted(b"\x01" + _counted(body, 3))
