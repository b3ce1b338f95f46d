"""Patterns that are compiled late are what ``re.compile`` gives, and all of this package's can be compiled."""

import importlib
import pkgutil
import re

import pytest

import netanalyze
from netanalyze import patterns
from netanalyze.patterns import lazy_pattern


def test_a_late_pattern_answers_as_a_compiled_one():
    late, compiled = lazy_pattern(r"(a+)(?P<name>b)?", re.IGNORECASE), re.compile(r"(a+)(?P<name>b)?", re.IGNORECASE)
    assert late.search("xAAb").groupdict() == compiled.search("xAAb").groupdict()
    assert late.sub("-", "aab a") == compiled.sub("-", "aab a")
    assert late.pattern == compiled.pattern
    assert [one.span() for one in late.finditer("a aa")] == [(0, 1), (2, 4)]


def test_octets_are_searched_by_patterns_of_octets():
    assert lazy_pattern(rb"\d+").findall(b"1 22") == [b"1", b"22"]


def test_nothing_is_compiled_before_the_first_search(monkeypatch):
    compiled = []
    monkeypatch.setattr(patterns.re, "compile", lambda *arguments: compiled.append(arguments) or re.Pattern)
    late = lazy_pattern("a")
    assert not compiled
    late.search  # noqa: B018 (asking is what compiles)
    assert compiled


def test_every_pattern_of_the_package_can_be_compiled():
    count = 0
    for module in pkgutil.walk_packages(netanalyze.__path__, "netanalyze."):
        try:
            there = vars(importlib.import_module(module.name))
        except ImportError:
            continue  # a system's own
        for value in there.values():
            if isinstance(value, patterns._Pattern):
                assert value.pattern
                count += 1
    assert count > 100


def test_what_a_pattern_is_not_asked_by_python_itself():
    with pytest.raises(AttributeError):
        getattr(lazy_pattern("a"), "__wrapped__")  # noqa: B009
