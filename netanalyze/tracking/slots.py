"""Where a flow stands in the hash table: a hash with a key, which nobody who makes a capture can know."""

import os

import numpy as np

from netanalyze.kernel import kernel

PRIME = 2**31 - 1
"""Slots are reckoned modulo this prime, so that a product of two numbers below it stays below 2**62."""
PIECE, PIECE_BITS = 2**30 - 1, 30
"""A half of an address is hashed in pieces of 30 bits: each below ``PRIME``, as the proof wants it."""
SCATTER_1, SCATTER_2 = 0x45D9F3B, 0x2C1B3C6D
"""Odd numbers below 2**32 whose products mix well: the first and last step of common 32-bit mixers."""
LOW_31 = 2**31 - 1
KEY_LENGTH = 8


def slot_key() -> np.ndarray:
    """``i8 (KEY_LENGTH,)``: numbers from 1 to ``PRIME`` - 1 that nobody outside of this process knows."""
    drawn = np.frombuffer(os.urandom(8 * KEY_LENGTH), dtype=np.uint64) % np.uint64(PRIME - 1)
    return drawn.astype(np.int64) + 1


@kernel
def end_hash(high, low, port, key):
    """A hash of one end of a flow, address and port, below ``PRIME``."""
    rest = (port << 4) + ((low >> 60) & 15)
    mixed = key[0] * (low & PIECE) + key[1] * ((low >> PIECE_BITS) & PIECE) + key[2] * rest
    if high != 0:
        mixed = mixed % PRIME + key[3] * (high & PIECE) + key[4] * ((high >> PIECE_BITS) & PIECE)
        mixed = mixed % PRIME + key[5] * ((high >> 60) & 15)
    return mixed % PRIME


@kernel
def scattered(mixed):
    """``mixed``, one to one, so that numbers at equal distances lie at unequal ones.

    A client takes one port after the other: their hashes are an arithmetic progression, whose low bits may crowd a few places
    of the table, where every further one is then probed for long (Pătraşcu and Thorup, On the k-Independence Required by
    Linear Probing, 2010). Each step can be undone: an exclusive or with what stands higher, a product with an odd number.
    """
    mixed ^= mixed >> 15
    mixed = mixed * SCATTER_1 & LOW_31
    mixed ^= mixed >> 14
    mixed = mixed * SCATTER_2 & LOW_31
    return mixed ^ (mixed >> 16)


@kernel
def slot_of(x_high, x_low, y_high, y_low, x_port, y_port, kind, key):
    """A 31-bit hash that is the same for both directions of a flow.

    Whoever makes a capture knows this function, and must not know which flows fall into one slot: it has a key. An end's
    hash is a sum of its pieces, each times a number of the key; the two are joined as (x + k)(y + k), which the sum and the
    product of the two alone decide. For any two flows few keys in 2**31 let them meet (Carter and Wegman, Universal
    Classes of Hash Functions, 1979).
    """
    x = end_hash(x_high, x_low, x_port, key) + key[6]
    y = end_hash(y_high, y_low, y_port, key) + key[6]
    return scattered(((x % PRIME) * (y % PRIME) + key[7] * kind) % PRIME)
