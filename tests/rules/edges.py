"""Where a rule's thresholds bite: the largest value of each with which the rule still says what it says at the smallest.

An edge is what the story measures, as the rule compares it: a wait of 10.000477 s, 3 retransmissions. One unit beyond
it (a nanosecond, one piece) the rule says something else, whatever the threshold is today.
"""

import dataclasses
from unittest import mock

from netanalyze.causes import cause_modules
from netanalyze.findings import Threshold

LARGEST = 10**12
"""Nanoseconds (17 minutes), octets or pieces: larger than what any story measures."""


def thresholds(cause):
    """``{name: threshold}`` of what the rule of a cause decides by in whole numbers; a part of 1 has no next value."""
    found = {name: value for name, value in vars(cause_modules()[cause]).items() if isinstance(value, Threshold)}
    return {name: one for name, one in found.items() if one.unit == "s" or float(one.value).is_integer()}


def outcome(cause, case, name, amount):
    """What the rule finds with a threshold of so many nanoseconds or pieces."""
    module = cause_modules()[cause]
    unit = "ns" if getattr(module, name).unit == "s" else getattr(module, name).unit
    with mock.patch.object(module, name, dataclasses.replace(getattr(module, name), value=amount, unit=unit)):
        return [(f.start_ns, f.end_ns, f.flow_id, f.message, f.confidence) for f in module.check(case)]


def edge(cause, case, name):
    """The amount from which the next one gives something else; None where the threshold is of no consequence."""
    low, high = 1, LARGEST
    first = outcome(cause, case, name, low)
    if outcome(cause, case, name, high) == first:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if outcome(cause, case, name, middle) == first else (low, middle)
    return low


def edges(cause, case):
    """``edge NAME AMOUNT`` for each threshold of the rule that bites."""
    for name, threshold in thresholds(cause).items():
        amount = edge(cause, case, name)
        if amount is not None:
            yield f"edge {name} {amount} {'ns' if threshold.unit == 's' else threshold.unit}"
