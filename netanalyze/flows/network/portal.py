"""Signs of a captive portal: something on the network that answers for others until one has logged in.

RFC 8952 describes the architecture; what shows on the wire are an answer that says so (511, RFC 6585 section 6), a
connectivity probe of an operating system or browser that gets another answer than it must, a redirect of a public name to
a private address, and names that have nothing in common and are all given one private address.
"""

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import ip_address

from netanalyze.flows.flow import Flow
from netanalyze.flows.names.lookups import Lookup
from netanalyze.urls import split
from netanalyze.wording import Text, message

AUTHENTICATION_REQUIRED = 511
"""Network Authentication Required (RFC 6585 section 6)."""
PROBES = {
    "connectivitycheck.gstatic.com": 204, "clients3.google.com": 204, "captive.apple.com": 200,
    "detectportal.firefox.com": 200, "www.msftconnecttest.com": 200, "nmcheck.gnome.org": 200,
}  # fmt: skip
"""Hosts asked by Android and Chrome, Apple, Firefox, Windows and GNOME to find portals, and the status without one."""
ENOUGH_NAMES = 3
"""Unrelated names with one private address, from which they are no coincidence: a split-horizon zone is one domain."""


def portal_signs(flows: Iterable[Flow], lookups: Iterable[Lookup]) -> list[tuple[int, Text]]:
    """(frame, what it shows) for each sign of a captive portal, in frame order."""
    found = [sign for flow in flows for sign in _in_clear(flow)]
    return sorted(found + _one_address_for_all(lookups), key=lambda sign: (sign[0], str(sign[1])))


def _in_clear(flow: Flow) -> list[tuple[int, Text]]:
    """What answers in clear say."""
    signs: list[tuple[int, Text]] = []
    for one in flow.clear.exchanges if flow.clear is not None else ():
        url = split(one.location or "")
        asked, target = one.host, url.host if url is not None else None
        if not one.response_frame:
            continue
        if one.status == AUTHENTICATION_REQUIRED:
            signs.append((one.response_frame, "511 Network Authentication Required: log in first"))
        elif asked in PROBES and one.status != PROBES[asked]:
            signs.append(
                (
                    one.response_frame,
                    message(
                        "{status} for {host}, which answers {expected} where no portal is",
                        status=one.status,
                        host=asked,
                        expected=PROBES[asked],
                    ),
                )
            )
        elif target and _private(target) and asked and not _private(asked) and "." in asked:
            signs.append(
                (
                    one.response_frame,
                    message("{host} is redirected to {target}, a private address", host=asked, target=target),
                )
            )
    return signs


def _one_address_for_all(lookups: Iterable[Lookup]) -> list[tuple[int, Text]]:
    """Names of different domains that were all given one private address."""
    names: dict[str, dict[str, Lookup]] = defaultdict(dict)
    for lookup in lookups:
        for address in lookup.addresses:
            if _private(address):
                names[address].setdefault(".".join(lookup.name.split(".")[-2:]), lookup)
    signs: list[tuple[int, Text]] = []
    for address, domains in names.items():
        if len(domains) >= ENOUGH_NAMES:
            last = max(domains.values(), key=lambda lookup: lookup.decided_by)
            first, second = sorted(domains)[:2]
            signs.append(
                (
                    last.decided_by or last.first_frame,
                    message(
                        "{address} was the answer for {first} and {second}, and others",
                        address=address,
                        first=first,
                        second=second,
                    ),
                )
            )
    return signs


def _private(host: str) -> bool:
    """Whether a host is an address that is routed in private networks only (RFC 1918, RFC 6598, RFC 4193)."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    octets = address.packed
    if address.version == 6:
        return octets[0] & 0xFE == 0xFC
    return octets[0] == 10 or octets[:2] in (b"\xc0\xa8",) or (octets[0], octets[1] & 0xF0) == (172, 16) or (
        octets[0], octets[1] & 0xC0
    ) == (100, 64)  # fmt: skip
