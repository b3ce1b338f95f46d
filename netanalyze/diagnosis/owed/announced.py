"""Data connections that were announced on another one (FTP): what was asked for and begun, and did not come to its end."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from netanalyze.causes.case import AT_END, Case
from netanalyze.conversations.ftp import FtpDialogue, FtpTransfer
from netanalyze.diagnosis.owed.open_moves import HANGING, Open
from netanalyze.flows.dialing import outcome
from netanalyze.flows.flow import Flow
from netanalyze.flows.screen import odd
from netanalyze.tracking.records import READ_MOST
from netanalyze.units import duration, size
from netanalyze.urls import authority
from netanalyze.wording import Text, message

NO_DATA_CONNECTION, BROKEN_OFF = 425, 426
"""Replies that tell of a data connection which did not come about, or did not last (RFC 959 section 4.2.2)."""

LISTINGS, LISTING = ("LIST", "NLST", "MLSD"), "LIST"
"""Commands of which one has what another was asked for: clients fall back from MLSD (RFC 3659 section 7)."""


def announced(case: Case, reported: set[int]) -> Iterator[Open]:
    """Transfers of FTP that are owed an end, of whose data connection no finding tells."""
    controls = [(flow, dialogue) for flow in odd(case.flows) if (dialogue := _read_to_the_end(flow)) is not None]
    begun = _Begun(case.everything if controls else ())
    for control, dialogue in controls:
        for transfer in _without_a_good_end(dialogue):
            data = begun.data_connection(control, transfer, transfer.reply_ns if transfer.code else case.end_ns)
            if data is None or data.id not in reported:
                found = _open(case, control, transfer, data)
                if found is not None:
                    yield found


def _read_to_the_end(control: Flow) -> FtpDialogue | None:
    """The dialogue of a control connection with transfers of which every word was read, so that what is not in it was not
    said; None of any other flow."""
    talk = control.conversation if control.is_tcp else None
    if talk is None or talk.ftp is None or not talk.ftp.transfers or talk.ftp.encrypted or talk.ftp.cut:
        return None
    for direction, half in enumerate(control.halves):
        if talk.missing(direction) or half.next > READ_MOST or control.lacks_last_word(direction):
            return None
    return talk.ftp


def _without_a_good_end(dialogue: FtpDialogue) -> list[FtpTransfer]:
    """The transfers that no reply ended, or one that tells of their data connection; not those that the client broke off, or
    asked for again and had, a listing by another command too."""
    had: set[tuple[str, str]] = set()
    found = []
    for transfer in reversed(dialogue.transfers):
        what = LISTING if transfer.verb in LISTINGS else transfer.verb, transfer.name
        if 200 <= transfer.code < 300:
            had.add(what)
            continue
        failed = transfer.code in (NO_DATA_CONNECTION, BROKEN_OFF) and not transfer.aborted and what not in had
        if failed or not transfer.code:
            found.append(transfer)
    return found[::-1]


class _Begun:
    """Flows by where they go, in the order of their beginnings."""

    def __init__(self, flows: Iterable[Flow]):
        self._at: dict[tuple[str, int], list[Flow]] = defaultdict(list)
        for flow in sorted((flow for flow in flows if flow.is_tcp), key=lambda flow: flow.first_ns):
            self._at[flow.server.address, flow.server.port].append(flow)

    def data_connection(self, control: Flow, transfer: FtpTransfer, until_ns: int) -> Flow | None:
        """The connection of a transfer: to the announced port, at one of the two hosts; the last that began between the
        announcement and ``until_ns``."""
        where = transfer.where
        hosts = {where.address, control.client.address if transfer.active else control.server.address}
        found = None
        for host in hosts:
            flows = self._at.get((host, where.port), [])
            at = bisect_right(flows, until_ns, key=lambda flow: flow.first_ns)
            if at and transfer.announced_ns <= flows[at - 1].first_ns and flows[at - 1] is not control:
                last = flows[at - 1]
                found = last if found is None or last.first_ns > found.first_ns else found
        return found


def _open(case: Case, control: Flow, transfer: FtpTransfer, data: Flow | None) -> Open | None:
    host, what = control.destination, f"{transfer.verb} {transfer.name}".strip()
    asked = (transfer.asked_frame, message("{what}", what=what))
    if transfer.code:
        return Open(
            message("{host} says {code} to {what}: its data connection failed", host=host, code=transfer.code, what=what),
            transfer.asked_ns, transfer.reply_ns,
            (asked, (transfer.reply_frame, message("{code} {text}", code=transfer.code, text=transfer.text))),
            refused=True,
        )  # fmt: skip
    if data is None and transfer.begun_frame:
        return None  # it goes on over a connection that the capture does not have
    over = control.ended()
    end = case.end_ns if over is None else over[2]
    since, said, shows = _waits(transfer, data, host, what, end)
    if end - since < HANGING.ns:
        return None
    return Open(said, since, end, (asked, shows), at_end=over is None and end >= case.end_ns - AT_END.ns)


def _waits(
    transfer: FtpTransfer, data: Flow | None, host: str, what: str, end: int
) -> tuple[int, Text, tuple[int, Text]]:
    """Since when a transfer without an end waits, for what, and the frame that shows it."""
    asked, begun = transfer.asked_ns, max(transfer.begun_ns, transfer.asked_ns)
    frame = transfer.begun_frame or transfer.asked_frame
    if data is None:
        at = f"{transfer.where.address} port {transfer.where.port}".strip()
        words = {"host": host, "what": what, "time": duration(end - begun)}
        said = message("{host} did not say for {time} that {what} was done", **words)
        if transfer.active:
            never_came = (
                "{host} did not answer {what} for {time}: the connection that it was to open to {at} never came"
            )
            said = message(never_came, at=at, **words)
        return begun, said, (frame, "the last word of it")
    if outcome(data) != "connected":
        since = min(data.first_ns, asked)
        port = authority(data.server.address, data.server.port)
        said = message("the connection that {host} opens for {what} to {port} is not answered for {time}", host=host, what=what,
                       port=port, time=duration(end - since))  # fmt: skip
        return since, said, (data.first_frame, message("SYN to {port}, never answered", port=port))
    over, octets = data.ended(), max(data.client.octets, data.server.octets)
    if over is not None:
        since = max(over[2], begun)
        said = message("{host} did not say for {time} that {what} was done, whose data is over", host=host, what=what,
                       time=duration(end - since))  # fmt: skip
        return since, said, (over[3], "the data connection closes")
    since = max(data.client.last_data_ns, data.server.last_data_ns, begun)
    words = {"host": host, "what": what, "time": duration(end - since), "octets": size(octets)}
    whole = transfer.octets
    if whole is not None and octets < whole:
        said = message("the data of {what} stopped after {octets} of {whole}, for {time}", what=what, octets=size(octets),
                       whole=size(whole), time=duration(end - since))  # fmt: skip
    else:
        said = message("the data of {what} from {host} stopped after {octets}, for {time}", **words)
    last = max(data.client.last_data_frame, data.server.last_data_frame) or data.last_frame
    return since, said, (last, "the last of its data")
