"""Captures that are small for what they might cost, analysed to the end within a bound."""

import resource
import subprocess
import sys
from pathlib import Path

from tests.attack.register import attack

LAWS = Path(__file__).parents[1] / "laws"
LEAST_SECONDS, SECONDS_A_MEGABYTE, MEBIBYTES = 5, 30, 600
"""What a capture may cost: some seconds for the start, and so many for each megabyte. Measured at most 5 a megabyte on a
2024 server core, refused attempts of 54 octets each; six times that, for slower machines."""
SIZE = 3000


@attack("a capture of less than a few megabytes that takes long, or much memory", long=True)
def costly_captures(folder):
    """Each shape of tests/laws, large, in a process of its own."""
    sys.path[:0] = [str(LAWS)]
    from test_work_is_linear import SHAPES, capture_file

    for name, shape in SHAPES.items():
        path = capture_file(shape(SIZE), folder / f"{name.replace('/', '-')}.pcap")
        most = round(LEAST_SECONDS + SECONDS_A_MEGABYTE * path.stat().st_size / 1e6)

        def bounded(seconds=most):
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            resource.setrlimit(resource.RLIMIT_DATA, (MEBIBYTES << 20, MEBIBYTES << 20))

        command = [
            sys.executable,
            "-c",
            "import sys; from netanalyze.cli.main import main; main()",
            "analyze",
            str(path),
        ]
        done = subprocess.run(command, capture_output=True, check=False, preexec_fn=bounded)
        yield name, done.returncode in (0, 1, 3)
        path.unlink()
