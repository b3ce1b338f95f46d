"""What rules say alike of a server that owes an answer, or the rest of one: the way to it, the proof that it is there."""

from netanalyze.clients.client import Client
from netanalyze.conversations.greetings import server_begins
from netanalyze.findings import Alternative, Check
from netanalyze.flows.application import application
from netanalyze.flows.black_hole import FULL, size_check
from netanalyze.flows.flow import Flow, Gap
from netanalyze.flows.within import kept_frame
from netanalyze.paste import command
from netanalyze.tracking.records import HEADER_LENGTH


def way(flow: Flow, proved: bool) -> dict[str, str]:
    """What is known of the way to who owes, as a finding's attributes: ``path`` is alive where keep-alives or later octets
    ``proved`` it, and ``acknowledged_by`` a proxy where TCP ends at one."""
    return ({"path": "alive"} if proved else {}) | ({"acknowledged_by": "proxy"} if flow.tunnelled else {})


def heard_since(gap: Gap) -> bool:
    """Whether a keep-alive shows that the far side was there during a wait: one that it answered, or sent."""
    return gap.answers_0 > 0 or gap.keep_alives_1 > 0


def unproved(proved: bool) -> tuple[str, ...]:
    """What speaks against the server's guilt as long as nothing has ``proved`` that it is there."""
    if proved:
        return ()
    return (
        "no keep-alive has proved yet that the server is still there (few clients send one before 30 s, and many never)",
    )


def dead_path(flow: Flow, proved: bool) -> tuple[Alternative, ...]:
    """What else it may be as long as no keep-alive has shown that the far side is there."""
    if proved:
        return ()
    why = "until the first keep-alive a dead path looks the same"
    return (Alternative("tcp/path-death", why, command("ping -c3 {address}", address=flow.server.address)),)


def lost_on_the_way(flow: Flow) -> tuple[Alternative, ...]:
    """The answer may have been sent and be too large for the way back, where no segment of full size ever came on it."""
    if flow.tunnelled or flow.server.largest >= FULL:
        return ()
    why = "an answer in segments of full size may be lost on its way back: none came here yet"
    return (Alternative("tcp/mtu-black-hole", why, size_check(flow, "down")),)


def greeting_came(flow: Flow) -> tuple[int, int, str] | None:
    """When and in which frame a server that speaks first began to, and its protocol, where nothing was said before it but the
    line that SSH's client says unasked; None where it spoke when it was spoken to."""
    talk = flow.conversation
    if talk is None or not flow.established or not flow.seen_from_start:
        return None
    frame, asked = talk.opening_frame[1], talk.opening_frame[0]
    protocol = server_begins(flow.opening(1))
    if protocol is None or (0 < asked < frame and not flow.speaks_ssh):
        return None
    came = kept_frame(flow.packets, frame)
    return None if came is None else (came.time_ns, frame, protocol)


def greeting_owed(flow: Flow, end_ns: int) -> tuple[int, int, int] | None:
    """Since when and until when SSH's client, which has said its line, waits for the server's (RFC 4253 section 4.2: both MUST
    send one), and the frame in which it closes, 0 none; None where nothing is owed, or the server closed in its face."""
    ended = flow.ended()
    if not flow.established or flow.server.sent_data or flow.client.unacked:
        return None
    if not flow.speaks_ssh or (ended is not None and ended[:2] != ("fin", 0)):
        return None
    return flow.client.last_data_ns, *((end_ns, 0) if ended is None else ended[2:])


def which_is_open(client: Client) -> Check:
    """What tells which of several requests has no whole response yet."""
    if client.name == "go":
        return Check(command=f"GODEBUG=http2debug=1 {client.again}")
    if client.name == "git":
        return Check(command="GIT_CURL_VERBOSE=1 git fetch")
    return Check("the server's log tells which requests it answered")


def local_wait(client: Client) -> Alternative:
    """What else it may be where nothing may be owed: the command waits for something on its own machine."""
    why = "the command may wait for something that is not the network"
    if client.name != "go":
        return Alternative("local/busy", why, Check(command="ps -ef --forest"))
    return Alternative(
        "local/cache-lock-held", why, Check(command="ls -l /proc/$(pgrep -n go)/fd; cat /proc/$(pgrep -n go)/wchan")
    )


def acknowledged(flow: Flow, gap: Gap, asked: int) -> tuple[tuple[int, str], ...]:
    """Which frame acknowledges the request in frame ``asked`` whole, as far as one can tell, and the last that moved
    anything on."""
    read = application(flow) if flow.tls is not None else None
    record = next((r for r in read.requests if r.frame_number == asked), None) if read is not None else None
    end = gap.sent_0 if record is None else record.stream_offset + HEADER_LENGTH + record.length
    whole = flow.acknowledged_in(end, asked, gap.last_frame)
    if whole == gap.last_frame:
        return ((whole, "acknowledged; then nothing"),)
    by_then = "the last progress" if gap.unacked_0 else "everything the client sent is acknowledged; then nothing"
    return (whole, "the request is acknowledged"), (gap.last_frame if gap.last_frame != asked else 0, by_then)
