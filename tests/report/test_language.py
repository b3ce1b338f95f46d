"""Chinese: every sentence of the verdict has its line in the catalogue, with the same words in braces."""

import ast
import re
import string
from pathlib import Path

import pytest
from sample_results import ALL as SAMPLES

import netanalyze
from netanalyze import causes as rules
from netanalyze import processes
from netanalyze.causes.advice.dead_link import dead_link
from netanalyze.causes.cause import advice_page, causes
from netanalyze.causes.dns import truncated_tcp_blocked
from netanalyze.causes.local import busy
from netanalyze.conversations import icmp
from netanalyze.diagnosis import headlines, healthy, local_waits, outcome, proof, verdict, without_cause
from netanalyze.diagnostics import KINDS, Severity
from netanalyze.findings import ROLES
from netanalyze.flows.transfers import limiter
from netanalyze.live import sentences
from netanalyze.report import facts, html, language, terminal
from netanalyze.report.facts import PHASE_NAMES
from netanalyze.report.language import Language, catalogue, wished
from netanalyze.report.sheet import STYLES
from netanalyze.result import STATUSES
from netanalyze.waiting import IN_STALLS, Waiting
from netanalyze.wire.message import socks
from netanalyze.wording import counted, message, sentence

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def words(text):
    """The words in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def advice():
    """Every text of the advice's pages."""
    pages = [*(advice_page(id_) for id_, cause in causes().items() if not cause.about_client), dead_link()]
    return {o.text for page in pages for o in (*page.where, *page.fix, *page.no_use) if o.text}


def headlines_of_causes():
    """Every headline of every cause, and what stands in it for a name that is not known."""
    spoken = {
        text
        for cause in causes().values()
        for text in (cause.headline, *cause.variants.values(), *cause.unnamed.values())
    }
    return spoken - {None, "go", "git", "unknown"}


SPOKEN = {
    "headlines": headlines_of_causes(),
    "advice": advice(),
    "statuses": {status.upper() for status in STATUSES},
    "phases": set(PHASE_NAMES.values()),
    "waits": {f"waiting for {kind.noun}" for kind in IN_STALLS},
    "roles": set(ROLES) - {"client-host", "client"} | {"this machine", "the command itself"},
    "diagnostics": {meaning for _, meaning in KINDS.values()} | {str(severity) for severity in Severity},
    "sentences": {*(kind.unexplained for kind in Waiting if kind.unexplained), without_cause.NOBODY_OWED, without_cause.MAY_REST,
                  without_cause.NOT_BACK,
                  without_cause.NAMELESS_NOT_BACK, without_cause.NEVER_ASKED,
                  proof.GAVE_UP, limiter.WINDOW, limiter.QUEUE, limiter.CLOSED, limiter.PAUSED, limiter.LOST,
                  limiter.OVERTAKEN, limiter.STEADY, limiter.TRIPS, *limiter.WHO.values(),
                  *(f"limited by the {who}" for who in limiter.WHO.values())},
    "of the status line": {sentences.NO_ANSWER, *(kind.owed for kind in Waiting)},
    "without the cause": {outcome.LESS, outcome.BESIDE, outcome.PACE, outcome.REPLAYED,
                          outcome.LEFT, outcome.NOTHING_DONE, outcome.TOLD_NO},
    "of DNS over TCP": set(truncated_tcp_blocked.HOW.values()),
    "of processes": {*local_waits.SENTENCES.values(), *busy.WORDS.values(), *processes.STATES.values()},
    "of SOCKS": set(socks.REPLY_NAMES.values()),
    "of ICMP": {*icmp.MEANINGS_4.values(), *icmp.MEANINGS_6.values()},
    "columns": {*html.headings(), *html.meanings()},
}  # fmt: skip


@pytest.mark.parametrize("kind", SPOKEN)
def test_every_sentence_has_its_translation(kind):
    missing = sorted(SPOKEN[kind] - set(catalogue("zh")))
    assert not missing, f"please add to zh.toml, a cause's beside it, else netanalyze/report's: {missing}"


@pytest.mark.parametrize(
    "module",
    [
        local_waits,
        healthy,
        limiter,
        without_cause,
        proof,
        headlines,
        verdict,
        rules,
        processes,
        facts,
        terminal,
        sentences,
    ],
    ids=lambda m: m.__name__,
)
def test_every_template_in_the_code_has_its_translation(module):
    """Texts handed to message() and counted() where they stand, and the labels of the report's rows."""
    import inspect

    spoken = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in ("message", "counted"):
            spoken |= set(texts)
        elif name in ("row", "heading", "command") and module is terminal:
            spoken |= set(texts[:1]) if texts and texts[0].strip() else set()
    missing = {text for text in spoken if CHINESE.search(text) is None} - set(catalogue("zh"))
    assert not missing - {"{figure} s {what}", *STYLES}, f"please add to netanalyze/report/zh.toml: {missing}"


PACKAGES = (
    "causes/from_sockets", "flows", "causes/capture", "causes/dns", "causes/go", "causes/http", "causes/local", "causes/tcp",
    "causes/tls",
)  # fmt: skip
"""Parts of the tool whose findings speak both languages."""
SENTENCE = re.compile("[a-z]{2}")


def spoken_in(call):
    """The sentence of a call of ``cause.finding``; the sentence and what it rests on of a call of ``socket.finding``."""
    if getattr(call.func, "attr", "") != "finding":
        return []
    return call.args[3:5] if getattr(call.func.value, "id", "") == "socket" else call.args[2:3]


class Spoken(ast.NodeVisitor):
    """The texts of findings in a module: ``texts`` as they stand in it, ``loose`` those no catalogue can know."""

    def __init__(self, source):
        self.texts, self.loose = set(), []
        self.visit(ast.parse(source))

    def visit_Call(self, node):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in ("message", "counted", "say"):
            for text in (*node.args, *(word.value for word in node.keywords)):
                self.say(text)
        elif name in ("Finding", "finding"):
            for text in spoken_in(node):
                self.say(text)
            for word in node.keywords:
                if word.arg == "message":
                    self.say(word.value)
                elif word.arg == "counter_evidence":
                    self.members(word.value)
        elif name in ("Evidence", "Alternative") and len(node.args) > 1:
            self.say(node.args[1])
        elif name == "frames":
            self.members(node)
        elif name in ("segments", "repeats"):
            for text in node.args:
                self.say(text)
        elif name == "Check" and node.args:
            self.say(node.args[0])
        self.generic_visit(node)

    def members(self, node):
        """The last members of the tuples in it."""
        for found in ast.walk(node):
            if isinstance(found, ast.Tuple) and found.elts:
                self.say(found.elts[-1])

    def say(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.texts |= {node.value} - {""}
        elif isinstance(node, ast.IfExp):
            self.say(node.body), self.say(node.orelse)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                self.say(value)
        elif isinstance(node, ast.JoinedStr):
            fixed = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
            self.loose += [ast.unparse(node)] if SENTENCE.search(fixed) else []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_of_a_finding_has_its_translation(package):
    missing, loose = set(), []
    for file in sorted((Path(netanalyze.__file__).parent / package).glob("*.py")):
        spoken = Spoken(file.read_text(encoding="utf-8"))
        missing |= spoken.texts - set(catalogue("zh"))
        loose += [f"{file.name}: {text}" for text in spoken.loose]
    assert not missing, f"please add to the zh.toml beside it: {sorted(missing)}"
    assert not loose, f"only message() keeps what a catalogue needs: {loose}"


def test_a_text_without_a_template_is_told_from_one_that_has_it():
    spoken = Spoken(
        'Finding(message=f"{host} is late", counter_evidence=("it may come",) if x else ())\n'
        'frames((1, "asked" if x else message("asked {n}", n=y or "nobody")), (2, f"GET {url}"))\n'
        'Evidence(3, "shown", "trace"), Alternative("tcp/reset", "why", Check(command="ping")), Check("ask them")'
    )
    assert spoken.texts == {"it may come", "asked", "asked {n}", "nobody", "shown", "why", "ask them"}
    assert spoken.loose == ["f'{host} is late'"]


def test_translations_have_the_same_words():
    for english, chinese in catalogue("zh").items():
        assert words(english) == words(chinese), english


def test_nothing_is_translated_twice():
    import tomllib

    files = [tomllib.loads(file.read_text(encoding="utf-8")) for file in language.catalogue_files("zh")]
    assert len(files) > 1
    keys = [english for tables in files for table in tables.values() for english in table]
    assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_report_is_chinese_and_keeps_commands_and_causes(name):
    result = SAMPLES[name]()
    chinese = terminal.render(result, language="zh")
    assert CHINESE.search(chinese)
    for step in result.verdict.fix[:3]:
        assert step.command is None or step.command in chinese
    assert result.verdict.cause is None or result.verdict.cause in chinese
    assert terminal.render(result) == terminal.render(result, language="en")


def test_a_terminal_that_is_not_unicode_gets_english():
    result = next(iter(SAMPLES.values()))()
    assert terminal.render(result, ascii_only=True, language="zh") == terminal.render(result, ascii_only=True)


def test_words_are_translated_too_and_names_are_not():
    said = message("{place} answers late.", place="the other side")
    assert str(said) == "the other side answers late."
    assert Language("zh").say(said) == "对方响应太慢。"
    assert "proxy.golang.org" in Language("zh").say(message("{place} answers late.", place="proxy.golang.org"))
    assert Language("zh").say(counted(2, "{number} lookup", "{number} lookups")) == "2 次解析"


def test_a_sentence_made_of_a_text_is_translated_as_that_text():
    late = sentence(message("{place} answers late.", place="the other side"))
    assert str(late) == "The other side answers late."
    assert Language("zh").say(late) == "对方响应太慢。"
    assert Language("zh").say(sentence("stopped")) == "被暂停。"


def test_a_catalogue_cannot_reach_into_what_is_put_into_it():
    strange = message("{place} answers late.", place="{place.__class__}")
    assert Language("zh").say(strange) == "{place.__class__} 响应太慢。"


def test_the_locale_is_asked_in_posix_order():
    assert wished({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "de_DE"}) == "en"
    assert wished({"LANG": "en_US", "LC_ALL": "zh_CN.UTF-8"}) == "zh"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh_TW.UTF-8", "en"),
        ("zh_HK", "en"),
        ("zh-Hant-TW", "en"),
        ("zh_SG.UTF-8", "zh"),
        ("zh_Hans", "zh"),
        ("zh", "zh"),
    ],
)
def test_nobody_is_given_other_characters_than_were_asked_for(locale, language):
    assert wished({"LANG": locale}) == language
