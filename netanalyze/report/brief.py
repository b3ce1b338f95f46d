"""The verdict in a kilobyte of JSON, for whoever pays by the word: an agent, a chat, a log line."""

import json
from collections.abc import Callable
from typing import Any

from netanalyze.findings import Culprit
from netanalyze.report.facts import endpoint
from netanalyze.report.sheet import clean
from netanalyze.result import Result
from netanalyze.wording import english

OCTETS_MOST = 1000
PROOFS, RIVALS = 3, 3
HEADING = len("DEGRADED")
LONGEST, STEP, SHORTEST = 240, 20, 20
"""Characters of a text: as many as the kilobyte lets stand, the same of each."""


def brief(result: Result) -> dict[str, Any]:
    """Status, cause, culprit, request, seconds, confidence, three proofs, the first fix, the check, and what else it may be.

    What is not known is left out. A text that had to be shortened ends in ``…``, and is no command any more: commands are
    whole, or left out.
    """
    for longest in range(LONGEST, SHORTEST - 1, -STEP):
        made = _brief(result, longest)
        if len(as_line(made).encode()) <= OCTETS_MOST:
            return made
    return {name: made[name] for name in ("status", "cause", "seconds", "confidence") if name in made}


def as_line(made: dict[str, Any]) -> str:
    """The JSON on one line."""
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


def as_text(made: dict[str, Any]) -> str:
    """The same in lines to read, each thing on one of its own.

    >>> print(as_text({"status": "healthy", "seconds": 0.0, "confidence": 0.9, "summary": "Nothing is wrong."}))
    HEALTHY   Nothing is wrong.
              0.0 s, confidence 0.9
    """
    cause = f"{made['cause']}, " if "cause" in made else ""
    lines = [("", made[name]) for name in ("request", "culprit") if name in made]
    lines.append(("", f"{cause}{made['seconds']} s, confidence {made['confidence']}"))
    lines += [("Proof", shown) for shown in made.get("proof", ())]
    lines += [(heading, made[name]) for heading, name in (("Now", "fix"), ("Check", "check")) if name in made]
    if "or_else" in made:
        lines.append(("Or else", ", ".join(made["or_else"])))
    lines.insert(0, (made["status"].upper(), made.get("summary", "")))
    return "\n".join(f"{heading:{HEADING}}  {text}".rstrip() for heading, text in lines)


def _brief(result: Result, longest: int) -> dict[str, Any]:
    verdict = result.verdict

    def cut(text: object) -> str:
        said = clean(english(text) if not isinstance(text, str) else text)
        return said if len(said) <= longest else said[: longest - 1] + "…"

    found = {
        "status": verdict.status,
        "cause": verdict.cause,
        "summary": cut(verdict.summary),
        "culprit": cut(_who(verdict.culprit)) if verdict.culprit is not None else None,
        "request": cut(verdict.request.url) if verdict.request is not None else None,
        "seconds": round(verdict.seconds, 2),
        "confidence": round(verdict.confidence, 2),
        "proof": [f"{frames}: {cut(shows)}" for frames, shows in verdict.proof[:PROOFS]],
        "fix": _done(verdict.fix, longest, cut),
        "check": _command(verdict.verify.command if verdict.verify is not None else "", longest),
        "or_else": [other.cause for other in verdict.alternatives[:RIVALS]],
        "files": [cut(name) for name in result.capture.files[:1]],
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _who(culprit: Culprit) -> str:
    place = endpoint(culprit.address, culprit.port) if culprit.address and culprit.port else culprit.address
    return " ".join(filter(None, (culprit.role, culprit.host, place)))


def _done(steps: tuple[Any, ...], longest: int, cut: Callable[[object], str]) -> str | None:
    """The first step that can be done as it stands."""
    for step in steps:
        if step.command and (command := _command(step.command, longest)):
            return f"{cut(step.text)}: {command}"
    return cut(steps[0].text) if steps else None


def _command(text: Any, longest: int) -> str | None:
    command = clean(str(text or ""))
    return command if command and len(command) <= 2 * longest else None
