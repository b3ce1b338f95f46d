"""What a run may do, as a file says it, and where a capture breaks that (docs/check.md).

``observed`` is what of a capture is looked at, ``rules`` has a file for each rule, ``policy_file`` reads and writes policies,
``breaches`` holds captures to one, ``forms`` writes what came of it.
"""
