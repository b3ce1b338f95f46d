"""Which environment is ours, and which the command's: as root ours does not say where code and settings are read.

Libraries keep caches and settings below HOME and the folders of the XDG specification, and some of these are code, or are
read as if they were (pickles). Under ``sudo -E`` or ``env_keep`` HOME is another user's.
"""

import os

NAMES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS",
         "MPLCONFIGDIR", "MATPLOTLIBRC", "IPYTHONDIR", "NETANALYZE_CACHE")  # fmt: skip
"""Variables that name a place of caches or settings, of ours or of the libraries that we import."""
_given: dict[str, str] | None = None


def settle_home() -> None:
    """As root: HOME is the password database's, and ``NAMES`` are not set. What was given is the command's, as ever."""
    global _given
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    import pwd

    _given = dict(os.environ)
    for name in NAMES:
        os.environ.pop(name, None)
    try:
        os.environ["HOME"] = pwd.getpwuid(0).pw_dir
    except KeyError:
        os.environ.pop("HOME", None)


def given_environment() -> dict[str, str]:
    """The environment as we were given it: what a command is run with."""
    return dict(os.environ) | (_changed() if _given is not None else {})


def _changed() -> dict[str, str]:
    """What ``settle_home`` took away, as it was."""
    assert _given is not None, "settled before"
    return {name: _given[name] for name in (*NAMES, "HOME") if name in _given}
