"""What a report shows of commands: the run's own, and those that are given to paste."""

import shlex

from netanalyze.clients.repeat import may_be_repeated
from netanalyze.findings import Step
from netanalyze.patterns import lazy_pattern
from netanalyze.result import Result, RunFacts
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import Text, message, within

_CLIENT = lazy_pattern(r"[A-Za-z0-9._+-]{1,30}(?: [A-Za-z0-9._+-]{1,30})?")
"""A client and its version, as a recording may say it."""


def step_note(step: Step, room: int) -> Text:
    """What stands beside a step's command: its text if that fits ``room``, else how long it holds, if that is all."""
    text = within(step.what)
    return step.scope if step.scope and len(str(text)) > room >= len(str(step.scope)) else text


def command_line(run: RunFacts) -> Text:
    """The command as a shell reads it; one that a file chose and nothing vouches for as a single quoted word.

    >>> command_line(RunFacts(("go", "mod", "download")))
    'go mod download'
    >>> command_line(RunFacts(("rm", "-rf", "/home")))
    "the command in the file says (not checked): 'rm -rf /home'"
    """
    line = shlex.join(run.argv or ())
    if not line or run.typed or may_be_repeated(run.argv or ()):
        return line
    if run.joined:
        return message("the joined process calls itself (not checked): {command}", command=shlex.quote(line))
    return message("the command in the file says (not checked): {command}", command=shlex.quote(line))


def client_told(run: RunFacts) -> str:
    """The client and its version, '' where it is unknown or does not look like one."""
    return run.client if run.client and _CLIENT.fullmatch(run.client) else ""


def run_facts(result: Result) -> list[Text]:
    """The command, its exit status, its wall time; empty where none of them is known."""
    run = result.run
    if run is None or (run.argv is None and run.exit_code is None and run.wall is None):
        return []
    facts = [command_line(run)] if run.argv else []
    if client_told(run):
        facts.append(client_told(run))
    if run.exit_code is not None:
        facts.append(message("exit status {code}", code=run.exit_code))
    if NEVER_NS not in (run.start_ns, run.end_ns):
        facts.append(message("{time} in all", time=duration(run.end_ns - run.start_ns)))
    return facts
