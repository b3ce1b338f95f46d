"""The Markdown summary."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import sample_results

from netanalyze.findings import Check
from netanalyze.report import markdown

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", sample_results.ALL)
def test_summary_reads_as_its_golden_copy(name):
    """After a change of style: NETANALYZE_GOLDEN=write pytest tests/report, and read the diff."""
    text = markdown.render(sample_results.ALL[name]())
    path = GOLDEN / f"{name}.md"
    if os.environ.get("NETANALYZE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_names_from_the_capture_stay_text():
    result = sample_results.failed()
    name = "[x](http://evil.example)<img src=x>|`\x1b"
    verdict = replace(result.verdict, summary=name, verify=Check(command=f"curl '```{name}'"), proof=(("13`|", name),))
    text = markdown.render(replace(result, verdict=verdict))
    assert "`[x](http://evil.example)<img`" in text.partition("````sh")[0]
    assert "\x1b" not in text
    assert "````sh\ncurl '```" in text
    row = next(line for line in text.splitlines() if line.startswith("| ``13"))
    assert row.replace("\\|", "").count("|") == 3
