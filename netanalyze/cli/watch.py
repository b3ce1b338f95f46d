"""``netanalyze watch PID``: what a silent command waits for, within ten seconds; the command is left alone."""

import os
import sys
import tempfile
from pathlib import Path

import click

from netanalyze.cli import completers
from netanalyze.cli.outputs import check_outputs, force_option
from netanalyze.cli.printed import tell
from netanalyze.cli.secrets_option import no_redact_option
from netanalyze.cli.sections import Sectioned
from netanalyze.numerals import integer

LONGEST_S = 7.0
"""Ten seconds are promised; beginning, the last look and the verdict take up to three on a busy machine."""
SECTIONS = {
    "What is watched": ["--latest"],
    "What is written": ["--json", "--write", "--force", "--no-redact"],
}
EXAMPLES = """
netanalyze watch --latest              your youngest process on the network
netanalyze watch 'go mod download'     the youngest with these words
netanalyze watch 4711 --json
"""


@click.command("watch", cls=Sectioned, sections=SECTIONS, examples=EXAMPLES)
@click.argument("process", metavar="[PID|WORDS]", required=False, shell_complete=completers.processes)
@click.option("--latest", is_flag=True, help="Your youngest process that has a connection or a lookup open.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON of a kilobyte at the most.")
@click.option("-w", "--write", "path", type=click.Path(dir_okay=False), metavar="FILE",
              help="Keep the recording in this pcapng file; without it nothing is kept.")  # fmt: skip
@force_option
@no_redact_option
def command(process: str | None, latest: bool, as_json: bool, path: str | None, force: bool) -> int:
    """Say within ten seconds what a command waits for that runs already.

    The command is watched from outside and never touched. What it did before
    is read off its sockets. Without the right to capture the kernel's counts
    of its connections have to do; the answer is then less sure.
    """
    if sys.platform != "linux":
        raise click.UsageError("watch reads /proc and sock_diag(7), which Linux alone has")
    if bool(process) == latest:
        raise click.UsageError("give the number of a process, words of its command line, or --latest")
    check_outputs({"-w": path}, force, reports=False)
    from netanalyze.live.signals import blocked

    with blocked():
        from netanalyze.live.attach import Attach, find_target
        from netanalyze.live.command.caller import sudo_caller
        from netanalyze.live.command.plan import Options
        from netanalyze.live.session import Session
        from netanalyze.live.youngest import youngest

    pid = integer(process, least=1) if process else None
    if pid is None:
        pid = youngest(process or "")
    with tempfile.TemporaryDirectory(prefix="netanalyze-") as folder:
        caller = sudo_caller()
        if caller is not None:  # whom the recording belongs to, as in live
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            os.fchown(descriptor, caller.uid, caller.gid)
            os.close(descriptor)
        kept = path or str(Path(folder) / "watched.pcapng")
        options = Options(argv=(), path=kept, quiet=True, force=force)
        outcome = Session(Attach(find_target(pid, None, None), options, LONGEST_S)).run()
    if outcome.failure is not None:
        raise outcome.failure
    if outcome.result is None:
        return 1
    from netanalyze.report import brief

    answer = brief.brief(outcome.result)
    answer.pop("files", None)
    click.echo(brief.as_line(answer) if as_json else brief.as_text(answer))
    for note in outcome.warnings if as_json else outcome.notes:
        tell(note, begins="netanalyze: ")
    return 0
