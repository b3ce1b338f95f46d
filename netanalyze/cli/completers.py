"""What a shell may complete: files, causes, scenarios, interfaces, namespaces, commands. Cheap: a key press waits for it."""

import os
import socket
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from netanalyze.numerals import integer

PACKAGE = Path(__file__).resolve().parents[1]
NAMESPACES = "/run/netns"
"""Where ip-netns(8) keeps the network namespaces that have names."""

Items = list[CompletionItem]


def cause_ids() -> list[str]:
    """The identifiers of all causes, from the names of their files: nothing is imported."""
    found = (PACKAGE / "causes").glob("*/[a-z]*.py")
    return sorted(
        f"{path.parent.name}/{path.stem.replace('_', '-')}"
        for path in found
        if path.parent.name not in ("advice", "from_sockets", "from_words")
    )


def _begun(names: list[str], incomplete: str) -> Items:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def files(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Whatever file the shell finds."""
    return [CompletionItem(incomplete, type="file")]


def folders(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Whatever folder the shell finds."""
    return [CompletionItem(incomplete, type="dir")]


def causes(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Causes."""
    return _begun(cause_ids(), incomplete)


def scenarios(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Scenarios of the laboratory."""
    return _begun(sorted(path.stem for path in (PACKAGE / "lab" / "scenarios").glob("*.toml")), incomplete)


def interfaces(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """The interfaces of this machine, and ``any``."""
    return _begun([*(name for _, name in socket.if_nameindex()), "any"], incomplete)


def namespaces(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Network namespaces that have names."""
    try:
        return _begun(sorted(os.listdir(NAMESPACES)), incomplete)
    except OSError:
        return []


def kept_runs(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """Numbers of the runs that are kept, each with its command line."""
    from netanalyze.kept_runs import open_kept_runs

    kept = open_kept_runs()
    if kept is None:
        return []
    with kept:
        told = [(str(number), run.text("command")) for number, run in enumerate(kept.runs(), 1)]
    return [CompletionItem(number, help=words) for number, words in told if number.startswith(incomplete)]


def commands(ctx: click.Context, _: click.Parameter, incomplete: str) -> Items:
    """Programs on the PATH for the first word, files for those after it."""
    if ctx.params.get("command") or "/" in incomplete or not incomplete:
        return [CompletionItem(incomplete, type="file")]
    found: set[str] = set()
    for folder in os.get_exec_path():
        try:
            found |= {one.name for one in os.scandir(folder) if one.name.startswith(incomplete)}
        except OSError:
            continue
    return [CompletionItem(name) for name in sorted(found)]


def processes(_: click.Context, __: click.Parameter, incomplete: str) -> Items:
    """The numbers of the user's own processes, each with its name."""
    found = []
    for entry in os.scandir("/proc") if os.path.isdir("/proc") else ():
        if entry.name.startswith(incomplete) and integer(entry.name) is not None:
            try:
                if entry.stat().st_uid == os.getuid():
                    name = Path(entry.path, "comm").read_text(errors="replace").strip()
                    found.append(CompletionItem(entry.name, help=name))
            except OSError:  # it has ended
                continue
    return found
