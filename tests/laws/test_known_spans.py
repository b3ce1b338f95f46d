"""Spans that came before are known by whatever their batch, and what is asked for again is."""

import numpy as np
from feeding import examples
from hypothesis import given
from hypothesis import strategies as some

from netanalyze.columns import longer
from netanalyze.kernel import Engine
from netanalyze.tracking.spans import KnownSpans

UNKNOWN = 0
TEXTS = some.lists(some.text("ab", max_size=6).map(str.encode), max_size=20)


class Asked:
    """Numbers texts in the order in which they are asked for; of those with an ``a`` first it knows none."""

    def __init__(self):
        self.texts = []

    def number(self, text):
        self.texts.append(text)
        return UNKNOWN if text[:1] == b"a" else len(self.texts)


def numbered(batches, mode, most):
    """The numbers of each batch, and what was asked for."""
    asked, known = Asked(), KnownSpans(Engine(mode=mode), most, UNKNOWN)
    numbers = []
    for texts in batches:
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        begins = ends - [len(text) for text in texts]
        octets = np.frombuffer(b"".join(texts) + b".", dtype=np.uint8)
        numbers.append(known.numbers(octets, begins, ends, asked.number).tolist() if texts else [])
    return numbers, asked.texts


@given(some.lists(TEXTS, max_size=5), some.sampled_from([0, 3, 1000]))
@examples(100)
def test_compiled_and_plain_know_the_same_spans(batches, most):
    assert numbered(batches, "compiled", most) == numbered(batches, "plain", most)


@given(some.lists(TEXTS, max_size=5))
@examples(50)
def test_equal_spans_have_one_number_and_are_asked_for_once(batches):
    numbers, asked = numbered(batches, "compiled", 1000)
    pairs = {(text, number) for texts, row in zip(batches, numbers) for text, number in zip(texts, row)}
    assert len(pairs) == len({text for text, _ in pairs})
    usual = [text for text in asked if text[:1] != b"a"]
    assert sorted(usual) == sorted({text for texts in batches for text in texts if text[:1] != b"a"})


def test_very_many_spans_are_found_again():
    texts = [f"{number}.example".encode() for number in range(5000)]
    numbers, asked = numbered([texts[:10], texts, texts[::-1]], "compiled", 10_000)
    assert len(asked) == len(set(numbers[1])) == 5000
    assert numbers[1] == numbers[2][::-1]


def test_where_address_space_is_short_some_arrays_have_less_room_than_others(monkeypatch):
    def short(cells, used, least, most):
        return longer(cells, used, least, most if len(cells) == 0 else least)

    monkeypatch.setattr("netanalyze.tracking.spans.longer", short)
    batches = [[f"{number}.example".encode() for number in range(8 * size)] for size in range(1, 5)]
    assert numbered(batches, "compiled", 1000) == numbered(batches, "plain", 1000)
