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

from netanalyze.causes.advice.form import RUN, SHELL, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.causes.local._credentials import MISSING_CREDENTIALS, refused
from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.flows.askers import ASKPASS, EITHER, Asked, asked
from netanalyze.patterns import lazy_pattern
from netanalyze.processes import SERVICE, TERMINAL, Process, Processes
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import Text, message

CAUSE = Cause(
    "local/credential-prompt",
    meaning="git, ssh or an askpass program waits for somebody to type.",
    headline="Not the network: {asker}.",
    unnamed={"asker": "git waits for credentials, or may not ask for them"},
    led_to_by=("http/error-status",),
    fits=("git-credentials",),
)

ASKED = Threshold(
    2, "s",
    source="Miller 1968, Nielsen 1993: after a second or two a person takes it for waiting; the figure is chosen here",
    why="askpass programs that know the answer print it at once",
)  # fmt: skip

ASKS = lazy_pattern(r"(?:git|ssh|gpg|pinentry|sudo|.*askpass)[\w.-]*$", re.IGNORECASE)
"""Programs that ask for credentials."""
QUESTION = lazy_pattern(
    r"(?:Username|Password) for '|Enter (?:passphrase|PIN) for |.*'s password: ?$|Are you sure you want to continue"
    r"|The authenticity of host ",
    re.IGNORECASE,
)
"""How git and ssh ask, as the argument of an askpass program (gitcredentials(7), ssh(1) SSH_ASKPASS)."""

AGENT = lazy_pattern(r"agent|keyring/ssh|ssh-auth|launchd.*/Listeners", re.IGNORECASE)
"""Sockets of agents that keep keys: OpenSSH's, GnuPG's (S.gpg-agent.ssh), GNOME's, what tmux and macOS link to them."""
ASKS_AGENT = "waits for the agent at {what}, which may ask for a touch or a PIN, or is gone"


TERMINAL_READ = Proved(
    0.95, "a program that asks for credentials reads the terminal, or has its question on its command line", Basis.COMMAND,
    "only that nobody answers is inferred, from the time",
)  # fmt: skip
AGENT_ASKED = Proved(
    0.85, "ssh waits for the agent that keeps its keys", Basis.COMMAND, "it asks for a touch or a PIN, or is gone"
)
ASKPASS_NAMED = Proved(
    0.9, "its streams are those of an askpass program, and its asker's settings or an earlier command line name it",
    Basis.COMMAND, "its question is not known",
)  # fmt: skip
ASKPASS_STREAMS = Proved(
    0.85, "its streams are those of an askpass program", Basis.COMMAND, "what it was started for is inferred"
)
EITHER_NAMED = Proved(
    0.6, "its streams are an askpass program's or a helper's, and an askpass program is set", Basis.COMMAND,
    "it may as well be a helper that does not return",
)  # fmt: skip
EITHER_STREAMS = Proved(
    0.5, "its streams are an askpass program's or a helper's", Basis.COMMAND, "one is as likely as the other"
)
SAYS_SO = Proved(
    0.85,
    "the command itself says that it may not ask for credentials",
    Basis.COMMAND,
    "which ones it lacks it does not say",
)


def check(case: Case) -> Iterator[Finding]:
    """Processes that ask, and the command's final error about credentials."""
    processes, error = case.processes, case.final_error
    proved = list(_asking(case, processes)) if processes is not None else []
    yield from proved
    if error is None or error.kind != "git-credentials" or proved:
        return
    yield CAUSE.finding(
        Culprit("client-host", error.facts.get("host") if error.facts.get("over") else None),
        (case.end_ns, case.end_ns),
        message("{who} needs credentials and may not ask for them", who=error.facts.get("asks", "git")),
        (printed(error.text),),
        confidence(SAYS_SO),
        fatal=True,
        attributes=refused(error.facts),
    )


def _asking(case: Case, processes: Processes) -> Iterator[Finding]:
    """Programs that wait for a person, each named once: at the terminal or an agent, by a question, by their streams."""
    named = {0}  # and nobody's child is named
    for wait in processes.waits_for(TERMINAL, SERVICE, end_ns=case.wall[1]):
        if wait.kind == SERVICE and not AGENT.search(wait.subject):
            continue
        reader = processes.process(wait.pid, wait.start_ns)
        if wait.ns >= ASKED.ns and reader is not None and (_asks(processes, reader) or _is_pip(case, reader)):
            named.add(reader.pid)
            looked = (Evidence(processes.sentence(wait), "each time that it was looked at", "syscall"),)
            of_agent = wait.kind == SERVICE
            doing = message(ASKS_AGENT if of_agent else "reads {what}", what=wait.subject)
            ground = AGENT_ASKED if of_agent else TERMINAL_READ
            span = (wait.start_ns, wait.end_ns)
            yield _finding(case, processes, reader, span, looked, doing, ground, wait.subject)
    for process in processes.processes:
        end = case.end_ns if process.end_ns == NEVER_NS else min(process.end_ns, case.end_ns)
        question = next((word for line in process.lines for word in line[1:] if QUESTION.match(word)), "")
        family = {process.pid, process.parent, *(child.pid for child in processes.children(process.pid))}
        if process.own and question and end - process.start_ns >= ASKED.ns and named.isdisjoint(family):
            named.add(process.pid)
            asks = message("{who}: {command}", who=processes.named(process.pid), command=question[:160])
            proof = [Evidence(asks, "its question, unanswered", "syscall")]
            waits = sorted(processes.waits_of(process.pid), key=lambda wait: wait.ns)
            proof += [Evidence(processes.sentence(wait), "what it did meanwhile", "syscall") for wait in waits[-1:]]
            doing = message("asks: {question}", question=question[:80])
            span = (process.start_ns, end)
            yield _finding(case, processes, process, span, tuple(proof), doing, TERMINAL_READ, question[:80])
    for prompt in asked(processes, case.wall[1]):
        if prompt.how in (ASKPASS, EITHER) and prompt.end_ns - prompt.start_ns >= ASKED.ns:
            program = prompt.program.pid
            if named.isdisjoint((prompt.asker.pid, program, *(child.pid for child in processes.children(program)))):
                named.add(program)
                yield _by_its_streams(case, processes, prompt)


def _by_its_streams(case: Case, processes: Processes, prompt: Asked) -> Finding:
    """The finding on a program whose command line says nothing of what it was started for."""
    named = ", ".join(prompt.asker.askpass)
    before = " ".join(prompt.program.was[-1]) if prompt.program.was else ""
    asker, program = processes.named(prompt.asker.pid), processes.named(prompt.program.pid)
    reads = message("{who} reads what {program} will answer", who=asker, program=program)
    proof = [Evidence(reads, "each time that it was looked at", "syscall")]
    if before:
        proof.append(
            Evidence(message("{who}: {command}", who=program, command=before[:160]), "what it was before", "syscall")
        )
    if named:
        proof.append(Evidence(message("{who}: {command}", who=asker, command=named), "who is to ask", "syscall"))
    ground = EITHER_NAMED if named else EITHER_STREAMS
    if prompt.how == ASKPASS:
        source = message("{who} < {input}", who=program, input=prompt.program.streams[0])
        proof.append(Evidence(source, "it has its asker's input, as an askpass has", "syscall"))
        ground = ASKPASS_NAMED if named or before else ASKPASS_STREAMS
    span = (prompt.start_ns, prompt.end_ns)
    return _finding(case, processes, prompt.program, span, tuple(proof), "has not answered", ground)


def _is_pip(case: Case, process: Process) -> bool:
    """Whether it is pip, which asks for user and password itself; ``pip uninstall`` alone asks something else."""
    words = tuple(getattr(case.run, "argv", None) or ())
    return case.client.name == "pip" and process.own and "uninstall" not in words


def _asks(processes: Processes, process: Process) -> bool:
    """Whether a program asks for credentials: by its name, or as the child of one that is known to let others ask."""
    parent = processes.process(process.parent, process.start_ns)
    return bool(ASKS.match(process.name)) or (parent is not None and parent.own and bool(ASKS.match(parent.name)))


def _finding(
    case: Case, processes: Processes, process: Process, span: tuple[int, int], proof: tuple[Evidence, ...], doing: Text,
    ground: Proved, words: str = "",
) -> Finding:  # fmt: skip
    took = span[1] - span[0]
    for_whom = processes.process(process.parent, process.start_ns)
    whom = for_whom.name if for_whom is not None and for_whom.own and ASKS.match(for_whom.name) else process.name
    return CAUSE.finding(
        Culprit("client-host"),
        span,
        message(
            "{who} waits {time} for a person: it {doing}",
            who=processes.named(process.pid), time=duration(took), doing=doing,
        ),
        proof,
        confidence(ground),
        fatal=case.lasted(span[1]),
        quantities={"seconds": round(seconds(took), 3)},
        attributes={
            "not_network": True, "asker": message("{who} waits for a person to answer", who=whom.partition("-")[0]),
            "pid": process.pid, "over": "ssh" if "ssh" in f"{process.name} {whom} {words}" else "http",
        },
    )  # fmt: skip


ADVICE = Page(
    where=offers(
        Offer("this machine: pip waits for a person; not the network", None, "pip"),
        Offer("this machine: credentials are missing; the server answered", None, "asked=no"),
        "this machine: git or ssh waits for a person; not the network",
    ),
    fix=offers(
        MISSING_CREDENTIALS,
        Offer(
            "Fail instead of asking, for this run",
            "GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes' {again}",
            "runs-git !pip !asked=no",
            scope=RUN,
        ),
        Offer(
            "Fail instead of asking, from now on",
            "export GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=/bin/false",
            "runs-git !pip !asked=no",
        ),
        Offer("Fail instead of asking, in this shell", "export PIP_NO_INPUT=1", "pip", scope=SHELL),
        Offer("Unlock the key once", "ssh-add", "!over=http !pip !asked=no"),
        Offer("Log in once by hand: accept the host key", "ssh -T git@{host}", "to=vcs-host !asked=no"),
        Offer("Log in once by hand, or store credentials (~/.netrc)", None, "!asked=no"),
    ),
    verify=commands(
        Offer("", "git ls-remote {repository}", "asked=no over=http"),
        Offer("", "curl -sn https://{host}/ -o /dev/null -w '%{{http_code}}\\n'", "asked=no over=http"),
        Offer("", "ssh -o BatchMode=yes -T git@{host}", "to=vcs-host"),
        Offer("", "pip config list", "pip"),
        Offer("", "ssh-add -l", "!over=http"),
        Offer("", "git config --get-all credential.helper", "runs-git"),
        "ps -ef --forest",
    ),
    no_use=offers("another network or mirror", "waiting (nobody is asked where you look)"),
)
