"""What a command printed, as data: requests, child commands, locks, and the error that ended it.

The grammar is that of the go command's ``-x`` (Go 1.21 to 1.27)::

    # get URL                                     before DNS and dial          cmd/go/internal/web/http.go
    # get URL: 200 OK (0.050s)                    response headers arrived
    # get URL: Get "URL": dial tcp …: i/o timeout transport error
    mkdir -p DIR # git3 URL                       a repository's working place modfetch/codehost/codehost.go
    # lock PATH                                   before the lock is taken
    cd DIR; git ls-remote …                       a child command begins
    0.063s # cd DIR; git ls-remote …              the same child has ended

Before a line may stand a stamp, RFC 3339 or epoch seconds, and one blank. Error lines of git, curl, ssh, pip and npm
are read too. Passwords and tokens in URLs and authorization headers are blotted out as the text is read.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from netanalyze.clients.error_lines import DONE, ErrorLine, read_errors
from netanalyze.clients.hosts import RANK, url_role
from netanalyze.clients.messages import host_of
from netanalyze.clients.trace_lines import TraceLine, read_lines
from netanalyze.clients.typed import Typed, typed_at
from netanalyze.numerals import decimal, integer
from netanalyze.patterns import lazy_pattern

REFUSED = 400
"""The first status of those that are no answer to what was asked (RFC 9110 section 15.5)."""


@dataclass(frozen=True)
class Request:
    """One request of ``# get`` lines. ``line`` began it, ``end_line`` (None while open) ended it.

    ``seconds`` is go's own figure where it printed one (to the response headers, not the body), else the distance of
    the stamps. ``status`` and ``reason`` are the answer's, ``error`` the transport's.
    """

    url: str
    line: int
    time_ns: int | None
    status: int | None = None
    reason: str | None = None
    error: str | None = None
    end_line: int | None = None
    end_time_ns: int | None = None
    seconds: float | None = None

    @property
    def host(self) -> str | None:
        """The host asked."""
        return host_of(self.url)

    @property
    def open(self) -> bool:
        """No second line was printed: the command waited for the response's head."""
        return self.end_line is None


@dataclass(frozen=True)
class ChildCommand:
    """One child of the command, such as ``cd DIR; git ls-remote …``; ``finished`` if its end was printed."""

    text: str
    line: int
    seconds: float | None = None
    finished: bool = False
    time_ns: int | None = None


@dataclass(frozen=True)
class Download:
    """One ``go: downloading NAME (os/arch)``; ``toolchain`` if NAME is a Go toolchain, fetched before ``-x`` counts."""

    text: str
    line: int
    time_ns: int | None
    toolchain: bool


@dataclass(frozen=True)
class Trace:
    """What the command printed. ``client`` is its name (``go``, ``git``, ``curl``, …), given or recognised.

    ``hosts`` are in order of first use; ``host_roles`` has also the resolvers and proxies that errors name.
    """

    lines: tuple[TraceLine, ...]
    client: str | None
    requests: tuple[Request, ...]
    commands: tuple[ChildCommand, ...]
    locks: tuple[str, ...]
    downloading: tuple[Download, ...]
    errors: tuple[ErrorLine, ...]
    hosts: tuple[str, ...]
    host_roles: Mapping[str, str]
    typed: tuple[Typed, ...] = ()

    @property
    def open_requests(self) -> tuple[Request, ...]:
        """Requests without a second line, oldest first."""
        return tuple(r for r in self.requests if r.open)

    @property
    def open_commands(self) -> tuple[ChildCommand, ...]:
        """Child commands without an end."""
        return tuple(c for c in self.commands if not c.finished)

    @property
    def final_error(self) -> ErrorLine | None:
        """The error that ended the command: the last one of a known kind, or the last one.

        A ``fatal:`` of git that only tells of an end (``early EOF``) gives way to the ``error: RPC failed`` before it, ssh's
        end to what its jump host says;
        pip's "no matching distribution", said also where no index could be asked, to why its tries failed; what dnf says last
        to what befell each mirror.
        """
        known = [e for e in self.errors if e.kind != "unknown"]
        if known and known[-1].kind == "module-not-found" and known[-1].text.startswith(("ERROR: ", "No matching ")):
            known = [e for e in known if e.kind != "module-not-found"] or known
        if not known:
            return self.errors[-1] if self.errors else None
        if known[-1].text.startswith(_NO_MIRROR):
            known = [e for e in known if not e.text.startswith(_NO_MIRROR)] or known
        last = known[-1]
        if last.kind in ("unexpected-eof", "eof") and last.text.startswith(_ONLY_AN_END):
            first = ("error:", "npm error code ", "npm ERR! code ", "channel ", "ssh: ")
            earlier = [e for e in known if e.text.startswith(first) and last.line - 6 <= e.line < last.line]
            return earlier[0] if earlier else last
        return last

    @property
    def ended(self) -> bool:
        """An error was printed that ended the command, not only tries that failed."""
        told = [e for e in self.errors if e.kind != "unknown" or e.text.startswith(_FINAL)]
        return bool(told) and not told[-1].again

    @property
    def recovered(self) -> bool:
        """A try that failed was told of, and then that the work was done: the command had tried again."""
        error = self.final_error
        return (
            error is not None
            and (error.again or any(_ONCE_MORE.match(line.text) for line in self.lines[error.line : error.line + 3]))
            and self.done
        )

    @property
    def done(self) -> bool:
        """Behind its last error it was told that the work was done."""
        error = self.final_error
        return error is not None and any(DONE.search(line.text) for line in self.lines[error.line :])

    @property
    def works_by_ipv4(self) -> bool:
        """The error is of a command that was held to IPv6; the like of it, to the same host and not held to it, printed none."""
        error = self.final_error
        asked = max((t for t in self.typed if error is not None and t.line < error.line), default=None)
        if asked is None or asked.family != 6 or asked.host is None:
            return False
        ends = {t.line: following.line for t, following in pairwise(self.typed)}
        for other in self.typed:
            if (other.host, other.port, other.client) != (asked.host, asked.port, asked.client) or other.family == 6:
                continue
            end = ends.get(other.line, len(self.lines) + 1)
            printed = [line for line in self.lines if other.line < line.number < end and line.text.strip()]
            if printed and not any(other.line < e.line < end for e in self.errors):
                return True
        return False

    @property
    def last_words(self) -> TraceLine | None:
        """The last line that is not empty."""
        return next((line for line in reversed(self.lines) if line.text.strip()), None)

    @property
    def stamped(self) -> bool:
        """Lines bear times."""
        return any(line.time_ns is not None for line in self.lines)


_GET = lazy_pattern(r"# get (\S+?)(?:: (.*))?$")
_STATUS = lazy_pattern(r"([1-9][0-9]{2})(?: (.*?))??(?: \(([0-9]{1,9}\.[0-9]{1,9})s\))?$")
_ENDED = lazy_pattern(r"([0-9]{1,9}\.[0-9]{1,9})s # (.*)$")
_VCS = lazy_pattern(r"(?:cd [^;]+; )?(?:git|hg|svn|bzr|fossil)(?: -\S+)* \S")
_VCS_PLACE = lazy_pattern(r"mkdir -p .* # [a-z]+[0-9]* (\S+://\S+)$")
_VCS_URL = lazy_pattern(
    r"\b(?:https?|git|git\+ssh|ssh|svn|hg)://[^\s'\"]+|(?<=\s)(?:[\w.-]+@)?[\w-]+(?:\.[\w-]+)+:[\w./~-]+"
)
_LOCK = lazy_pattern(r"# lock (.+)$")
_DOWNLOADING = lazy_pattern(r"go: downloading (go[0-9]\S*)? ?(.*)$")
_FINAL = ("go:", "fatal:", "error:", "curl: (", "ERROR: ", "E: ", "W: Failed", "npm error ", "npm ERR! ")
"""How lines begin that end a command, whatever else they say."""
_NO_MIRROR = "Error: Failed to download metadata"
_ONLY_AN_END = (
    "fatal:", "npm ", "rsync: connection unexpectedly closed", "kex_exchange_identification: ", "Connection closed by UNKNOWN ",
)  # fmt: skip
"""How lines begin that tell no more than that it is over, where another one stands before them."""
_ONCE_MORE = lazy_pattern(
    r"Waiting [0-9]+ seconds before trying again|Trying [0-9a-fA-F.:]{2,45}\.\.\.$|Connecting to .{1,400}\bconnected\.$"
)
"""What GitHub's checkout says behind an error, telnet where it tries another address, and wget where one answers."""
_CLIENTS = (
    ("go", lazy_pattern(r"# get \S+://|go: |[0-9.]+s # cd |mkdir -p .* # git3 |verifying \S+@v|SIGQUIT: quit")),
    (
        "pip",
        re.compile(
            r"Collecting |Looking in indexes|WARNING: Retrying \(|pip\b|ERROR: (?:No matching dist|THESE PACKAGES)"
        ),
    ),
    ("npm", lazy_pattern(r"npm (?:ERR!|error|warn|WARN|http) ")),
    ("curl", lazy_pattern(r"curl: \([0-9]+\)|\* +(?:Host |Connected to |  ?Trying )")),
    (
        "git",
        lazy_pattern(
            r"Cloning into |正克隆到|Klone nach|Clonage dans|fatal: (?:unable to access|Could not read from remote)|remote: "
            r"|Fetching "
            r"|(?:fatal|致命错误|Schwerwiegend) ?[:：] ?[^\n]{0,400}\.git\b"
        ),
    ),
    (
        "cargo",
        lazy_pattern(
            r" *(?:Blocking waiting for file lock|Updating crates\.io index|Downloading crates)|warning: spurious network error"
        ),
    ),
    ("wget", lazy_pattern(r"--[0-9-]{10} [0-9:]{8}--  |wget: |[0-9-]{10} [0-9:]{8} ERROR [0-9]{3}: ")),
    ("ssh", lazy_pattern(r"ssh: |kex_exchange_identification: |OpenSSH_[0-9]|debug[1-3]: ")),
    (
        "docker",
        lazy_pattern(
            r"Error response from daemon: |Using default tag: |docker: |The push refers to repository"
            r"|.*\[internal\] load metadata|ERROR: failed to solve|failed to register layer"
        ),
    ),
    (
        "apt",
        lazy_pattern(r"(?:Hit|Get|Err|Ign):[0-9]+ |[EW]: Failed to fetch |[0-9]{1,3}% \[|Waiting for cache lock: "),
    ),
    ("node", lazy_pattern(r" +at .{0,200}\(?node:internal/|TypeError: fetch failed")),
)


def _span(begin_ns: int | None, end_ns: int | None) -> float | None:
    return None if begin_ns is None or end_ns is None else (end_ns - begin_ns) / 1e9


def _requests(lines: Iterable[TraceLine]) -> tuple[Request, ...]:
    """The ``# get`` lines joined in pairs, the oldest open request of a URL first."""
    found: list[Request] = []
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for line in lines:
        match = _GET.match(line.text)
        if not match:
            continue
        url, told = match[1], match[2]
        if told is None:
            waiting[url].append(len(found))
            found.append(Request(url, line.number, line.time_ns))
            continue
        at = waiting[url].popleft() if waiting[url] else None
        began = None if at is None else found[at]
        begin_line, begin_ns = (began.line, began.time_ns) if began else (line.number, None)
        answer = _STATUS.match(told)
        status, reason, error, took = None, None, told, None
        if answer:
            status, reason, error = integer(answer[1]), answer[2], None
            took = decimal(answer[3]) if answer[3] else None
        ended = Request(
            url, begin_line, begin_ns, status, reason, error, line.number, line.time_ns,
            took if took is not None else _span(begin_ns, line.time_ns),
        )  # fmt: skip
        if at is None:
            found.append(ended)
        else:
            found[at] = ended
    return tuple(found)


def _commands(lines: tuple[TraceLine, ...]) -> tuple[ChildCommand, ...]:
    """Child commands, joined with the lines that tell their end.

    ``cd DIR`` alone on a line, and the command on the next, is cmd/go/internal/vcs: it never prints an end, so there
    the next line of any kind is the end.
    """
    found: list[ChildCommand] = []
    waiting: dict[str, deque[int]] = defaultdict(deque)
    last = max((line.number for line in lines if line.text.strip()), default=0)
    before = ""
    for line in lines:
        text, previous, before = line.text, before, line.text
        ended = _ENDED.match(text)
        if ended:
            seconds, told = decimal(ended[1]), ended[2]
            if waiting[told]:
                at = waiting[told].popleft()
                found[at] = ChildCommand(told, found[at].line, seconds, True, found[at].time_ns)
            else:
                found.append(ChildCommand(told, line.number, seconds, True))
        elif _VCS.match(text):
            silent = previous.startswith("cd ") and "; " not in previous and not text.startswith("cd ")
            if not silent:
                waiting[text].append(len(found))
            found.append(ChildCommand(text, line.number, None, silent and line.number < last, line.time_ns))
    return tuple(found)


_CURL_HOST = lazy_pattern(r"\* (?:Connected to ([\w.-]{1,253}) \(|Host ([\w.-]{1,253}):[0-9]+ was resolved)")
"""What ``curl -v`` says of the host it goes to (lib/connect.c, lib/hostip.c)."""


def _hosts(
    requests: Iterable[Request],
    commands: Iterable[ChildCommand],
    lines: Iterable[TraceLine],
    errors: Iterable[ErrorLine],
    client: str | None,
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Hosts in order of first use, and the role each is seen in; of two roles the one first in ``RANK``."""
    used: list[tuple[int, str, str | None]] = []
    by_go = client in (None, "go")
    for request in requests:
        host = request.host
        if host:
            used.append((request.line, host, url_role(request.url)))
        target = re.search(r'(?:Get|Head) "(\S+?)": ', request.error or "")
        other = host_of(target[1]) if target else None
        if other and other != host:
            used.append((request.end_line or request.line, other, "redirect-target"))
    for command in commands:
        for url in _VCS_URL.findall(command.text):
            used.append((command.line, host_of(url) or "", "vcs-host"))
    for line in lines:
        place = _VCS_PLACE.match(line.text) if line.text.startswith("mkdir") else None
        if place:
            used.append((line.number, host_of(place[1]) or "", "vcs-host"))
        curl = _CURL_HOST.match(line.text) if line.text.startswith("*") else None
        if curl:
            used.append((line.number, (curl[1] or curl[2]).lower(), None))
    named: list[tuple[str, str]] = []
    for error in errors:
        facts = error.facts
        if facts.get("host"):
            git = client in ("go", "git") and (error.kind.startswith("git-") or error.text.startswith("ssh: "))
            git = git or error.kind == "git-credentials" or "unable to access" in error.text
            asked = host_of(facts.get("url", "")) or facts["host"]
            # libcurl went to another host than it was asked to: a proxy, or where it was sent
            if asked != facts["host"]:
                used.append(
                    (error.line, facts["host"], "redirect-target" if facts.get("port") in (80, 443) else "http-proxy")
                )
            used.append((error.line, asked, "vcs-host" if git else url_role(facts.get("url", "")) if by_go else None))
        if facts.get("server"):
            named.append((facts["server"], "resolver"))
        if error.kind == "connect-proxy":
            named.extend((facts[k], "http-proxy") for k in ("address", "name") if facts.get(k))
    order: dict[str, None] = {}
    roles: dict[str, str] = {}
    for _, host, role in sorted(used, key=lambda u: u[0]):
        if host:
            order.setdefault(host)
            named.append((host, role or ""))
    for host, role in named:
        if role and (host not in roles or RANK.index(role) < RANK.index(roles[host])):
            roles[host] = role
    return tuple(order), roles


def parse_trace(text: str, client: str | None = None) -> Trace:
    """What the command printed, read; never raises, whatever the text.

    Args:
        text: standard error (or all output) of the command, lines with or without stamps.
        client: the command's name; None to recognise it from its words.

    >>> trace = parse_trace("# get https://proxy.golang.org/a.test/m/@v/v1.0.0.mod\\n")
    >>> trace.client, trace.hosts, len(trace.open_requests), trace.final_error
    ('go', ('proxy.golang.org',), 1, None)
    """
    lines = read_lines(text)
    requests, commands, errors = _requests(lines), _commands(lines), read_errors(lines)
    typed = [command for line in lines if (command := typed_at(line))]
    if client is None:
        client = next((name for name, says in _CLIENTS if any(says.match(line.text) for line in lines)), None)
    if client is None:
        client = next((command.client for command in typed if command.client != "generic"), None)
    hosts, roles = _hosts(requests, commands, lines, errors, client)
    hosts = hosts or tuple(dict.fromkeys(command.host for command in typed if command.host))
    locks = tuple(m[1] for m in (_LOCK.match(line.text) for line in lines) if m)
    downloading = tuple(
        Download(line.text, line.number, line.time_ns, bool(m[1]))
        for line in lines
        if (m := _DOWNLOADING.match(line.text))
    )
    return Trace(lines, client, requests, commands, locks, downloading, errors, hosts, roles, tuple(typed))
