"""DHCP: whether a client takes what a server offered it (RFC 2131, RFC 2132)."""

COOKIE, COOKIE_AT = bytes.fromhex("63825363"), 236
"""What begins the options, and where (RFC 2131 section 3)."""
PAD, END, MESSAGE_TYPE, SERVER_IDENTIFIER = 0, 255, 53, 54
REQUEST, SERVER_PORT = 3, 67


def takes_offer(octets: bytes) -> bool:
    """Whether a message is a request that names the server: that had answered before (RFC 2131 section 4.3.2)."""
    at, options = COOKIE_AT + len(COOKIE), {}
    if octets[COOKIE_AT:at] != COOKIE:
        return False
    while at + 1 < len(octets) and octets[at] != END:
        if octets[at] == PAD:
            at += 1
            continue
        options[octets[at]] = octets[at + 2 : at + 2 + octets[at + 1]]
        at += 2 + octets[at + 1]
    return options.get(MESSAGE_TYPE) == bytes([REQUEST]) and SERVER_IDENTIFIER in options
