"""ClientHellos of our own making (RFC 8446 section 4.1.2), so that one thing at a time can be another.

A hello is described by a ``HelloForm``; ``record_octets`` makes it. The fields and their order are those of go 1.27's
crypto/tls, of openssl 3.0 (s_client) and of curl with it, and the keys are such as a server accepts: it can answer each of them.
"""

import functools
import os
import struct
from dataclasses import dataclass, replace

SERVER_NAME, STATUS_REQUEST, GROUPS, POINT_FORMATS, SIGNATURES, ALPN, PADDING = 0, 5, 10, 11, 13, 16, 21
ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, TICKET, VERSIONS, MODES, KEY_SHARE = 22, 23, 35, 43, 45, 51
SIGNATURES_OF_CERTIFICATES, TIMESTAMPS, RENEGOTIATION, POST_HANDSHAKE_AUTH = 50, 18, 0xFF01, 49
X25519, CURVES = 0x001D, (0x001D, 0x0017, 0x0018, 0x0019)
X25519_MLKEM768, HYBRIDS = 0x11EC, (0x11EC, 0x11EB, 0x11ED)
ML_DSA = (0x0904, 0x0905, 0x0906)
OPENSSL_CURVES = (0x001D, 0x0017, 0x001E, 0x0019, 0x0018, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104)
OPENSSL_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806, 0x0401,
                      0x0501, 0x0601, 0x0303, 0x0301, 0x0302, 0x0402, 0x0502, 0x0602)  # fmt: skip
COMMON_SIGNATURES = (0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603)
TLS12, TLS13 = 0x0303, 0x0304
MODULUS, COEFFICIENTS, SEED_OCTETS = 3329, 768, 32
"""Of ML-KEM-768's encapsulation key (FIPS 203, 7.2): a server refuses a key whose coefficients are not below the modulus."""

OPENSSLS = ("openssl", "curl")
"""Likenesses that are OpenSSL 3.0's: its own, and as curl sets it up."""
SUITES12 = {
    "go": (0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC009, 0xC013, 0xC00A, 0xC014),
    "openssl": (0xC02C, 0xC030, 0x009F, 0xCCA9, 0xCCA8, 0xCCAA, 0xC02B, 0xC02F, 0x009E, 0xC024, 0xC028, 0x006B, 0xC023,
                0xC027, 0x0067, 0xC00A, 0xC014, 0x0039, 0xC009, 0xC013, 0x0033, 0x009D, 0x009C, 0x003D, 0x003C, 0x0035,
                0x002F, 0x00FF),
    "lean": (),
}  # fmt: skip
SUITES12["curl"] = SUITES12["openssl"]
"""Cipher suites up to TLS 1.2, by whom a hello resembles; ``lean`` resembles nobody and fits a key share into one segment."""
SUITES13 = {"go": (0x1301, 0x1302, 0x1303), "openssl": (0x1302, 0x1303, 0x1301), "lean": (0x1301,)}
SUITES13["curl"] = SUITES13["openssl"]
PADDED = (0xFF, 0x200)
"""Octets of a handshake message between which OpenSSL pads it to the latter, where it is asked to, as curl asks it (RFC 7685)."""
OTHER_NAME = "example.com"
"""RFC 2606 reserves it; as long as a server answers at all, it answers this one too, be it with an alert."""
SMALL_MSS = 536
"""Octets of a segment that every host must be able to take (RFC 9293, 3.7.1)."""
LONGEST = 8960
"""Octets of a full segment of Ethernet's jumbo frames: a loopback's are longer than a TLS record may be."""
BEYOND = 300
"""Octets by which a hello of two segments is longer than one."""
PIECE = 300
"""Octets of a TLS record where a hello is split over records."""


@dataclass(frozen=True)
class HelloForm:
    """What a hello is like; the default is the fullest, as go 1.27 sends it.

    Attributes:
        sni: ``real``, ``absent``, ``other`` (a reserved name) or ``mixed`` (the real one in mixed case).
        kem: it has the key share X25519MLKEM768, and the hybrid groups.
        dsa: its signature algorithms have ML-DSA.
        tls13: it offers TLS 1.3.
        alpn: it offers h2 and http/1.1.
        likeness: whose cipher suites and order of extensions it has.
        size: ``natural``, or padded to ``one`` full segment or beyond it, to ``two``.
        split: ``segments``: its first octets go alone; ``records``: it comes in records of 300 octets; '' as one.
        mss: the largest segment that both sides send, octets; 0 leaves it to the path.
    """

    sni: str = "real"
    kem: bool = True
    dsa: bool = True
    tls13: bool = True
    alpn: bool = True
    likeness: str = "go"
    size: str = "natural"
    split: str = ""
    mss: int = 0


FULL = HelloForm()
SMALL = HelloForm(sni="other", kem=False, dsa=False, alpn=False, likeness="openssl")


@dataclass(frozen=True)
class HelloShape:
    """How a hello goes out: ``octets`` in all, in ``segments``, and the octets of the largest segment and record."""

    octets: int
    segments: int
    largest_segment: int
    largest_record: int


def _u16s(values: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def _counted(octets: bytes, width: int = 2) -> bytes:
    return len(octets).to_bytes(width, "big") + octets


def _extension(kind: int, body: bytes = b"") -> bytes:
    return struct.pack(">H", kind) + _counted(body)


def encapsulation_key() -> bytes:
    """A key for ML-KEM-768 as FIPS 203 encodes it: 768 coefficients of 12 bits, each below the modulus, and a seed."""
    chosen = os.urandom(2 * COEFFICIENTS)
    values = [int.from_bytes(chosen[at : at + 2], "big") % MODULUS for at in range(0, len(chosen), 2)]
    packed = bytearray()
    for low, high in zip(values[::2], values[1::2]):
        packed += (low | high << 12).to_bytes(3, "little")
    return bytes(packed) + os.urandom(SEED_OCTETS)


def name_in(form: HelloForm, sni: str | None) -> str | None:
    """The name that a hello of this form carries; None for none.

    >>> name_in(HelloForm(sni="mixed"), "go.dev"), name_in(SMALL, "go.dev"), name_in(SMALL, None)
    ('gO.DeV', 'example.com', 'example.com')
    """
    match form.sni:
        case "absent":
            return None
        case "other":
            return OTHER_NAME
        case "mixed" if sni:
            return "".join(letter.upper() if at % 2 else letter for at, letter in enumerate(sni))
    return sni


def _extensions(form: HelloForm, name: str | None) -> list[tuple[int, bytes]]:
    """The extensions in the order of whom the hello resembles; without padding."""
    share = struct.pack(">H", X25519) + _counted(os.urandom(32))
    own: tuple[int, ...] = OPENSSL_CURVES if form.likeness in OPENSSLS else CURVES
    groups = own
    if form.kem and form.tls13:
        hybrid = struct.pack(">H", X25519_MLKEM768) + _counted(encapsulation_key() + os.urandom(32))
        share = hybrid if form.likeness == "lean" else hybrid + share
        groups = HYBRIDS + own
    usual = OPENSSL_SIGNATURES if form.likeness in OPENSSLS else COMMON_SIGNATURES
    signatures = (ML_DSA if form.dsa else ()) + usual
    formats = b"\x03\0\1\2" if form.likeness in OPENSSLS else b"\x01\0"
    bodies = {
        POINT_FORMATS: formats, RENEGOTIATION: b"\0", EXTENDED_MASTER_SECRET: b"", TIMESTAMPS: b"", TICKET: b"",
        ENCRYPT_THEN_MAC: b"", POST_HANDSHAKE_AUTH: b"", STATUS_REQUEST: b"\x01\0\0\0\0", GROUPS: _counted(_u16s(groups)),
        SIGNATURES: _counted(_u16s(signatures)), SIGNATURES_OF_CERTIFICATES: _counted(_u16s(signatures)),
        MODES: b"\x01\x01",
    }  # fmt: skip
    if name is not None:
        bodies[SERVER_NAME] = _counted(b"\0" + _counted(name.encode("ascii")))
    if form.alpn:
        bodies[ALPN] = _counted(b"".join(_counted(one, 1) for one in (b"h2", b"http/1.1")))
    if form.tls13:
        bodies[VERSIONS] = _counted(_u16s((TLS13, TLS12) if form.likeness != "lean" else (TLS13,)), 1)
        bodies[KEY_SHARE] = _counted(share)
    return [(kind, bodies[kind]) for kind in ORDER[form.likeness] if kind in bodies]


ORDER = {
    "go": (SERVER_NAME, POINT_FORMATS, RENEGOTIATION, EXTENDED_MASTER_SECRET, TIMESTAMPS, STATUS_REQUEST, GROUPS,
           SIGNATURES, SIGNATURES_OF_CERTIFICATES, ALPN, VERSIONS, KEY_SHARE),
    "openssl": (SERVER_NAME, POINT_FORMATS, GROUPS, TICKET, ALPN, ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, SIGNATURES,
                VERSIONS, MODES, KEY_SHARE),
    "curl": (SERVER_NAME, POINT_FORMATS, GROUPS, ALPN, ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, POST_HANDSHAKE_AUTH,
             SIGNATURES, VERSIONS, MODES, KEY_SHARE),
    "lean": (SERVER_NAME, GROUPS, SIGNATURES, ALPN, VERSIONS, KEY_SHARE),
}  # fmt: skip


def handshake_message(form: HelloForm, sni: str | None, mss: int) -> tuple[bytes, int]:
    """The handshake message, and the offset at which a split of it goes through the name (or its middle, without one)."""
    name = name_in(form, sni)
    suites = _u16s((SUITES13[form.likeness] if form.tls13 else ()) + SUITES12[form.likeness])
    if form.likeness == "go":  # go puts those of TLS 1.3 last
        suites = _u16s(SUITES12["go"] + (SUITES13["go"] if form.tls13 else ()))
    session = b"" if form.likeness == "lean" else os.urandom(32)
    front = struct.pack(">H", TLS12) + os.urandom(32) + _counted(session, 1) + _counted(suites) + b"\x01\0"
    extensions = [_extension(kind, body) for kind, body in _extensions(form, name)]
    length = 5 + 4 + len(front) + 2 + sum(map(len, extensions))
    full = min(mss, LONGEST)
    wanted = {"one": full, "two": full + BEYOND}.get(form.size, 0)
    if form.likeness == "curl" and form.size == "natural" and PADDED[0] < length - 5 < PADDED[1]:
        wanted = PADDED[1] + 5
    if wanted >= length + 4:
        extensions.append(_extension(PADDING, bytes(wanted - length - 4)))
    body = front + _counted(b"".join(extensions))
    message = b"\x01" + _counted(body, 3)
    cut = message.find(name.encode("ascii")) + len(name) // 2 if name else len(message) // 2
    return message, cut


def hello_pieces(form: HelloForm, sni: str | None, mss: int) -> list[bytes]:
    """The octets of a hello, as they are handed to the socket one after the other.

    Args:
        sni: the name asked for; None where there is only an address.
        mss: octets of a full segment on this connection.
    """
    message, cut = handshake_message(form, sni, mss)
    parts = [message]
    if form.split == "records":
        parts = [message[:cut]] + [message[at : at + PIECE] for at in range(cut, len(message), PIECE)]
    octets = b"".join(b"\x16\x03\x01" + _counted(part) for part in parts)
    return [octets[: cut + 5], octets[cut + 5 :]] if form.split == "segments" else [octets]


@functools.lru_cache(maxsize=256)  # each rival asks for the same few; only its octets are random, not their number
def hello_shape(form: HelloForm, sni: str | None, mss: int) -> HelloShape:
    """How a hello of this form goes out on a path whose full segments have ``mss`` octets."""
    most = min(mss, form.mss) if form.mss else mss
    pieces = hello_pieces(form, sni, mss)
    octets = sum(map(len, pieces))
    lengths = [min(most, len(piece) - at) for piece in pieces for at in range(0, len(piece), most)]
    record = PIECE if form.split == "records" else octets - 5
    return HelloShape(octets, len(lengths), max(lengths), record)


def without(form: HelloForm, **members: object) -> HelloForm:
    """The form with some members replaced."""
    return replace(form, **members)  # type: ignore[arg-type]
