"""Captures that are small for what they might cost, each of any size: what the law of linear work is tried on.

A *shape* is a function of a size ``n`` that gives a ``Case``: frames, or the octets of a file, with what the command
printed and what was seen of its processes, where that matters. The shapes are in the modules beside this one.
"""

from typing import Any, NamedTuple

from costly_frames import Wire

SHAPES = {}


class Case(NamedTuple):
    """What is analysed: ``frames``, or a file's ``octets``."""

    frames: tuple = ()
    octets: bytes = b""
    trace: str | None = None
    processes: Any = None
    client: str | None = None


def shape(function):
    """Enter a shape under its name."""
    SHAPES[function.__name__] = function
    return function


def wired(function):
    """A shape that only puts frames on a wire."""

    def made(n):
        wire = Wire()
        function(wire, n)
        return Case(wire.captured())

    SHAPES[function.__name__] = made
    return function


def host(i):
    """An address of its own for each number."""
    return 0xC6000000 + i


def port(i):
    """A client's port for each number."""
    return 1024 + i % 60_000
