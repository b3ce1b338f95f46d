"""The corpus of secrets, with its markers filled in."""

import tomllib
from pathlib import Path

MARKER = "S77SECRET"
LONG = "LONGTOKENx" * 80
FILE = Path(__file__).with_name("secrets.toml")


def filled(value):
    """``value`` with the long secret in its place."""
    if isinstance(value, str):
        return value.replace("{LONG}", LONG)
    if isinstance(value, dict):
        return {filled(key): filled(item) for key, item in value.items()}
    return [filled(item) for item in value]


CORPUS = filled(tomllib.loads(FILE.read_text(encoding="utf-8")))


def leaks(written):
    """What of the corpus' secrets stands in a text or in octets."""
    octets = written if isinstance(written, bytes) else str(written).encode("utf-8", "surrogatepass")
    return [mark for mark in (MARKER, LONG[:20]) if mark.encode() in octets]
