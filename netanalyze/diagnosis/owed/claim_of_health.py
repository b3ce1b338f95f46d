"""What speaks against "nothing is wrong": moves that were owed and never came, of which no finding tells.

HEALTHY is a claim. It is made only where every dial, lookup, handshake and datagram that wanted an answer came to its end,
and where nobody repeated itself into the void; docs/verdicts.md has the conditions. Whatever is left open is told with the
frames that show it.
"""

from collections.abc import Iterator, Sequence

from netanalyze.causes.case import AT_END, LONG_GONE_NS, Case
from netanalyze.conversations.greetings import IDENTIFICATION, MYSQL, server_begins
from netanalyze.diagnosis.grounds import LEFT_OPEN, unexplained
from netanalyze.diagnosis.outcome import worth_saying
from netanalyze.diagnosis.owed.announced import announced
from netanalyze.diagnosis.owed.holes import hole_left
from netanalyze.diagnosis.owed.open_moves import HANGING, Open
from netanalyze.diagnosis.owed.pings import unanswered_pings
from netanalyze.diagnosis.owed.unfinished import ONE_WAY, unfinished
from netanalyze.findings import Finding, Frames, Threshold
from netanalyze.flows.answering import DHCPV6, asks_anybody, protocol_that_answers
from netanalyze.flows.dialing import Dial, outcome
from netanalyze.flows.endings import greeted_otherwise
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.flows.hello import handshake_begun_only
from netanalyze.flows.next_move import SERVER_SPEAKS_FIRST
from netanalyze.flows.rows import plain_flows, servers
from netanalyze.flows.screen import odd, plain
from netanalyze.flows.turns import asks_alike, speaks_on
from netanalyze.result import Verdict
from netanalyze.tracking.addresses import is_group
from netanalyze.tracking.marks import RETRANSMISSION
from netanalyze.tracking.records import DNS_PORT, READ_MOST
from netanalyze.units import NEVER_NS, duration, seconds
from netanalyze.urls import authority
from netanalyze.wire.message import mysql, postgres
from netanalyze.wording import message

MOMENT = Threshold(
    1, "s", source="RFC 6298 section 2.1: who has no better estimate repeats after 1 s; Nielsen 1993, section 5.5: it is noticed",
    why="what is unanswered for less may still be answered",
)  # fmt: skip
REPEATS = Threshold(
    3, "repeats", source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: three repeats in vain are 1.4 s or more",
    why="one or two may be lost by chance, or be the last of a capture",
)  # fmt: skip


def left_open(case: Case, findings: Sequence[Finding]) -> list[Open]:
    """What is open and in no finding, the longest first."""
    told = {flow for f in findings for flow in (f.flow_id, *f.also_flows) if flow is not None}
    found = [*_dials(case, told), *_lookups(case, findings), *_datagrams(case, told), *announced(case, told)]
    found += unanswered_pings(case)
    for flow in odd(case.flows):
        if flow.is_tcp and flow.id not in told and flow.established:
            ways = (
                _repeats_in_vain(case, flow), _greeted_otherwise(flow), _unanswered_words(case, flow),
                _not_identified(case, flow), hole_left(case, flow), unfinished(case, flow),
            )  # fmt: skip
            found += [one for one in ways if one is not None]
    kept = [one for one in found if one.refused or (one.ns > MOMENT.ns and worth_saying(case, one.ns))]
    return sorted(kept, key=lambda one: -one.ns)


def unproved(case: Case, findings: Sequence[Finding], ended_well: bool) -> Verdict | None:
    """The verdict where something speaks against health and nothing accounts for it; None where nothing does.

    Args:
        ended_well: the command is known to have succeeded: then what was open cost time at the most.
    """
    found = left_open(case, findings)
    if found:
        worst = next((one for one in found if one.refused), found[0])
        waits = worst.at_end and worst.ns >= HANGING.ns
        status = "degraded" if ended_well else "failed" if worst.refused else "hung" if waits else "degraded"
        return unexplained(
            status,
            message("Unexplained: {what}.", what=worst.said),
            LEFT_OPEN,
            seconds=seconds(worst.ns),
            proof=tuple((Frames(frame), shows) for frame, shows in worst.proof),
        )
    cut = None if ended_well else cut_in_the_midst(case)
    if cut is None:
        return None
    return unexplained(
        "unusable",
        message(
            "The capture ends while the connection to {host} is being opened: too soon to tell.",
            host=cut.destination,
        ),
        LEFT_OPEN,
        proof=((Frames(cut.last_frame), "the last frame of it"),),
    )


def cut_in_the_midst(case: Case) -> Flow | None:
    """A flow in the midst of whose opening the capture ends, where nothing in it got any further; None on any other."""
    begun = [f for f in odd(case.flows) if f.ended() is None and f.seen_from_start and handshake_begun_only(f)]
    if (
        not begun
        or len(plain_flows(case.flows))
        or any(f.server.sent_data and not handshake_begun_only(f) for f in odd(case.flows))
    ):
        return None
    return begun[-1]


def _lasted(case: Case, ns: int) -> bool:
    return ns >= case.end_ns - AT_END.ns


def _dials(case: Case, reported: set[int]) -> Iterator[Open]:
    """Dials that nobody answered, of which no finding tells, to hosts that were not reached at another time."""
    in_vain = [dial for dial in odd(case.dials) if dial.connected is None and _in_vain(dial, reported)]
    reached = _reached(case) if in_vain else set()
    for dial in in_vain:
        first = dial.attempts[0]
        if {dial.host, first.server.address} & reached:
            continue
        tried_ns = max(f.client.syn_last_ns for f in dial.attempts)
        # of traffic of many programs, what another one does next is no sign that this one gave up
        to_the_end = case.client.name == "generic" and case.end_ns - tried_ns <= LONG_GONE_NS
        end = case.end_ns if to_the_end else case.given_up_ns(dial, tried_ns)
        yield Open(
            message("no SYN to {host} was answered for {time}", host=dial.host or first.server.address,
                    time=duration(end - dial.start_ns)),
            dial.start_ns, end, ((first.first_frame, message("SYN to {address}, never answered", address=_place(first))),),
            at_end=_lasted(case, end),
        )  # fmt: skip


def _reached(case: Case) -> set[str]:
    """The hosts, and the addresses of servers, that were reached."""
    hosts = {d.host for d in case.dials if d.host and d.connected}
    return (
        hosts
        | servers(plain_flows(case.flows))
        | {f.server.address for f in odd(case.flows) if outcome(f) == "connected"}
    )


def _in_vain(dial: Dial, reported: set[int]) -> bool:
    """Whether an attempt got no answer, and none is told of otherwise."""
    return any(outcome(f) in ("silent", "aborted") for f in dial.attempts) and not any(
        f.id in reported for f in dial.attempts
    )


def _place(flow: Flow) -> str:
    return authority(flow.server.address, flow.server.port)


def _lookups(case: Case, findings: Sequence[Finding]) -> Iterator[Open]:
    """Lookups that one host's resolver never answered, and of which no finding tells."""
    told = {f.quantities.get("name") for f in findings if f.cause.startswith("dns/")}
    answered = {one.name for one in odd(case.lookups) if one.answered} | set(plain(case.lookups).name.there())
    for one in odd(case.lookups):
        asked = [t for t in one.transactions if not is_group(t.resolver)]
        if one.answered or one.decided_by or one.name in told | answered or not asked:
            continue
        yield Open(
            message("the lookup of {name} was not answered for {time}", name=one.name,
                    time=duration(one.end_ns - one.start_ns)),
            one.start_ns, one.end_ns, ((asked[0].query_frame, message("{name}? asked of {resolver}", name=one.name,
                                                                      resolver=asked[0].resolver)),),
            at_end=_lasted(case, one.end_ns),
        )  # fmt: skip


def _datagrams(case: Case, reported: set[int]) -> Iterator[Open]:
    """Datagrams of protocols in which each is owed an answer, to one host, that never had one."""
    judged = case.everything if case.processes is None and case.client.name == "generic" else case.flows
    mine = [f for f in odd(judged) if not f.is_tcp]
    answered = {(f.server.address, f.server.port) for f in mine if f.server.packets}
    answered |= {(address, DNS_PORT) for address in servers(plain_flows(judged))}
    called = {(f.client.address, f.server.address, f.server.port) for f in mine}
    asked = _asked_of_anybody(case, mine)
    # who asks several servers of a kind, as clients of NTP and ICE do, does not hang for one of them
    served = {(f.client.address, protocol_that_answers(f)) for f in mine if f.server.packets}
    for flow in mine:
        protocol = protocol_that_answers(flow)
        if protocol is None or flow.id in reported or flow.server.packets or flow.icmp:
            continue
        if is_group(flow.server.address) and flow.id not in asked:
            continue
        if (flow.server.address, flow.client.address, flow.client.port) in called:
            continue  # it answers from another port
        if (flow.server.address, flow.server.port) in answered or case.end_ns - flow.last_ns > LONG_GONE_NS:
            continue
        words = {"protocol": protocol, "time": duration(case.end_ns - flow.first_ns)}
        yield Open(
            message("no server answered {protocol} for {time}", **words) if flow.id in asked
            else message("{host} answered no {protocol} for {time}", host=flow.destination, **words),
            flow.first_ns, case.end_ns,
            ((flow.first_frame, message("{protocol} to {host}, never answered", protocol=protocol,
                                        host=flow.server.address)),),
            at_end=_lasted(case, flow.last_ns + _until_asked_again(flow)) and (flow.client.address, protocol) not in served,
        )  # fmt: skip


def _until_asked_again(flow: Flow) -> int:
    """For how long a client that sent something again and again may be silent and still mean to go on, ns: twice what lay
    between its tries as a rule, as back-offs double it (RFC 8085 section 3.1.1)."""
    tries = flow.client.packets - 1
    return 2 * (flow.last_ns - flow.first_ns) // tries if tries > 0 else 0


def _asked_of_anybody(case: Case, datagrams: Sequence[Flow]) -> set[int]:
    """The flows by which somebody asks whoever is there (DHCP), where none of these ever answered, no client took an offer, and
    nobody spoke to one host alone: what is said to others alone a switch keeps from this capture, their answers among it."""
    asking = {f.id for f in datagrams if asks_anybody(f)}
    offered = case.neighbours is not None and case.neighbours.offered
    if (
        not asking
        or offered
        or any(f.server.packets for f in datagrams if f.id in asking)
        or len(plain_flows(case.everything))
    ):
        return set()
    others = [f for f in odd(case.everything) if f.id not in asking]
    if any(protocol_that_answers(f) == DHCPV6 for f in datagrams if f.id in asking):
        if others or case.lookups or (case.neighbours is not None and case.neighbours.no_dhcpv6):
            return set()
    return asking if all(is_group(f.server.address) for f in odd(case.everything)) else set()


def _repeats_in_vain(case: Case, flow: Flow) -> Open | None:
    """Octets that one side repeated, and the other never acknowledged, to the end of what the flow did."""
    for direction, half in enumerate(flow.halves):
        other = flow.halves[1 - direction]
        if not half.sent_data or not other.packets or half.all_acked:
            continue
        again = [
            p for p in flow.data_packets[direction] if p.marks & RETRANSMISSION and p.frame_number > other.last_frame
        ]  # fmt: skip
        if len(again) < REPEATS.value:
            continue
        host = flow.destination
        shows = message("repeat number {count}, and no acknowledgment", count=len(again))
        said = (
            message("what {host} sent was repeated {count} times and never acknowledged", host=host, count=len(again))
            if direction
            else message(
                "what was sent to {host} was repeated {count} times and never acknowledged", host=host, count=len(again)
            )
        )
        return Open(
            said, max(other.last_ns, flow.first_ns), max(again[-1].time_ns, other.last_ns),
            ((again[0].frame_number, "the first repeat"), (again[-1].frame_number, shows)),
            at_end=_lasted(case, again[-1].time_ns),
        )  # fmt: skip
    return None


def _unanswered_words(case: Case, flow: Flow) -> Open | None:
    """What a client said last in a protocol that is none of those read here: acknowledged, and not answered until the client
    itself closed, HANGING or longer; or no word of the server's at all, to the end. A farewell is followed by a close at once."""
    client, server = flow.client, flow.server
    spoke = client.sent_data
    in_vain = _asked_in_vain(flow)
    asked = in_vain.frame_number if in_vain is not None else client.last_data_frame
    since = flow.established_ns if not spoke else in_vain.time_ns if in_vain is not None else client.last_data_ns
    owed = client.all_acked if spoke else server.port in SERVER_SPEAKS_FIRST
    read = flow.tls is not None or (flow.http is not None and not flow.http.is_other)
    if read or not owed or not flow.seen_from_start or server.port in ONE_WAY:
        return None
    if flow.lacks_last_word(1) or _in_the_midst_of_speaking(flow):
        return None  # there was an answer, though the capture lacks it; or none is owed yet
    over = flow.ended()
    gave_up, mute = over is not None and over[1] == 0, not server.sent_data
    waits = over is None and (mute or _answers_each_line(flow) or _answers_each_message(flow) or _answered_so_far(flow))
    if since == NEVER_NS or not (mute or server.last_data_frame < asked) or not (gave_up or waits):
        return None
    end = over[2] if over is not None else case.end_ns
    telling = since - flow.established_ns if mute and flow.established_ns != NEVER_NS else 0
    if end - since < max(HANGING.ns, telling) or end - flow.last_ns > LONG_GONE_NS:
        return None
    if gave_up and not mute and in_vain is None and speaks_on(flow):
        return None  # it had told things before, too, that nobody answered
    words = {"host": flow.destination, "time": duration(end - since)}
    said = (
        message("{host} took the connection, and said no word for {time}", **words)
        if mute
        else message("{host} did not answer what was sent last for {time}", **words)
        if waits
        else message("{host} did not answer what was sent last for {time}, and the client gave up", **words)
    )
    shows = (
        (client.last_data_frame, "the last that the client sent") if spoke else (flow.established_frame, "connected")
    )
    closes = ((over[3], "the client closes, without an answer"),) if over is not None else ()
    return Open(said, since, end, (shows, *closes), at_end=_lasted(case, end))


def _answers_each_line(flow: Flow) -> bool:
    """Whether a server greeted as those do that answer whatever they are told: FTP's transfers are told of otherwise."""
    talk = flow.conversation
    return talk is not None and talk.lines is not None and not (talk.ftp is not None and talk.ftp.transfers)


def _answers_each_message(flow: Flow) -> bool:
    """Whether a database's client said one thing since its server spoke, which servers of PostgreSQL and MySQL answer; of several
    the last ones may be rows that are copied, or receipts of a replica."""
    talk, later = flow.conversation, [p for p in flow.data_packets[0] if p.frame_number > flow.server.last_data_frame]
    if talk is None or len(later) != 1 or talk.last[0] != later[0].offset:
        return False
    _, begins, ends = talk.last
    if postgres.starts(flow.opening(0)):
        return postgres.awaits(begins, ends)
    return server_begins(flow.opening(1)) == MYSQL and mysql.awaits(begins, later[0].length)


def _answered_so_far(flow: Flow) -> bool:
    """Whether a client of a protocol that nobody reads had an answer to each of the like of what it said last."""
    asked = asks_alike(flow)
    return asked is not None and asked.open_question is not None and not asked.late


def _asked_in_vain(flow: Flow) -> KeptPacket | None:
    """The last of what a client that had been answered each time asked again and again in vain; None of any other."""
    asked = asks_alike(flow)
    return asked.open_question.last if asked is not None and asked.again and asked.open_question else None


def _in_the_midst_of_speaking(flow: Flow) -> bool:
    """Whether a client of such a server has not come to the end of what it says, as far as all of it was read."""
    talk = flow.conversation
    if talk is None or talk.lines is None or flow.client.next > READ_MOST:
        return False
    return talk.lines.unfinished or talk.missing(0)


def _not_identified(case: Case, flow: Flow) -> Open | None:
    """A client of SSH that said its identification, and waits for the server's: that says other lines, as a tarpit does, which
    may go before it (RFC 4253 section 4.2). Who has heard it goes on to exchange keys."""
    talk, client, server = flow.conversation, flow.client, flow.server
    if talk is None or not flow.seen_from_start or not server.sent_data or client.last_data_ns == NEVER_NS:
        return None
    asked, said = talk.opening
    only = asked.endswith(b"\n") and asked.count(b"\n") == 1
    whole = flow.opening_is_whole(0) and flow.opening_is_whole(1)
    if not flow.speaks_ssh or not only or not whole or flow.lacks_last_word(1):
        return None
    if any(line.startswith(IDENTIFICATION) for line in said.split(b"\n")):
        return None
    over = flow.ended()
    since, end = client.last_data_ns, case.end_ns if over is None else over[2]
    if end - since < HANGING.ns or end - flow.last_ns > LONG_GONE_NS:
        return None
    words = {"host": flow.destination, "time": duration(end - since)}
    shows = (
        (client.last_data_frame, "the last that the client sent"),
        (talk.opening_frame[1], "the answer is no identification"),
    )
    said_otherwise = message("{host} said other lines for {time}, and not that it speaks SSH", **words)
    return Open(said_otherwise, since, end, shows, at_end=_lasted(case, end))


def _greeted_otherwise(flow: Flow) -> Open | None:
    """A request in HTTP to which a server of another protocol spoke up."""
    talk, spoken = flow.conversation, greeted_otherwise(flow)
    exchanges = flow.http.exchanges if flow.http is not None else ()
    asked = next((e for e in exchanges if e.request_frame), None)
    if talk is None or asked is None or spoken is None:
        return None
    return Open(
        message("{host} speaks {protocol} there, and no HTTP", host=flow.destination, protocol=spoken),
        asked.request_ns, max(flow.last_ns, asked.request_ns),
        ((asked.request_frame, message("{method} {target}", method=asked.method, target=asked.target)),
         (talk.opening_frame[1], message("the answer begins as {protocol} does", protocol=spoken))),
        refused=True,
    )  # fmt: skip
