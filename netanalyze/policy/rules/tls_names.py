"""Names that ClientHellos may ask for (SNI), and whether certificates that can be read must bear them."""

from collections.abc import Iterator, Sequence

from netanalyze.policy.matching import allowed_by, literal
from netanalyze.policy.observed import ObservedRun, Row, grouped
from netanalyze.policy.rule import Breach, PolicyRule, ValueKind, breach
from netanalyze.wire.message.certificates import covers
from netanalyze.wording import message


def asked_for(run: ObservedRun, hello: Row) -> str:
    """The name in a ClientHello; where it has none, the address that it was sent to."""
    flow = run.by_number.get(hello["flow_id"])
    address = flow["resp_address"] if flow is not None else None
    return (hello["sni"] or address or "").rstrip(".").lower()


def _check_names(run: ObservedRun, names: Sequence[str]) -> Iterator[Breach]:
    strange = [row for row in run.hellos if row["client_hello_frame"] and not allowed_by(names, asked_for(run, row))]
    for name, rows in grouped(strange, lambda row: asked_for(run, row)).items():
        said = message(
            "{handshakes} handshakes for {name}, a name that is not allowed", handshakes=len(rows), name=name
        )
        yield breach(name, said, run, [row["flow_id"] for row in rows], [row["client_hello_frame"] for row in rows])


def _mismatched(run: ObservedRun) -> list[Row]:
    shown = [row for row in run.hellos if row["certificate_names"] or row["certificate_subject"]]
    return [
        row for row in shown
        if not covers(row["certificate_names"] or [row["certificate_subject"]], asked_for(run, row))
    ]  # fmt: skip


def _check_certificates(run: ObservedRun, match: bool) -> Iterator[Breach]:
    for row in _mismatched(run) if match else ():
        name = asked_for(run, row)
        names = ", ".join((row["certificate_names"] or [row["certificate_subject"]])[:3])
        said = message("the certificate that {name} was answered with is for {names}", name=name, names=names)
        frames = [row["client_hello_frame"], row["server_hello_frame"]]
        yield breach(name, said, run, [row["flow_id"]], frames)


def _learn_names(runs: Sequence[ObservedRun]) -> list[str]:
    return sorted({literal(asked_for(run, row)) for run in runs for row in run.hellos if row["client_hello_frame"]})


def _learn_certificates(runs: Sequence[ObservedRun]) -> bool:
    return not any(_mismatched(run) for run in runs)


RULES = (
    PolicyRule("tls", "names", ValueKind.PATTERNS,
               "Names that a ClientHello may ask for (SNI); of one without a name, the address it goes to.",
               _check_names, _learn_names),
    PolicyRule("tls", "certificates_match", ValueKind.FLAG,
               "Whether certificates, where they can be read (TLS 1.2 and before), must be for the name asked for.",
               _check_certificates, _learn_certificates),
)  # fmt: skip
