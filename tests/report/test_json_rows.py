"""Rows written by columns are the octets that json.dumps writes of each."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from netanalyze.columns import LIST, TEXT, Column, Table, time_column
from netanalyze.report.json import _dumped
from netanalyze.report.json_rows import FEW, ROWS_AT_ONCE, WIDEST, cells, written
from netanalyze.result import table_json
from netanalyze.units import NEVER_NS

NS = some.one_of(
    some.integers(-(10**6), 10**6), some.integers(-(2**62), 2**62), some.just(NEVER_NS), some.integers(0, 10**12)
)
WORDS = some.one_of(some.none(), some.text(max_size=8), some.sampled_from(["dns", "", '"\\', "\udc80", "é\x00"]))


class Things(Table):
    """A column of every kind."""

    schema = (
        time_column("at_ns", "a moment"),
        Column("span_ns", "i8", "ns", "a span", "here", -1),
        Column("number", "i8", "1", "a number", "here"),
        Column("frame", "i4", "1", "a number that may be missing", "here", 0),
        Column("word", TEXT, "", "a text", "here"),
        Column("words", LIST, "", "several", "here"),
    )


@given(some.data(), some.integers(FEW, 3 * FEW), some.sampled_from([0, 1_700_000_000 * 10**9, NEVER_NS]))
def test_rows_written_by_columns_are_those_of_json(data, count, start):
    def column(values):
        few = data.draw(some.lists(values, min_size=1, max_size=6))
        return [few[at * at % 11 % len(few)] for at in range(count)]

    numbers = some.integers(-(2**63) + 1, 2**63 - 1)
    at = [ns if ns == NEVER_NS or start == NEVER_NS else ns + start for ns in column(NS)]
    table = Things(
        at_ns=at, span_ns=column(numbers), number=column(numbers), frame=column(some.integers(-(2**31), 2**31 - 1)),
        word=column(WORDS), words=column(some.lists(WORDS, max_size=3)),
    )  # fmt: skip
    expected = ",\n    ".join(_dumped(row) for row in table_json(table, start))
    assert "".join(written(cells(table, start), _dumped)) == expected


def test_rows_of_many_matrices_and_of_one_that_is_too_wide_are_the_same():
    count = 2 * ROWS_AT_ONCE + 1
    words = ["x" * (WIDEST if at > ROWS_AT_ONCE else 3) for at in range(count)]
    table = Things(number=np.arange(count) - 7, at_ns=np.arange(count) * 999_983, word=words)
    expected = ",\n    ".join(json.dumps(row) for row in table_json(table, 5))
    assert "".join(written(cells(table, 5), _dumped)) == expected
