"""git, ssh or an askpass waits for a person, or was not allowed to ask one.

What it finds
    git, ssh, an askpass or a pinentry that the command started reads the
    terminal, or waits for an agent that keeps keys, or an askpass program stands
    there with its question, ASKED (2 s) or longer: from /proc, as "netanalyze
    live" samples it. Of an askpass script that has become another program: what it
    was, or how it was started (its asker reads its output and gave it its own
    input). Or the command's last error says that git has no credentials for a host.

Why a program hangs
    go starts git with GIT_TERMINAL_PROMPT=0, so git itself fails instead of
    asking. ssh and graphical askpass programs do ask, on /dev/tty or in a
    window that nobody sees, and wait for ever: go ends no child, and since Go
    1.25 it no longer sets BatchMode for ssh.

What to do
    Make it fail instead of asking, then give what it wants:
        export GIT_SSH_COMMAND='ssh -o BatchMode=yes' GIT_ASKPASS=/bin/false
        ps -eo pid,ppid,tty,args | grep -E '[s]sh|[a]skpass'
        ssh-keyscan HOST >> ~/.ssh/known_hosts         # after comparing the key
    Credentials belong into ~/.netrc or ssh-agent. For a private module set
    GOPRIVATE, so that the proxy is not asked (its checksum is then not looked
    up either).

Look-alikes
    local/auth-helper-blocked: a GOAUTH or credential helper hangs, before git
    is started. local/child-holds-pipe: git has ended already.
    http/error-status: 401 or 403 with credentials given.

Known false alarms
    A repository that does not exist: forges answer as if credentials were
    missing. A person who is there and types is waited for as well. An askpass
    program that asks no person but a token server.

References
    Go 1.27 cmd/go/internal/modload/init.go (environment of git),
    cmd/go/internal/modfetch/codehost; gitcredentials(7); ssh_config(5),
    BatchMode; termios(3), proc(5).
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.flows.askers import ASKPASS, EITHER, Asked, asked
from netanalyze.processes import SERVICE, TERMINAL, Process, Processes, Wait
from netanalyze.rules import Observations
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

ASKED = Threshold(
    2, "s",
    source="Miller 1968, Nielsen 1993: after a second or two a person takes it for waiting; the figure is chosen here",
    why="askpass programs that know the answer print it at once",
)  # fmt: skip

ASKS = re.compile(r"(?:git|ssh|gpg|pinentry|sudo|.*askpass)[\w.-]*$", re.IGNORECASE)
"""Programs that ask for credentials."""
QUESTION = re.compile(
    r"(?:Username|Password) for '|Enter (?:passphrase|PIN) for |.*'s password: ?$|Are you sure you want to continue"
    r"|The authenticity of host ",
    re.IGNORECASE,
)
"""How git and ssh ask, as the argument of an askpass program (gitcredentials(7), ssh(1) SSH_ASKPASS)."""

AGENT = re.compile(r"agent|keyring/ssh|ssh-auth|launchd.*/Listeners", re.IGNORECASE)
"""Sockets of agents that keep keys: OpenSSH's, GnuPG's (S.gpg-agent.ssh), GNOME's, what tmux and macOS link to them."""
ASKS_AGENT = "waits for the agent at {what}, which may ask for a touch or a PIN, or is gone"


def check(seen: Observations) -> Iterator[Finding]:
    """Processes that ask, and the command's final error about credentials."""
    processes = seen.processes
    proved = list(_asking(seen, processes)) if processes is not None else []
    yield from proved
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind != "git-credentials" or proved:
        return
    yield Finding(
        cause="local/credential-prompt",
        culprit=Culprit("client-host"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message=message("{who} needs credentials and may not ask for them", who=error.facts.get("asks", "git")),
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.85,
        fatal=True,
    )


def _asking(seen: Observations, processes: Processes) -> Iterator[Finding]:
    told: set[int] = set()
    for wait in processes.waits_for(TERMINAL, SERVICE, end_ns=seen.end_ns):
        if wait.kind == SERVICE and not AGENT.search(wait.subject):
            continue
        reader = processes.process(wait.pid, wait.start_ns)
        if wait.ns >= ASKED.ns and reader is not None and (_asks(processes, reader) or _is_pip(seen, reader)):
            told.add(reader.pid)
            looked = (Evidence(processes.told(wait), "each time that it was looked at", "syscall"),)
            doing = message(ASKS_AGENT if wait.kind == SERVICE else "reads {what}", what=wait.subject)
            found = _finding(seen, processes, reader, (wait.start_ns, wait.end_ns), looked, doing)
            yield replace(found, confidence=0.85) if wait.kind == SERVICE else found
    for process in processes.processes:
        end = seen.end_ns if process.end_ns == NEVER_NS else min(process.end_ns, seen.end_ns)
        question = next((word for line in process.lines for word in line[1:] if QUESTION.match(word)), "")
        if process.own and question and end - process.start_ns >= ASKED.ns and process.parent not in told | {0}:
            if told & {p.pid for p in processes.children(process.pid)} or process.pid in told:
                continue
            told.add(process.pid)
            proof = Evidence(
                message("{who}: {command}", who=processes.named(process.pid), command=question[:160]),
                "its question, unanswered",
                "syscall",
            )
            waits = sorted((w for w in processes.waits if w.pid == process.pid), key=_length)
            meanwhile = tuple(Evidence(processes.told(w), "what it did meanwhile", "syscall") for w in waits[-1:])
            span = process.start_ns, end
            yield _finding(
                seen, processes, process, span, (proof, *meanwhile), message("asks: {question}", question=question[:80])
            )
    for one in asked(processes, seen.end_ns):
        if one.how in (ASKPASS, EITHER) and one.end_ns - one.start_ns >= ASKED.ns:
            if not told & {p.pid for p in (one.asker, one.program, *processes.children(one.program.pid))}:
                told.add(one.program.pid)
                yield _by_its_streams(seen, processes, one)


def _by_its_streams(seen: Observations, processes: Processes, one: Asked) -> Finding:
    """The finding on a program whose command line says nothing of what it was started for."""
    named = ", ".join(one.asker.askpass)
    before = " ".join(one.program.was[-1]) if one.program.was else ""
    asker, program = processes.named(one.asker.pid), processes.named(one.program.pid)
    reads = message("{who} reads what {program} will answer", who=asker, program=program)
    proof = [Evidence(reads, "each time that it was looked at", "syscall")]
    if before:
        proof.append(Evidence(f"{program}: {before[:160]}", "what it was before", "syscall"))
    if named:
        proof.append(Evidence(f"{asker}: {named}", "who is to ask", "syscall"))
    if one.how == ASKPASS:
        proof.append(
            Evidence(f"{program} < {one.program.streams[0]}", "it has its asker's input, as an askpass has", "syscall")
        )
    certain = one.how == ASKPASS
    confidence = (0.9 if named or before else 0.85) if certain else (0.6 if named else 0.5)
    found = _finding(seen, processes, one.program, (one.start_ns, one.end_ns), tuple(proof), "has not answered")
    return replace(found, confidence=confidence)


def _length(wait: Wait) -> int:
    return wait.ns


def _is_pip(seen: Observations, one: Process) -> bool:
    """Whether it is pip, which asks for user and password itself; ``pip uninstall`` alone asks something else."""
    words = tuple(getattr(seen.run, "argv", None) or ())
    return seen.client.name == "pip" and one.own and "uninstall" not in words


def _asks(processes: Processes, one: Process) -> bool:
    """Whether a program asks for credentials: by its name, or as the child of one that is known to let others ask."""
    parent = processes.process(one.parent, one.start_ns)
    return bool(ASKS.match(one.name)) or (parent is not None and parent.own and bool(ASKS.match(parent.name)))


def _finding(
    seen: Observations,
    processes: Processes,
    one: Process,
    span: tuple[int, int],
    proof: tuple[Evidence, ...],
    doing: str,
) -> Finding:
    start, end = span
    for_whom = processes.process(one.parent, one.start_ns)
    whom = for_whom.name if for_whom is not None and for_whom.own and ASKS.match(for_whom.name) else one.name
    return Finding(
        cause="local/credential-prompt",
        culprit=Culprit("client-host"),
        start_ns=start,
        end_ns=end,
        message=message(
            "{who} waits {time} for a person: it {doing}",
            who=processes.named(one.pid),
            time=duration(end - start),
            doing=doing,
        ),
        evidence=proof,
        confidence=0.95,
        fatal=end >= seen.end_ns,
        quantities={"seconds": round(seconds(end - start), 3)},
        attributes={
            "not_network": True,
            "asker": message("{who} waits for a person to answer", who=whom.partition("-")[0]),
            "pid": one.pid,
            "over": "ssh" if "ssh" in f"{one.name} {whom} {doing}" else "http",
        },
    )
