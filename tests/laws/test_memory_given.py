"""Law: an analysis that is given a figure takes no more, says what it left out, and claims nothing of that."""

import json
import sys
from pathlib import Path

import pytest

from netanalyze import analyze
from netanalyze.kernel import Engine
from netanalyze.tracking.memory import LEAST, Memory, memory_of

ROOT = Path(__file__).parents[2]
GIVEN_MB = 100


@pytest.fixture(scope="module")
def shape(tmp_path_factory):
    """Makes a shape of the benchmarks: ``shape(name, count)`` is its path."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from shapes import make

    def made(name, count):
        path = tmp_path_factory.mktemp(name) / "shape.pcap"
        make(name, path, count=count)
        return path

    yield made
    sys.path.remove(str(ROOT / "benchmarks"))


def taken(path, *options):
    """The largest resident set of ``netanalyze analyze --json``, MB, and the diagnostics it gave."""
    from run import NETANALYZE, measured

    out = path.with_suffix(".json")
    _, memory = measured([*NETANALYZE, "-q", "--json-to", str(out), "--force", *options, str(path)])
    result = json.loads(out.read_text())
    return memory, {row["kind"] for row in result["capture"]["diagnostics"]}


@pytest.mark.skipif(not Engine().compiled, reason="what flows take was measured of compiled kernels")
@pytest.mark.parametrize(("name", "count"), [("dns", 60_000), ("short", 6_000), ("flows", 40_000), ("many", 1_500)])
def test_no_more_is_taken_than_was_given(shape, name, count):
    path = shape(name, count)
    free, said = taken(path)
    assert free > GIVEN_MB
    assert "left_out" not in said
    bound, said = taken(path, "--memory", str(GIVEN_MB))
    assert bound <= GIVEN_MB
    assert said & {"left_out", "detail_limit"}


def test_nothing_is_claimed_of_connections_that_are_not_looked_at(shape):
    """Runs that go on to the end; those of the second half are not tracked, and that time is nobody's silence."""
    path = shape("short", 4_000)
    whole, part = analyze(path), analyze(path, memory=GIVEN_MB)
    assert whole.verdict.status == part.verdict.status == "healthy"
    assert part.verdict.confidence <= 0.5 < whole.verdict.confidence
    assert part.capture.judged_flows < whole.capture.judged_flows
    rows = part.to_json()["ledger"]
    unknown = sum(row["seconds"] for row in rows if row["phase"] == "unexplained")
    assert unknown > 0.4 * sum(row["seconds"] for row in rows)
    assert sum(row["seconds"] for row in rows if row["phase"] == "idle") < 1


@pytest.mark.parametrize(
    ("given", "octets"),
    [("500 MB", 500_000_000), (500, 500_000_000), ("500", 500_000_000), (0.5e3, 500_000_000), ("1 GiB", 2**30)],
)
def test_a_bound_is_a_number_of_megabytes_or_has_its_unit(given, octets):
    assert memory_of(given).rest == Memory(octets).rest


@pytest.mark.parametrize(("given", "kind"), [(True, TypeError), ([], TypeError), ("much", ValueError), ("5 apples", ValueError),
                                             (LEAST / 1e6 - 1, ValueError), ("99 MB", ValueError)])  # fmt: skip
def test_what_is_no_bound_is_refused(given, kind):
    with pytest.raises(kind):
        memory_of(given)
