"""Attack netanalyze, and print what was tried, how often, and what held.

    python -m tests.attack [WORD]...
    python -m tests.attack --write

With WORDs only the attacks whose name has one of them. ``--write`` puts their rows into the table of docs/security.md, each
as soon as it is measured; rows of other attacks stay. Some attacks need root (they change users, or make namespaces) and say
so. Exit status: 0 all held, 1 something did not.
"""

import argparse
import sys

from tests.attack.register import HERE, Attack, NotHere, attacks

DOCUMENT = HERE.parents[1] / "docs" / "security.md"
BEGIN, END = "<!-- written by: python -m tests.attack --write -->\n", "<!-- end -->"
HEAD = "| what was tried | how often | what held |\n|---|---|---|"
SHOWN = 5
"""Cases named of an attack that did not hold."""


def tried(one: Attack) -> tuple[str, list[str]]:
    """A row of the table, and the cases that did not hold."""
    count, broken = 0, []
    try:
        for name, held in one.tries():
            count += 1
            broken += [] if held else [name]
    except NotHere as lacking:
        return f"| {one.what} | 0 | not tried: {lacking} |", []
    except Exception as error:  # the attack's own, or what netanalyze raised: the others are tried all the same
        broken.append(f"broke off: {error!r}")
        count += 1
    said = "all" if not broken else f"{count - len(broken)}; not: {', '.join(broken[:SHOWN])}"
    return f"| {one.what} | {count} | {said} |", broken


def write(row: str) -> None:
    """Put a row into the table, in the attacks' order; rows of attacks that are no more go."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    rows = {named(line): line for line in [*table.splitlines(), row]}
    kept = [rows[one.what] for one in attacks() if one.what in rows]
    DOCUMENT.write_text(before + BEGIN + "\n".join([HEAD, *kept]) + "\n" + END + after, encoding="utf-8")


def named(row: str) -> str:
    """What a row of the table is about."""
    return row.removeprefix("| ").partition(" | ")[0]


def main() -> int:
    """Read the command line, attack, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("words", nargs="*", metavar="WORD", help="only attacks whose name has one of these words")
    parser.add_argument("--write", action="store_true", help="put the table into docs/security.md")
    options = parser.parse_args()
    broken = []
    print(HEAD)
    for one in attacks():
        if options.words and not any(word in one.what for word in options.words):
            continue
        row, failures = tried(one)
        print(row, flush=True)
        broken += failures
        if options.write:
            write(row)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
