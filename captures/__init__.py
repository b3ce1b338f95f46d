"""Captures: the smallest traffic that must, and must just not, raise each cause, and the recipes that build it.

``<phase>/<cause>/recipe.py`` says in words what is peculiar and builds ``hit.pcapng`` and ``near_miss.pcapng``;
``expect.toml`` beside them says what a verdict must hold. ``python -m captures.build`` makes all files again,
octet for octet. ``recorded/`` holds real runs and is built by nothing here.
"""
