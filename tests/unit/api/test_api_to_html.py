"""``netanalyze.open(…).to_html()``: the report as a page."""

from pathlib import Path

import pytest

import netanalyze
from netanalyze.output_files import OutputRefused

CAPTURE = Path(__file__).parents[3] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"


def test_the_page_is_returned_and_written(tmp_path):
    analysis, path = netanalyze.open(CAPTURE), tmp_path / "report.html"
    page = analysis.to_html(path)
    assert path.read_text(encoding="utf-8") == page
    assert "tls/client-hello-dropped" in page


def test_a_file_that_is_there_stays_unless_forced(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("mine")
    with pytest.raises(OutputRefused):
        netanalyze.open(CAPTURE).to_html(path)
    assert path.read_text() == "mine"
    netanalyze.open(CAPTURE).to_html(path, force=True)
    assert "<html" in path.read_text(encoding="utf-8")


def test_it_speaks_chinese():
    assert '<html lang="zh"' in netanalyze.open(CAPTURE).to_html(language="zh")
