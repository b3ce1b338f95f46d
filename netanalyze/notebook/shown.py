"""A verdict and a finding of an analysis that show themselves: as text, as HTML in a notebook, as a DataFrame."""

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from netanalyze.findings import Finding
from netanalyze.result import Verdict
from netanalyze.wording import Message, english

if TYPE_CHECKING:
    import pandas as pd

    from netanalyze.notebook.analysis import Analysis


def in_english(value: Any) -> dict[str, Any]:
    """The members of a frozen value, its sentences in English: this door speaks no other language."""
    return {member.name: _member(getattr(value, member.name)) for member in fields(value) if member.init}


def _member(value: Any) -> Any:
    if isinstance(value, Message):
        return str(value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(_member, value))
    if isinstance(value, dict):
        return {key: _member(member) for key, member in value.items()}
    return replace(value, **in_english(value)) if is_dataclass(value) and not isinstance(value, type) else value


class _Shown:
    """Knows the analysis it belongs to, though frozen."""

    _analysis: "Analysis"

    def _of(self, analysis: "Analysis") -> Any:
        object.__setattr__(self, "_analysis", analysis)
        return self


class ShownVerdict(_Shown, Verdict):
    """A Verdict that shows itself."""

    @property
    def filter(self) -> str | None:
        """Wireshark's display filter that shows exactly the frames of the proof; None where there are none."""
        from netanalyze.result.display_filter import wireshark_filter

        return wireshark_filter(self._analysis.result) or None

    def to_frame(self) -> "pd.DataFrame":
        """The verdict as a DataFrame of one row."""
        import pandas as pd

        from netanalyze.report.facts import culprit_text

        row = {f.name: english(getattr(self, f.name)) for f in fields(Verdict)}
        row["culprit"] = None if self.culprit is None else str(culprit_text(self.culprit))
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        from netanalyze.report.facts import lost

        lines = [f"{self.status.upper()}  {english(self.summary)}"]
        if self.cause:
            lines.append(f"{english(lost(self._analysis.result))}, {self.cause}, confidence {self.confidence:.2f}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from netanalyze.notebook.html import verdict_html

        return verdict_html(self._analysis.result)


class ShownFinding(_Shown, Finding):
    """A Finding that shows itself."""

    @property
    def frames(self) -> list[int]:
        """The frames that prove it."""
        return [e.ref for e in self.evidence if isinstance(e.ref, int)]

    def __repr__(self) -> str:
        proof = [f"  {'#' if e.kind == 'frame' else ''}{english(e.ref)}  {english(e.shows)}" for e in self.evidence]
        return "\n".join([f"{self.cause}, confidence {self.confidence:.2f}: {english(self.message)}", *proof])

    def _repr_html_(self) -> str:
        from netanalyze.notebook.html import finding_html

        return finding_html(self, self._analysis.result)
