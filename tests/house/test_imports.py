"""Imports point down, and what touches the world stays where it belongs (docs/architecture.md)."""

import ast

from sources import each_module, imported_modules, imports, modules, where

FLOORS = (
    {
        "errors",
        "units",
        "columns",
        "folders",
        "foreign_files",
        "output_files",
        "own_environment",
        "owners",
        "user_cache",
        "isolation",
        "kept_runs",
        "measured_mirrors",
        "kernel",
        "moments",
        "numerals",
        "patterns",
        "urls",
        "native",
        "diagnostics",
        "findings",
        "paste",
        "processes",
        "redaction",
        "sockets",
        "descriptors",
        "version",
        "waiting",
        "wording",
    },
    {"capture"},
    {"wire"},
    {"tracking"},
    {"conversations"},
    {"flows"},
    {"clients"},
    {"causes"},
    {"result"},
    {"diagnosis"},
    {"analyzer"},
    {"report"},
    {"live"},
    {"agents", "api", "compare", "differences", "doctor", "export", "notebook", "interop", "recorder", "settle", ""},
    {"anonymity", "fleet", "lab", "policy"},
    {"cli", "__main__"},
)
"""From the ground up; the empty name is the package itself, the front door."""


def part(module):
    """The part of the house a module belongs to: ``flows`` of ``netanalyze.tracking.tcp``."""
    return (module.split(".") + [""])[1]


def floor(module):
    """On which floor a module lives."""
    found = [number for number, parts in enumerate(FLOORS) if part(module) in parts]
    assert found, (
        f"{module}: please give {part(module)} a floor in tests/house/test_imports.py and docs/architecture.md"
    )
    return found[0]


def floor_of(name):
    """On which floor a part of the house is."""
    return floor(f"netanalyze.{name}")


def ours(tree):
    """Imports from this package: ``(module, line)``."""
    return [(module, line) for module, line in imported_modules(tree) if module.split(".")[0] == "netanalyze"]


@each_module
def test_imports_point_down(module):
    for imported, line in ours(modules()[module]):
        assert floor(imported) <= floor(module), (
            f"{where(module)}:{line} imports {imported}, which stands above it; move what both need down"
        )


def test_there_is_no_circle_among_the_parts():
    """On a floor that several parts share, each part may lean on another, but not both on each other at import time."""
    leans = {}
    for module, tree in modules().items():
        for node in tree.body:  # the module's own level: what runs when it is imported
            for imported, _ in ours(ast.Module([node], [])) if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
                if part(imported) != part(module) and part(module):
                    leans.setdefault(part(module), set()).add(part(imported))
    for one, others in leans.items():
        for other in others:
            assert one not in leans.get(other, ()), f"{one} and {other} import each other"


@each_module
def test_private_names_stay_in_their_package(module):
    package = module.rpartition(".")[0] if "." in module else module
    for source, name, line in imports(modules()[module]):
        if source.split(".")[0] != "netanalyze" or name is None:
            continue
        theirs = (
            source
            if source in modules() and any(m.startswith(source + ".") for m in modules())
            else source.rpartition(".")[0]
        )
        private = [word for word in (*source.split("."), name) if word.startswith("_") and not word.startswith("__")]
        assert not private or theirs == package, f"{where(module)}:{line} takes {private[0]} from {source}"


ONLY_THERE = {
    "click": ("cli",),
    "pandas": ("api", "fleet", "notebook", "interop"),
    "pyarrow": ("api", "fleet", "notebook", "interop"),
    "distributed": ("fleet",),
    "dask": ("fleet",),
    "matplotlib": ("api", "notebook", "interop"),
    "IPython": ("api", "notebook", "interop"),
    "scapy": ("interop", "lab"),
    "pyshark": ("interop",),
    "jinja2": ("report", "notebook"),
    "rich": ("report", "cli", "live"),
}
"""Who may import what."""


@each_module
def test_libraries_are_used_where_they_belong(module):
    for source, _, line in imports(modules()[module]):
        homes = ONLY_THERE.get(source.split(".")[0])
        assert homes is None or part(module) in homes, (
            f"{where(module)}:{line}: {source} belongs into {', '.join(homes)}"
        )


WORLD = {
    "asyncio", "multiprocessing", "pty", "select", "selectors", "signal", "socket", "socketserver", "ssl", "subprocess",
    "time",
}  # fmt: skip
"""Sockets, processes and clocks."""


@each_module
def test_below_live_there_is_no_socket_no_process_and_no_clock(module):
    if floor(module) >= floor_of("live"):
        return
    for source, _, line in imports(modules()[module]):
        assert source.split(".")[0] not in WORLD, f"{where(module)}:{line}: {source}; time is an argument here"
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"):
            assert not (isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")), (
                f"{where(module)}:{node.lineno}: time is an argument here"
            )


@each_module
def test_between_capture_and_report_no_file_is_opened(module):
    if not floor_of("capture") < floor(module) < floor_of("report"):
        return
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            assert called not in ("open", "read_text", "read_bytes", "write_text", "write_bytes"), (
                f"{where(module)}:{node.lineno}: octets come in from capture/ and go out through report/"
            )
