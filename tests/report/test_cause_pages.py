"""The pages of causes in Chinese: a phase is translated whole, part by part, and what is typed is as in English."""

import re

import pytest

from netanalyze.causes import causes, page
from netanalyze.report.cause_page import TYPED, cause_page, pages_of
from netanalyze.report.language import Language
from netanalyze.report.sheet import cells

CHINESE = Language("zh")
PHASES = sorted({cause.phase for cause in causes().values() if pages_of(cause.phase, "zh")})
TRANSLATED = [id_ for id_, cause in causes().items() if cause.phase in PHASES]
HEADINGS = ["它发现什么", "程序为何卡住", "怎么办", "容易混淆", "已知误报", "参考"]


def typed(text):
    """The lines to type, without what explains them."""
    return [re.split(r"\s+# ", line)[0].strip() for line in text.splitlines() if line.startswith(TYPED)]


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_that_is_translated_is_so_whole(phase):
    names = {id_.partition("/")[2] for id_, cause in causes().items() if cause.phase == phase}
    assert set(pages_of(phase, "zh")) == names, f"netanalyze/causes/{phase}/zh_pages.toml"


@pytest.mark.parametrize("id_", TRANSLATED)
def test_a_page_has_the_same_parts_and_the_same_commands(id_):
    chinese = cause_page(id_, CHINESE)
    assert re.findall(r"^(?! )(.+)$", chinese, re.MULTILINE)[1:] == HEADINGS
    assert typed(chinese) == typed(page(id_))
    body = page(id_).rpartition("\nReferences\n")[0]
    named = set(re.findall(r"\b(?:capture|dns|go|http|local|quic|tcp|tls)/[a-z-]+", body)) & set(causes())
    assert named <= set(re.findall(r"[a-z]+/[a-z-]+", chinese))
    prose = [line for line in chinese.rpartition("\n参考\n")[0].splitlines() if not line.startswith(TYPED)]
    assert max(map(cells, prose)) <= 80


def test_references_are_the_same_in_every_language():
    assert cause_page("tls/alert", CHINESE).endswith(page("tls/alert").rpartition("References\n")[2])
    assert cause_page("tls/alert", Language()) == page("tls/alert")
