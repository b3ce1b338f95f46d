"""The figures of an analysis and of a flow, ``a.plot`` and ``a.flow(7).plot``; matplotlib is imported when one is drawn."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from netanalyze.errors import MissingProgram

if TYPE_CHECKING:
    from netanalyze.notebook.flow import FlowView
    from netanalyze.notebook.stretches import Stretches
    from netanalyze.result import Result

SIDES = ("client", "server")


def check_matplotlib(feature: str) -> None:
    """Say before any work that there is nothing to draw with.

    Raises:
        MissingProgram: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise MissingProgram(feature, "matplotlib", "pip install matplotlib")


class Plots:
    """Figures of a whole analysis."""

    def __init__(self, result: "Result"):
        check_matplotlib("a figure")
        self._result = result

    def waterfall(self, rows: int = 30, ax: Any = None) -> Any:
        """Lookups and flows over time, with the phases of each; the root finding's span is shaded.

        Args:
            rows: lanes at most; the blamed, the judged and the longest are taken.
            ax: matplotlib axes to draw on; None: a figure of its own.
        """
        from netanalyze.notebook.figures import waterfall_figure

        return waterfall_figure(self._result, rows, ax)

    def ledger(self, ax: Any = None) -> Any:
        """Where the time went, by phase and cause.

        Args:
            ax: matplotlib axes to draw on; None: a figure of its own.
        """
        from netanalyze.notebook.figures import ledger_figure

        return ledger_figure(self._result, ax)

    def dns(self, rows: int = 40, ax: Any = None) -> Any:
        """Each DNS question over time: asked, asked again, answered how, or never.

        Args:
            rows: questions at most; those without an answer and the slowest are taken.
            ax: matplotlib axes to draw on; None: a figure of its own.
        """
        from netanalyze.notebook.questions import dns_figure

        return dns_figure(self._result, rows, ax)


class FlowPlots:
    """Figures of one flow.

    Those of one side's octets take ``side``: client or server; None: who sent more often in vain, else who sent more.
    ``ax`` are matplotlib axes to draw on; None: a figure of its own.
    """

    def __init__(self, flow: "FlowView"):
        check_matplotlib("a figure")
        self._flow = flow

    def sequence(self, side: str | None = None, ax: Any = None) -> Any:
        """The time-sequence graph of what one side sent: data, acknowledgments, SACK, window, retransmissions.

        Raises:
            ValueError: the flow is not TCP, or there is no such side.
        """
        from netanalyze.notebook.sequence import sequence_figure

        direction = self._direction(side)
        limits = [
            (row["start_ns"], row["end_ns"], str(row["limit"]))
            for row in self._flow.result.transfers.rows()
            if row["flow_id"] == self._flow.id and row["direction"] == direction
        ]
        return sequence_figure(
            self._flow.segments, self._flow.title, direction, self._scale(direction), self._stalls(), ax, limits
        )

    def rtt(self, ax: Any = None) -> Any:
        """Round trips over time: from the octets of each side to their acknowledgment, as the recorder saw them pass.

        Raises:
            ValueError: the flow is not TCP.
        """
        from netanalyze.notebook.over_time import rtt_figure

        return rtt_figure(self._flow.segments, self._flow.title, self._stalls(), ax)

    def throughput(self, ax: Any = None) -> Any:
        """Octets a second over time, of each side; what was sent again apart.

        Raises:
            ValueError: the flow is not TCP.
        """
        from netanalyze.notebook.over_time import throughput_figure

        return throughput_figure(self._flow.segments, self._flow.title, self._stalls(), ax)

    def window(self, side: str | None = None, ax: Any = None) -> Any:
        """Octets of one side that are under way, and how many the other side's window allowed.

        Raises:
            ValueError: the flow is not TCP, or there is no such side.
        """
        from netanalyze.notebook.over_time import window_figure

        direction = self._direction(side)
        return window_figure(
            self._flow.segments, self._flow.title, direction, self._scale(direction), self._stalls(), ax
        )

    def ladder(self, rows: int = 60, ax: Any = None) -> Any:
        """Packets between client and server, in order: what each is, its marks, the evidence, and who stays silent.

        Args:
            rows: packets at most; the evidence, the first and the last are taken.
        """
        from netanalyze.notebook.ladder import ladder_figure, rungs

        return ladder_figure(rungs(self._flow), self._flow.title, rows, ax)

    def _direction(self, side: str | None) -> int:
        facts = self._flow.facts
        if side is None:
            sent = [(facts[f"{who}_retransmissions"], facts[f"{who}_octets"]) for who in ("orig", "resp")]
            side = SIDES[int(sent[1] > sent[0])]
        if side not in SIDES:
            raise ValueError(f"side {side!r} is neither client nor server")
        return SIDES.index(side)

    def _scale(self, direction: int) -> int:
        """The shift of the other side's window field."""
        scale = self._flow.facts["resp_window_scale" if direction == 0 else "orig_window_scale"]
        return scale if scale and scale > 0 else 0

    def _stalls(self) -> "Stretches":
        flow = self._flow
        return [
            (row["start_ns"], row["end_ns"], f"waits for {str(row['waiting_for']).replace('_', ' ')}", flow.blamed(row))
            for row in flow.result.stalls.rows()
            if row["flow_id"] == flow.id
        ]
