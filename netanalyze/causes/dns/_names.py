"""What the rules of answers that say no share: whether the name that was asked for can be read."""

from netanalyze.causes.confidence import Basis, Missing
from netanalyze.flows.names.lookups import Lookup

NAME_CUT = Missing(
    "the snap length cut the name that was asked for", Basis.FRAMES,
    "whether it was answered when it was asked again, nobody can tell", at_most=0.6,
)  # fmt: skip


def name_cut(lookup: Lookup) -> bool:
    """Whether no query of a lookup shows its name."""
    return all(t.qname is None for t in lookup.transactions)
