"""The verdict as JUnit XML: one test case, which CI servers show among a job's tests.

There is no standard; what is written is what Jenkins, GitLab and GitHub's actions read alike: ``testsuites``, ``testsuite``,
``testcase``, and in it ``failure`` or ``error`` with ``type``, ``message`` and a text, or ``system-out``.
"""

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from netanalyze.report.commands import command_line
from netanalyze.report.language import Language
from netanalyze.report.sheet import clean
from netanalyze.report.terminal import render as terminal
from netanalyze.result import Result
from netanalyze.units import rfc3339, seconds

WIDTH = 100
"""Columns of the report within."""
WHOLE_SECONDS = len("2024-05-01T14:03:10")
"""Of a moment, as JUnit has it: without fraction and zone."""


class JunitCase(NamedTuple):
    """A test case: ``kind`` is '' where it passed, else failure, error or skipped; ``text`` is what was printed. Texts are
    clean, and not escaped."""

    name: str
    seconds: float
    kind: str = ""
    type: str = ""
    message: str = ""
    text: str = ""


def render(result: Result, failed: bool, language: str = "en") -> str:
    """The document.

    Args:
        failed: whether the pipeline is to fail on this verdict (``--fail-on``); else the case has passed, with the report as
            its output. A capture that carries no verdict is an ``error``, which is no statement about the network.
        language: of the message and the report; names of elements and causes stay.
    """
    verdict, reader = result.verdict, Language(language)
    unusable = verdict.status == "unusable"
    failures, errors = int(failed and not unusable), int(failed and unusable)
    text = "\n".join(map(clean, terminal(result, WIDTH, language=language).splitlines()))
    if failures or errors:
        said = clean(f"{reader.say(verdict.status.upper())}: {reader.say(verdict.summary)}")
        case = JunitCase(
            _name(result, reader), _time(result), "error" if unusable else "failure",
            clean(verdict.cause or verdict.status), said, text,
        )  # fmt: skip
    else:
        case = JunitCase(_name(result, reader), _time(result), text=text)
    moment = rfc3339(result.capture.start_ns)
    return junit_document([case], moment[:WHOLE_SECONDS] if moment else "")


def junit_document(cases: Sequence[JunitCase], begun: str = "") -> str:
    """The document of some cases; ``begun``: when, without fraction and zone, '' unknown."""
    numbers = {kind: sum(1 for case in cases if case.kind == kind) for kind in ("failure", "error", "skipped")}
    counts = (
        f'tests="{len(cases)}" failures="{numbers["failure"]}" errors="{numbers["error"]}" '
        f'skipped="{numbers["skipped"]}" time="{sum(case.seconds for case in cases):.3f}"'
    )
    at = f' timestamp="{begun}"' if begun else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="netanalyze" {counts}>\n'
        f'<testsuite name="netanalyze" {counts}{at}>\n'
        + "".join(map(_element, cases))
        + "</testsuite>\n</testsuites>\n"
    )


def _element(case: JunitCase) -> str:
    text = escape(case.text)
    if case.kind == "skipped":
        within = f"<skipped message={quoteattr(case.message)}/>"
    elif case.kind:
        within = f"<{case.kind} type={quoteattr(case.type)} message={quoteattr(case.message)}>{text}</{case.kind}>"
    else:
        within = f"<system-out>{text}</system-out>" if text else ""
    named = f'<testcase classname="netanalyze" name={quoteattr(case.name)} time="{case.seconds:.3f}"'
    return f"{named}>{within}</testcase>\n"


def _time(result: Result) -> float:
    """Of the run, or else of the capture, s."""
    wall = None if result.run is None else result.run.wall
    return max(seconds(result.capture.end_ns - result.capture.start_ns), 0.0) if wall is None else wall


def _name(result: Result, reader: Language) -> str:
    """The command, where there is one that was run; else the files."""
    if result.run is not None and result.run.argv:
        return clean(reader.say(command_line(result.run)))
    return clean(", ".join(result.capture.files)) or "what the command printed"
