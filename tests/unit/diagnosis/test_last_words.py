"""Of an error of several lines the one that is told."""

from dataclasses import replace

import pytest

from netanalyze.causes.client_errors import telling
from netanalyze.clients.trace import parse_trace

STRANGE, REFUSED, UNKNOWN = (
    "it went wrong somehow", "curl: (7) Failed to connect to a.example.org port 443: Connection refused",
    "fatal: unable to access 'https://git.example.org/x/': Could not resolve host: git.example.org",
)  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([STRANGE, REFUSED, UNKNOWN], UNKNOWN),  # the kind of the whole is that of its last
        ([STRANGE, UNKNOWN, REFUSED], UNKNOWN),
        ([STRANGE, REFUSED], REFUSED),
        ([STRANGE, STRANGE + " again"], STRANGE),
        (["    at Socket.connect (" + UNKNOWN + ")", "  " + UNKNOWN], UNKNOWN),
    ],
)
def test_the_line_of_its_kind_is_told_else_one_of_a_kind_else_the_first(lines, told):
    error = parse_trace(UNKNOWN + "\n", "git").final_error
    assert telling(replace(error, text="\n".join(lines))) == told
