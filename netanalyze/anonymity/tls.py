"""TLS in clear with other names: ClientHello and certificates. What is encrypted or signed becomes octets without a meaning.

RFC 8446 sections 4 and 5.1, RFC 5280 section 4.1, X.690 section 8.
"""

from netanalyze.anonymity.keys import Key
from netanalyze.anonymity.texts import scrubbed

HEADER = 5
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION = 20, 21, 22, 23
CLIENT_HELLO, CERTIFICATE, STATUS, KEY_EXCHANGE = 1, 11, 22, 12
IN_CLEAR = (0, 1, 2, 3, 4, CERTIFICATE, KEY_EXCHANGE, 13, 14, 16, 20, STATUS)
SERVER_NAME, SESSION_TICKET, PSK = 0, 35, 41
RECORD_MOST = 16384 + 2048
STRINGS = (0x0C, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1E)
NAMES = (0x81, 0x82, 0x86)
"""GeneralNames of the context: rfc822Name, dNSName, URI; 0x87 is an address."""
CONSTRUCTED, INTEGER, BITS, OCTETS, ADDRESS = 0x20, 0x02, 0x03, 0x04, 0x87
OBJECT, TIMESTAMPS, UNKNOWN = 0x06, bytes.fromhex("2b06010401d679020402"), 0x7F
"""The extension that holds Certificate Transparency's timestamps, which lead to the certificate (RFC 6962 section 3.3)."""
COUNTRY = bytes.fromhex("0603550406")
NESTED_MOST = 24


def is_record(octets: bytes, at: int = 0) -> bool:
    """Whether the header of a record may stand there."""
    return (
        len(octets) >= at + HEADER
        and CHANGE_CIPHER_SPEC <= octets[at] <= 24
        and octets[at + 1] == 3
        and octets[at + 2] <= 4
        and int.from_bytes(octets[at + 3 : at + HEADER], "big") <= RECORD_MOST
    )


def handshake(key: Key, octets: bytes) -> bytes:
    """A handshake message whole or cut, with its header of four octets."""
    new = bytearray(octets)
    if octets[:1] == bytes([CLIENT_HELLO]):
        _client_hello(key, new)
    elif octets[:1] == bytes([CERTIFICATE]):
        certificates(key, new)
    elif octets[:1] == bytes([STATUS]):
        new[8:] = key.fill("status", len(new) - 8) if len(new) > 8 else b""
    return bytes(new)


def _u16(octets: bytearray, at: int) -> int:
    return int.from_bytes(octets[at : at + 2], "big")


def _client_hello(key: Key, new: bytearray) -> None:
    at = 4 + 2 + 32
    at += 1 + new[at] if at < len(new) else 0
    at += 2 + _u16(new, at)
    at += 1 + new[at] if at < len(new) else 0
    at += 2
    while at + 4 <= len(new):
        kind, length = _u16(new, at), _u16(new, at + 2)
        data, end = at + 4, min(at + 4 + length, len(new))
        if kind == SERVER_NAME and data + 5 <= end:
            new[data + 5 : end] = key.name(new[data + 5 : end].decode("latin-1")).encode("latin-1", "replace")
        elif kind in (SESSION_TICKET, PSK) and end > data:
            _blobs(key, new, data, end, kind)
        at = at + 4 + length


def _blobs(key: Key, new: bytearray, at: int, end: int, kind: int) -> None:
    if kind == SESSION_TICKET:
        new[at:end] = key.fill("ticket", end - at)
        return
    until = min(at + 2 + _u16(new, at), end)
    at += 2
    while at + 2 <= until:
        length = _u16(new, at)
        inner = min(at + 2 + length, end)
        new[at + 2 : inner] = key.fill("identity", inner - at - 2)
        at = inner + 4


def certificates(key: Key, new: bytearray) -> None:
    """The list of a TLS 1.2 Certificate message, each exchanged in place."""
    at = 7
    while at + 3 <= len(new):
        length = int.from_bytes(new[at : at + 3], "big")
        end = min(at + 3 + length, len(new))
        der(key, new, at + 3, end)
        at = end


def der(key: Key, new: bytearray, at: int, end: int, depth: int = 0) -> bool:
    """Walk DER: texts get other words, keys and signatures other octets; False where it is no DER."""
    while at < end:
        tag = new[at]
        if at + 2 > end or tag & 0x1F == 0x1F:
            return False
        length, data = new[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= 3 or data + count > end:
                return False
            length, data = int.from_bytes(new[data : data + count], "big"), data + count
        after = data + length
        if after > end:
            if depth:
                return False
            after = end
        if tag & CONSTRUCTED:
            if depth > NESTED_MOST:
                return False
            der(key, new, data, after, depth + 1)
        else:
            _primitive(key, new, tag, data, after, depth)
        at = after
    return True


def _primitive(key: Key, new: bytearray, tag: int, at: int, end: int, depth: int) -> None:
    old = bytes(new[at:end])
    if tag in STRINGS:
        if bytes(new[max(at - 7, 0) : at - 2]) != COUNTRY:
            new[at:end] = _text(key, old)
    elif tag in NAMES and depth:
        new[at:end] = _text(key, old)
    elif tag == ADDRESS and len(old) in (4, 16):
        new[at:end] = key.ipv4(old) if len(old) == 4 else key.ipv6(old)
    elif tag == BITS and len(old) > 8:
        new[at + 1 : end] = key.fill(old.hex()[:64], len(old) - 1)
    elif tag == INTEGER and len(old) > 4:
        new[at + 1 : end] = key.fill(old.hex()[:64], len(old) - 1)
        new[at + 1] = (new[at + 1] & 0x7F) | (old[1] & 0x80)  # the shortest form stays one (X.690 section 8.3.2)
    elif tag == OBJECT and old == TIMESTAMPS:
        new[end - 1] = UNKNOWN  # what it holds is no list of timestamps any more
    elif tag == OCTETS and old:
        trial = bytearray(old)
        if der(key, trial, 0, len(trial), depth + 1):
            new[at:end] = trial
        elif len(old) >= 8:
            new[at:end] = key.fill(old.hex()[:64], len(old))


def _text(key: Key, octets: bytes) -> bytes:
    text = octets.decode("latin-1")
    made = (
        key.name(text)
        if "." in text and " " not in text and "/" not in text and "@" not in text
        else scrubbed(key, text)
    )
    octets_made = made.encode("latin-1", "replace")
    return octets_made if len(octets_made) == len(octets) else b"x" * len(octets)
