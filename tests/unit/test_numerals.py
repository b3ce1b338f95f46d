"""Numbers are read from any text, and what is none is None."""

from hypothesis import given
from hypothesis import strategies as st

from netanalyze.numerals import INT64, decimal, hexadecimal, integer, integers

ODD = ["", " ", "²", "٣", "①", "1_0", "+1", "1e9", "nan", "inf", "0x1", "1 ", "\x00", "9" * 41, "9" * 5000, "-"]


def test_what_only_looks_like_a_number_is_none():
    assert [integer(text, least=-5) for text in ODD] == [None] * len(ODD)
    assert [decimal(text) for text in ODD] == [None] * len(ODD)
    assert [hexadecimal(text) for text in ODD if text not in ("1e9", "0x1")] == [None] * (len(ODD) - 2)


def test_a_number_stays_within_its_bounds():
    assert integer(str(INT64)) == INT64
    assert integer(str(INT64 + 1)) is None
    assert (integer("70000", most=65_535), integer("0", least=1)) == (None, None)
    assert hexadecimal("ffffffffffffffff", 2**64 - 1) == 2**64 - 1
    assert decimal("1" * 30) is None
    assert integers(["7", "8"], most=7) is None


@given(st.integers(0, INT64))
def test_every_whole_number_comes_back(number):
    assert integer(str(number)) == integer(str(number).encode()) == hexadecimal(f"{number:x}") == number


@given(st.text() | st.binary())
def test_no_text_raises(text):
    integer(text)
    decimal(text)
    hexadecimal(text)
