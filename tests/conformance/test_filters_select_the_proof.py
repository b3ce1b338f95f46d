"""The display filter of a verdict shows exactly the frames of its proof: asked of tshark."""

import collections
import re
import subprocess

from tshark import FILES, analysed, name, needs_tshark

from netanalyze.api import analyze
from netanalyze.result.display_filter import wireshark_filter

EACH_FORM = 2
"""Captures asked of tshark for each form of a filter: its figures differ from capture to capture, not how it is read."""


def shown(path, text):
    """The frames that a display filter leaves."""
    argv = ["tshark", "-n", "-r", str(path), "-Y", text, "-T", "fields", "-e", "frame.number"]
    return [int(line) for line in subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()]


@needs_tshark
def test_it_shows_what_is_cited_and_nothing_else():
    seen = collections.Counter()
    for path in FILES:
        if "near_miss" in path.name:
            continue
        numbers, text = analysed(path).proof, analysed(path).filter
        assert bool(text) is bool(numbers), name(path)
        form = re.sub(r"\d+", "N", text)
        seen[form] += 1
        if text and seen[form] <= EACH_FORM:
            assert shown(path, text) == numbers, name(path)
    assert len(seen) > 10


@needs_tshark
def test_repeats_are_listed_each_and_the_flow_is_named():
    path = next(path for path in FILES if path.parent.name == "client-hello-dropped")
    result = analyze([str(path)])
    (again,) = (frames for frames, shows in result.verdict.proof if "more times" in str(shows))
    client = result.flows.row(result.root.flow_id)["orig_address"]
    argv = ["tshark", "-n", "-r", str(path), "-Y", f"tcp.stream eq 0 && tcp.analysis.retransmission && ip.src == {client}",
            "-T", "fields", "-e", "frame.number"]  # fmt: skip
    resent = [int(n) for n in subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()]
    assert list(again.numbers) == resent
    assert len(resent) == result.root.quantities["repeats"] == 6
    assert wireshark_filter(result).startswith("tcp.stream eq 0 && frame.number in {")
