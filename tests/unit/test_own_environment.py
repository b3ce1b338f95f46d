"""As root, no variable leads us or our libraries to another user's folders; the command gets what was given."""

import os

import pytest

from netanalyze import own_environment
from netanalyze.own_environment import NAMES, given_environment, settle_home
from tests.users import IS_ROOT


@pytest.fixture
def environment(monkeypatch):
    """The variables as sudo -E hands them on; all is as before at the end."""
    monkeypatch.setattr(os, "environ", dict(os.environ) | dict.fromkeys(NAMES, "/theirs") | {"HOME": "/theirs"})
    monkeypatch.setattr(own_environment, "_given", None)
    return os.environ


@pytest.mark.skipif(not IS_ROOT, reason="needs root: nobody else's HOME is settled")
def test_root_s_home_is_the_password_database_s(environment):
    import pwd

    settle_home()
    assert environment["HOME"] == pwd.getpwuid(0).pw_dir
    assert not set(NAMES) & set(environment)
    given = given_environment()
    assert {given[name] for name in (*NAMES, "HOME")} == {"/theirs"}


def test_anybody_else_s_stays(environment, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1_000)
    settle_home()
    assert environment["HOME"] == "/theirs"
    assert given_environment() == environment
