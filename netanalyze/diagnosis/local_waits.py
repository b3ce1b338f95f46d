"""Runs that hang where no rule has a name for it: what the command's processes wait for, if it is not the network."""

from netanalyze.causes.case import Case
from netanalyze.diagnosis.grounds import WAITED_HERE
from netanalyze.findings import Check, Threshold
from netanalyze.paste import quoted
from netanalyze.processes import (
    CHILD,
    DISK,
    ORPHANED_PIPE,
    PIPE,
    RUNNING,
    SERVICE,
    SLEEP,
    STARVED,
    TERMINAL,
    Processes,
    ProcessWait,
)
from netanalyze.result import Verdict
from netanalyze.units import seconds
from netanalyze.wording import Text, message

WAITING = Threshold(
    5, "s", source="as without_cause.HANGING: after five seconds without any progress a run is waiting",
    why="shorter ones are how programs work",
)  # fmt: skip
SENTENCES = {
    TERMINAL: "{who} waits for somebody to type",
    PIPE: "{who} waits for another program at a pipe",
    ORPHANED_PIPE: "{who} waits for the end of a pipe",
    DISK: "{who} waits for the disk",
    RUNNING: "{who} computes",
    STARVED: "{who} gets no processor",
    SLEEP: "{who} sleeps",
    CHILD: "{who} waits for its child",
    SERVICE: "{who} waits for the program behind {subject}",
}
"""Waits that are certainly not for the network; an idle or polling process may wait for anything."""

OTHERS = "this machine: another program, which may itself wait for the network"


def waiting_locally(case: Case, least_ns: int = WAITING.ns) -> Verdict | None:
    """The verdict on a run that somebody ended, or that goes on, while the command waited for something on this machine,
    for ``least_ns`` or longer."""
    processes, run = case.processes, case.run
    if processes is None or (run is not None and run.exit_code is not None) or case.owed():
        return None
    chain = _chain(processes, case.end_ns)
    if not chain or chain[-1].kind not in SENTENCES or chain[-1].ns < least_ns:
        return None
    last = chain[-1]
    process = processes.process(last.pid, last.start_ns)
    who = process.name if process else "the command"
    return Verdict(
        status="hung",
        summary=message("Not the network: {what}.", what=_what(last, who)),
        confidence=WAITED_HERE.confidence,
        seconds=seconds(last.ns),
        attributes={"not_network": True, "waits_for": last.kind},
        proof=tuple(("syscall", processes.sentence(wait)) for wait in chain),
        where=OTHERS if last.kind == SERVICE else "this machine: the command's own work; not the network",
        verify=Check(command=_looking(chain)),
    )


def _looking(chain: list[ProcessWait]) -> str:
    """The command that shows what the processes wait for, or who is behind the socket at which the last one does."""
    if chain[-1].kind != SERVICE:
        return f"ps -o pid,ppid,stat,etime,wchan:20,args -p {','.join(str(wait.pid) for wait in chain)}"
    socket = quoted(chain[-1].subject)
    return f"ss -xp | grep -F -- {socket}" if socket else "ss -xp"


def _what(wait: ProcessWait, who: str) -> Text:
    words = {"who": who, "subject": wait.subject}
    return message(
        SENTENCES[wait.kind], **{name: said for name, said in words.items() if f"{{{name}}}" in SENTENCES[wait.kind]}
    )


def _chain(processes: Processes, end_ns: int) -> list[ProcessWait]:
    """What the command waited for at the end, what that waited for, and so on down to the last one."""
    waits = processes.waits_for(*SENTENCES, "network", "idle", "lock", "stopped", "frozen", end_ns=end_ns)
    current: dict[int, ProcessWait] = {}
    for wait in waits:
        if wait.end_ns >= end_ns:
            current.setdefault(wait.pid, wait)
    found: list[ProcessWait] = []
    at: int = processes.root
    while at in current:
        found.append(current.pop(at))
        at = found[-1].holder
    return found
