"""Recordings, analysed once."""

from pathlib import Path

import pytest

import netanalyze

RECORDED = Path(__file__).resolve().parents[3] / "captures" / "recorded"


@pytest.fixture(scope="session")
def recorded():
    """The path of a recording by its name."""
    return lambda name: RECORDED / name / "capture.pcap"


@pytest.fixture(scope="session")
def hang(recorded):
    """A run whose ClientHello was swallowed."""
    return netanalyze.open(recorded("client-hello-dropped"))


@pytest.fixture(scope="session")
def healthy(recorded):
    """A run in which nothing was wrong."""
    return netanalyze.open(recorded("healthy"))


@pytest.fixture(scope="session")
def lossy(recorded):
    """A run on a path that loses packets: every second frame has a mark."""
    return netanalyze.open(recorded("loss"))
