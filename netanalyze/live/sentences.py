"""What the status line says: what the command waits for and how long it will, and the cause as far as it is known."""

from netanalyze.causes.cause import cause_of
from netanalyze.clients import client_by_name
from netanalyze.diagnosis.headlines import headline
from netanalyze.diagnosis.status import OwedMove, RunStatus
from netanalyze.live.command.stderr_relay import Relay
from netanalyze.live.status import StatusLine
from netanalyze.urls import authority
from netanalyze.wording import Message, Text, clause, joined, message

NO_ANSWER = "no answer: server or path"


def figure(ns: int) -> str:
    """A time that runs: tenths of a second, whole seconds from 100 on.

    >>> figure(6_240_000_000), figure(214_000_000_000)
    ('6.2 s', '214 s')
    """
    return f"{ns / 1e9:.1f} s" if ns < 99_950_000_000 else f"{ns / 1e9:.0f} s"


def waiting(wait: OwedMove, now_ns: int, client: str = "generic") -> Text:
    """One wait: ``waiting for ServerHello from goproxy.cn (203.0.113.10:443), 6.2 s; go gives up in 3.8 s``."""
    named = wait.host or message("the other side")
    at = authority(wait.address, wait.port) if wait.address else ""
    place = f"{wait.host} ({at})" if at and wait.host and wait.host != wait.address else at or named
    what = message(wait.waiting_for.owed, place=place, at=wait.address or named, host=wait.host or message("a name"))
    if wait.url:
        what = message("{url} from {place}", url=wait.url, place=at or named)
    said = [message("waiting for {what}, {time}", what=what, time=figure(max(now_ns - wait.start_ns, 0)))]
    who = client_by_name(client)
    name = message("the command") if who.name == "generic" else who.name
    if wait.gives_up_ns is not None and wait.gives_up_ns > now_ns:
        ends = "{client} tries again in {time}" if wait.again else "{client} gives up in {time}"
        said.append(message(ends, client=name, time=figure(wait.gives_up_ns - now_ns)))
    elif (wait.waiting_for if who.name == "generic" else wait.waiting_for.timer) in who.unguarded:
        said.append(message("{client} sets no limit", client=name))
    return joined([*said, *([wait.wanted] if wait.wanted else [])])


def explained(run_status: RunStatus, now_ns: int) -> Text:
    """The cause by now, ``tls/server-hello-missing: goproxy.cn takes the ClientHello and never answers``; '' if none."""
    finding, left = run_status.finding, None
    if run_status.open_until_ns is not None and run_status.open_until_ns > now_ns:
        left = figure(run_status.open_until_ns - now_ns)
    if finding is None:
        return _open(message(NO_ANSWER), left) if run_status.open_until_ns is not None else ""
    names: Text = finding.cause
    for rival in run_status.rivals:
        names = message("{first} or {other}", first=names, other=rival)
    if cause_of(finding.cause).other_address in run_status.rivals:
        silent = message("{causes}: {address} answers no SYN", causes=names, address=finding.culprit.address)
        if left is None:
            return message("{sentence}, another address is left to try", sentence=silent)
        return message("{sentence}, the next address is tried in {time}", sentence=silent, time=left)
    if run_status.rivals:
        return _open(message("no answer: server or path ({causes})", causes=names), left)
    return message("{cause}: {sentence}", cause=finding.cause, sentence=clause(headline(finding)))


def _open(sentence: Message, left: str | None) -> Message:
    if left is None:
        return sentence
    return message("{sentence}, open until the first keep-alive in {time}", sentence=sentence, time=left)


def say(status: StatusLine, run_status: RunStatus, relay: Relay | None, now_ns: int, at_ns: int) -> None:
    """Keep the status line up to date.

    Args:
        run_status: how the run stands.
        relay: has what the command prints.
        now_ns: on a clock that does not jump.
        at_ns: the same moment on the capture's.
    """
    silent = at_ns - run_status.moved_ns
    if relay and run_status.finding is None and not run_status.resting:
        silent = min(silent, now_ns - relay.last_ns)
    wait, url = run_status.wait, relay.waiting_for() if relay else None
    said = run_status.note or (message("waiting for {what}, {time}", what=url, time=figure(silent)) if url else "")
    if wait:
        said = waiting(wait, at_ns, run_status.client)
    cause = run_status.finding.cause if run_status.finding else ""
    status.update(now_ns, silent, said, cause, explained(run_status, at_ns))
