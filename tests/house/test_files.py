"""Files are short, small, and say nothing of the machine they were written on."""

import ast
import collections
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sources import PACKAGE, ROOT, each_module, modules, text_of, tracked_files, where

from netanalyze.urls import host_in

LONGEST = 400
LARGEST_CAPTURE = 3 * 1024 * 1024
SOURCES = [path for path in tracked_files() if path.suffix == ".py"]
TEXTS = [path for path in tracked_files() if text_of(path) is not None]
PUBLIC = {
    "proxy.golang.org", "sum.golang.org", "pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "localhost", "127.0.0.1",
}  # fmt: skip
"""Hosts that everybody may name."""
PARTS = {path.name for path in PACKAGE.iterdir() if path.is_dir() and not path.name.startswith("_")}
"""Folders of the package."""
WORDS_NOT_USED = {"pkt", "pkts", "util", "utils", "helper", "helpers", "manager"}


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_source_file_is_longer_than_400_lines(path):
    length = len(path.read_text(encoding="utf-8").splitlines())
    assert length <= LONGEST, f"{named(path)} has {length} lines: it does more than one thing"


def test_captures_are_small():
    for path in tracked_files():
        if path.suffix in (".pcap", ".pcapng"):
            assert path.stat().st_size < LARGEST_CAPTURE, named(path)


def test_captures_lie_where_captures_belong():
    """``live`` without ``-w`` writes into the folder it was started in."""
    places = {
        path.relative_to(ROOT).parts[0] for path in tracked_files() if path.suffix in (".pcap", ".pcapng", ".tgz")
    }
    assert places <= {"captures", "tests"}


def machine_words():
    """Paths of this machine, and hosts from which its tools fetch packages, as its own configuration names them."""
    words = {str(ROOT), sys.prefix} - {"/", "/usr", "/usr/local"}
    settings = [
        value for name, value in os.environ.items() if re.search("INDEX|PROXY|REGISTRY|GOSUMDB", name, re.IGNORECASE)
    ]
    pip = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    settings += re.findall(r"https?://\S+", pip)
    hosts = {host_in(url.strip("'\"")) for value in settings for url in re.findall(r"https?://[^\s,|'\"]+", value)}
    return sorted(words | {host for host in hosts if host and host not in PUBLIC})


@pytest.mark.parametrize("word", machine_words())
def test_nothing_names_this_machine(word):
    found = [named(path) for path in tracked_files() if word.encode() in path.read_bytes()]
    assert not found, f"{len(found)} files name something of this machine, such as {found[0]}"


def test_no_path_leads_into_somebodys_home():
    pattern = re.compile(r"(?<![\w.])/(?:(?:home|Users)/(?!user\b|me\b|you\b)\w+/|root/\w)")
    here = Path(__file__)
    for path in TEXTS:
        if path != here:
            found = pattern.search(text_of(path))
            assert not found, f"{named(path)}: {found[0]}"


@each_module
def test_every_module_and_public_name_is_documented(module):
    tree = modules()[module]
    if not tree.body:
        return
    assert ast.get_docstring(tree), f"{where(module)} begins without a sentence"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{where(module)}:{node.lineno}: {node.name} has no docstring"


@each_module
def test_names_are_whole_words(module):
    names = set() if module.startswith("netanalyze.causes.") else set(module.split("."))  # a rule is named by its cause
    for node in ast.walk(modules()[module]):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
    words = {word.lower() for name in names for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    assert not words & WORDS_NOT_USED, f"{where(module)}: {words & WORDS_NOT_USED}"


MARKDOWN = [path for path in tracked_files() if path.suffix == ".md"]


@pytest.mark.parametrize("path", MARKDOWN, ids=named)
def test_links_in_documents_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), f"{named(path)} links to {target}"


@pytest.mark.parametrize("path", MARKDOWN, ids=named)
def test_files_named_in_documents_exist(path):
    pattern = r"`((?:netanalyze|captures|tests|docs|benchmarks|notebooks|\.ci)/[\w./-]+)`"
    for target in re.findall(pattern, path.read_text()):
        if re.search(r"/(NAME|ID|FILE)\b", target):
            continue  # a placeholder
        assert (ROOT / target).exists() or (PACKAGE / target).exists(), f"{named(path)} names {target}"


def test_the_walks_in_the_document_name_what_their_files_hold():
    """Each step of docs/architecture.md names a file and, in brackets, the functions and types of it."""
    steps = re.findall(r"`(netanalyze/[\w/]+\.py)` \(([^)]+)\)", (ROOT / "docs" / "architecture.md").read_text())
    assert len(steps) > 20
    for path, names in steps:
        defined = {
            node.name
            for node in ast.walk(ast.parse((ROOT / path).read_text()))
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        }
        told = {part for name in re.findall(r"`([\w.]+)`", names) for part in name.split(".")}
        assert told <= defined, f"{path} has no {told - defined}"


@each_module
def test_files_named_in_code_exist(module):
    """``tracking/gaps.py`` in a docstring or comment, as seen from the package."""
    pattern = rf"(?<![\w/])((?:{'|'.join(sorted(PARTS))})/[\w/]+\.py)\b"
    text = (ROOT / where(module)).read_text(encoding="utf-8")
    missing = [target for target in re.findall(pattern, text) if not (PACKAGE / target).exists()]
    assert not missing, f"{where(module)} names {missing}"


def test_the_result_is_documented_member_by_member():
    from netanalyze.report.schema import schema

    text = (ROOT / "docs" / "json.md").read_text()
    for member in schema()["properties"]:
        assert f"`{member}`" in text, f"docs/json.md does not tell of {member}"


def test_the_floors_in_the_document_are_those_of_the_test():
    from test_imports import FLOORS

    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE)
    told = {int(number): set(re.findall(r"`(\w+)", parts)) for number, parts in rows}
    assert told == {number: {part for part in parts if part} for number, parts in enumerate(FLOORS)}


ROOM_MOST = 30
"""Files in one folder of the package: what a person reads over before opening one."""


def test_no_room_has_more_files_than_one_reads_over():
    rooms = collections.Counter(path.parent for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    assert not {str(room): count for room, count in rooms.items() if count > ROOM_MOST}
