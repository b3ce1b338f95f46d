"""Reads at one offset in either byte order, for the kernels that walk capture files.

A capture file is in the byte order of the machine that wrote it; ``little`` is 1 for little-endian
and 0 for big-endian. Lengths are checked by the caller. Octets become signed
64-bit integers where they are read, as in wire/octets.py.
"""

from netanalyze.kernel import kernel


@kernel
def u16(buffer, at, little):
    """The 16-bit integer at ``at``."""
    if little:
        return buffer[at + 1] * 256 + buffer[at]
    return buffer[at] * 256 + buffer[at + 1]


@kernel
def u32(buffer, at, little):
    """The 32-bit integer at ``at``."""
    if little:
        return buffer[at + 3] * 16777216 + buffer[at + 2] * 65536 + buffer[at + 1] * 256 + buffer[at]
    return buffer[at] * 16777216 + buffer[at + 1] * 65536 + buffer[at + 2] * 256 + buffer[at + 3]


@kernel
def word(words, index, swapped):
    """One element of a column of 32-bit integers, its octets exchanged if ``swapped``: one access, not four."""
    value = words[index]
    if swapped:
        return value % 256 * 16777216 + value // 256 % 256 * 65536 + value // 65536 % 256 * 256 + value // 16777216
    return value
