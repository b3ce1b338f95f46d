"""The command line: one file per command, each imported only when it is used.

This is the first of this package to run, on every way in, and so it begins with what cannot wait: signals and descriptors.
"""

import os

from netanalyze.cli.start import interruption

if interruption.is_this_program():
    interruption.end_at_once()
    if os.name == "posix":
        from netanalyze import descriptors

        descriptors.note()
