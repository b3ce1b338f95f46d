"""Hellos of our own making are hellos: read back by the parser, of the size that was asked for, and with one thing other."""

import pytest

from netanalyze.settle.hello import (
    BEYOND,
    FULL,
    MODULUS,
    PIECE,
    SMALL,
    X25519_MLKEM768,
    HelloForm,
    encapsulation_key,
    hello_pieces,
    hello_shape,
    without,
)
from netanalyze.settle.rivals import LEAN, PROBES
from netanalyze.wire.message.tls import parse_client_hello

NAME, MSS = "proxy.golang.org", 1448


def body(form, sni=NAME):
    """The handshake's body, whatever records it comes in."""
    octets, message = b"".join(hello_pieces(form, sni, MSS)), b""
    while octets:
        length = int.from_bytes(octets[3:5], "big")
        message, octets = message + octets[5 : 5 + length], octets[5 + length :]
    assert int.from_bytes(message[1:4], "big") == len(message) - 4
    return message[4:]


@pytest.mark.parametrize("form", PROBES, ids=str)
def test_every_probe_is_a_hello_with_what_it_says(form):
    hello = parse_client_hello(body(form))
    names = {"real": NAME, "other": "example.com", "absent": None, "mixed": "pRoXy.gOlAnG.OrG"}
    assert hello.sni == names[form.sni]
    assert bool(hello.alpn) == form.alpn
    assert (X25519_MLKEM768 in hello.key_share_groups) == (form.kem and form.tls13)
    assert (0x0904 in hello.signature_algorithms) == form.dsa
    assert (0x0304 in hello.supported_versions) == form.tls13


def test_the_fullest_takes_two_segments_and_the_small_one_less_than_one():
    assert hello_shape(FULL, NAME, MSS).segments == 2
    assert hello_shape(SMALL, NAME, MSS).octets < 500
    assert hello_shape(LEAN, NAME, MSS).segments == 1, "a hello with the key share that fits one segment"


def test_padding_fills_one_segment_or_reaches_into_a_second():
    assert hello_shape(without(SMALL, size="one"), NAME, MSS).octets == MSS
    assert hello_shape(without(SMALL, size="two"), NAME, MSS).octets == MSS + BEYOND


def test_a_hello_split_over_records_says_the_same_in_short_ones():
    split = without(FULL, split="records")
    assert parse_client_hello(body(split)).sni == NAME
    assert hello_shape(split, NAME, MSS).largest_record <= PIECE
    assert NAME.encode() not in b"".join(hello_pieces(split, NAME, MSS)), "the name itself is cut"


def test_a_hello_split_over_segments_cuts_the_name():
    first, second = hello_pieces(HelloForm(split="segments"), NAME, MSS)
    assert NAME.encode() not in first
    assert NAME.encode() not in second
    assert NAME.encode() in first + second


def test_a_key_has_coefficients_that_a_server_accepts():
    key = encapsulation_key()
    assert len(key) == 1184
    numbers = [int.from_bytes(key[at : at + 3], "little") for at in range(0, 1152, 3)]
    assert all(number & 0xFFF < MODULUS and number >> 12 < MODULUS for number in numbers)
