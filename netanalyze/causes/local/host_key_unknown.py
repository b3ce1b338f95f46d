"""ssh does not know the server's host key, or knows another one, and nobody is there to be asked.

What it finds
    The command's last error says that the host key could not be verified: not in
    known_hosts ("Host key verification failed"), or another one than the one
    there ("REMOTE HOST IDENTIFICATION HAS CHANGED"). The server was reached and
    has shown its key, so that no packet is at fault. How sure that is: the words
    are ssh's own, and ssh is the only one who judges.

Why a program hangs
    It does not: with BatchMode, without a terminal, or where go, cargo or a CI
    runs git, ssh ends at once. With a terminal it asks ("Are you sure you want
    to continue connecting"), on /dev/tty, where a script's reader sees nothing;
    a process seen to wait so is local/credential-prompt.

What to do
    Fetch the key, compare it with what the server's operator has published, and
    keep it; or let ssh take the first key it meets, never a changed one:
        ssh-keyscan git.example.com >> ~/.ssh/known_hosts
        ssh-keygen -lf ~/.ssh/known_hosts
        GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=accept-new' go mod download
    In a Dockerfile this belongs before the RUN that fetches. A key that has
    changed: ask the operator first, then "ssh-keygen -R HOST".

Look-alikes
    local/credential-prompt: the host is known, the user is not ("Permission
    denied (publickey)"). tcp/reset and tcp/early-close: the connection ended
    before a key was shown. http/error-status: over https there is no host key.

Known false alarms
    git prints "Please make sure you have the correct access rights" after it,
    which says nothing of this.

References
    ssh(1), "Verifying host keys"; ssh_config(5), StrictHostKeyChecking
    (accept-new since OpenSSH 7.6); ssh-keyscan(1); OpenSSH sshconnect.c,
    verify_host_key; golang.org/x/crypto/ssh/knownhosts.
"""

from collections.abc import Iterable, Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.clients.messages import classify
from netanalyze.clients.trace_lines import TraceLine
from netanalyze.findings import Culprit, Finding, frames
from netanalyze.wording import message

CAUSE = Cause(
    "local/host-key-unknown",
    meaning="ssh does not know the server's host key, or knows another one, and may not ask.",
    headline="Not the network: {key}.",
    unnamed={"key": "ssh does not know the server's host key"},
    answered=True,
    fits=("host-key",),
)

SSH = 22
OF_THE_KEY = ("ost key", "known_hosts", "IDENTIFICATION")
"""What ssh's lines about a host key have in them."""
CHANGED = "ssh knows another host key of this server"
BY_ITS_WORD = Proved(
    0.9, "ssh itself says that it does not know the host key, or another one", Basis.COMMAND,
    "why the key is another one, it cannot know",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The command's final error says so."""
    error = case.final_error
    if error is None or error.kind != "host-key":
        return
    trace = case.trace
    assert trace is not None
    changed = any("HOST IDENTIFICATION HAS CHANGED" in line.text for line in trace.lines) or "change" in error.facts
    named = error.facts.get("name") or error.facts.get("host") or _named(trace.lines)
    of_code = next((h for h in trace.hosts if trace.host_roles.get(h) == "vcs-host"), None)
    host = str(named).strip("[]") if named else of_code
    lines = [line for line in error.text.split("\n") if any(words in line for words in OF_THE_KEY)]
    yield CAUSE.finding(
        Culprit("client-host", host),
        (case.end_ns, case.end_ns),
        message("ssh turned the host key of {host} down", host=host or "the server"),
        (
            printed((lines or [error.text])[0].strip()),
            *frames((_answer(case, host), "the server had answered: it was reached")),
        ),
        confidence(BY_ITS_WORD),
        fatal=True,
        quantities={"host": host} if host else {},
        attributes={"not_network": True, "changed": "yes", "key": CHANGED} if changed else {"not_network": True},
    )


def _named(lines: Iterable[TraceLine]) -> str | None:
    """Whose key ssh speaks of, in the lines before its last."""
    told = (classify(line.text)[1].get("name") for line in lines if "ost key" in line.text)
    return next((name for name in told if name), None)


def _answer(case: Case, host: str | None) -> int:
    """The server's last octets, on the connection that was ssh's; 0 where it is not in the capture."""
    of_ssh = [flow for flow in case.flows if flow.host == host or flow.server.port == SSH]
    return max((flow.server.last_data_frame for flow in of_ssh if flow.server.sent_data), default=0)


ADVICE = Page(
    where=offers("this machine: its known_hosts; the server was reached"),
    fix=offers(
        Offer("Ask the operator why; then forget the old key", "ssh-keygen -R {host}", "changed=yes"),
        Offer("Keep its key, compared with what its operator publishes", "ssh-keyscan {host} >> ~/.ssh/known_hosts"),
        Offer(
            "Take the first key it shows, for this run",
            "GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=accept-new' {again}",
            "!changed=yes runs-git",
            scope=RUN,
            otherwise=True,
        ),
        Offer("Keep its key: ssh-keyscan HOST >> ~/.ssh/known_hosts", None, "!host-known"),
        Offer("In an image: RUN that before what fetches, as the same user"),
    ),
    verify=commands(Offer("", "ssh-keygen -F {host}"), "cat ~/.ssh/known_hosts"),
    no_use=offers("another network or mirror", "ssh-add (it is the server's key)", "BatchMode=yes"),
)
