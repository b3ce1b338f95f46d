"""Segments on the sequence axis, and the figures drawn from them."""

import numpy as np
import pytest

from netanalyze.notebook.segments import Segments
from netanalyze.notebook.sequence import _fresh_sacks, sequence_figure
from netanalyze.tracking.segment_table import NO_ACK, _acknowledged
from netanalyze.tracking.sequence import NO_OFFSET

PNG = b"\x89PNG"


def test_offsets_are_relative_to_the_syn(hang):
    segments = hang.flow(2).segments
    sent = (segments.direction == 0) & (segments.length > 0)
    assert segments.start[sent].min() == 1
    assert (segments.start[sent] + segments.length[sent]).max() == 1539
    acked = (segments.direction == 1) & (segments.ack != NO_OFFSET)
    assert segments.ack[acked].tolist() == [1]


def test_acknowledgments_never_exceed_what_was_sent(lossy):
    segments = lossy.flow(2).segments
    sent = (segments.start + segments.length)[segments.direction == 1].max()
    acked = segments.ack[(segments.direction == 0) & (segments.ack != NO_OFFSET)]
    assert acked.max() <= sent + 2
    assert len(segments.sacks) > 100
    assert all(0 < low < high <= sent + 1 for _, low, high in segments.sacks)


def made(acks, sacks):
    """Segments of the client that only acknowledge."""
    n = len(acks)
    zeros = np.zeros(n, dtype=np.int64)
    return Segments(
        np.arange(1, n + 1), np.arange(n) * 10**9, zeros, zeros + 16, zeros, zeros + 1, zeros,
        np.array(acks, dtype=np.int64), zeros + 100, sacks,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sacks", "fresh"),
    [
        ([(0, 10, 20), (1, 10, 30)], [(0, 10, 20), (1, 20, 30)]),
        ([(0, 10, 20), (1, 40, 50), (2, 5, 60)], [(0, 10, 20), (1, 40, 50), (2, 5, 10), (2, 20, 40), (2, 50, 60)]),
        ([(0, 10, 20), (1, 12, 18)], [(0, 10, 20)]),
        ([(0, 0, 1)], []),
    ],
)
def test_octets_are_sacked_once(sacks, fresh):
    assert _fresh_sacks(made([1] * 3, sacks), direction=1) == fresh


def test_only_tcp_has_segments(hang):
    with pytest.raises(ValueError, match="only TCP has sequence numbers"):
        hang.flow(0).plot.sequence()
    with pytest.raises(ValueError, match="neither client nor server"):
        hang.flow(2).plot.sequence("left")


def labels(figure):
    axes = figure.axes[0]
    return axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()


def test_figures_have_titles_and_units(hang, lossy):
    title, x, y = labels(hang.flow(2).plot.sequence())
    assert "Flow 2, proxy.golang.org" in title
    assert "from the client" in title
    assert x.endswith(", s")
    assert y.endswith(", octets")
    assert "from the server" in labels(lossy.flow(2).plot.sequence())[0]
    assert "from the client" in labels(lossy.flow(2).plot.sequence("client"))[0]
    assert labels(hang.plot.waterfall())[1].endswith(", s")
    assert "7.56 s" in labels(hang.plot.ledger())[0]


def test_figures_show_themselves(hang, healthy, lossy):
    for figure in (
        hang.plot.waterfall(), hang.plot.waterfall(rows=1), hang.plot.ledger(), healthy.plot.waterfall(),
        healthy.plot.ledger(), lossy.flow(2).plot.sequence(), hang.flow(3).plot.sequence("server"),
    ):  # fmt: skip
        assert figure._repr_png_().startswith(PNG)


def test_figures_may_be_drawn_side_by_side(hang):
    from matplotlib.figure import Figure

    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert hang.plot.ledger(ax=left) is figure
    assert hang.flow(2).plot.sequence(ax=right) is figure


def test_the_root_findings_lane_is_marked(hang):
    axes = hang.plot.waterfall().axes[0]
    bold = [text.get_text() for text in axes.get_yticklabels() if text.get_fontweight() == "bold"]
    assert bold == ["proxy.golang.org, flow 2"]


def test_a_graph_of_nothing_is_drawn():
    assert sequence_figure(made([], []), "Flow 0", 0)._repr_png_().startswith(PNG)


def test_what_is_acknowledged_beyond_4_gib_is_told_where_it_is():
    """The server sends 1.5 GiB a row; of each the client acknowledges the half, and the last octets by SACK."""
    step, isn = 3 << 29, 0xFFFF_0000
    offsets = [step * part for part in range(1, 6)]
    rows = [(1, at, 1000, 0) for at in offsets]
    rows += [(0, 1, 0, (isn + at) & 0xFFFF_FFFF) for at in offsets]
    rows = [rows[at // 2 + 5 * (at % 2)] for at in range(10)]
    columns = dict(zip(("direction", "offset", "length", "ack"), np.array(rows, dtype=np.int64).T))
    columns |= {"flow_id": np.zeros(10, dtype=np.int64), "frame_number": np.arange(10)}
    blocks = {
        2 * at + 1: [((isn + edge) & 0xFFFF_FFFF, (isn + edge + 500) & 0xFFFF_FFFF)] for at, edge in enumerate(offsets)
    }
    ack, sacks = _acknowledged(columns, np.where(columns["direction"] == 0, isn, -1), blocks)
    assert ack.tolist() == [number for at in offsets for number in (NO_ACK, at)]
    assert sacks == [found for at in offsets for found in ([], [(at, at + 500)])]
