"""Internet checksums (RFC 1071) of what was changed: a right one is right again, a wrong one stays wrong by as much."""


def mended(old_field: int, old: int, new: int, pseudo_old: int = -1, pseudo_new: int = -1) -> int:
    """The field that stands to the new octets as the old one stood to the old octets.

    Args:
        old_field: as captured.
        old, new: sums of what it covers, with the field as 0.
        pseudo_old, pseudo_new: sums of the pseudo-header alone, which is all that a field holds whose rest the card adds.
    """
    if old_field == pseudo_old:
        return pseudo_new
    wrong_by = (old_field + old) % 0xFFFF  # 0 for a right one
    return (wrong_by - new) % 0xFFFF or 0xFFFF if wrong_by else (0xFFFF - new % 0xFFFF) % 0xFFFF
