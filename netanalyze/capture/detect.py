"""Which capture format some first octets are.

Numbers: draft-ietf-opsawg-pcap (pcap), draft-ietf-opsawg-pcapng section 4.1, RFC 1952 (gzip),
RFC 8878 (zstd), the LZ4 frame format 1.6, RFC 1761 (snoop).
"""

from enum import StrEnum

LONGEST_MAGIC = 4
"""Octets that suffice to tell the formats apart."""


class Format(StrEnum):
    """What a file is: a capture, or a compressed stream that should hold one."""

    PCAP = "pcap"
    PCAPNG = "pcapng"
    SNOOP = "snoop"
    GZIP = "gzip"
    ZSTD = "zstd"
    LZ4 = "lz4"

    @property
    def compressed(self) -> bool:
        """Whether the octets must be decompressed before anything else."""
        return self in (Format.GZIP, Format.ZSTD, Format.LZ4)


MICROSECONDS, NANOSECONDS, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
"""pcap's first four octets: µs time stamps; ns time stamps; µs and record headers of 24 octets
(the "modified" format of Kuznetsov's libpcap patch, still written by some devices)."""

SECTION_HEADER = 0x0A0D0D0A
"""pcapng's first block type; it reads the same in both byte orders."""

_MAGIC = {
    **{
        magic.to_bytes(4, order): Format.PCAP
        for magic in (MICROSECONDS, NANOSECONDS, MODIFIED)
        for order in ("little", "big")
    },
    SECTION_HEADER.to_bytes(4, "big"): Format.PCAPNG,
    b"snoo": Format.SNOOP,
    bytes.fromhex("28b52ffd"): Format.ZSTD,
    bytes.fromhex("04224d18"): Format.LZ4,
}


LZ4_LEGACY = bytes.fromhex("02214c18")
"""The first octets of lz4's legacy frames (LZ4 frame format 1.6), which ``lz4 -l`` writes."""


def is_skippable(first: bytes) -> bool:
    """Whether a frame of zstd or lz4 begins that holds nothing: 0x184D2A50 to 0x184D2A5F."""
    return first[1:4] == bytes.fromhex("2a4d18") and first[0] & 0xF0 == 0x50


def format_of(first: bytes) -> Format | None:
    """The format that begins with the octets ``first`` (4 are enough), or None if it is none we know.

    >>> format_of(bytes.fromhex("d4c3b2a1 02000400")).value
    'pcap'
    >>> format_of(bytes.fromhex("1f8b")).value
    'gzip'
    """
    if first[:2] == b"\x1f\x8b":
        return Format.GZIP
    return _MAGIC.get(first[:LONGEST_MAGIC])
