"""Every story of captures/, as it is shown, in both languages: what a reader would take for a slip stands on no page."""

import re

import pytest

from netanalyze.api import analyze
from netanalyze.report import html, markdown, terminal
from netanalyze.report.language import Language, catalogue
from netanalyze.wording import Message
from tests.rules.results import RECIPES, RECORDED

STORIES = {f"{f.parent.name}.{f.name}.{kind}": f / f"{kind}.pcapng" for f in RECIPES for kind in ("hit", "near_miss")}
STORIES |= {f"recorded.{f.name}": next(f.glob("capture.pcap*")) for f in RECORDED}
OURS = re.compile(r"\bNone\b|\bnan\b|\binf\b|Traceback|\bobject at 0x|<class |(?<!%)\{\w+\}")
"""What Python would write of a value that is none; ``%{time_total}`` is curl's."""
BARE = re.compile(r"(?<![\[\w:])[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*::[0-9a-f]{1,4}:\d{4,5}\b(?![:\]])")
"""An address of IPv6 that runs into its port."""
HAN = r"[\u3400-\u9fff]"
CHINESE_SLIP = re.compile(rf"{HAN}[,;:!?]|{HAN}\.(?!\w)|([，。；：、])\1|[，；：]。|{HAN} {HAN}|（）")


@pytest.fixture
def unspoken(monkeypatch):
    """The sentences that a page of another language could not say in it."""
    found, say = set(), Language.say

    def listening(self, text):
        if isinstance(text, Message) and not self.english and text.template not in catalogue(self.code):
            found.add(text.template)
        return say(self, text)

    monkeypatch.setattr(Language, "say", listening)
    return found


@pytest.mark.parametrize("name", STORIES)
def test_a_page_has_no_slip_and_every_sentence_is_chinese_where_that_is_wished(name, unspoken):
    result = analyze([STORIES[name]])
    english, chinese = markdown.render(result), markdown.render(result, "zh")
    for page in (english, chinese, terminal.render(result), terminal.render(result, language="zh")):
        assert not (slip := OURS.search(page) or BARE.search(page)), slip
    assert not (slip := CHINESE_SLIP.search(chinese)), slip
    assert '<html lang="zh">' in html.render(result, "zh")
    assert not unspoken


@pytest.mark.parametrize("name", STORIES)
def test_the_time_that_was_lost_does_not_contradict_the_status(name):
    result = analyze([STORIES[name]])
    lines = terminal.render(result, width=200).splitlines()
    assert result.verdict.status not in ("failed", "hung") or not any("no time lost," in line for line in lines)
    assert result.verdict.status != "healthy" or not any(" s lost" in line for line in lines)
