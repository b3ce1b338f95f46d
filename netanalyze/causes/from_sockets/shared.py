"""What every judgement of a socket needs: how long is long, whose the far end is, how a socket is cited."""

from netanalyze.causes.case import Case
from netanalyze.causes.confidence import Basis, Missing
from netanalyze.findings import Check, Culprit, Evidence, Threshold
from netanalyze.sockets import SocketHistory
from netanalyze.units import NEVER_NS
from netanalyze.urls import split
from netanalyze.wording import Text, message

PATIENCE = Threshold(
    2.5, "s", source="as in causes/tcp/syn_unanswered.py and causes/tls/server_hello_missing.py",
    why="a repeat went unanswered too, and no server that works computes so long before its first octet",
)  # fmt: skip
ONLY_SOCKETS = Missing(
    "the packets: only sockets were seen", Basis.LAB,
    "a kernel counts octets and segments, and not what was in them (as after a diagnostic that warns)", share=0.8,
)  # fmt: skip
RESOLVER_PORT = 53
WITH_THE_RIGHT = Check("run it again under netanalyze live, with the right to capture")
FROM_ITS_BEGINNING = Check("run it under netanalyze live from its beginning")
COUNTED = "{shows}: {sent} octets sent, {acked} acknowledged, {received} received"
COUNTED_AGAIN = COUNTED + ", repeated {times} times"
ENDS = "{near} to {far}"
OF_A_PROCESS = ENDS + ", process {pid}"


def may_capture(case: Case) -> bool:
    """Whether packets were captured beside the sockets, or might have been: the right to was there."""
    return case.environment.get("backend", "sockets") != "sockets"


def to_see_more(case: Case) -> Check:
    """What would show the packets that are missing: the right to capture, or to be there from the beginning."""
    return FROM_ITS_BEGINNING if may_capture(case) else WITH_THE_RIGHT


def host_of(case: Case) -> str | None:
    """The host the command was waiting for, if what it printed names exactly one."""
    if case.trace is None:
        return None
    error = case.trace.final_error
    hosts = {r.host for r in case.trace.open_requests if r.host}
    if not hosts and error is not None and error.facts.get("host"):
        hosts = {error.facts["host"]}
    if not hosts and len(case.trace.hosts) == 1:
        hosts = set(case.trace.hosts)
    return next(iter(hosts)) if len(hosts) == 1 else None


def _proxy_ports(case: Case) -> set[int]:
    """The ports of the proxies that the run's environment names."""
    named = case.environment.get("proxies")
    ports = set()
    for name, value in named.items() if isinstance(named, dict) else ():
        url = split(str(value)) if str(name).lower() != "no_proxy" else None
        if url is not None and url.port:
            ports.add(url.port)
    return ports


def server_of(case: Case, history: SocketHistory) -> Culprit:
    """The far end of a socket: a proxy where its port is one's, else the host that the command's words name."""
    if history.remote_port in _proxy_ports(case) or case.role(None, history.remote_port) == "http-proxy":
        return Culprit("http-proxy", None, history.remote, history.remote_port)
    host = host_of(case)
    return Culprit(case.role(host or history.remote, history.remote_port), host, history.remote, history.remote_port)


def path_of(case: Case, history: SocketHistory) -> Culprit:
    """The path to the far end of a socket."""
    return Culprit("path", host_of(case), history.remote, history.remote_port)


def within(case: Case, ns: int) -> int:
    """A moment no earlier than the run's beginning."""
    return ns if case.start_ns == NEVER_NS else max(ns, case.start_ns)


def cite(history: SocketHistory, shows: Text) -> tuple[Evidence, ...]:
    """A socket as proof: its ends and process, and what it had counted while it waited, its SYN aside."""
    last = history.waiting
    figures = message(
        COUNTED_AGAIN if last.retransmits else COUNTED,
        shows=shows, sent=last.sent, acked=max(last.acked - 1, 0), received=last.received, times=last.retransmits,
    )  # fmt: skip
    return (Evidence(ends_of(history, history.pid), figures, "socket"),)


def ends_of(history: SocketHistory, pid: int = 0) -> Text:
    """How a socket is cited: its near and its far end, and whose it is where that is asked for and known."""
    near, far = history.ends
    return message(OF_A_PROCESS if pid else ENDS, near=near, far=far, pid=pid)
