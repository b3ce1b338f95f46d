"""What grants a missing right: nobody is told to become who they are."""

import os

import pytest

from netanalyze.live.capture.rights import remedy


@pytest.mark.parametrize(
    ("user", "told"), [(0, "CAP_NET_RAW, which root lacks here"), (1000, "sudo netanalyze live …")]
)
def test_root_is_told_the_capability_and_others_how_to_get_it(monkeypatch, user, told):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert str(remedy("CAP_NET_RAW", "sudo netanalyze live …")).startswith(told)
