"""How figures look: one palette that the colour-blind can tell apart (Okabe and Ito), the same in figures and in HTML.

Figures are made without pyplot: no global state, nothing to close, safe in threads and in any event loop.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from netanalyze.notebook.html import PHASES

BLAME, INK, SOFT, GRID = PHASES["stall"], "#22272E", "#6B7280", "#E3E6EA"
DATA, RESENT, ACK, SACK, WINDOW = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8C8C8C"

STYLE: dict[Any, Any] = {
    "font.size": 9.5,
    "font.family": "DejaVu Sans",
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": "#B5BBC4",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.facecolor": "white",
    "figure.facecolor": "white",
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "hatch.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "axes.titlecolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "netanalyze",
}
DOTS_PER_INCH = 110


class Picture(Figure):
    """A matplotlib figure that a notebook shows by itself, whether or not pyplot was imported."""

    def _repr_png_(self) -> bytes:
        return picture_octets(self, "png")


def picture_octets(figure: Figure, form: str) -> bytes:
    """A figure as the octets of a file.

    Args:
        form: ``svg``, ``png`` or ``pdf``; the same figure gives the same octets.
    """
    out = io.BytesIO()
    dated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a letter that the font lacks is drawn as a box
        figure.savefig(out, format=form, dpi=DOTS_PER_INCH, bbox_inches="tight", metadata=dated.get(form))
    return out.getvalue()


@contextmanager
def axes(width: float, height: float, given: Any = None) -> Iterator[Any]:
    """Axes in our style: fresh ones of so many inches, or those given."""
    with rc_context(STYLE):
        if given is not None:
            yield given
            return
        figure = Picture(figsize=(width, height), layout="constrained")
        yield figure.add_subplot()


def plain(text: str, most: int = 48) -> str:
    """A name from the capture as a figure shows it: no markup, not too long."""
    from netanalyze.report.sheet import clean

    text = clean(text).replace("$", r"\$")
    return text if len(text) <= most else text[: most - 1] + "…"
