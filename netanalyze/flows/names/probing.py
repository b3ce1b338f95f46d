"""Names that are asked for to see whether they exist: NXDOMAIN is the ordinary answer to them."""

from netanalyze.flows.names.lookups import Lookup
from netanalyze.numerals import integer
from netanalyze.wire.message.dns import AAAA, A

TRIED = ("wpad", "isatap")
"""First labels that every Windows machine and browser tries in its own domain: a proxy's configuration (draft-ietf-wrec-wpad-01
section 4.3.1), IPv6 over IPv4 (RFC 5214 section 8.3.2)."""
REVERSE = ("in-addr.arpa", "ip6.arpa")
"""Where addresses are looked up as names (RFC 1035 section 3.5, RFC 3596 section 2.5): few have one."""
OCTETS, NIBBLES = 4, 32
"""Labels of an IPv4 and of an IPv6 address written backwards: a question to a block list (RFC 5782 sections 2.1 and 2.4), to
which "no such name" says that the address is not on it."""


def only_tried(lookup: Lookup) -> bool:
    """Whether nothing was to be reached at the name: it asks for no address, or for one that is only tried."""
    if not {A, AAAA} & lookup.families.keys():
        return True
    labels = lookup.name.split(".")
    if labels[0] in TRIED or any(label.startswith("_") for label in labels) or lookup.name.endswith(REVERSE):
        return True
    return _is_octets(labels[:OCTETS]) or (len(labels) > NIBBLES and all(_is_nibble(one) for one in labels[:NIBBLES]))


def _is_octets(labels: list[str]) -> bool:
    return len(labels) == OCTETS and all(integer(one, most=255) is not None for one in labels)


def _is_nibble(label: str) -> bool:
    return len(label) == 1 and label in "0123456789abcdef"
