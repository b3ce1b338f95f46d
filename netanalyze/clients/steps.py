"""How far a command got by its own account, and which addresses it tried: ``curl -v``, wget, ``ssh -v``, Go's SIGQUIT dump.

Only what the last connection did counts. curl: lib/connect.c, lib/vtls; wget: src/connect.c, src/http.c; OpenSSH:
sshconnect.c, kex.c; Go: runtime/traceback.go and the names of functions in net, crypto/tls and net/http.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from netanalyze.clients.messages import classify
from netanalyze.clients.trace_lines import TraceLine
from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern
from netanalyze.urls import PORTS

STAGES = {
    "dns": "it looks the name up",
    "dial": "it connects",
    "begun": "it has begun with the next one",
    "connected": "the connection stands",
    "connect": "it asked the proxy for a tunnel",
    "tls": "it sent its ClientHello",
    "tls-answered": "the server answers in the handshake",
    "banner": "it waits for the server's first line",
    "kex": "ssh exchanges keys",
    "kex-reply": "ssh waits for the answer to its key",
    "auth": "ssh shows who it is, and waits for the server's word",
    "password": "ssh asks for a password",
    "signing": "ssh has its agent, a key or a ticket speak",
    "request": "it asked, and waits for the answer",
    "body": "the answer has begun",
    "stalled": "the answer has begun, and stands still",
    "session": "ssh has let it in",
    "over": "the connection is no longer needed",
    "child": "it waits for a program that it started",
    "lock": "it waits for a lock",
    "prompt": "it waits for somebody to answer",
}
"""Where a command may stand, and what that means."""


@dataclass(frozen=True)
class Try:
    """One address that was tried in vain; ``kind`` as in clients/messages.py."""

    address: str
    port: int | None
    kind: str
    line: int


@dataclass
class Steps:
    """How far it got: the stage, whom it spoke to, the line that says so; and the tries that failed on the way."""

    stage: str | None = None
    line: int = 0
    text: str = ""
    host: str | None = None
    address: str | None = None
    port: int | None = None
    progress: str | None = None
    tries: list[Try] = field(default_factory=list)


_ADDR = r"\[?(?P<address>[0-9a-fA-F.:%]{3,60}?)\]?"
_WGET = r"Connecting to (?P<host>[\w.-]{1,253})(?: \([^)]*\))?\|" + _ADDR + r"\|:(?P<port>[0-9]{1,5})\.\.\."
_LINES: tuple[tuple[str | None, re.Pattern[str]], ...] = tuple(
    (stage, lazy_pattern(pattern))
    for stage, pattern in (
        ("dial", r"\*  ?(?:Host (?P<host>[\w.-]{1,253}):(?P<port>[0-9]{1,5}) was resolved)"),
        (None, r"\* connect to " + _ADDR + r" port (?P<port>[0-9]{1,5})(?: from .{1,80})? failed: (?P<why>.+)"),
        (None, r"\* QUIC connect to " + _ADDR + r" port (?P<port>[0-9]{1,5}) failed: (?P<why>.+)"),
        (None, r"\* Immediate connect fail for " + _ADDR + r": (?P<why>.+)"),
        ("dial", r"Trying " + _ADDR + r"\.\.\.$"),  # telnet
        ("connected", r"Connected to (?P<host>[\w.-]{1,253})\.$"),
        ("dial", r"\*   ?Trying " + _ADDR + r"(?:: ?(?P<port>[0-9]{1,5}))?\.\.\."),
        ("connected", r"\* Connected to (?P<host>[\w.-]{1,253}) \(" + _ADDR + r"\) port (?P<port>[0-9]{1,5})"),
        (
            "connected",
            r"\* Established connection to (?P<host>[\w.-]{1,253}) \(" + _ADDR + r" port (?P<port>[0-9]{1,5})",
        ),
        ("connect", r"(?:\* Establish HTTP proxy tunnel to|> CONNECT) (?P<host>[\w.-]{1,253}):"),
        ("connect", r"\* CONNECT tunnel: HTTP"),
        ("tls", r"\* (?:TLS\S* \(OUT\), TLS handshake, Client hello|schannel: sending initial handshake)"),
        ("tls", r"\* found [0-9]+ certificates in "),
        # openssl s_client
        ("tls", r"CONNECTED\([0-9A-Fa-f]{8}\)$"),
        ("tls-answered", r"depth=[0-9]"),
        ("connected", r"---$"),
        ("tls-answered", r"\* (?:TLS\S* \(IN\), TLS handshake|schannel: (?:received|decrypted))"),
        ("connected", r"\* (?:SSL connection using|schannel: SSL/TLS handshake complete)"),
        ("request", r"> (?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) "),
        ("request", r"\* (?:Request completely sent off|We are completely uploaded)"),
        ("body", r"< HTTP/"),
        (None, _WGET + r" failed: (?P<why>.+)"),
        ("connected", _WGET + r" connected"),
        ("dial", _WGET + r" ?$"),
        ("dns", r"Resolving (?P<host>[\w.-]{1,253}) \(\S*\)\.\.\. ?$"),
        ("request", r"HTTP request sent, awaiting response\.\.\. *$"),
        ("body", r"HTTP request sent, awaiting response\.\.\. [123]"),
        ("dial", r"debug1: Connecting to (?P<host>[\w.-]{1,253}) (?:\[" + _ADDR + r"\] )?port (?P<port>[0-9]{1,5})"),
        (None, r"debug1: connect to address " + _ADDR + r" port (?P<port>[0-9]{1,5}): (?P<why>.+)"),
        ("banner", r"debug1: Connection established\."),
        ("kex", r"debug1: Authenticating to (?P<host>[\w.-]{1,253}):(?P<port>[0-9]{1,5}) as "),
        ("kex", r"debug1: (?:Remote protocol version|SSH2_MSG_KEXINIT sent)"),
        ("kex-reply", r"debug1: expecting SSH2_MSG_KEX\w*_REPLY"),
        (
            "auth",
            r"debug1: (?:SSH2_MSG_NEWKEYS received|SSH2_MSG_SERVICE_ACCEPT|Authentications that can continue|Offering )",
        ),
        ("password", r"debug1: Next authentication method: (?:password|keyboard-interactive)"),
        # sshconnect2.c: what comes next is said by the agent, by who touches a key or by Kerberos, and not by the server
        ("signing", r"debug1: (?:Server accepts key|get_agent_identities|Next authentication method: gssapi)"),
        ("session", r"debug1: (?:Authentication succeeded|Entering interactive)"),
        # pip (network/download.py) prints it when the answer's head is there; the index is asked after the other
        ("begun", r"Collecting \S"),
        # FTP's 227 (RFC 959 section 4.1.2): where the data connection goes, in six decimal numbers
        ("dial", r"227 [^(\n]{0,60}\((?P<passive>[0-9]{1,3}(?:,[0-9]{1,3}){5})\)"),
        ("body", r" {2,8}Downloading \S{1,1000} \([0-9.]{1,9} [kKMG]i?B\)"),
        # the action that restores a cache, which tells every second; wget and rustup give no rate where nothing comes
        ("body", r"Received (?P<progress>[0-9]{1,18} of [0-9]{1,18}) \("),
        (
            "stalled",
            # scp and sftp (progressmeter.c); curl's meter, its last column the rate of the last seconds (src/tool_progress.c)
            r".{0,200}% +[0-9.]{1,9}[KMGT]?B? .{0,20}B/s +- stalled -"
            r"| *[0-9]{1,2} +[0-9.]{1,9}[kMGT]? +[0-9]{1,2} +[1-9][0-9.]{0,8}[kMGT]? +0 +0 +[0-9.]{1,9}[kMGT]? +0"
            r"(?: +\S{7,}){3} +0$"
            r"|.{0,100}\] +[0-9.]{1,9}[KMG] +--\.-KB/s(?! +in )|.{0,60}% ?\) +0 B/s in [0-9]{1,6}s ETA: Unknown",
        ),
        (
            "body",
            r" *[0-9]{1,3} +[0-9.]{1,9}[kMGT]? +[0-9]{1,3} +[1-9][0-9.]{0,8}[kMGT]?(?: +[0-9.]{1,9}[kMGT]?){4}"
            r"(?: +\S{7,}){3} +\S+$",
        ),
        # apt's last line, which it writes anew (apt-pkg/acquire-worker.cc, methods/connect.cc, methods/basehttp.cc)
        ("dial", r"[0-9]{1,3}% \[.{0,200}\[?Connecting to (?P<host>[\w.-]{1,253})(?: \(" + _ADDR + r"\))?"),
        ("request", r"[0-9]{1,3}% \[(?:.{0,200}\[)?Waiting for headers"),
        # a Python stack: where it stood when its time ran out (http.client, socket, ssl)
        ("dns", r"  File \".{1,300}\", line [0-9]+, in getaddrinfo$"),
        ("dial", r"  File \".{1,300}\", line [0-9]+, in create_connection$"),
        ("connect", r"  File \".{1,300}\", line [0-9]+, in _tunnel$"),
        ("tls", r"  File \".{1,300}\", line [0-9]+, in do_handshake$"),
        ("request", r"  File \".{1,300}\", line [0-9]+, in begin$"),
        ("over", r"\* Connection #[0-9]+ to host \S+ left intact"),
    )
)
_BEGIN = "*><dCRHT- 0123456789"
"""How lines that tell of a step begin, but for bars of progress."""
_STACKS = (
    ("dns", lazy_pattern(r"^net\.\(\*Resolver\)\.(?:goLookup|lookup|exchange|tryOneName)", re.M)),
    ("dns", lazy_pattern(r"^net\.(?:cgoLookup|_C_getaddrinfo)", re.M)),
    ("dial", lazy_pattern(r"^net\.\(\*(?:netFD\)\.connect|sysDialer\)\.dial(?:Single|TCP))", re.M)),
    ("tls", lazy_pattern(r"^crypto/tls\.\(\*Conn\)\.(?:clientHandshake|readHandshake)", re.M)),
    ("body", lazy_pattern(r"^net/http\.(?:\(\*body(?:EOFSignal)?\)\.Read|\w*transportResponseBody\.Read)", re.M)),
    ("request", lazy_pattern(r"^net/http\.\(\*(?:persistConn|\w*ClientConn)\)\.[rR]oundTrip", re.M)),
    ("lock", lazy_pattern(r"/lockedfile|/filelock\.", re.M)),
    ("child", lazy_pattern(r"^os/exec\.\(\*Cmd\)\.(?:Wait|Run)|^os\.\(\*Process\)\.(?:Wait|blockUntilWaitable)", re.M)),
)
_PROMPT = lazy_pattern(
    r"(?:Username|Password|Enter passphrase) for .{1,300}: *$|.{1,200}'s password: *$"
    r"|Are you sure you want to continue connecting |Confirm user presence for key "
)
"""How git and ssh ask (gitcredentials(7), ssh(1))."""
_DUMP = lazy_pattern(r"^goroutine [0-9]+ (?:gp=\S+ )?(?:m=\S+ )?(?:mp=\S+ )?\[[^\]\n]{1,80}\]:", re.M)


def steps(lines: Iterable[TraceLine]) -> Steps:
    """How far the command got, read from all its lines.

    >>> from netanalyze.clients.trace_lines import read_lines
    >>> found = steps(read_lines("*   Trying 192.0.2.1:443...\\n* Connected to a.test (192.0.2.1) port 443\\n"))
    >>> found.stage, found.host, found.port
    ('connected', 'a.test', 443)
    """
    lines = list(lines)
    found = Steps()
    for line in lines:
        if line.text[:1] in _BEGIN or "%" in line.text[:120]:
            for stage, pattern in _LINES:
                match = pattern.match(line.text)
                if match:
                    _take(found, stage, match.groupdict(), line)
                    break
    last = next((line for line in reversed(lines) if line.text.strip()), None)
    if last is not None and _PROMPT.match(last.text):
        found.stage, found.line, found.text = "prompt", last.number, last.text
    text = "\n".join(line.text for line in lines)
    if _DUMP.search(text):
        for stage, pattern in _STACKS:
            if match := pattern.search(text):
                number = text.count("\n", 0, match.start())
                found.stage, found.line, found.text = stage, lines[number].number, lines[number].text
                break
    return found


def _kind(line: str, why: str) -> str:
    return "quic-timeout" if line.startswith("* QUIC") and "ime" in why else classify(why.rstrip("."))[0]


def _take(steps: Steps, stage: str | None, facts: Mapping[str, Any], line: TraceLine) -> None:
    port = integer(facts["port"], PORTS) if facts.get("port") else None
    if facts.get("passive"):
        *octets, high, low = facts["passive"].split(",")
        facts, port = {"address": ".".join(octets)}, (integer(high) or 0) * 256 + (integer(low) or 0)
    if facts.get("host"):
        steps.host = facts["host"].lower()
    if stage is None:
        steps.tries.append(Try(facts["address"], port or steps.port, _kind(line.text, facts["why"]), line.number))
        return
    if facts.get("progress") and facts["progress"] == steps.progress:
        stage = "stalled"
    steps.progress = facts.get("progress")
    steps.stage, steps.line, steps.text = stage, line.number, line.text
    steps.address, steps.port = facts.get("address") or steps.address, port or steps.port
