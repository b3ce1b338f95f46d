"""Two runs of one command, told apart: what took longer, whose it was, and what else is not the same.

- ``occurrences``: what was asked in a run, in order: lookups, connections, requests
- ``run_facts``: what of a run is compared
- ``difference``: the two beside each other, and its JSON; ``sentences``, ``text``: how it is told
"""
