"""The command cannot start with this configuration; no packet is at fault.

What it finds
    The command's last error is of this kind: modules or proxy switched off, a
    GOPROXY list that is empty or no URL, a program that is not installed, a
    toolchain that may not be fetched. Attributes name the setting where the
    text does.

Why a program hangs
    It does not: it ends within a tenth of a second, mostly without any packet.
    In a script that tries again it may seem to hang.

What to do
    See what is set, and where it comes from (the environment wins over the file
    of "go env -w", that over $GOROOT/go.env):
        go env -changed; env | grep -E '^GO'
        go env -u GOPROXY GO111MODULE GOFLAGS
        GOPROXY=https://proxy.golang.org,direct go mod download
    "executable file not found": install git (or hg), or leave "direct" out of
    GOPROXY. Toolchain: GOTOOLCHAIN=local, and a go line in go.mod that the
    installed Go satisfies.

Look-alikes
    local/cache-lock-held and local/auth-helper-blocked are as silent on the
    network, but do not end. http/error-status: somebody answered. tcp/no-route:
    the kernel refuses, not the command.

Known false alarms
    The error names the last thing that failed: with "direct" as the last entry
    a missing git may hide that a proxy before it did not answer.

References
    go help environment; Go 1.27 cmd/go/internal/modfetch/proxy.go (the GOPROXY
    list), cmd/go/internal/modload/init.go, $GOROOT/go.env.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import RUN, Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import by_its_word
from netanalyze.causes.confidence import Basis, Proved
from netanalyze.findings import Finding

CAUSE = Cause(
    "local/configuration",
    meaning="The settings forbid the work or make it impossible before any packet is sent.",
    headline="The command refuses to start its work with this configuration.",
    fits=("configuration", "toolchain-not-available"),
)

SAYS_SO = ("configuration",)
BY_ITS_WORD = Proved(
    0.9, "the command itself says that it may not or cannot begin", Basis.COMMAND, "its own word on its own settings"
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """The command's final error says so."""
    yield from by_its_word(case, CAUSE, SAYS_SO, "client", "the command refuses: {error}", BY_ITS_WORD)


ADVICE = Page(
    where=offers("this machine's settings; no packet is at fault"),
    fix=offers(
        Offer("Install {program}", "sudo apt-get install {program}", "program=git|program=hg|program=svn"),
        Offer("Put {program} where PATH finds it", "command -v {program}"),
        Offer("See the setting that the message names", "go env {setting}", "go"),
        Offer("Take back what go env -w has set", "go env -u {setting}", "go"),
        Offer(
            "With modules and proxy on, for this run",
            "GO111MODULE=on GOPROXY={first_proxy},direct {again}",
            "go !program=git !program=hg !setting=GOTOOLCHAIN",
            scope=RUN,
        ),
        Offer(
            "Let go fetch the Go it wants, this run", "GOTOOLCHAIN=auto {again}", "go setting=GOTOOLCHAIN", scope=RUN
        ),
        Offer("Take back what go env -w has set", "go env -u GOPROXY GO111MODULE GOFLAGS", "go !setting"),
        Offer(
            "Allow for this host what it offers, in ~/.ssh/config: {setting} +…",
            None,
            "setting=HostKeyAlgorithms|setting=KexAlgorithms|setting=Ciphers|setting=MACs",
        ),
        Offer(
            "This machine's clock is behind: is it set by anybody?",
            "date -u; timedatectl | grep -i synchron",
            "setting=clock",
        ),
        Offer("A virtual machine or WSL: take the time from outside", "sudo hwclock -s", "setting=clock"),
        Offer("No CAs (a bare container)? Install them", "apt-get install -y ca-certificates", "setting=CA-file"),
        Offer(
            "Does a variable name a file that is not there?",
            "env | grep -E 'SSL_CERT|CA_BUNDLE|CERT_FILE'",
            "setting=CA-file",
        ),
        Offer("Which proxy is set?", "env | grep -i proxy", "setting=HTTPS_PROXY"),
        Offer("Give it as http://HOST:PORT", None, "setting=HTTPS_PROXY"),
        Offer("Correct the setting that the message names", None, "!go !setting"),
    ),
    verify=commands(
        Offer("", "go env -changed", "go"),
        Offer("", "git config --list --show-origin", "git"),
        "env | grep -iE 'proxy|^GIT|^GO'",
    ),
    no_use=offers(CLEAN_CACHE, "another network", "waiting"),
)
