"""A GOAUTH or credential helper does not return.

What it finds
    A child of go that GOAUTH names, or a credential helper of git (git
    credential-NAME, git-credential-NAME, a shell that runs one), that has run
    for LATE (3 s) or longer without an end, and does not ask a person itself.
    From the process tree that "netanalyze live" records. Where a helper has become
    another program: what it was before, or how it was started, with pipes of its
    own by git, or by a go whose GOAUTH names a command.

Why a program hangs
    go asks the helper before it asks the server, and git when the server wants
    credentials; both wait for it without a limit. A helper that waits for a
    keyring, a token server or a smart card holds the command up, and nothing of
    that is in the command's own packets.

What to do
    Run the helper by hand and see where it stops; do without it meanwhile:
        go env GOAUTH; git config --get-all credential.helper
        GOAUTH=off go mod download
        printf 'protocol=https\\nhost=HOST\\n' | git credential-NAME get </dev/stdin

Look-alikes
    local/credential-prompt: the helper, or git, waits for a person.
    http/response-missing: the server is asked and does not answer.

Known false alarms
    A helper that opens a browser and waits for a person there.

References
    Go 1.27 cmd/go/internal/auth/auth.go and userauth.go, "go help goauth";
    gitcredentials(7), git-credential(1).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Evidence, Finding, Threshold
from netanalyze.flows.askers import EITHER, HELPER, ancestors, asked, descendants, looks_like_goauth
from netanalyze.flows.credential_programs import gives_credentials, goauth_commands, program_name, runs, serves
from netanalyze.processes import TERMINAL, Process, Processes
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "local/auth-helper-blocked",
    meaning="A GOAUTH command or credential helper was started and does not come back.",
    headline="Not the network: {helper} does not return.",
    unnamed={"helper": "a credential helper"},
    led_to_by=("http/error-status",),
)

LATE = Threshold(
    3, "s",
    source="go help goauth and gitcredentials(7): a helper has no limit; the figure is chosen here",
    why="stores and keyrings answer in milliseconds, a token fetched anew in a second or two",
)  # fmt: skip

BY_ITS_COMMAND = Proved(
    0.9, "a process that ran for 3 s or longer is a helper, by its command line or an earlier one", Basis.COMMAND,
    "what it does meanwhile may be useful work",
)  # fmt: skip
BY_GITS_PIPES = Proved(
    0.85, "git reads what a child of it will answer, and the child's streams are a helper's", Basis.COMMAND,
    "its command line is not known",
)  # fmt: skip
BY_GOS_PIPES = Proved(
    0.8, "a child of go's has the streams of a GOAUTH command, and GOAUTH is set", Basis.COMMAND,
    "go starts other programs with the same streams, too",
)  # fmt: skip
BY_PIPES_OF_EITHER = Proved(
    0.55, "git reads what a child will answer, by streams that helpers and askpass programs have alike", Basis.COMMAND,
    "it may as likely ask a person",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Helpers that ran for long."""
    processes = case.processes
    if processes is None:
        return
    configured = goauth_commands(str(case.go_env.get("GOAUTH", "")))
    asking = {wait.pid for wait in processes.waits_for(TERMINAL)}
    above = ancestors(processes, asking)
    by_git = {one.program.pid: one.how for one in asked(processes, case.wall[1]) if one.how in (HELPER, EITHER)}
    for process in processes.processes:
        end = case.end_ns if process.end_ns == NEVER_NS else min(process.end_ns, case.end_ns)
        if not process.own or end - process.start_ns < LATE.ns or process.pid in asking or process.pid in above:
            continue
        ground = _ground(processes, process, configured, by_git.get(process.pid, ""))
        if ground is not None:
            yield _finding(case, processes, process, end, ground, configured)


def _ground(processes: Processes, process: Process, configured: list[list[str]], by_git: str) -> Proved | None:
    """What shows that a process is a helper: its command line, an earlier one, or its streams; None where nothing does."""
    parent = processes.process(process.parent, process.start_ns)
    if parent is None or any(gives_credentials(line, configured) for line in parent.lines):
        return None  # of a helper and its children the first
    if any(serves(parent, line, configured) for line in process.lines):
        return BY_ITS_COMMAND
    if by_git:
        return BY_GITS_PIPES if by_git == HELPER else BY_PIPES_OF_EITHER
    return BY_GOS_PIPES.when(parent.name == "go" and configured and looks_like_goauth(process, parent))


def _beside(processes: Processes, process: Process, configured: list[list[str]]) -> Iterator[Evidence]:
    """What shows that a program which bears another name is a helper."""
    if process.was:
        yield Evidence(
            message("{who}: {command}", who=processes.named(process.pid), command=" ".join(process.was[-1])[:160]),
            "what it was before",
            "syscall",
        )
    parent = processes.process(process.parent, process.start_ns)
    if configured and parent is not None and parent.name == "go":
        named = "; ".join(program_name((words[0],)) for words in configured)
        yield Evidence(f"GOAUTH={named[:160]}", "who is asked for credentials", "syscall")


def _called(processes: Processes, process: Process, configured: list[list[str]]) -> str:
    """A helper as its user knows it: as GOAUTH names it, or as git was told to."""
    parent = processes.process(process.parent, process.start_ns)
    if parent is not None and parent.name == "go":
        matching = [words for words in configured if any(runs(line, words) for line in process.lines)]
        if len(matching or configured) == 1:
            return (matching or configured)[0][0].rpartition("/")[2]
    for line in process.lines:
        if line[1:2] == ("-c",) and len(line) > 2:
            return line[2].rpartition(" ")[0].strip() or process.name
    return process.name


def _finding(
    case: Case, processes: Processes, process: Process, end: int, ground: Proved, configured: list[list[str]]
) -> Finding:
    took = end - process.start_ns
    name = message("the helper {name}", name=_called(processes, process, configured)[:49])
    waits = sorted(
        (w for pid in sorted(descendants(processes, process.pid)) for w in processes.waits_of(pid)), key=lambda w: -w.ns
    )
    called = message("{who}: {command}", who=processes.named(process.pid), command=process.command[:160])
    return CAUSE.finding(
        Culprit("client-host"),
        (process.start_ns, end),
        message(
            "{who} waits {time} for its helper {helper}",
            who=processes.named(process.parent), time=duration(took), helper=process.command[:80],
        ),
        (
            Evidence(called, message("ran for {time}", time=duration(took)), "syscall"),
            *(Evidence(processes.sentence(w), "what it did meanwhile", "syscall") for w in waits[:1]),
            *_beside(processes, process, configured),
        ),
        confidence(ground),
        fatal=case.lasted(end) or process.exit_code not in (0, None),
        quantities={"seconds": round(seconds(took), 3)},
        attributes={"not_network": True, "helper": name, "command": process.command[:160]},
    )  # fmt: skip


ADVICE = Page(
    where=offers("this machine: an authentication helper; not the network"),
    fix=offers(
        Offer("Without helpers, for this run", "GOAUTH=off {again}", "go", scope=RUN),
        Offer("Only .netrc, from now on", "go env -w GOAUTH=netrc", "go"),
        Offer("Without helpers, for this run", "git -c credential.helper= fetch", "git", scope=RUN),
        Offer("Run the helper by hand and see where it stops"),
    ),
    verify=commands(
        Offer("", "go env GOAUTH", "go"),
        Offer("", "git config --get-all credential.helper", "runs-git"),
        "ps -ef --forest",
    ),
    no_use=offers("another network or mirror", "waiting (helpers have no timer)"),
)
