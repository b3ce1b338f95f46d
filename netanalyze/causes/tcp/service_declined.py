"""The server takes the connection, and says that it will not serve.

What it finds
    A protocol in clear whose server's first words are a refusal: SMTP and FTP
    (421, 554), NNTP (400, 502), POP3 (-ERR), IMAP (* BYE), SSH (a line in the
    place of its identification, and a close), MySQL (an error in the place of the
    greeting), PostgreSQL (a FATAL error upon the first message), Redis (too many
    clients, protected mode), VNC (no security type, and why), rsync (@ERROR, and a
    close), vsftpd (500 OOPS, and a close).

Why a program hangs
    It ends, with the server's words or without them ("Connection closed by remote
    host", "Lost connection at reading initial communication packet"). What tries
    again is told the same.

What to do
    Read the words. Too many connections: close some, or wait; the operator raises
    the limit (sshd MaxStartups, MySQL max_connections, Redis maxclients). Blocked:
    the operator has this address on a list.
        nc HOST PORT          # what it says, by itself

Look-alikes
    tcp/early-close: it closes without a word. tcp/refused: RST to the SYN.
    http/error-status: the same in HTTP. tls/not-tls: an answer in clear to TLS.

Known false alarms
    None known: where the next try is served, as with a mail server's second
    exchanger, PostgreSQL without encryption or SSH at the host's other port, nothing
    is said.

References
    RFC 5321 section 3.1; RFC 959 section 5.4; RFC 1939 section 3; RFC 9051 section
    7.1.5; RFC 3977 section 5.1.1; RFC 4253 section 4.2; sshd_config(5),
    MaxStartups, PerSourcePenalties; MySQL 8.4 manual, errors 1040 and 1129;
    PostgreSQL 17, section 53.7; Redis, maxclients; RFC 6143 section 7.1.2; rsyncd.conf(5),
    max connections.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import ANOTHER_SOURCE, PORT_CHECK, RUN_AGAIN, VAIN
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.conversations.greetings import IDENTIFICATION
from netanalyze.findings import Finding, frames
from netanalyze.flows.endings import words_of_refusal
from netanalyze.flows.flow import Flow
from netanalyze.flows.rows import of_flows, plain_flows
from netanalyze.flows.screen import odd
from netanalyze.flows.smooth.screen import HTTPS_PORT
from netanalyze.wording import message

CAUSE = Cause(
    "tcp/service-declined",
    meaning="The server took the connection and said in clear that it will not serve.",
    headline="{place} declines to serve: {says}",
    answered=True,
    fits=("service-declined", "eof", "unexpected-eof", "reset"),
)

SAID_SO = Proved(
    0.88, "the server's words are a refusal", Basis.FRAMES,
    "they are its own; whether the command could have done without it, they do not say",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """A server says that it will not serve, and no later connection to such a port, or of SSH to that host, was served."""
    told: list[tuple[Flow, str]] = []
    served: dict[tuple[bytes | int, str | None], int] = {}
    for flow in odd(case.flows):
        if not flow.seen_from_start or not flow.server.sent_data:
            continue
        words = words_of_refusal(flow) if flow.opening_is_all(1) else None  # else it went on to say more than was read
        if words is not None:
            told.append((flow, words))
        else:
            for service in _services(flow):
                served[service] = max(served.get(service, 0), flow.first_frame)
    if len(plain := plain_flows(case.flows)):
        https = (HTTPS_PORT, None)
        served[https] = max(served.get(https, 0), int(of_flows(plain, "first_frame").max()))
    for flow, words in told:
        if any(served.get(service, 0) > flow.first_frame for service in _services(flow)):
            continue
        yield CAUSE.finding(
            case.far_host(flow),
            (flow.established_ns if flow.established_frame else flow.first_ns, flow.server.first_data_ns),
            message("{host} says: {words}", host=flow.destination, words=words),
            frames((flow.server.first_data_frame, message("{host} says: {words}", host=flow.destination, words=words))),
            confidence(SAID_SO),
            flow,
            fatal=True,
            attributes={"says": words},
        )


def _services(flow: Flow) -> list[tuple[bytes | int, str | None]]:
    """What is served: SSH at any port of a host, for clients of it go on to another where one is closed to them; else the
    port's, of whichever host."""
    if not flow.speaks_ssh:
        return [(flow.server.port, None)]
    return [(IDENTIFICATION, host) for host in (flow.server.address, *flow.names)]


ADVICE = Page(
    where=offers("server: it is there, takes the connection, and declines to serve"),
    fix=offers(
        "Too many connections? Close some, or wait, and try again",
        "Blocked? Ask its operator: this address may be on a list",
        "The operator: raise the limit that the words name",
        RUN_AGAIN,
        ANOTHER_SOURCE,
    ),
    verify=commands(Offer("", "nc -v {host} {port}"), *PORT_CHECK),
    no_use=VAIN,
)
