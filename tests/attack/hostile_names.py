"""Names of files that are somebody else's choice."""

import subprocess
import sys

from tests.attack.register import attack

COMMAND = (sys.executable, "-m", "netanalyze.cli.main", "analyze")
ESCAPES = ("a\x1b]0;owned\x07.pcap", "a\x1b[2J.pcap", "a\rb.pcap", "a\nb.pcap", "a\x9b31m.pcap", "a\u202eb.pcap")


@attack("a file name that a terminal would obey, in an error")
def names_in_errors(folder):
    """No control octet of the name reaches the terminal."""
    for name in ESCAPES:
        done = subprocess.run([*COMMAND, str(folder / name)], capture_output=True, text=True, check=False)
        said = done.stderr.removesuffix("\n")
        held = done.returncode == 2 and said.isprintable() and len(said.splitlines()) == 1
        yield repr(name), held
