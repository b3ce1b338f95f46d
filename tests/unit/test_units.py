"""Times and sizes as a person gives them: what is none is told in our words, never in Python's."""

import pytest

from netanalyze.units import nanoseconds, octets

NO_NUMBER = ("", " ", "x", ".", "-1", "-1 s", "nan", "inf", "1e9", "²", "٣", "x1", "1,5", "9" * 400)


@pytest.mark.parametrize("text", [*NO_NUMBER, "60x", "99999999999h"])
def test_what_is_no_duration_is_told_in_plain_words(text):
    with pytest.raises(ValueError, match=r"number|empty|unit|bits") as caught:
        nanoseconds(text)
    assert "float" not in str(caught.value)


@pytest.mark.parametrize("text", [*NO_NUMBER, "60x", "99999999999GB"])
def test_what_is_no_size_is_told_in_plain_words(text):
    with pytest.raises(ValueError, match=r"number|empty|unit|bits") as caught:
        octets(text)
    assert "float" not in str(caught.value)


def test_amounts():
    assert nanoseconds("1.5 s") == 1_500_000_000
    assert nanoseconds("20ms") == 20_000_000
    assert nanoseconds("60") == 60 * 10**9
    assert octets("64 KiB") == 65_536
    assert octets("1500") == 1500
