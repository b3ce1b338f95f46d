"""The HTML report: one file, nothing fetched, everything escaped, all parts there."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import sample_results

from netanalyze.findings import Check
from netanalyze.report import html

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Checks that elements nest, and collects what matters."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.attributes, self.text = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("name", sample_results.ALL)
def test_page_is_whole_and_fetches_nothing(name):
    text = html.render(sample_results.ALL[name]())
    page = Page(text)
    assert not {"link", "img", "iframe", "object"} & set(page.seen)
    assert not [a for a, _ in page.attributes if a == "src" or a.startswith("on")]
    assert all(value.startswith("#") for a, value in page.attributes if a == "href")
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", sample_results.ALL)
def test_the_one_script_is_the_one_that_the_policy_names(name):
    text = html.render(sample_results.ALL[name]())
    data, script = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert data[0] == ' type="application/json" id="data"'
    assert json.loads(data[1])["lanes"] is not None
    named = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{named}'" in text


@pytest.mark.parametrize("name", sample_results.ALL)
def test_links_lead_to_places_in_the_page(name):
    attributes = Page(html.render(sample_results.ALL[name]())).attributes
    ids = {value for key, value in attributes if key == "id"}
    assert {value[1:] for key, value in attributes if key == "href"} <= ids


@pytest.mark.parametrize("name", sample_results.ALL)
def test_ids_are_unique_and_labels_lead_somewhere(name):
    attributes = Page(html.render(sample_results.ALL[name]())).attributes
    ids = [value for key, value in attributes if key == "id"]
    assert len(ids) == len(set(ids))
    assert {value for key, value in attributes if key == "aria-labelledby"} <= set(ids)


def test_flagship_has_its_parts():
    text = html.render(sample_results.failed())
    for part in (
        '<section class="card failed"',
        "The ClientHello to proxy.golang.org is swallowed on the way.",
        "10.0 of 10.1 s lost",
        "frame.number in {13,16..25}",
        "GODEBUG=tlsmlkem=0 go mod download",
        "sent 5 more times in 6.5 s",
        "nothing moved; path owed ACK: 10.0 s, at 0.050 s</title>",
        "TCP connect: 38 ms, at 0.011 s</title>",
        "TLS, tls/client-hello-dropped: 10.000 s</title>",
        '<article class="finding root"',
        "they add up to 10.100 s",
        "offload",
        "prefers-color-scheme: dark",
        "@media print",
    ):
        assert part in text, part


def test_healthy_has_no_cause_and_its_limits():
    text = html.render(sample_results.healthy())
    assert "What the time went to" in text
    assert "confidence" not in text
    assert "200 spans" in text


def test_everything_from_the_capture_is_escaped():
    evil = "<script>alert(1)</script>\"'&\x1b\u202e"
    result = sample_results.failed()
    flow = sample_results._flow(9, 1, 0, 1, host=evil, process=evil)
    made = sample_results.result(
        replace(result.verdict, summary=evil, where=evil, proof=((evil, evil),), verify=Check(evil)),
        ends=1, flows=[flow], rows=result.ledger, files=(evil,),
        findings=[replace(result.findings[0], message=evil, quantities={evil: evil})],
    )  # fmt: skip
    text = html.render(made)
    page = Page(text)
    assert page.seen.count("script") == 2
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert any("<script>alert(1)</script>" in data for data in page.text)


def test_waiting_that_nobody_is_blamed_for_is_no_alarm():
    result = sample_results.failed()
    assert '<rect class="stall' in html.render(result)
    calm = replace(result, findings=(), consequences=(), ledger=(), verdict=replace(result.verdict, finding=None))
    text = html.render(calm)
    assert '<rect class="stall' not in text
    assert '<rect class="wait' in text


def test_many_flows_are_drawn_in_part_and_counted():
    flows = [sample_results._flow(i, 50000 + i, i / 100, i / 50 + 1) for i in range(500)]
    text = html.render(sample_results.result(sample_results.healthy().verdict, ends=12, flows=flows))
    assert "460 shorter not drawn" in text
    assert "500, 200 of them shown" in text
