"""What is said of what is settled: a sentence for each bit, each in both languages."""

import ast
import inspect
import string

import pytest

from netanalyze.report.language import Language, catalogue
from netanalyze.settle import words
from netanalyze.settle.connection import spoken
from netanalyze.settle.decide import Settled
from netanalyze.settle.document import document, line_of, text
from netanalyze.settle.hello import FULL, SMALL
from netanalyze.settle.hop_question import Boundary
from netanalyze.settle.names import QUERY_FORMS, QueryForm
from netanalyze.settle.rivals import PROBES, RIVALS
from netanalyze.settle.settlement import Place, SentRow, Settlement
from netanalyze.settle.target import typed_target


def sentences():
    """Every template that the words are made of."""
    said = {
        words.FULL_HELLO,
        words.NONE,
        words.UNSTEADY,
        words.NO_ADDRESS,
        words.PASSES,
        words.SILENT_HOPS,
        words.NOBODY,
    }
    said |= {words.ARRIVED, words.RULE, words.RULED_OUT, *words.VERDICTS.values()}
    for table in (words.DIFFERENCES, words.QUERY_DIFFERENCES, words.MANNERS, words.KINDS, words.BITS, words.NOT_SETTLED,
                  words.MANNER_OF_DEATH, words.ALSO, words.PLACES):  # fmt: skip
        said |= set(table.values())
    for node in ast.walk(ast.parse(inspect.getsource(words))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "message":
            said |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    return said


def test_every_sentence_has_its_chinese_with_the_same_words():
    missing = sentences() - set(catalogue("zh"))
    assert not missing, f"please add to netanalyze/settle/zh.toml: {sorted(missing)}"
    for english in sentences():
        names = [
            {name for _, name, _, _ in string.Formatter().parse(one) if name}
            for one in (english, catalogue("zh")[english])
        ]
        assert names[0] == names[1], english


@pytest.mark.parametrize("bit", [rival.bit for rival in RIVALS])
def test_each_rival_has_its_sentence(bit):
    assert bit in words.BITS


@pytest.mark.parametrize("form", [*PROBES, *QUERY_FORMS], ids=str)
def test_each_probe_can_be_told(form):
    assert words.sent_words(SentRow(1, "hello", "192.0.2.1", 443, "silent", form))


def settlement(**members):
    """A settled name, with its table."""
    rows = [
        SentRow(1, "query", "192.0.2.53", 53, "answered", QueryForm(), detail="NOERROR"),
        SentRow(2, "hello", "198.51.100.10", 443, "silent", FULL, octets=1534, segments=2, acked=0, seconds=3.0),
        SentRow(3, "hello", "198.51.100.10", 443, "server-hello", SMALL, octets=279, segments=1, acked=279),
        SentRow(4, "segment", "198.51.100.10", 443, "hop", ttl=3, offender="203.0.113.14"),
    ]
    hello = Settled("sni", ("sni",), SMALL, FULL, manner="silent")
    given = {"bit": "sni", "address": "198.51.100.10", "port": 443, "hello": hello, "looked_for_place": True}
    place = Place(Boundary(3, 4, proved=True), "203.0.113.14", "203.0.113.18")
    return Settlement(typed_target("proxy.golang.org"), rows=rows, **(given | {"place": place} | members))


def test_the_answer_names_the_bit_and_the_hops():
    said = text(settlement(), Language())
    assert "A ClientHello that names proxy.golang.org dies; with another name it lives." in said
    assert "between hop 3 and hop 4 (203.0.113.14 answers, then nothing;" in " ".join(said.split())


def test_the_answer_is_said_in_chinese():
    said = text(settlement(), Language("zh"))
    assert "写着 proxy.golang.org 的 ClientHello 到不了" in said
    assert "dies" not in said


def test_the_table_is_in_the_json_row_by_row():
    made = document(settlement())["settled"]
    assert [row["came"] for row in made["table"]] == ["answered", "silent", "server-hello", "hop"]
    assert (made["bit"], made["place"]["after"], made["place"]["before"]) == ("sni", 3, 4)
    assert made["table"][1]["form"]["sni"] == "real"


def test_a_row_tells_what_was_acknowledged():
    assert "nothing (0 ACK)" in line_of(settlement().rows[1], Language())


def test_a_place_that_is_not_known_is_said_so():
    assert "no hop answers" in text(settlement(place=None), Language())


def test_octets_of_a_server_are_told_apart():
    assert spoken(b"HTTP/1.1 400 Bad Request")[0] == "other"
