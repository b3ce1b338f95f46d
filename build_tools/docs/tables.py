"""docs/reference/tables.md: every table of an analysis, column by column, as the columns themselves are declared."""

from typing import TYPE_CHECKING

from build_tools.docs.cells import cell

if TYPE_CHECKING:
    import pandas as pd

    from netanalyze.notebook.analysis import Analysis

CAPTURE = "captures/recorded/client-hello-dropped/capture.pcap"
"""An analysis whose DataFrames have the dtypes; which capture it is makes no difference to them."""

INTRODUCTION = """# Tables

`a = netanalyze.open("hang.pcap")` has these as DataFrames, `a.columns("tls")` says the same of one of them, and the JSON and
`netanalyze export … csv|parquet` carry flows, dns, tls, http and stalls under the same names. `flow_id` and `frame_number` join
them. Moments are `datetime64[ns, UTC]`, spans `timedelta64[ns]`; what is unknown is NA.

"""


def render() -> str:
    """The page."""
    from pathlib import Path

    import netanalyze
    from netanalyze.notebook.analysis import TABLES, Analysis

    root = Path(__file__).resolve().parents[2]
    shown = netanalyze.open(root / CAPTURE)
    parts = [INTRODUCTION + "\n".join(f"- [`a.{name}`](#a{name})" for name in (*TABLES, "timeline")) + "\n"]
    for name in (*TABLES, "timeline"):
        about = (getattr(Analysis, name).__doc__ or "").strip().partition("\n\n")[0]
        parts.append(f"## a.{name}\n\n{' '.join(about.split()).replace('``', '`')}\n\n{_table(shown, name)}")
    return "\n".join(parts)


def _table(shown: "Analysis", name: str) -> str:
    frame: pd.DataFrame = getattr(shown, name)
    said = shown.columns(name)
    assert list(said.index) == list(frame.columns), f"{name}: {set(said.index) ^ set(frame.columns)}"
    rows = [
        f"| `{column}` | {_dtype(frame, column)} | {_unit(unit)} | {cell(meaning)} | {cell(source)} |"
        for column, unit, meaning, source in said.itertuples()
    ]
    return "\n".join(["| column | dtype | unit | meaning | as defined by |", "|---|---|---|---|---|", *rows]) + "\n"


def _dtype(frame: "pd.DataFrame", column: str) -> str:
    return str(frame[column].dtype)


def _unit(unit: str) -> str:
    return "" if unit in ("1", "") else unit
