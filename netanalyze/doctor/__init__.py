"""What a machine's settings will do to a client before it is run: each line ok, doubtful or wrong, why, and what mends it.

One file a subject: ``gather`` reads what there is (files, variables, the kernel's tables, what a program prints of its own
settings), and small functions judge what was gathered. Not a packet leaves the machine, and nothing is changed.
"""

CLIENTS = ("go", "git", "pip", "npm", "cargo", "docker")
"""Whose settings are known."""
