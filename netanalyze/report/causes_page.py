"""docs/causes.md: the public table of causes, made of what the causes' own files say."""

from netanalyze.causes import PHASES, cause_modules, causes
from netanalyze.causes.confidence import Basis, Ground, Missing, grounds_of
from netanalyze.findings import ROLES

TITLES = {
    "capture": "The capture",
    "local": "This machine",
    "dns": "Names",
    "tcp": "TCP and the path",
    "quic": "QUIC",
    "tls": "TLS",
    "http": "HTTP and proxies",
    "go": "How the go command works",
}
"""Phases as people read them."""

INTRODUCTION = """# Causes

The identifiers in these tables are what a verdict, a finding and a row of the ledger may carry as `cause`. They are a public
contract: a new one may be added (in the same form, `phase/what-is-wrong`, with a line in the changelog), an old one is never
renamed. Each is the path of a file in `netanalyze/causes/`; `netanalyze rules ID` prints its page, and
`netanalyze rules --markdown` wrote this one.

A run in which nothing is wrong has no cause. Where two causes leave the same packets (a large ClientHello lost to a filter or
to an MTU black hole), the verdict names one, lists the other under `alternatives`, and says which check would tell them apart.
"""

SURE = """How sure a finding is, and why. What is proved gives its figure, the strongest of several; what is missing leaves so
much of it, or so much at the most. The figures rest on:

"""
BESIDE = "These findings may stand beside a cause and explain it; none of them is ever the cause."
BLAMED = "The culprit of a finding has one of these roles."


def render() -> str:
    """The whole document as Markdown."""
    parts = [INTRODUCTION, SURE + "\n".join(f"- {basis.value}" for basis in Basis) + "\n"]
    for phase in PHASES:
        rows = [(cause.id, cause.meaning) for cause in causes().values() if cause.phase == phase]
        beside = all(causes()[id_].about_client for id_, _ in rows)
        parts.append(f"## {TITLES[phase]}\n")
        if beside:
            parts.append(f"{BESIDE}\n")
        parts.append(_table("finding" if beside else "cause", "it means", rows))
        parts.append(_how_sure(phase))
    parts += ["## Roles\n", f"{BLAMED}\n", _table("role", "who that is", list(ROLES.items()))]
    return "\n".join(part for part in parts if part)


def _how_sure(phase: str) -> str:
    """The grounds of a phase's causes, as they declare them."""
    rows = [
        f"| `{id_}` | {_figure(ground)} | {ground.what} | {ground.why} | {ground.basis.name.lower()} |"
        for id_, module in cause_modules().items()
        if id_.startswith(f"{phase}/")
        for ground in grounds_of(module)
    ]
    return (
        "\n".join(["| cause | how sure | proved or missing | why | basis |", "|---|---|---|---|---|", *rows]) + "\n"
        if rows
        else ""
    )


def _figure(ground: Ground) -> str:
    if not isinstance(ground, Missing):
        return f"{ground.confidence:.2f}"
    return f"at most {ground.at_most:.2f}" if ground.at_most < 1 else f"times {ground.share:.2f}"


def _table(first: str, second: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| {first} | {second} |", "|---|---|", *(f"| `{name}` | {meaning} |" for name, meaning in rows)]
    return "\n".join(lines) + "\n"
