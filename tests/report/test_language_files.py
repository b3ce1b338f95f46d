"""Chinese in the reports that are files: the HTML page, the Markdown, the summary of a CI job."""

import ast
import re
from pathlib import Path

import pytest
import sample_results

from netanalyze.causes import causes
from netanalyze.causes.capture import no_traffic
from netanalyze.causes.from_sockets import shared
from netanalyze.causes.tcp import loss, mtu_signalled
from netanalyze.causes.tls import reset_after_client_hello
from netanalyze.findings import EVIDENCE_KINDS
from netanalyze.report import html, markdown, summary
from netanalyze.report.language import Language, catalogue
from netanalyze.waiting import IN_STALLS

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FORMS = {"html": html, "markdown": markdown, "summary": summary}
FOLDER = Path(html.__file__).parent

forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
samples = pytest.mark.parametrize("name", sample_results.ALL)


@forms
@samples
def test_it_is_chinese_where_that_is_wished_and_keeps_commands_and_causes(form, name):
    result = sample_results.ALL[name]()
    chinese = form.render(result, "zh")
    assert Language("zh").say(result.verdict.status.upper()) in chinese
    assert result.verdict.cause is None or result.verdict.cause in chinese
    for step in result.verdict.fix:
        assert step.command is None or step.command.split()[0] in chinese
    assert form.render(result) == form.render(result, "en") != chinese


def spoken_in(path):
    """The texts that a template hands to ``say`` and its like, and a module to them, to its rows and to its spans."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return {
            one or other for one, other in re.findall(r"""(?:say|message|labelled)\((?:"([^"]+)"|'([^']+)')""", text)
        }
    texts = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("say", "message", "labelled", "fact"):
                texts += node.args[:1]
            elif name == "span":
                texts += node.args[3:4]
            elif name == "append" and isinstance(node.args[0], ast.Tuple):
                texts += node.args[0].elts[:1]
    return {node.value for node in texts if isinstance(node, ast.Constant)}


@pytest.mark.parametrize("name", ["report.html.j2", "html.py", "markdown.py", "summary.py", "waterfall.py"])
def test_every_label_has_its_translation(name):
    said = spoken_in(FOLDER / name)
    missing = said - set(catalogue("zh"))
    assert said
    assert not missing, f"please add to netanalyze/report/zh.toml: {sorted(missing)}"


def test_no_text_of_the_page_stands_outside_of_the_catalogue():
    template = (FOLDER / "report.html.j2").read_text(encoding="utf-8")
    marked_up = re.sub(r"\{[{%].*?[}%]\}", " ", template, flags=re.DOTALL)
    told = re.sub(r"<[^>]*>", " ", marked_up)
    assert set(re.findall(r"[A-Za-z]{2,}", told)) == {"netanalyze"}


def test_causes_and_kinds_of_proof_have_their_translation():
    spoken = {cause.meaning for cause in causes().values()} | set(EVIDENCE_KINDS)
    missing = sorted(spoken - set(catalogue("zh")) - {"frame"})
    assert not missing, f"please add to netanalyze/report/zh.toml: {missing}"


def test_every_stall_has_its_translation():
    missing = {f"nothing moved; {{who}} owed {kind.noun}" for kind in IN_STALLS} - set(catalogue("zh"))
    assert not missing, f"please add to netanalyze/report/zh.toml: {sorted(missing)}"


def test_the_tables_of_the_page_have_theirs():
    text = html.render(sample_results.failed(), "zh")
    assert '<html lang="zh">' in text
    captions = re.findall(r"<caption>(.*?)</caption>", text)
    assert len(captions) > 1
    assert all(CHINESE.match(caption) for caption in captions)


PUT_TOGETHER = {
    "sockets": {shared.COUNTED, shared.COUNTED_AGAIN},
    "no traffic": {
        said + way for said in (no_traffic.ANSWERED, no_traffic.TALKED) for way in ("", no_traffic.WENT_OVER)
    },
    "loss": {said + where for said in (loss.FROM, loss.TO) for where in ("", loss.BEHIND_RECORDER)},
    "ICMP": {
        said + later for said in (mtu_signalled.SAYS, mtu_signalled.SAYS_LESS) for later in ("", mtu_signalled.WENT_ON)
    },
    "resets": {reset_after_client_hello.RESET + by for by in reset_after_client_hello.BY.values()},
}


@pytest.mark.parametrize("kind", PUT_TOGETHER)
def test_templates_that_are_put_together_have_their_translation(kind):
    missing = sorted(PUT_TOGETHER[kind] - set(catalogue("zh")))
    assert not missing, f"please add to netanalyze/report/zh.toml: {missing}"


def test_a_summary_is_added_in_the_language(tmp_path):
    page, result = tmp_path / "page.md", sample_results.failed()
    summary.append(str(page), result, "zh")
    assert page.read_text(encoding="utf-8") == summary.render(result, "zh")
