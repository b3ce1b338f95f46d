"""Interfaces that carried when the command began, and when they did not."""

import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the kernel by netdevice(7)")

from netanalyze.live.capture import link_watch, links  # noqa: E402
from netanalyze.live.capture.link_watch import LinkWatch  # noqa: E402
from netanalyze.processes import DownLink, Processes, processes_from_json  # noqa: E402


@pytest.fixture
def carrying(monkeypatch):
    """The interfaces that carry; the test says which."""
    names = {"lo", "eth0", "wlan0"}
    monkeypatch.setattr(links, "interface_names", lambda: ["lo", "eth0", "wlan0", "docker0"])
    monkeypatch.setattr(links, "carries", lambda name: name in names)
    return names


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    now = [0]
    monkeypatch.setattr(link_watch.time, "time_ns", lambda: now[0])
    return now


def test_an_interface_that_carries_nothing_any_more_is_down_until_it_does(carrying, clock):
    watch = LinkWatch()
    for clock[0], present in ((10, True), (20, False), (30, False), (40, True), (50, False)):
        carrying.add("eth0") if present else carrying.discard("eth0")
        watch.look()
    assert watch.rows() == [DownLink("eth0", 20, 40), DownLink("eth0", 50, 50)]


def test_what_never_carried_is_not_down(carrying):
    watch = LinkWatch()
    carrying.discard("docker0")
    watch.look()
    assert watch.rows() == []


def test_the_loopback_interface_carries_and_one_that_does_not_exist_does_not():
    assert links.carries("lo")
    assert not links.carries("nosuch0")


def test_a_recording_keeps_it():
    seen = Processes(7, down_links=(DownLink("eth0", 20, 40),))
    assert processes_from_json(seen.to_json()) == seen
