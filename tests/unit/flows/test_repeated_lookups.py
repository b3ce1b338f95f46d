"""A name that is asked for again and again though it is answered: whether the answers were damaged each time."""

import pytest

from netanalyze.flows.network.inbound_loss import RepeatedLookup


def unheard(*answers):
    """A name asked for so often, each time with the answer in this frame."""
    lookups = []
    for frame in answers:
        lookup = type("Lookup", (), {})()
        lookup.transactions = [type("Answer", (), {"response_frame": frame})()]
        lookups.append(lookup)
    return RepeatedLookup(tuple(lookups), 1, 9, 9, len(answers) - 1)


@pytest.mark.parametrize(
    ("bad", "frames"),
    [
        ({2, 4, 6}, [2, 4, 6]),
        ({2, 4}, [2, 4]),  # the last came whole, and it was not asked again
        ({2, 6}, []),  # the second came whole, and it was asked again all the same
        ({6}, []),
        (set(), []),
    ],
)
def test_it_is_the_damage_where_each_time_that_it_was_asked_again_the_answer_had_been_damaged(bad, frames):
    assert unheard(2, 4, 6).damaged(bad) == frames


def test_of_one_lookup_whatever_is_damaged():
    assert unheard(2).damaged({2}) == [2]
    assert unheard(2).damaged({3}) == []
