"""How a comparison is told: the verdict in one sentence, and what became of packets on a span."""

from netanalyze.compare.clocks import DRIFT_KNOWN, PointClock
from netanalyze.compare.places import PathAnswer, point_name
from netanalyze.compare.spans import Fate, Span
from netanalyze.compare.tls_ends import TlsEnd
from netanalyze.compare.verdict import PathVerdict
from netanalyze.units import SECOND_NS, duration
from netanalyze.wording import Text, message, saying, sentence


def headline(verdict: PathVerdict, names: list[str], start_ns: int, alone: Text) -> Text:
    """The verdict in one sentence."""
    answer = verdict.answer
    if answer is None:
        if verdict.status == "healthy":
            return message(
                "Nothing is wrong between {one} and {other}.", one=point_name(names[0]), other=point_name(names[-1])
            )
        return message("What the client's capture names could not be followed: {alone}", alone=alone)
    return sentence(answered_where(answer, names, start_ns))


def answered_where(answer: PathAnswer, names: list[str], start_ns: int) -> Text:
    """Where it was, and what."""
    shown, origin, target = answer.shown, point_name(names[answer.from_point]), point_name(names[answer.to_point])
    return saying(
        what=answer.what, origin=origin, target=target, place=answer.place.name(names),
        time="" if shown is None else moment(shown.ns, start_ns), took=_span_of(answer.seconds), count=answer.copies,
    )(_template(answer))  # fmt: skip


def _template(answer: PathAnswer) -> str:
    if answer.how == "own":
        return "the client itself waited for {took}: {what} was its own to send"
    if answer.how == "altered":
        return "{what} from {origin} to {target} came other than they were sent: altered {place}"
    if answer.shown is None:
        return "{what} from {origin} to {target} were lost {place}"
    if answer.how == "lost":
        if answer.came:
            return "the {what} left {origin} at {time} and reached {target} {took} later: {count} packets were lost {place}"
        if not answer.place.beyond:
            return "the {what} came to {place} at {time}, and never left it again"
        return "the {what} left {origin} at {time} and never reached {target}"
    if answer.how == "late":
        return "the {what} left {origin} at {time} and took {took} to {target}"
    if answer.how == "injected":
        return "the {what} that {origin} saw at {time} was made {place}: nobody behind that sent it"
    if answer.how == "sent":
        return "the {what} was sent by {place} itself, at {time}"
    if answer.place.beyond:
        if answer.how == "silent":
            return "the {what} passed {origin} at {time}, and nothing {place} answered it"
        return "the {what} passed {origin} at {time}, and was answered {took} later from {place}"
    if answer.how == "silent":
        return "the {what} reached {place} at {time}, and {place} never answered it"
    return "the {what} reached {place} at {time}, and {place} answered it {took} later"


def _span_of(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"


def moment(ns: int, start_ns: int) -> str:
    """A moment on the client's clock, from its start: ``2.031 s``."""
    return f"{(ns - start_ns) / SECOND_NS:.3f} s"


def of_clock(clock: PointClock | None) -> Text:
    """How far a point's clock is from the client's."""
    if clock is None:
        return message("its clock is unknown: nothing was seen at both")
    ahead = clock.ahead_ns(clock.at_ns)
    if clock.error_ns == float("inf"):
        return message(
            "its clock shows some {time} beside the client's; packets of one direction alone tell no error",
            time=_signed(ahead),
        )
    words = {"time": _signed(ahead), "error": duration(round(max(clock.error_ns, 1)))}
    if clock.drift_error > DRIFT_KNOWN.value:
        return message("its clock shows {time} beside the client's, ± {error}", **words)
    words |= {"drift": f"{clock.drift * 1e6:+.1f}", "doubt": f"{clock.drift_error * 1e6:.1f}"}
    return message("its clock shows {time} beside the client's, ± {error}; gains {drift} ± {doubt} ppm", **words)


def _signed(ns: float) -> str:
    return f"{ns / SECOND_NS:+.6f} s"


def of_fate(fate: Fate) -> list[Text]:
    """What became of packets one way, the worst first."""
    found: list[Text] = []
    for count, template in (
        (fate.lost, "{count} of {sent} packets lost"), (fate.injected, "{count} packets that nobody sent"),
        (fate.altered, "{count} octets altered"), (fate.doubled, "{count} packets doubled"),
        (fate.split, "{count} segments split"), (fate.merged, "{count} segments merged"),
        (fate.untold, "{count} packets before the other capture's first frame, or after its last, did not come"),
    ):  # fmt: skip
        if count:
            found.append(saying(count=count, sent=fate.sent)(template))
    if not found and fate.sent:
        found.append(message("all {sent} packets came", sent=fate.sent))
    if fate.transit_ns:
        found.append(message(
            "{median} at the median, {most} at the most",
            median=duration(round(max(fate.transit(0.5) or 0, 0))), most=duration(round(max(fate.transit(1.0) or 0, 0))),
        ))  # fmt: skip
    return found


OPTIONS = {
    "orig_mss": "the client's MSS {one} becomes {other}", "resp_mss": "the server's MSS {one} is {other} behind it",
    "orig_window_scale": "the client's window scale {one} becomes {other}",
    "resp_window_scale": "the server's window scale {one} is {other} behind it",
}  # fmt: skip


def of_headers(span: Span) -> list[Text]:
    """What a span makes of headers."""
    found: list[Text] = []
    if span.readdressed:
        found.append(message("{count} connections under other addresses (NAT)", count=span.readdressed))
    if span.renumbered:
        found.append(message("{count} connections under other sequence numbers", count=span.renumbered))
    if span.relayed:
        found.append(message("{count} connections ended between, and went on as others", count=span.relayed))
    for name, (one, other) in span.options.items():
        found.append(message(OPTIONS[name], one=one, other=other))
    return found


def of_tls_end(end: TlsEnd, names: list[str]) -> Text:
    """Who ends TLS that the server does not."""
    place = end.place.name(names)
    name = end.name or "?"
    if end.before == end.after:
        return message(
            "TLS to {name} is ended {place}: the hellos before and after are not the same", name=name, place=place
        )
    return message(
        "TLS to {name} is ended {place}: JA4 {before} before it, {after} behind it",
        name=name, place=place, before=end.before or "?", after=end.after or "?",
    )  # fmt: skip
