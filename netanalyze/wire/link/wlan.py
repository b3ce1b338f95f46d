"""802.11 data frames (IEEE 802.11-2020 section 9), plain and behind the headers of capture drivers.

Radiotap (radiotap.org), Prism, AVS (linux-wlan-ng) and PPI (CACE) give their own length. Encrypted frames
and all but the first fragment of a fragmented one carry nothing that can be read.
"""

from netanalyze.kernel import kernel
from netanalyze.wire.layers import NO_END, NO_ETHERTYPE
from netanalyze.wire.link.ethernet import llc
from netanalyze.wire.octets import u8, u16, u32

FRAME_CONTROL, FLAGS, SEQUENCE_CONTROL, HEADER_LENGTH = 0, 1, 22, 24
TYPE_MASK, DATA, NO_DATA, QUALITY_OF_SERVICE = 0x0F, 0x08, 0x40, 0x80
TO_DISTRIBUTION, FROM_DISTRIBUTION, ENCRYPTED, ORDER = 0x01, 0x02, 0x40, 0x80
FOURTH_ADDRESS, QOS_CONTROL, HT_CONTROL = 6, 2, 4
AGGREGATED, SUBFRAME_HEADER, SUBFRAME_LENGTH = 0x80, 14, 12

RADIOTAP_LENGTH, RADIOTAP_PRESENT, RADIOTAP_LEAST = 2, 4, 8
HAS_TIME, HAS_FLAGS, HAS_MORE = 0x01, 0x02, 0x80
PADDED = 0x20
"""Flag of radiotap: octets stand between the 802.11 header and its payload, up to a multiple of 4."""

PRISM_LENGTH, PRISM_LEAST, AVS_LENGTH, AVS_LEAST, AVS_MAGIC, AVS_MASK = 4, 8, 4, 8, 0x80211000, 0xFFFFF000
PPI_LENGTH, PPI_LINK_TYPE, PPI_LEAST = 2, 4, 8


@kernel
def le16(buffer, at):
    """The little-endian 16-bit integer at ``at``."""
    return buffer[at] + buffer[at + 1] * 256


@kernel
def le32(buffer, at):
    """The little-endian 32-bit integer at ``at``."""
    return buffer[at] + buffer[at + 1] * 256 + buffer[at + 2] * 65536 + buffer[at + 3] * 16777216


@kernel
def wlan(buffer, at, end, padded):
    """What an 802.11 frame carries: (ethertype, offset, 0, where it ends); ``padded`` by the driver to 4 octets or not."""
    if at + HEADER_LENGTH > end or u8(buffer, at) & TYPE_MASK != DATA or u8(buffer, at) & NO_DATA:
        return NO_ETHERTYPE, at, 0, NO_END
    flags = u8(buffer, at + FLAGS)
    if flags & ENCRYPTED or u8(buffer, at + SEQUENCE_CONTROL) & 15:
        return NO_ETHERTYPE, at, 0, NO_END
    length = HEADER_LENGTH
    if flags & TO_DISTRIBUTION and flags & FROM_DISTRIBUTION:
        length += FOURTH_ADDRESS
    aggregated = 0
    if u8(buffer, at) & QUALITY_OF_SERVICE:
        if at + length < end:
            aggregated = u8(buffer, at + length) & AGGREGATED
        length += QOS_CONTROL
        if flags & ORDER:
            length += HT_CONTROL
    if padded:
        length = (length + 3) // 4 * 4
    start = at + length
    stop = NO_END
    if aggregated:
        if start + SUBFRAME_HEADER > end:
            return NO_ETHERTYPE, start, 0, NO_END
        stop = start + SUBFRAME_HEADER + u16(buffer, start + SUBFRAME_LENGTH)
        start += SUBFRAME_HEADER
    ethertype, start = llc(buffer, start, end)
    return ethertype, start, 0, stop


@kernel
def radiotap(buffer, at, end):
    """What an 802.11 frame behind a radiotap header carries: (ethertype, offset, 0, where it ends)."""
    if at + RADIOTAP_LEAST > end:
        return NO_ETHERTYPE, at, 0, NO_END
    start = at + le16(buffer, at + RADIOTAP_LENGTH)
    present = u8(buffer, at + RADIOTAP_PRESENT)
    padded = False
    if present & HAS_FLAGS:
        field = RADIOTAP_PRESENT + 4
        while at + field <= end and u8(buffer, at + field - 1) & HAS_MORE:
            field += 4
        if present & HAS_TIME:
            field = (field + 7) // 8 * 8 + 8
        if at + field < end and at + field < start:
            padded = u8(buffer, at + field) & PADDED != 0
    return wlan(buffer, start, end, padded)


@kernel
def avs(buffer, at, end):
    """What an 802.11 frame behind an AVS header carries: (ethertype, offset, 0, where it ends)."""
    if at + AVS_LEAST > end:
        return NO_ETHERTYPE, at, 0, NO_END
    return wlan(buffer, at + u32(buffer, at + AVS_LENGTH), end, False)


@kernel
def prism(buffer, at, end):
    """What an 802.11 frame behind a Prism header carries: (ethertype, offset, 0, where it ends); AVS bears that number too."""
    if at + PRISM_LEAST > end:
        return NO_ETHERTYPE, at, 0, NO_END
    if u32(buffer, at) & AVS_MASK == AVS_MAGIC:
        return avs(buffer, at, end)
    length = le32(buffer, at + PRISM_LENGTH)
    if length > end - at:
        length = u32(buffer, at + PRISM_LENGTH)  # as a driver of a big-endian machine wrote it
    return wlan(buffer, at + length, end, False)
