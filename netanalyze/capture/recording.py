"""What a live recording carries beside its frames: the run, what the command printed, and its processes, as comments.

The run is one JSON object after ``netanalyze-run: ``; what the command printed follows in pieces after
``netanalyze-trace: ``, and what was seen of its processes after ``netanalyze-processes: ``, to be joined as they stand.
All are comments of a section. A recording begins with the run as far as it was known then and
ends with a section of its own for the whole, so that one that was cut short still tells its command.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from netanalyze.processes import Processes, processes_from_json
from netanalyze.redaction import (
    NOT_REDACTED,
    Lines,
    redacted,
    redacted_environment,
    redacted_line,
    redacted_value,
    redacts,
)
from netanalyze.sockets import SocketHistory, sockets_from_json, sockets_to_json

RUN, TRACE, PROCESSES = "netanalyze-run: ", "netanalyze-trace: ", "netanalyze-processes: "
SOCKETS = "netanalyze-sockets: "
"""What a comment begins with."""
OF_A_RUN = (RUN, TRACE, PROCESSES, SOCKETS)
SHOWN = f"netanalyze: {NOT_REDACTED}"
"""Said beside a run that was recorded with ``--no-redact``."""
VERSION = 1
COMMENT_OCTETS = 60_000
"""A comment holds at most so much; a pcapng option ends at 65,535 octets."""
LONGEST_WORD = 4_096
"""Characters kept of one word of the command line or one value of the environment."""
LONGEST_LINE = 200
"""Words kept of a command line."""
LONGEST_NAME = 20
"""Characters kept of a signal's name."""
LONGEST_LAST_LINE = 500
"""Characters kept of the last line that the command wrote."""
TRACE_CHARACTERS = 4 * 1024 * 1024
"""Characters kept of what the command printed: a quarter from its beginning, the rest from its end."""


@dataclass(frozen=True)
class RecordedRun:
    """The run under which a recording was made. Unknown is None; times are ns since the epoch.

    Attributes:
        exit_code: None also where a person or the end of patience ended the command.
        end_ns: when it ended, or was ended.
        client: program and version, ``go 1.27.3``.
        trace: what it printed on standard error, each line after its time, as ``parse_trace`` reads it.
        processes: what was seen of its processes, their sockets and what they waited for.
        sockets: what the kernel said of its sockets.
        typed: the command line was given to this very process; never written, so that no file can say so.
        last_line: what it wrote last on standard error, '' where it wrote nothing; None where nobody read that, or it is no
            text.
        killed_by: the signal that ended it, by name.
        joined_ns: since when it was watched, where it ran already.
        captured_until_ns: when the capture ended, where it did before the command.
    """

    argv: tuple[str, ...] | None = None
    exit_code: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    client: str | None = None
    environment: dict[str, Any] | None = None
    trace: str | None = None
    processes: Processes | None = None
    sockets: tuple[SocketHistory, ...] | None = None
    typed: bool = field(default=False, compare=False)
    last_line: str | None = None
    killed_by: str | None = None
    joined_ns: int | None = None
    captured_until_ns: int | None = None

    @property
    def client_name(self) -> str | None:
        """The client without its version."""
        return self.client.split()[0] if self.client and self.client.strip() else None


def without_secrets(run: RecordedRun) -> RecordedRun:
    """The run as it may be written into another file: what made the recording may not have left secrets out."""
    if not redacts():
        return run
    lines = Lines()  # a private key goes over several
    trace = None if run.trace is None else "".join(map(lines.redacted, run.trace.splitlines(keepends=True)))
    return replace(
        run,
        argv=None if run.argv is None else redacted_line(run.argv),
        environment=redacted_environment(run.environment),
        trace=trace,
        processes=redacted_value(run.processes),
        last_line=None if run.last_line is None else redacted(run.last_line),
    )


def clipped_trace(text: str) -> str:
    """``text`` within TRACE_CHARACTERS: a middle that is too long gives way to one line that says so.

    >>> clipped_trace("2024-01-01T00:00:00Z a line\\n")
    '2024-01-01T00:00:00Z a line\\n'
    """
    if len(text) <= TRACE_CHARACTERS:
        return text
    head = text[: TRACE_CHARACTERS // 4].rpartition("\n")[0]
    tail = text[-(TRACE_CHARACTERS * 3 // 4) :].partition("\n")[2]
    missing = len(text) - len(head) - len(tail)
    return f"{head}\n[netanalyze: {missing} characters left out here]\n{tail}"


def run_comments(run: RecordedRun) -> list[str]:
    """The comments that carry ``run``, each short enough for a pcapng option; whoever made it, no secrets are in them."""
    run = without_secrets(run)
    body: dict[str, Any] = {
        "version": VERSION,
        "argv": None if run.argv is None else [_short(word) for word in run.argv[:LONGEST_LINE]],
        "exit_code": run.exit_code,
        "start_ns": run.start_ns,
        "end_ns": run.end_ns,
        "client": run.client,
        "last_line": None if run.last_line is None else run.last_line[:LONGEST_LAST_LINE],
        "killed_by": run.killed_by,
        "joined_ns": run.joined_ns,
        "captured_until_ns": run.captured_until_ns,
        "environment": _short(run.environment),
    }
    for dispensable in ("", "environment", "argv"):
        if dispensable:
            body[dispensable] = None
        text = RUN + json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode("utf-8", "replace")) <= COMMENT_OCTETS:
            break
    comments = [text.encode("utf-8", "replace").decode()]
    if not redacts():
        comments.append(SHOWN)
    if run.trace is not None:
        comments.extend(TRACE + piece for piece in _pieces(run.trace.replace("\0", "\ufffd")))
    if run.processes is not None:
        comments.extend(PROCESSES + piece for piece in _pieces(run.processes.to_json()))
    if run.sockets is not None:
        comments.extend(SOCKETS + piece for piece in _pieces(sockets_to_json(run.sockets)))
    return comments


def _short(value: Any) -> Any:
    """``value`` with every text in it cut to LONGEST_WORD."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_WORD else value[:LONGEST_WORD] + "…"
    if isinstance(value, Mapping):
        return {str(key): _short(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_short(item) for item in value]
    return value


def _pieces(text: str) -> Iterable[str]:
    """``text`` in pieces of at most COMMENT_OCTETS as UTF-8, the empty text as one piece."""
    octets, room = text.encode("utf-8", "replace"), COMMENT_OCTETS - max(map(len, (PROCESSES, SOCKETS)))
    at = 0
    while True:
        end = min(at + room, len(octets))
        while end < len(octets) and octets[end] & 0xC0 == 0x80:  # not within a character
            end -= 1
        yield octets[at:end].decode()
        at = end
        if at >= len(octets):
            return


def read_run(comments: Iterable[tuple[int | None, str]]) -> RecordedRun | None:
    """The run that the comments of a capture carry; None where they carry none. Never raises, whatever the texts.

    Args:
        comments: ``(frame_number, text)`` as ``Source.comments`` has them after the last batch; only those of
            sections (number None) are looked at. Of several runs the last stands.

    >>> run = RecordedRun(argv=("go", "version"), trace="hello")
    >>> read_run([(None, text) for text in run_comments(run)]) == run
    True
    """
    body: dict[str, Any] | None = None
    pieces: list[str] | None = None
    processes = sockets = ""
    for frame, text in comments:
        if frame is not None:
            continue
        if text.startswith(RUN):
            try:
                found = json.loads(text[len(RUN) :])
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                body, pieces, processes, sockets = found, None, "", ""
        elif text.startswith(TRACE) and body is not None:
            pieces = [*(pieces or []), text[len(TRACE) :]]
        elif text.startswith(PROCESSES) and body is not None:
            processes += text[len(PROCESSES) :]
        elif text.startswith(SOCKETS) and body is not None:
            sockets += text[len(SOCKETS) :]
    if body is None:
        return None
    argv, environment, client, line = map(body.get, ("argv", "environment", "client", "last_line"))
    return RecordedRun(
        argv=redacted_line([str(word) for word in argv]) if isinstance(argv, list) else None,
        exit_code=_whole(body.get("exit_code")),
        start_ns=_whole(body.get("start_ns")),
        end_ns=_whole(body.get("end_ns")),
        client=client if isinstance(client, str) else None,
        environment=redacted_environment(environment) if isinstance(environment, dict) else None,
        trace=None if pieces is None else "".join(pieces),
        processes=processes_from_json(processes) if processes else None,
        sockets=tuple(sockets_from_json(sockets) or ()) if sockets else None,
        last_line=redacted(line)[:LONGEST_LAST_LINE] if isinstance(line, str) else None,
        killed_by=killed[:LONGEST_NAME] if isinstance(killed := body.get("killed_by"), str) else None,
        joined_ns=_whole(body.get("joined_ns")),
        captured_until_ns=_whole(body.get("captured_until_ns")),
    )


def _whole(value: Any) -> int | None:
    """An integer of 64 bits, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None
