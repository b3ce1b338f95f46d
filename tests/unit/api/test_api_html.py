"""What a notebook shows: complete, well-formed, and with everything from the capture escaped."""

from dataclasses import replace
from xml.etree import ElementTree

from netanalyze.notebook.html import analysis_html, finding_html

EVIL = '<script>alert(1)</script>\u202e&"'


def parsed(html):
    """The HTML as a tree: it is well-formed XML, too, but for the flag ``open``."""
    return ElementTree.fromstring(html.replace("<details open>", "<details>"))


def test_an_analysis_shows_verdict_ledger_and_waterfall(hang):
    html = hang._repr_html_()
    tree = parsed(html)
    assert len(tree.findall(".//svg")) == 2
    text = " ".join(tree.itertext())
    for said in (
        "HUNG",
        "tls/client-hello-dropped",
        "7.50 of 7.56 s lost",
        "#11-12",
        "Where the time went",
        "Lookups and flows",
    ):
        assert said in text
    assert "<style" not in html
    assert "<script" not in html


def test_a_healthy_run_shows_what_its_time_went_to(healthy):
    text = " ".join(parsed(healthy._repr_html_()).itertext())
    assert "HEALTHY" in text
    assert "waits for a response" in text


def test_verdict_finding_flow_and_frame_show_themselves(hang):
    for shown in (hang.verdict, hang.finding(0), hang.flow(2), hang.frame(11)):
        parsed(shown._repr_html_())
        assert repr(shown)
    assert "#17" in hang.finding(0)._repr_html_()


def test_everything_from_the_capture_is_escaped(hang):
    verdict = replace(hang.result.verdict, summary=EVIL, where=EVIL, proof=((EVIL, EVIL),))
    finding = replace(hang.result.findings[0], message=EVIL)
    capture = replace(hang.result.capture, files=(EVIL,))
    result = replace(hang.result, verdict=verdict, capture=capture)
    for html in (analysis_html(result), finding_html(finding, result)):
        parsed(html)
        assert "<script" not in html
        assert "\u202e" not in html
