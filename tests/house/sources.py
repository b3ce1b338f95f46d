"""The house's own files, for the tests that guard it."""

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "netanalyze"


@functools.cache
def modules():
    """Every module of the package: dotted name -> syntax tree."""
    out = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        out[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(encoding="utf-8"))
    return out


def where(module):
    """``netanalyze/causes/tls/alert.py`` for a module's name."""
    path = ROOT / Path(*module.split("."))
    return str((path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).relative_to(ROOT))


def imports(tree):
    """``(module, name or None, line)`` of every import, also those inside of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: please import by the full name"
            for alias in node.names:
                yield node.module, alias.name, node.lineno


def imported_modules(tree):
    """``(full name of the module imported, line)``; ``from netanalyze.flows import tcp`` is ``netanalyze.tracking.tcp``."""
    known = modules()
    for module, name, line in imports(tree):
        inner = f"{module}.{name}"
        yield (inner if inner in known else module), line


@functools.cache
def tracked_files():
    """Files under version control, or to be: what git does not ignore; without git, everything but hidden folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, check=True,
        ).stdout  # fmt: skip
        names = [name for name in listed.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [
            str(path.relative_to(ROOT))
            for path in ROOT.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(ROOT).parts[:-1])
        ]
    return [ROOT / name for name in sorted(names) if (ROOT / name).is_file()]


@functools.cache
def text_of(path):
    """A file's text, or None where it is none."""
    octets = path.read_bytes()
    return None if b"\0" in octets[:4096] else octets.decode("utf-8", "replace")


def each_module(check):
    """A test of every module, as one: what is wrong is told of all of them together."""

    def test():
        wrong = {}
        for module in modules():
            try:
                check(module)
            except AssertionError as error:
                wrong[module] = error
        assert not wrong, "\n\n".join(f"{module}: {error}" for module, error in wrong.items())

    test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
    return test
