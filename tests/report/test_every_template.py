"""Every sentence there is, with none, one and several in the place of each count, in both languages."""

import ast
import re
import string
from pathlib import Path

import pytest

import netanalyze
from netanalyze.report.language import Language, catalogue
from netanalyze.waiting import IN_STALLS, Waiting
from netanalyze.wording import message

ROOT = Path(netanalyze.__file__).parent
COUNTED = (
    r"(?:packets|octets|frames|segments|queries|requests|retransmissions|lookups|connections|records|SYNs|RSTs|times|spans"
    r"|files|flows)"
)
ONE_OF_MANY = re.compile(rf"(?<![\d.,/])\b1 (?:more |other |full-size |shorter )?(?:\w+ and )?{COUNTED}\b")
IPV6 = "2001:db8::1"
HAN = "\u3400-\u9fff"
ASCII_AFTER_HAN = re.compile(rf"[{HAN}][,.;:!?]")
NUMBERS = {
    "acked", "asked", "behind", "connections", "count", "flows", "handshakes", "missing", "most", "n", "number", "octets",
    "packets", "queries", "received", "repeats", "segments", "sent", "times", "unacked",
}  # fmt: skip
ROW = re.compile(r"^[a-z-]+ {2,}")
"""How a row of a list in a page of help begins: what may be typed, and blanks up to the column of its meanings."""
NAMED = {"address", "addresses", "host", "place", "port", "resolver"}
"""Words that are never Chinese."""


def templates():
    """The templates of message() and counted() as they stand in code and pages, and every English sentence of the catalogue."""
    found = set(catalogue("zh"))
    for page in ROOT.rglob("*.j2"):
        found |= set(re.findall(r"message\('([^']+)'", page.read_text(encoding="utf-8")))
    for file in sorted(ROOT.rglob("*.py")):
        if "lab" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
                "message",
                "counted",
            ):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return sorted(found)


TEMPLATES = templates()


def words(template):
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def filled(template, number, name):
    """The template with the number for what is counted, and the name for all else."""
    given = {word: number if word in NUMBERS else "go.dev" if word in NAMED else name for word in words(template)}
    return message(template, **given)


@pytest.mark.parametrize("number", [0, 1, "1", 2, 1234], ids=repr)
def test_one_is_not_told_as_many(number):
    """Templates that counted() has for one and for many are told apart by it; the others see to it themselves."""
    pairs = {t for t in TEMPLATES if re.search(rf"\{{number\}} {COUNTED}\b", t)}
    bad = [said for t in TEMPLATES if ONE_OF_MANY.search(said := str(filled(t, number, "proxy.golang.org")))]
    assert not bad
    assert pairs


@pytest.mark.parametrize("number", [1, "1"], ids=repr)
def test_one_does_what_one_does(number):
    """But for octets of a ClientHello, of which never one alone is acknowledged."""
    many = re.compile(r"(?<![\d.,/])(?<!only )\b1 (?:[a-z-]+ ){0,2}(?:are|were|have|end|fit|lie)\b(?! of)")
    said = [str(filled(t, number, "proxy.golang.org")) for t in TEMPLATES if "{" in t]
    assert not [one for one in said if many.search(one)]


def test_what_else_it_may_be_is_not_said_twice():
    """也可能是 {cause}：{why}: the reason does not begin with it again."""
    chinese = catalogue("zh")
    front = {
        said.partition("{")[0] for english, said in chinese.items() if english.startswith(("Or else {", "It may be {"))
    }
    assert front == {"也可能是 "}
    assert not [
        said
        for english, said in chinese.items()
        if said.startswith("也可能") and "{cause}" not in english and english != "Or else"
    ]


def test_no_sentence_has_a_hole_in_it():
    for template in TEMPLATES:
        said = ROW.sub("", str(filled(template, 2, "proxy.golang.org")))
        assert not re.search(r"\bNone\b(?! of)|\bnan\b|\{\w*\}|  |\( | \)|\(\)", said), said


@pytest.mark.parametrize("name", ["proxy.golang.org", "本机", "12"])
def test_chinese_has_chinese_punctuation(name):
    """Also where a Chinese word is put in; what stands in quotes is what a program said."""
    chinese, sentences = Language("zh"), catalogue("zh")
    for template in TEMPLATES:
        if template in sentences:
            said = ROW.sub("", chinese.say(filled(template, 2, name)))
            assert not ASCII_AFTER_HAN.search(re.sub(r":\d+|://|\.zip", "", said)), said
            assert "  " not in said.strip(), said
            assert "{" not in said, said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_address_of_ipv6_and_its_port_are_told_apart(language):
    """RFC 3986, 3.2.2."""
    bare = re.compile(rf"(?<!\[){re.escape(IPV6)}\]?:[\d{{]")
    placed = [t for t in TEMPLATES if re.search(r"\{\w+\}:[\d{]", t)]
    assert len(placed) > 10
    for template in placed:
        said = Language(language).say(message(template, **dict.fromkeys(words(template), IPV6) | {"port": 443}))
        assert not bare.search(said), said
        assert f"[{IPV6}]:" in said


def test_one_thing_has_one_word_in_chinese():
    said = "\n".join(catalogue("zh").values())
    for wrong, right in (
        ("告警", "警报"),
        ("答复", "应答"),
        ("解析器所", "DNS 服务器所"),
        ("数据报", "报文"),
        ("默认值网关", "默认网关"),
        ("域名服务器", "DNS 服务器"),
        ("无法解释：", "原因不明："),
        ("原判定", "结论"),
        ("运维", "管理者"),
        ("凭据助手", "凭据辅助程序"),
    ):
        assert wrong not in said, f"{right} is the word, not {wrong}"


def test_one_wait_has_one_word():
    """The ledger, the waterfall and the live status line call what is owed by the same name."""
    for kind in Waiting:
        assert kind.noun in kind.owed, kind
    chinese = catalogue("zh")
    assert chinese["response"] != chinese["response wait"]
    assert {f"waiting for {kind.noun}" for kind in IN_STALLS} <= set(chinese)
    of_http = {
        english: said
        for english, said in chinese.items()
        if re.search(r"\bow(e|es|ed)\b.*\b(answer|response)\b", english) and "DNS" not in english
    }
    assert of_http
    assert not [said for english, said in of_http.items() if re.search(r"\banswer\b", english) or "应答" in said]


def test_the_singular_is_made_where_the_number_is_one():
    assert str(message("{n} octets were sent {times} times", n=1, times=1)) == "1 octet was sent 1 time"
    assert str(message("{n} octets were sent {times} times", n=11, times=21)) == "11 octets were sent 21 times"
    assert str(message("{n} queries are open", n="1")) == "1 query is open"
