"""One flow of an analysis: its facts, its rows of every table, its time-sequence graph."""

from typing import TYPE_CHECKING, Any

from netanalyze.notebook.plots import FlowPlots
from netanalyze.report.facts import endpoint
from netanalyze.units import duration, size
from netanalyze.wording import counted, english

if TYPE_CHECKING:
    import pandas as pd

    from netanalyze.notebook.analysis import Analysis
    from netanalyze.notebook.segments import Segments
    from netanalyze.result import Result


class FlowView:
    """A flow, ``a.flow(7)``.

    Attributes:
        id: its number; Wireshark's tcp.stream on a capture of TCP alone.
        facts: its row of the flow table, each an attribute, too; unknown is None, times are ns (``syn_ns``).
    """

    def __init__(self, analysis: "Analysis", flow_id: int, facts: dict[str, Any]):
        self._analysis, self.id, self.facts = analysis, flow_id, facts

    def __getattr__(self, name: str) -> Any:
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(f"a flow has no {name!r}; it has its facts ({', '.join(facts)}), its tables and plot")

    def _rows(self, table: str) -> "pd.DataFrame":
        frame = getattr(self._analysis, table)
        return frame[(frame["flow_id"] == self.id).fillna(False).astype(bool)].reset_index(drop=True)

    @property
    def dns(self) -> "pd.DataFrame":
        """Its DNS transactions."""
        return self._rows("dns")

    @property
    def tls(self) -> "pd.DataFrame":
        """Its exchanges of TLS hellos."""
        return self._rows("tls")

    @property
    def http(self) -> "pd.DataFrame":
        """Its clear-text requests."""
        return self._rows("http")

    @property
    def stalls(self) -> "pd.DataFrame":
        """The spans in which somebody owed it a move."""
        return self._rows("stalls")

    @property
    def events(self) -> "pd.DataFrame":
        """What happened on it."""
        return self._rows("events")

    @property
    def tcp_marks(self) -> "pd.DataFrame":
        """Its TCP marks."""
        return self._rows("tcp_marks")

    @property
    def ledger(self) -> "pd.DataFrame":
        """The part of the run's time that it owns."""
        return self._rows("ledger")

    @property
    def findings(self) -> "pd.DataFrame":
        """The findings about it, those that explain it beside others among them."""
        about = [
            number
            for number, finding in enumerate(self._analysis.result.findings)
            if self.id == finding.flow_id or self.id in finding.also_flows
        ]
        return self._analysis.findings.iloc[about].reset_index(drop=True)

    @property
    def packets(self) -> "pd.DataFrame":
        """Its packets; the capture is read again for them, unless ``a.packets`` was asked for before."""
        return self._analysis.packets_of(self.id)

    @property
    def segments(self) -> "Segments":
        """Its TCP segments on the sequence axis, with their SACK blocks.

        Raises:
            ValueError: it is not TCP.
        """
        if self.facts["transport"] != "tcp":
            raise ValueError(f"flow {self.id} is {self.facts['transport']}; only TCP has sequence numbers")
        return self._analysis.segments_of(self.id)

    @property
    def plot(self) -> FlowPlots:
        """Its figures: ``plot.sequence()``, ``rtt()``, ``throughput()``, ``window()``, ``ladder()``.

        Raises:
            MissingProgram: matplotlib is not installed.
        """
        return FlowPlots(self)

    @property
    def title(self) -> str:
        """``Flow 7, proxy.golang.org (198.51.100.10:443)``."""
        where = endpoint(self.facts["resp_address"], self.facts["resp_port"])
        host = self.facts["host"]
        return f"Flow {self.id}, {f'{host} ({where})' if host else where}"

    @property
    def result(self) -> "Result":
        """The result that it is a flow of."""
        return self._analysis.result

    def blamed(self, stall: dict[str, Any]) -> bool:
        """Whether a stall of it, a row of the table, is what a finding is about."""
        about = (f for f in self._analysis.result.findings if self.id == f.flow_id or self.id in f.also_flows)
        return any(f.start_ns < stall["end_ns"] and f.end_ns > stall["start_ns"] for f in about)

    def described(self) -> list[tuple[str, str]]:
        """What a person wants to know of it, as name and value."""
        f = self.facts
        said = [
            ("ends", f"{endpoint(f['orig_address'], f['orig_port'])} → {endpoint(f['resp_address'], f['resp_port'])}"),
            ("transport", ", ".join(part for part in (f["transport"], f["service"]) if part)),
            ("state", f"{f['conn_state'] or '?'}{', ' + f['history'] if f['history'] else ''}"),
            ("lasts", duration(f["last_ns"] - f["first_ns"])),
            ("frames", f"{f['first_frame']} to {f['last_frame']}"),
            (
                "client sent",
                _sent(f["orig_packets"], f["orig_octets"], f["orig_retransmissions"]),
            ),
            (
                "server sent",
                _sent(f["resp_packets"], f["resp_octets"], f["resp_retransmissions"]),
            ),
        ]
        if f["initial_rtt_ns"] is not None:
            said.append(("round trip", duration(f["initial_rtt_ns"])))
        return said

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.facts})

    def __repr__(self) -> str:
        width = max(len(name) for name, _ in self.described())
        return "\n".join([self.title, *(f"  {name:<{width}}  {value}" for name, value in self.described())])

    def _repr_html_(self) -> str:
        from netanalyze.notebook.html import flow_html

        return flow_html(self)


def _sent(packets: int, octets: int, again: int) -> str:
    return f"{english(counted(packets, '{number} packet', '{number} packets'))}, {size(octets)}, {again} sent again"
