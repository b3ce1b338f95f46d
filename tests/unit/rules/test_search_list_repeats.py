"""A search list was walked only where several suffixes were tried before the name itself."""

from types import SimpleNamespace

from netanalyze.causes.dns.search_list_walk import check
from netanalyze.findings import Culprit
from netanalyze.flows.index import Index

MS = 1_000_000


def asked(*rows):
    """Lookups of one client: (name, when in ms, whether it was found)."""
    lookups = [
        SimpleNamespace(
            name=name, start_ns=at * MS, addresses=["192.0.2.1"] if found else [], client="192.0.2.10",
            resolvers=["192.0.2.53"], first_frame=number, unanswered=[], transactions=[],
        )
        for number, (name, at, found) in enumerate(rows, 1)
    ]  # fmt: skip
    seen = SimpleNamespace(lookups=lookups, resolver=lambda address: Culprit("resolver", None, address, 53))
    seen.index = Index(seen)
    return seen


def test_two_suffixes_before_the_name_are_a_walk():
    found = list(check(asked(("a.test.b.example", 0, False), ("a.test.c.example", 1, False), ("a.test", 2, True))))
    assert [f.cause for f in found] == ["dns/search-list-walk"]


def test_one_suffix_tried_again_for_each_of_several_lookups_is_none():
    rows = [("a.test.b.example", at, False) for at in (0, 10, 20)]
    assert not list(check(asked(*rows, ("a.test", 21, True))))


def test_suffixes_that_are_tried_after_the_name_itself_are_none():
    rows = (("a.test", 0, False), ("a.test.b.example", 1, False), ("a.test.c.example", 2, False), ("a.test", 3, True))
    assert not list(check(asked(*rows)))
