"""A DNS message with other names and addresses, as long as it was (RFC 1035 section 4.1): pointers keep what they point to."""

from netanalyze.anonymity.keys import Key

HEADER, FIXED = 12, 10
"""Octets of the header; of a record behind its name."""
A, NS, CNAME, SOA, PTR, MX, AAAA, SRV, DNAME, OPT, HTTPS = 1, 2, 5, 6, 12, 15, 28, 33, 39, 41, 65
NAME_AT = {NS: 0, CNAME: 0, PTR: 0, DNAME: 0, MX: 2, SRV: 6, SOA: 0}
"""Where in a record's data a name begins."""
POINTER = 0xC0
LABELS_MOST = 128


def anonymised(key: Key, octets: bytes) -> bytes:
    """The message; what is behind the first record that makes no sense is blank."""
    new = bytearray(octets)
    if len(new) < HEADER:
        return bytes(len(new))
    done: set[int] = set()
    at = HEADER
    counts = [int.from_bytes(octets[place : place + 2], "big") for place in (4, 6, 8, 10)]
    for section, count in enumerate(counts):
        for _ in range(count):
            after = _name(key, new, octets, at, done)
            if after is None or after + 4 > len(new):
                _blank(new, at if after is None else after)
                return bytes(new)
            at = after + 4 if section == 0 else _record(key, new, octets, after, done)
    _blank(new, at)
    return bytes(new)


def _blank(new: bytearray, at: int) -> None:
    new[at:] = bytes(max(len(new) - at, 0))


def _record(key: Key, new: bytearray, octets: bytes, at: int, done: set[int]) -> int:
    kind = int.from_bytes(octets[at : at + 2], "big")
    length = int.from_bytes(octets[at + 8 : at + 10], "big")
    data, end = at + FIXED, at + FIXED + length
    if end > len(new):
        _blank(new, min(data, len(new)))
        return len(new)
    if kind == A and length == 4:
        new[data:end] = key.ipv4(octets[data:end])
    elif kind == AAAA and length == 16:
        new[data:end] = key.ipv6(octets[data:end])
    elif kind in NAME_AT:
        after = _name(key, new, octets, data + NAME_AT[kind], done)
        if after is not None and kind == SOA:
            after = _name(key, new, octets, after, done)
            after = None if after is None else after + 20
        if after is None or after > end:
            new[data:end] = bytes(length)
    elif kind == OPT:
        _options(new, data, end)
    else:
        new[data:end] = bytes(length)
    return end


def _options(new: bytearray, at: int, end: int) -> None:
    """EDNS options keep their codes and lengths (RFC 6891 section 6.1.2); a client's subnet is in one of them."""
    while at + 4 <= end:
        length = int.from_bytes(new[at + 2 : at + 4], "big")
        new[at + 4 : min(at + 4 + length, end)] = bytes(max(min(length, end - at - 4), 0))
        at += 4 + length


def _name(key: Key, new: bytearray, octets: bytes, at: int, done: set[int]) -> int | None:
    """Write the name that begins at ``at`` anew, each label where it stands; gives where it ends, None where it is none."""
    places: list[int] = []
    after: int | None = None
    while at < len(octets) and len(places) < LABELS_MOST:
        length = octets[at]
        if length & POINTER == POINTER:
            if at + 2 > len(octets):
                return None
            after = at + 2 if after is None else after
            target = int.from_bytes(octets[at : at + 2], "big") & 0x3FFF
            if target >= at:
                return None
            at = target
        elif length == 0:
            _labels(key, new, octets, places, done)
            return at + 1 if after is None else after
        elif length & POINTER or at + 1 + length > len(octets):
            return None
        else:
            places.append(at)
            at += 1 + length
    return None


def _labels(key: Key, new: bytearray, octets: bytes, places: list[int], done: set[int]) -> None:
    labels = [octets[place + 1 : place + 1 + octets[place]].decode("latin-1") for place in places]
    if any("." in label for label in labels):
        made = [key.words(label) for label in labels]
    else:
        made = key.name(".".join(labels)).split(".")
    for place, label in zip(places, made):
        if place not in done:
            done.add(place)
            new[place + 1 : place + 1 + octets[place]] = label.encode("latin-1")
