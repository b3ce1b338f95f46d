"""Big-endian reads at one offset, for kernels: the only index arithmetic on octets.

Lengths are checked by the caller, once for each header; after that every read is safe.
An octet becomes a signed 64-bit integer where it is read, compiled as in plain Python.
"""

from netanalyze.kernel import kernel


@kernel
def u8(buffer, at):
    """The octet at ``at``."""
    return buffer[at]


@kernel
def u16(buffer, at):
    """The 16-bit integer at ``at``."""
    return buffer[at] * 256 + buffer[at + 1]


@kernel
def u24(buffer, at):
    """The 24-bit integer at ``at``."""
    return buffer[at] * 65536 + buffer[at + 1] * 256 + buffer[at + 2]


@kernel
def u32(buffer, at):
    """The 32-bit integer at ``at``."""
    return buffer[at] * 16777216 + buffer[at + 1] * 65536 + buffer[at + 2] * 256 + buffer[at + 3]


@kernel
def s64(buffer, at):
    """The 64 bits at ``at`` as a signed integer, so that it stays below 2**63 in plain Python too."""
    high = u32(buffer, at)
    if high >= 0x80000000:
        high -= 0x100000000
    return high * 0x100000000 + u32(buffer, at + 4)


@kernel
def copy_octets(octets, begin, end, buffer, at):
    """Copy octets into a buffer from a place on; returns where they end there."""
    for place in range(begin, end):
        buffer[at] = octets[place]
        at += 1
    return at
