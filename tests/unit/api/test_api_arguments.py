"""What a caller hands in: one path or several, as text or Path; what is no path is told as it was given."""

import re
from pathlib import Path

import pytest

import netanalyze
from netanalyze.errors import CaptureError

CAPTURE = Path(__file__).parents[3] / "captures" / "tcp" / "loss" / "hit.pcapng"


@pytest.mark.parametrize("given", [str(CAPTURE), CAPTURE, [str(CAPTURE)], [CAPTURE], (CAPTURE,)], ids=repr)
@pytest.mark.parametrize("call", [netanalyze.analyze, netanalyze.open], ids=["analyze", "open"])
def test_one_path_or_a_list_of_them(call, given):
    assert call(given, kernels="plain").verdict.cause == "tcp/loss"


@pytest.mark.parametrize("given", [5, None, b"x.pcap", [5], [b"x.pcap"], [None], {"a": 1}.items()], ids=repr)
@pytest.mark.parametrize("call", [netanalyze.analyze, netanalyze.open], ids=["analyze", "open"])
def test_what_is_no_path_is_named_as_it_was_given(call, given):
    inner = next(iter(given)) if not isinstance(given, (int, bytes, type(None))) else given
    with pytest.raises(TypeError, match=rf"{call.__name__}\(\) takes the path of a capture.*{re.escape(repr(inner))}"):
        call(given)


def test_an_open_file_is_named_and_not_its_first_line():
    with CAPTURE.open("rb") as file, pytest.raises(TypeError, match=re.escape(repr(file))):
        netanalyze.analyze(file)


@pytest.mark.parametrize("call", [lambda: netanalyze.analyze([]), netanalyze.open, lambda: netanalyze.open([])])
def test_no_path_at_all(call):
    with pytest.raises(TypeError, match="needs the path of a capture"):
        call()


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(CaptureError, match=r"no-such\.pcap"):
        netanalyze.analyze("no-such.pcap")


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"client": "gopher"}, ValueError, "client='gopher' is none of go, git"),
        ({"between": 5}, TypeError, "between is two times, not 5"),
        ({"between": (1,)}, TypeError, "between is two times, not (1,)"),
        ({"between": ("a", "b")}, ValueError, "'a' is no moment: seconds (12.5)"),
        ({"between": (float("nan"), 1)}, ValueError, "it is no time"),
        ({"between": (5, 1)}, ValueError, "the earlier time comes first"),
        ({"trace": 7}, TypeError, "trace is what the command printed"),
        ({"kernels": "quick"}, ValueError, "quick"),
    ],
)
def test_a_wrong_argument_is_named(arguments, kind, said):
    with pytest.raises(kind, match=re.escape(said)):
        netanalyze.analyze(CAPTURE, **arguments)


def test_one_host_is_a_host_and_not_its_letters():
    assert (
        netanalyze.analyze(CAPTURE, hosts="proxy.golang.org").capture.judged_flows
        == netanalyze.analyze(CAPTURE, hosts=["proxy.golang.org"]).capture.judged_flows
    )
