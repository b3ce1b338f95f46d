"""Signals while something is begun that must not be left half begun."""

import os
import signal

import pytest

from netanalyze.live.signals import put_off


def test_a_signal_waits_for_the_end_of_the_block_and_comes_then():
    steps = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - that it comes at the end is the point
        with put_off():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append("inside, to its end")
        steps.append("never reached")
    assert steps == ["inside, to its end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with put_off():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
