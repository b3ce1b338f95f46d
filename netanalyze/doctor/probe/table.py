"""The ranking for a terminal."""

from collections.abc import Sequence

from netanalyze.doctor.probe.exchange import Visited
from netanalyze.doctor.probe.ranking import FAULTS, Ranked, setting, works
from netanalyze.report.sheet import Sheet
from netanalyze.units import SECOND_NS, duration, size
from netanalyze.wording import Text, message

INDENT = 10


def write(sheet: Sheet, listed: Sequence[Ranked], frames: int) -> None:
    """Add the tables, client by client, the best mirror first; and the setting to write."""
    for client in dict.fromkeys(one.mirror.client for one in listed):
        own = [one for one in listed if one.mirror.client == client]
        sheet.heading(message("What works from here for {client}", client=client))
        for place, one in enumerate(own, 1):
            _mirror(sheet, one, place)
        command = setting(client, listed)
        if command:
            sheet.row(message("set"), message("the best first:"), "", "healthy", indent=INDENT)
            sheet.line(
                (" " * (INDENT if len(command) + INDENT <= sheet.width else 2), ""), (sheet.shown(command), "command")
            )
    sheet.blank()
    if frames:
        sheet.row("", message("causes by our own capture of it, {number} frames", number=frames), "dim", indent=2)
    else:
        sheet.row(
            "",
            message("nothing was captured, which wants a right: why one fails is told by its error"),
            "dim",
            indent=2,
        )


def _mirror(sheet: Sheet, entry: Ranked, place: int) -> None:
    mirror = entry.mirror
    if entry.works:
        sheet.row(
            f"{place}",
            message("{url} works, {time} in all", url=mirror.shown, time=_time(entry.seconds)),
            "",
            "healthy",
            indent=INDENT,
        )
        sheet.row("", sheet.language.listed(_measured(entry.best)), "dim", indent=INDENT)
        for text in _beside(entry):
            sheet.row("", text, "warning", indent=INDENT)
        return
    why, detail = entry.fault
    told = message(
        "{url} fails: {why}",
        url=mirror.shown,
        why=message("{why} ({detail})", why=why, detail=detail) if detail else why,
    )
    sheet.row(f"{place}", told, "", "failed", indent=INDENT)
    if entry.cause:
        sheet.row("", message("{cause}; netanalyze rules {cause} says more", cause=entry.cause), "cause", indent=INDENT)


def _time(seconds: float) -> str:
    return duration(round(seconds * SECOND_NS))


def _measured(visit: Visited) -> list[Text]:
    first = next((answer for answer in visit.answers if not answer.fault), None)
    body = max(visit.answers, key=lambda answer: answer.octets)
    spent = body.whole_s - body.first_byte_s
    texts: list[Text] = [f"DNS {_time(visit.dns_s)}", f"TCP {_time(visit.connect_s)}"]
    texts += [f"TLS {_time(visit.tls_s)}"] if visit.tls_s else []
    texts += [message("first octet {time}", time=_time(first.first_byte_s))] if first else []
    texts += [f"{size(body.octets / spent)}/s"] if spent > 0.005 and body.octets > 20_000 else []
    texts += [name for name, fault in visit.families.items() if not fault]
    return texts


def _beside(entry: Ranked) -> list[Text]:
    """What else is to be known of a mirror that works."""
    visit = entry.best
    texts: list[Text] = []
    for name, fault in visit.families.items():
        if fault and fault != "not tried":
            texts.append(message("{family} fails: {why}", family=name, why=FAULTS.get(fault, fault)))
    if visit.large_hello not in ("", "not tried"):
        texts.append(
            message("a ClientHello of two segments fails: {why}", why=FAULTS.get(visit.large_hello, visit.large_hello))
        )
    for other in entry.visits:
        if other is not visit and works(other) != works(visit):
            way = message("by the proxy") if other.way == "proxy" else message("past the proxy")
            why = FAULTS.get(other.fault or next((a.fault for a in other.answers if a.fault), ""), "")
            texts.append(message("{way} it fails: {why}", way=way, why=why))
    texts += [
        message("it has no {errand}: the server of that is asked itself", errand=answer.name)
        for answer in visit.answers
        if answer.optional and answer.fault
    ]
    return texts
