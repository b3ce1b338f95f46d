"""The stretches of a flow's time in which somebody owed the next move, shaded behind whatever a figure draws."""

from typing import Any

from netanalyze.notebook.style import BLAME, SOFT, plain
from netanalyze.units import SECOND_NS, duration

Stretches = list[tuple[int, int, str, bool]]
"""Start and end, ns; what was owed; whether a finding is about it."""
SHADED_SHARE, NAMED_SHARE = 0.03, 0.22
"""A stretch shorter than this share of the time shown is not shaded, or shaded without its name."""


def shade(drawn: Any, stretches: Stretches, zero: int, whole: float) -> None:
    """Shade them.

    Args:
        drawn: matplotlib axes whose x are seconds since ``zero`` (ns), ``whole`` of them.
    """
    for start, end, what, blamed in stretches:
        colour = BLAME if blamed else SOFT
        begin, width = (start - zero) / SECOND_NS, (end - start) / SECOND_NS
        if width < SHADED_SHARE * whole:
            continue
        drawn.axvspan(begin, begin + width, color=colour, alpha=0.08, linewidth=0)
        if width < NAMED_SHARE * whole:
            continue
        drawn.annotate(
            f"{plain(what)}: {duration(end - start)}", ((begin + begin + width) / 2, 0.985),
            xycoords=("data", "axes fraction"), ha="center", va="top", fontsize=8.5, color=colour,
        )  # fmt: skip
