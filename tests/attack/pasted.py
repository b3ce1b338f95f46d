"""Names, addresses and command lines of a file, in every command that a report offers to paste."""

import shutil
from itertools import cycle, product

from netanalyze.causes.cause import causes
from netanalyze.clients import CLIENTS
from netanalyze.clients.repeat import may_be_repeated
from netanalyze.diagnosis.advice import advice
from netanalyze.findings import ROLES, Culprit
from netanalyze.paste import command
from tests.attack.register import NotHere, attack
from tests.laws.pasting import PAYLOADS, programs, run

NO_WORD = set("$`;|&<>()'\"\\\n")
"""What a shell reads in a word."""
KNOWN = ("go", "git", "pip", "npm", "cargo", "apt-get", "docker")


@attack("hostile facts in every offered command, run by bash with stubs for all programs", long=True)
def facts_in_a_shell(folder):
    """Every cause, client and role with each payload in turn: no program runs that the pages do not name."""
    if shutil.which("bash") is None:
        raise NotHere("there is no bash")
    payload = cycle(PAYLOADS)
    for client in CLIENTS:
        told = set()
        for cause, role, _ in product(
            [id_ for id_, cause in causes().items() if not cause.about_client], ROLES, range(3)
        ):
            evil = next(payload)
            facts = dict.fromkeys(
                ("host", "address", "qname", "resolver", "interface", "lock", "module", "setting"), evil
            )
            page = advice(cause, Culprit(role, evil, evil, 443), client, {}, {}, facts | {"argv": ["go", evil]})
            told |= {s.command for s in page.fix if s.command} | (
                {page.verify.command} if page.verify and page.verify.command else set()
            )
        for line, calls in zip(sorted(told), run(sorted(told), folder)):
            yield line, not programs(calls) & {"id", "touch", "pwned", "x"}


@attack("hostile values in a check, by kind: of its form, or not offered")
def values_by_kind():
    """Names, hosts, addresses and places."""
    for payload, kind in product(PAYLOADS, ("host", "name", "address", "resolver", "interface", "place", "url_place")):
        line = command(f"ping {{{kind}}}", **{kind: payload})
        as_it_is = line is not None and line.command == f"ping {payload}" and not set(line.command) & NO_WORD
        yield (f"{kind} {payload!r}", line is None or as_it_is)


@attack("command lines in a file with a hostile word behind a known subcommand")
def command_lines():
    """Nothing is repeated that a shell would change, nor any option that is not listed."""
    options = (
        "-toolexec=x",
        "-exec",
        "-o",
        "-overlay=x",
        "-C",
        "-c",
        "--upload-pack=x",
        "-ux",
        "--python",
        "--script-shell=x",
        "-modfile=x",
    )
    for client, word in product(KNOWN, (*PAYLOADS, *options)):
        for first in (["mod", "download"], ["build"], ["fetch"], ["clone"], ["install"], ["update"], ["pull"]):
            argv = [client, *first, word]
            yield " ".join(argv), not may_be_repeated(argv)
