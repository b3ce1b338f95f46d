"""A figure of what was asked of DNS: each question over time, and what came of it."""

from typing import Any

from matplotlib.patches import Patch

from netanalyze.notebook.html import PHASES
from netanalyze.notebook.style import BLAME, INK, SOFT, axes, plain
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, SECOND_NS, duration

ROWS = 40
HATCH = "////"
REFUSED = "#E69F00"
FINE = ("NOERROR", "NXDOMAIN")
"""Answers that say what there is, or that there is nothing."""


def dns_figure(result: Result, rows: int = ROWS, ax: Any = None) -> Any:
    """Each DNS question from when it was asked to its answer; hatched up to the capture's end where none came.

    Args:
        rows: questions at most; those without an answer and the slowest are taken.
        ax: draw here rather than in a figure of its own.
    """
    asked = [row for row in result.dns.rows() if row["query_ns"] is not None and row["kind"] in (None, "dns")]
    zero = result.capture.start_ns if result.capture.start_ns != NEVER_NS else 0
    last = max([result.capture.end_ns, zero, *(row["response_ns"] or row["query_ns"] for row in asked)])
    shown = sorted(
        asked, key=lambda row: (row["response_ns"] is not None, row["query_ns"] - (row["response_ns"] or last))
    )
    shown = sorted(shown[:rows], key=lambda row: (row["query_ns"], row["query_frame"] or 0))
    whole = max((last - zero) / SECOND_NS, 0.001)
    with axes(9.6, 1.5 + 0.30 * max(len(shown), 2), ax) as drawn:
        kinds = set()
        for place, row in enumerate(shown):
            kinds.add(_question(drawn, place, row, zero, last, whole))
        drawn.set_yticks(
            range(len(shown)), [plain(f"{row['qname'] or '?'} {row['qtype_name'] or ''}") for row in shown]
        )
        for tick, row in zip(drawn.get_yticklabels(), shown):
            tick.set_color(INK if row["response_ns"] is not None else BLAME)
        drawn.set_xlim(-0.01 * whole, whole * 1.01)
        drawn.set_ylim(len(shown) - 0.4, -0.6)
        drawn.grid(axis="y", visible=False)
        drawn.tick_params(axis="y", length=0)
        drawn.set_xlabel("time since the start of the capture, s")
        left_out = f" ({len(asked) - len(shown)} more are not drawn)" if len(asked) > len(shown) else ""
        drawn.set_title(f"{len(asked)} DNS question{'' if len(asked) == 1 else 's'}{left_out}")
        looks = (("answered", {"color": PHASES["dns"]}), ("answered with an error", {"color": REFUSED}),
                 ("no answer", {"facecolor": "white", "edgecolor": BLAME, "hatch": HATCH, "linewidth": 0.6}))  # fmt: skip
        handles = [Patch(label=name, **look) for name, look in looks if name in kinds]
        drawn.legend(handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, borderaxespad=0.2)
        return drawn.figure


def _question(drawn: Any, place: int, row: dict[str, Any], zero: int, last: int, whole: float) -> str:
    """Draw one, nothing narrower than a hair; what came of it."""
    begin = (row["query_ns"] - zero) / SECOND_NS
    answered = row["response_ns"] is not None
    end_ns = row["response_ns"] if answered else last
    code = row["rcode_name"] or "answered"
    fine = code in (*FINE, "answered")
    look = {"color": PHASES["dns"] if fine else REFUSED} if answered else {
        "facecolor": "white", "edgecolor": BLAME, "hatch": HATCH}  # fmt: skip
    drawn.barh(
        place, max((end_ns - row["query_ns"]) / SECOND_NS, whole / 450), left=begin, height=0.58, linewidth=0, **look
    )
    outcome = [f"{code}, {duration(end_ns - row['query_ns'])}" if answered else "no answer"]
    if row["queries"] > 1:
        outcome.append(f"asked {row['queries']} times")
    drawn.annotate(", ".join(outcome), (1.0, place), xycoords=("axes fraction", "data"), xytext=(6, 0), fontsize=8.5,
                   textcoords="offset points", va="center", color=(SOFT if fine else INK) if answered else BLAME)  # fmt: skip
    return ("answered" if fine else "answered with an error") if answered else "no answer"
