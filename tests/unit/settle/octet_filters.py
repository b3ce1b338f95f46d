"""Filters as middleboxes are: they look at the octets of segments, and know nothing of what the hellos were made of."""

from netanalyze.settle.hello import FULL, hello_pieces

NAME, MSS = "proxy.golang.org", 1448
HANDSHAKE, CLIENT_HELLO = 22, 1
KEM_SHARE = bytes.fromhex("11ec04c0")  # X25519MLKEM768 and the length of its share (draft-ietf-tls-ecdhe-mlkem)
DSA = bytes.fromhex("090409050906")  # mldsa44, 65 and 87 (draft-ietf-tls-mldsa)
GO_SUITES = bytes.fromhex("c02bc02fc02cc030cca9cca8")
VERSIONS = bytes.fromhex("002b00050403040303")  # supported_versions: 1.3, 1.2
PROTOCOLS = b"\x02h2\x08http/1.1"
WIDE_SEGMENT, LONG_RECORD = 1400, 1000


def segments(form, sni=NAME, mss=MSS):
    """The payloads of the segments in which a hello goes out."""
    most = min(mss, form.mss) if form.mss else mss
    return [piece[at : at + most] for piece in hello_pieces(form, sni, mss) for at in range(0, len(piece), most)]


def ja3(octets):
    """Suites, extensions and groups of a ClientHello that lies in one record; None where it does not."""
    if len(octets) < 9 or octets[0] != HANDSHAKE or octets[5] != CLIENT_HELLO:
        return None
    if int.from_bytes(octets[6:9], "big") + 4 > int.from_bytes(octets[3:5], "big"):
        return None
    at = 5 + 4 + 2 + 32
    at += 1 + octets[at]
    count = int.from_bytes(octets[at : at + 2], "big")
    suites, at = octets[at + 2 : at + 2 + count], at + 2 + count
    at += 1 + octets[at]
    end, at, kinds, groups = at + 2 + int.from_bytes(octets[at : at + 2], "big"), at + 2, [], b""
    while at < end:
        kind, length = int.from_bytes(octets[at : at + 2], "big"), int.from_bytes(octets[at + 2 : at + 4], "big")
        if kind == 10:
            groups = octets[at + 4 : at + 4 + length]
        kinds.append(kind)
        at += 4 + length
    return suites, tuple(kinds), groups


def _in_a_segment(pattern):
    return lambda parts, form: any(pattern in part for part in parts)


def _in_the_stream(pattern):
    return lambda parts, form: pattern in b"".join(parts)


def _record(parts, form):
    return int.from_bytes(parts[0][3:5], "big") >= LONG_RECORD


def _second(parts, form):
    """Looks into the first segment alone, and drops a hello whose first record does not end in it."""
    return int.from_bytes(parts[0][3:5], "big") + 5 > len(parts[0])


OF_CONTENT = {
    "sni": NAME.encode(), "ml-kem": KEM_SHARE, "ml-dsa": DSA, "cipher-suites": GO_SUITES, "tls13": VERSIONS,
    "alpn": PROTOCOLS,
}  # fmt: skip
FILTERS = [
    *(("in a segment", bit, _in_a_segment(pattern)) for bit, pattern in OF_CONTENT.items()),
    *(("in the stream", bit, _in_the_stream(pattern)) for bit, pattern in OF_CONTENT.items()),
    ("of any case", "sni", lambda parts, form: NAME.encode() in b"".join(parts).lower()),
    ("by length", "full-segment", lambda parts, form: any(len(part) >= WIDE_SEGMENT for part in parts)),
    (
        "more than one",
        "second-segment",
        lambda parts, form: len(parts) > 1 and len(parts[1]) > 0 and _second(parts, form),
    ),
    ("by header", "long-record", _record),
    ("as a whole", "fingerprint", lambda parts, form: ja3(b"".join(parts)) == ja3(b"".join(segments(FULL)))),
    ("of the server", "replies", lambda parts, form: form.mss == 0),
    ("all", "every-hello", lambda parts, form: True),
]
"""(how it looks, the bit that it minds, whether a hello in these segments dies)."""
