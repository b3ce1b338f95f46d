"""The terminal report: as it prints, never too wide, never more than text."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
import sample_results
from hypothesis import given, settings
from hypothesis import strategies as st

from netanalyze.findings import Alternative, Check, Step
from netanalyze.report import terminal
from netanalyze.result import Limit
from netanalyze.result.display_filter import wireshark_filter

GOLDEN = Path(__file__).parent / "golden"


def commands(result):
    verdict = result.verdict
    tests = [a.check.command for a in verdict.alternatives if a.check]
    steps = [step.command for step in verdict.fix if step.command]
    return [
        *steps,
        verdict.verify.command if verdict.verify else "",
        *tests,
        wireshark_filter(result),
        wireshark_filter(result, 0),
    ]


def assert_fits(text, width, result):
    for line in text.splitlines():
        assert len(line) <= width or line.strip() in commands(result), f"{len(line)} columns: {line}"


@pytest.mark.parametrize("name", sample_results.ALL)
def test_report_reads_as_its_golden_copy(name):
    """After a change of style: NETANALYZE_GOLDEN=write pytest tests/report, and read the diff."""
    text = terminal.render(sample_results.ALL[name]())
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("NETANALYZE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_verdict_of_the_flagship_is_told_as_promised():
    assert terminal.render(sample_results.failed()).startswith(
        "FAILED  The ClientHello to proxy.golang.org is swallowed on the way.\n"
        "        10.0 of 10.1 s lost, tls/client-hello-dropped, confidence 0.93\n"
        "#13      TCP connected in 38 ms: DNS and 142.250.66.81:443 are fine\n"
        "#16-17   ClientHello, 1538 octets, SNI proxy.golang.org (stream 4)\n"
        "#18-24   sent 5 more times in 6.5 s; not one octet ACKed or SACKed\n"
        '#25      go hangs up: its 10 s TLS timer, "net/http: TLS handshake timeout"\n'
        "Filter   frame.number in {13,16..25}\n"
        "Where    path (a filter by name?); not this machine; server not proven guilty\n"
    )


def test_healthy_is_told_as_promised():
    assert terminal.render(sample_results.healthy()).startswith(
        "HEALTHY  Nothing is wrong; 38.2 s is distance times requests.\n"
        "36.00 s  200 .info requests, one after the other, one round trip (180 ms) each\n"
        " 1.40 s  transfer, 41 MB at 29 MB/s; the rest: TLS 0.36, DNS 0.02, local 0.42\n"
        "Ignored  7 surplus handshakes go closed itself, 3 retransmissions (0.01 %)\n"
    )


@pytest.mark.parametrize("width", [40, 60, 80, 100])
@pytest.mark.parametrize("name", sample_results.ALL)
def test_no_line_is_too_wide(name, width):
    result = sample_results.ALL[name]()
    assert_fits(terminal.render(result, width), width, result)


@pytest.mark.parametrize("name", sample_results.ALL)
def test_colour_adds_nothing_but_colour(name):
    result = sample_results.ALL[name]()
    coloured = terminal.render(result, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(result)


def test_same_result_same_text():
    assert terminal.render(sample_results.failed()) == terminal.render(sample_results.failed())


@pytest.mark.parametrize("name", sample_results.ALL)
def test_ledger_adds_up_as_printed(name):
    text = terminal.render(sample_results.ALL[name]())
    table = text.partition("Ledger\n")[2].partition("\n\n")[0].splitlines()[1:]
    figures = [float(re.findall(r"\d+\.\d{2,3}(?= )", f"{line} ")[-1]) for line in table]
    assert sum(figures[:-1]) == pytest.approx(sum(figures[-1:]), abs=1e-9)


def test_time_line_adds_up_as_printed():
    line = next(line for line in terminal.render(sample_results.failed()).splitlines() if line.startswith("Time"))
    parts, whole = line.split(" = ")
    assert sum(map(float, re.findall(r"\d+\.\d+", parts))) == pytest.approx(float(whole.split()[0]))


def test_ascii_only_is_ascii():
    result = sample_results.failed()
    verdict = replace(result.verdict, summary="3 × 20 µs → näher", proof=(("zwölf – dreizehn", "fünf · sechs"),))
    text = terminal.render(replace(result, verdict=verdict), ascii_only=True)
    assert text.isascii()
    assert "3 x 20 us -> n\\xe4her" in text


def test_long_command_is_never_cut():
    result = sample_results.failed()
    long = "GOPROXY=https://goproxy.cn,direct GOFLAGS=-mod=mod GONOSUMDB=example.com/a,example.com/b go mod download -x"
    step = Step("Ask another one, for this run", long, "this run only")
    verdict = replace(
        result.verdict,
        fix=(step,),
        verify=Check(command=long),
        alternatives=(Alternative("tls/alert", "", Check(command=long)),),
    )
    text = terminal.render(replace(result, verdict=verdict))
    assert text.splitlines().count(long) == 3
    assert_fits(text, 80, replace(result, verdict=verdict))


def test_consequences_stand_under_their_root_and_the_rest_is_counted():
    result = sample_results.failed()
    more = replace(
        result, findings=result.findings + (result.findings[2],) * 20, consequences=(None, 0, None) + (None,) * 20
    )
    text = terminal.render(more)
    assert "  tls/client-hello-dropped, from which follows:\n    go/no-fallback" in text
    assert "and 12 more; --json and --html list them all" in text


def test_circle_of_consequences_is_shown_once():
    result = sample_results.failed()
    text = terminal.render(replace(result, consequences=(1, 0, 2)))
    assert text.count("go/no-fallback") == 1
    assert text.count("dns/answer-lost") == 1


texts = st.text(max_size=120)


@settings(max_examples=60, deadline=None)
@given(
    summary=texts,
    shows=texts,
    frames=texts,
    where=texts,
    tell=texts,
    step=texts,
    host=texts,
    width=st.integers(40, 120),
)
def test_whatever_a_capture_says_the_report_is_text_of_its_width(
    summary, shows, frames, where, tell, step, host, width
):
    result = sample_results.failed()
    culprit = replace(result.verdict.culprit, host=host)
    verdict = replace(
        result.verdict, summary=summary, proof=((frames, shows),), where=where, culprit=culprit, verify=None,
        fix=(Step(step),), alternatives=(Alternative("tls/alert", "", Check(f"try {tell}")),),
        no_use=(host,), limits=(Limit(shows),),
    )  # fmt: skip
    text = terminal.render(replace(result, verdict=verdict), width, ascii_only=True)
    assert re.fullmatch(r"[ -~\n]*", text)
    assert_fits(text, width, replace(result, verdict=verdict))
