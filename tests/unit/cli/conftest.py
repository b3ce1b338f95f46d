"""The command line over made results: an analysis that returns what a test gives it."""

import importlib.util
import sys
import types
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "report" / "sample_results.py"


@pytest.fixture(scope="session")
def samples():
    """The made results of tests/report."""
    spec = importlib.util.spec_from_file_location("sample_results", SAMPLES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FakeApi(types.ModuleType):
    """Stands for netanalyze.api: remembers how it was called, returns or raises ``answer``."""

    def __init__(self, answer):
        super().__init__("netanalyze.api")
        self.answer, self.calls = answer, []

    def analyze(self, paths, **options):
        self.calls.append((tuple(paths), options))
        options["notes"]("something worth telling")
        options["progress"](1, 2)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


@pytest.fixture
def api(monkeypatch, samples):
    """The fake in place of the real one; ``api.answer`` is the flagship until a test sets it."""
    fake = FakeApi(samples.failed())
    monkeypatch.setitem(sys.modules, "netanalyze.api", fake)
    return fake
