"""--exit-verdict, --fail-on and --junit: what a pipeline can act on."""

import dataclasses
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from netanalyze.cli.exit_status import EACH, FAIL_ON, with_values
from netanalyze.cli.live import live
from netanalyze.cli.main import run
from netanalyze.report.junit import render

STATUSES = ("healthy", "degraded", "hung", "failed", "unusable")


@pytest.mark.parametrize(("name", "status"), EACH.items())
def test_each_verdict_has_a_status_of_its_own(api, samples, name, status):
    api.answer = samples.ALL[name]()
    assert run(["analyze", "a.pcap", "--exit-verdict=each"]) == status


@pytest.mark.parametrize("name", ["degraded", "hung", "failed"])
def test_what_has_no_cause_is_unexplained(api, samples, name):
    made = samples.ALL[name]()
    api.answer = dataclasses.replace(made, verdict=dataclasses.replace(made.verdict, cause=None))
    assert run(["analyze", "a.pcap", "--exit-verdict=each"]) == 13
    assert run(["analyze", "a.pcap"]) == 1


@pytest.mark.parametrize(
    ("fail_on", "statuses"),
    [("degraded", (0, 1, 1, 1, 3)), ("failed", (0, 0, 1, 1, 3)), ("hung", (0, 0, 1, 0, 3)), ("never", (0, 0, 0, 0, 0))],
)
def test_a_pipeline_says_what_it_fails_on(api, samples, tmp_path, fail_on, statuses):
    assert fail_on in FAIL_ON
    for number, (name, status) in enumerate(zip(STATUSES, statuses)):
        api.answer, out = samples.ALL[name](), tmp_path / f"{number}.xml"
        assert run(["analyze", "a.pcap", "--fail-on", fail_on, "--junit", str(out)]) == status, name
        suite = ElementTree.parse(out).getroot()
        assert (suite.get("failures") != "0", suite.get("errors") != "0") == (status == 1, status == 3), name


def test_the_test_case_names_cause_and_sentence(samples):
    case = ElementTree.fromstring(render(samples.failed(), True).encode()).find("testsuite/testcase")
    failure = case.find("failure")
    assert failure.get("type") == "tls/client-hello-dropped"
    assert failure.get("message").startswith("FAILED: ")
    assert "go env -w GOPROXY=https://goproxy.cn,direct" in failure.text
    assert case.get("name") == "go mod download"


def test_what_passed_has_the_report_as_its_output(samples):
    case = ElementTree.fromstring(render(samples.degraded(), False).encode()).find("testsuite/testcase")
    assert [child.tag for child in case] == ["system-out"]
    assert case[0].text.startswith("DEGRADED")


def test_hostile_names_stay_text(samples):
    made = samples.healthy()
    hostile = ']]>\x00\x1b[2J\ud800\ufffe"><failure/>&.pcap'
    changed = dataclasses.replace(made, run=None, capture=dataclasses.replace(made.capture, files=(hostile,)))
    case = ElementTree.fromstring(render(changed, False).encode()).find("testsuite/testcase")
    assert [child.tag for child in case] == ["system-out"]
    assert case.get("name") == ']]>\\x00\\x1b[2J\\ud800\\ufffe"><failure/>&.pcap'


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        (["--exit-verdict", "go"], ["--exit-verdict=any", "go"]),
        (["--exit-verdict", "each", "--", "go"], ["--exit-verdict=each", "--", "go"]),
        (["-i", "--exit-verdict", "go", "--exit-verdict"], ["-i", "--exit-verdict", "go", "--exit-verdict"]),
        (["-iw", "-q", "--", "--exit-verdict"], ["-iw", "-q", "--", "--exit-verdict"]),
        (["--exit-verdict"], ["--exit-verdict=any"]),
    ],
)
def test_the_word_after_a_bare_exit_verdict_is_the_command(typed, understood):
    assert with_values(typed, live.params) == understood


@pytest.mark.parametrize(
    ("options", "command", "status"),
    [
        (["--exit-verdict"], ["true"], 0),
        (["--exit-verdict=each"], ["sh", "-c", "exit 7"], 13),
        (["--fail-on", "never"], ["sh", "-c", "exit 7"], 0),
        (["--exit-verdict=each"], ["/no/such/command"], 127),
        (["--exit-verdict=often"], ["true"], 125),
    ],
)
def test_live_ends_with_the_verdict_where_it_is_asked_to(tmp_path, options, command, status):
    words = ["live", "--quiet", "-w", str(tmp_path / "r.pcapng"), *options, *command]
    assert subprocess.run([sys.executable, "-m", "netanalyze", *words], capture_output=True).returncode == status


def test_live_writes_junit(tmp_path):
    out = tmp_path / "verdict.xml"
    words = ["live", "--quiet", "-w", str(tmp_path / "r.pcapng"), "--junit", str(out), "--", "sh", "-c", "exit 7"]
    assert subprocess.run([sys.executable, "-m", "netanalyze", *words], capture_output=True).returncode == 7
    case = ElementTree.parse(out).find("testsuite/testcase")
    assert case.get("name") == "sh -c 'exit 7'"
    assert [child.tag for child in case] == ["failure"]
