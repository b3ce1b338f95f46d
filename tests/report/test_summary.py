"""The short summary for the page of a CI job."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
import sample_results

from netanalyze.findings import Check
from netanalyze.report import summary

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sample_results.ALL)
def test_summary_reads_as_its_golden_copy(name):
    """After a change of style: NETANALYZE_GOLDEN=write pytest tests/report, and read the diff."""
    text = summary.render(sample_results.ALL[name]())
    path = GOLDEN / f"{name}.summary.md"
    if os.environ.get("NETANALYZE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sample_results.ALL)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(name):
    cells = None
    for line in summary.render(sample_results.ALL[name]()).splitlines():
        if not line.startswith("|"):
            cells = None
            continue
        count = re.sub(r"\\\|", "", line).count("|")
        cells = cells or count
        assert count == cells, line


def test_names_from_the_capture_stay_text():
    result = sample_results.failed()
    name = "[x](http://evil.example)<img src=x>|`\x1b</details>"
    verdict = replace(result.verdict, summary=name, verify=Check(command=f"curl '```{name}'"), proof=(("13`|", name),))
    text = summary.render(replace(result, verdict=verdict))
    before, _, rest = text.partition("````sh")
    assert "`[x](http://evil.example)<img`" in before
    assert "\x1b" not in text
    assert rest


def test_what_speaks_against_the_verdict_is_told():
    result = sample_results.failed()
    root = result.verdict.finding
    findings = list(result.findings)
    findings[root] = replace(findings[root], counter_evidence=("one reply did come",))
    text = summary.render(replace(result, findings=tuple(findings)))
    assert "- one reply did come" in text.partition("### What speaks against it")[2]


def test_a_summary_is_added_to_what_others_wrote(tmp_path):
    page = tmp_path / "summary.md"
    page.write_text("# The job\n")
    result = sample_results.failed()
    summary.append(str(page), result)
    summary.append(str(page), result)
    assert page.read_text() == f"# The job\n\n{summary.render(result)}\n{summary.render(result)}"
