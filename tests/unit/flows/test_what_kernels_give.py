"""What each kernel makes of drawn arguments stays as it is, unless somebody meant it to.

That plain Python and machine code do the same is a law (tests/laws/test_kernels.py); this is what they do. The arguments are
the law's own: small numbers, edges and what is next to them, so that both sides of a comparison are often the same. A block of
seeds that gives something else is named. After a change that was meant: NETANALYZE_GOLDEN=write pytest
tests/unit/flows/test_what_kernels_give.py, and read which kernels the diff names.
"""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from flow_arguments import CASES

from netanalyze.kernel import Engine
from tests.rules.results import compare

GOLDEN = Path(__file__).parent / "golden" / "kernels"
BLOCKS, SEEDS = 2, 12
"""So many sums of the answers to so many draws each."""
KERNELS = [
    one
    for one in CASES
    if one.__module__.startswith(("netanalyze.tracking", "netanalyze.conversations", "netanalyze.flows"))
]
"""Those that judge; what decodes frames is held to tshark and dpkt (tests/conformance)."""


def name(function):
    """A kernel's name, with its module."""
    return f"{function.__module__.removeprefix('netanalyze.')}.{function.__name__}"


def given(function, seed, engine):
    """What a kernel returns, and what its arrays are then."""
    arguments = CASES[function](np.random.Generator(np.random.PCG64(seed)))
    arrays = [one for one in arguments if isinstance(one, np.ndarray)]
    if engine.compiled:
        answer = engine.run(function, *arguments)
    else:  # itself: a column form has a law of its own
        answer = function(*(memoryview(one) if isinstance(one, np.ndarray) else one for one in arguments))
    numbers = () if answer is None else answer if isinstance(answer, tuple) else (answer,)
    return repr([int(one) for one in numbers]).encode() + b"".join(one.tobytes() for one in arrays)


@pytest.mark.parametrize("function", KERNELS, ids=name)
def test_a_kernel_gives_what_it_gave(function):
    engine = Engine()
    lines = []
    for block in range(BLOCKS):
        together = hashlib.blake2b(digest_size=8)
        for seed in range(block * SEEDS, (block + 1) * SEEDS):
            together.update(given(function, seed, engine))
        lines.append(f"seeds {block * SEEDS} to {(block + 1) * SEEDS - 1}: {together.hexdigest()}\n")
    compare("".join(lines), GOLDEN / f"{name(function)}.txt")
