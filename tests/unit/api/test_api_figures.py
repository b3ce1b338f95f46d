"""Figures over time, of DNS, and the ladder: they show what the tables say."""

import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import netanalyze
from netanalyze.notebook.ladder import Rung, ladder_figure, rungs
from netanalyze.notebook.over_time import round_trips, rtt_figure, throughput_figure, window_figure
from netanalyze.notebook.segments import Segments
from netanalyze.notebook.style import picture_octets
from netanalyze.tracking.marks import RETRANSMISSION
from netanalyze.tracking.sequence import NO_OFFSET
from netanalyze.wire.layers import ACK, FIN, SYN


def segments(*rows):
    """Segments from (ms, direction, flags, start, length, ack, marks, window)."""
    filled = [(*row, *(0, 0, NO_OFFSET, 0, 1000)[len(row) - 3 :]) for row in rows]
    columns = [np.array(column, np.int64) for column in zip(*filled)] or [np.zeros(0, np.int64)] * 8
    time_ms, direction, flags, start, length, ack, marks, window = columns
    number = np.arange(1, len(filled) + 1)
    return Segments(number, time_ms * 10**6, direction, flags, marks, start, length, ack, window)


def shown(figure):
    """Every text of a figure."""
    axes = figure.axes[0]
    legend = axes.get_legend()
    texts = [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel(), *(t.get_text() for t in axes.texts)]
    return "\n".join([*texts, *(t.get_text() for t in (legend.get_texts() if legend else ()))])


def ms(spans):
    return (spans // 10**6).tolist()


def test_a_round_trip_is_from_octets_to_their_acknowledgment():
    flow = segments(
        (0, 0, SYN, 1), (30, 1, SYN | ACK, 1, 0, 1), (31, 0, ACK, 1, 0, 1),
        (40, 0, ACK, 1, 100, 1), (41, 0, ACK, 101, 100, 1), (75, 1, ACK, 1, 0, 201),
        (80, 0, ACK | FIN, 201, 0, 1), (95, 1, ACK, 1, 0, 202),
    )  # fmt: skip
    moments, spans = round_trips(flow, 0)
    assert ms(spans) == [30, 34, 15]  # SYN, the later of two segments, FIN
    assert ms(moments) == [30, 75, 95]
    assert ms(round_trips(flow, 1)[1]) == [1]


def test_octets_that_were_sent_twice_give_no_round_trip():
    flow = segments(
        (0, 0, ACK, 1, 100, 1), (200, 0, ACK, 1, 100, 1, RETRANSMISSION), (210, 1, ACK, 1, 0, 101),
        (300, 0, ACK, 101, 100, 1), (330, 1, ACK, 1, 0, 201),
    )  # fmt: skip
    assert ms(round_trips(flow, 0)[1]) == [30]


def test_round_trips_are_those_of_the_flow_table(hang, lossy):
    for flow in (hang.flow(2), lossy.flow(2)):
        spans = round_trips(flow.segments, 0)[1]
        assert spans.min() == flow.facts["orig_rtt_minimum_ns"]


def test_figures_over_time_say_whose_octets_they_are_and_in_which_unit(lossy, hang):
    plot = lossy.flow(2).plot
    assert "ms" in shown(plot.rtt())
    assert "octets from the client:\n52 round trips, median 61 ms" in shown(plot.rtt())
    assert "from the server: 2.1 MB" in shown(plot.throughput())
    assert "sent again by the server: 20 kB" in shown(plot.throughput())
    assert "client's window: 52 kB to 2.6 MB" in shown(plot.window())
    assert "octets from the client under way" in shown(plot.window("client"))
    assert "waits for ack: 7.50 s" in shown(hang.flow(2).plot.throughput())


def test_figures_of_nothing_are_drawn():
    nothing, never = segments(), segments((0, 0, SYN, 1), (1000, 0, SYN, 1, 0, NO_OFFSET, RETRANSMISSION))
    for made in (nothing, never):
        assert "no octets" in shown(rtt_figure(made, "Flow 0"))
        assert "no octets" in shown(throughput_figure(made, "Flow 0"))
        window_figure(made, "Flow 0", 0)
    assert picture_octets(ladder_figure([], "Flow 0"), "png").startswith(b"\x89PNG")


def test_a_window_that_shuts_is_shown():
    flow = segments((0, 0, ACK, 1, 100, 1), (10, 1, ACK, 1, 0, 101, 0, 0))
    assert "window shut" in shown(window_figure(flow, "Flow 0", 0))


def test_a_question_without_an_answer_is_marked(recorded):
    a = netanalyze.open(recorded("first-resolver-dead"))
    text = shown(a.plot.dns())
    assert text.count("no answer") == 3  # two questions and the legend
    assert "NOERROR, 564 µs" in text
    assert "4 DNS questions (3 more are not drawn)" in shown(a.plot.dns(rows=1))
    assert "no answer" in shown(a.plot.dns(rows=1))


def test_the_ladder_names_messages_and_marks_evidence(hang):
    packets = rungs(hang.flow(2))
    assert [(p.frame, p.direction, p.words, p.marked) for p in packets[:6]] == [
        (7, 0, "SYN", ""), (9, 1, "SYN ACK", ""), (10, 0, "ACK 1", ""), (11, 0, "1,448 B", ""), (12, 0, "ClientHello", ""),
        (17, 0, "90 B", "retransmission"),
    ]  # fmt: skip
    assert [p.frame for p in packets if p.proof] == [10, 11, 12, 17, 21, 24, 25, 28, 31]
    text = shown(hang.flow(2).plot.ladder())
    assert "nothing for 3.87 s" in text
    assert "the evidence in bold" in text


def test_a_ladder_of_datagrams_names_them(hang):
    assert [p.words for p in rungs(hang.flow(0))] == [
        "DNS query proxy.golang.org · 45 B",
        "DNS response proxy.golang.org · 45 B",
    ]


def test_a_long_ladder_keeps_its_evidence_and_says_what_it_leaves_out():
    packets = [Rung(n, n * 10**6, 0, "1 B", "", n in (70, 140)) for n in range(200)]
    text = shown(ladder_figure(packets, "Flow 0", rows=20))
    for frame in (0, 69, 70, 71, 140, 199):
        assert f"#{frame}\n" in text
    assert sum(line.startswith("#") for line in text.splitlines()) == 20
    assert "packets in" in text


def test_a_long_list_of_sack_blocks_is_cut(lossy):
    words = [p.words for p in rungs(lossy.flow(2)) if "SACK" in p.words]
    assert words[0].endswith("SACK 3,774–3,867")
    assert any(text.endswith("more") for text in words)


def test_the_same_figure_gives_the_same_octets_and_a_hostile_name_no_markup(hang):
    packets = [Rung(1, 0, 0, "<script>$x_1$</script>\x1b[2J", "", False)]
    first, second = (picture_octets(ladder_figure(packets, "a<b"), "svg") for _ in range(2))
    assert first == second
    names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(first).iter()}
    assert "script" not in names
    assert b"\x1b" not in first


def test_without_matplotlib_a_figure_says_what_it_needs(monkeypatch, hang):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for plot in (lambda: hang.plot.ledger(), lambda: hang.flow(2).plot.rtt()):
        with pytest.raises(netanalyze.MissingProgram, match="pip install matplotlib"):
            plot()


def test_the_flow_to_blame_is_the_verdict_s_else_the_largest(hang, healthy):
    assert hang.blamed_flow() == 2
    largest = healthy.blamed_flow()
    rows = [(row["orig_octets"] + row["resp_octets"], row["flow_id"]) for row in healthy.result.flows.rows()]
    assert max(rows)[1] == largest
