"""git, ssh or an askpass waits for a person, or was not allowed to ask one.

What it finds
    The command's last error is about credentials: git has none for a host, or
    may not ask for them. A prompt that still waits is not seen in packets; then
    the last line of -x is a git command that never ended, and its ssh
    connection lies idle.

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
    missing.

References
    Go 1.27 cmd/go/internal/modload/init.go (environment of git),
    cmd/go/internal/modfetch/codehost; gitcredentials(7); ssh_config(5),
    BatchMode.
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.rules import Observations


def check(seen: Observations) -> Iterator[Finding]:
    """The command's final error is about credentials."""
    error = seen.trace.final_error if seen.trace else None
    if error is None or error.kind != "git-credentials":
        return
    yield Finding(
        cause="local/credential-prompt",
        culprit=Culprit("client-host"),
        start_ns=seen.end_ns,
        end_ns=seen.end_ns,
        message="git needs credentials and may not ask for them",
        evidence=(Evidence(error.text.split("\n")[0][:200], "the command's own error", "trace"),),
        confidence=0.85,
        fatal=True,
    )
