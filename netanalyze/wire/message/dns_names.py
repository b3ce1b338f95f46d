"""Names of DNS types and response codes (IANA "DNS Parameters"; RFC 1035, RFC 2136, RFC 6895)."""

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, DNAME, OPT, SVCB, HTTPS = 1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 41, 64, 65

TYPE_NAMES = {
    A: "A",
    NS: "NS",
    CNAME: "CNAME",
    SOA: "SOA",
    10: "NULL",
    PTR: "PTR",
    13: "HINFO",
    MX: "MX",
    TXT: "TXT",
    17: "RP",
    18: "AFSDB",
    24: "SIG",
    25: "KEY",
    AAAA: "AAAA",
    29: "LOC",
    SRV: "SRV",
    35: "NAPTR",
    37: "CERT",
    DNAME: "DNAME",
    OPT: "OPT",
    43: "DS",
    44: "SSHFP",
    46: "RRSIG",
    47: "NSEC",
    48: "DNSKEY",
    50: "NSEC3",
    51: "NSEC3PARAM",
    52: "TLSA",
    53: "SMIMEA",
    59: "CDS",
    60: "CDNSKEY",
    61: "OPENPGPKEY",
    63: "ZONEMD",
    SVCB: "SVCB",
    HTTPS: "HTTPS",
    99: "SPF",
    249: "TKEY",
    250: "TSIG",
    251: "IXFR",
    252: "AXFR",
    255: "ANY",
    256: "URI",
    257: "CAA",
}
"""Record and question types a client's capture may hold, by number."""

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)

RCODE_NAMES = {
    NOERROR: "NOERROR",
    FORMERR: "FORMERR",
    SERVFAIL: "SERVFAIL",
    NXDOMAIN: "NXDOMAIN",
    NOTIMP: "NOTIMP",
    REFUSED: "REFUSED",
    6: "YXDOMAIN",
    7: "YXRRSET",
    8: "NXRRSET",
    9: "NOTAUTH",
    10: "NOTZONE",
    11: "DSOTYPENI",
    16: "BADVERS",
    17: "BADKEY",
    18: "BADTIME",
    19: "BADMODE",
    20: "BADNAME",
    21: "BADALG",
    22: "BADTRUNC",
    23: "BADCOOKIE",
}
"""Response codes, the upper eight bits from EDNS joined in."""


def type_name(number: int) -> str:
    """The type as written in zone files, ``TYPE65280`` where it has no name (RFC 3597 section 5)."""
    return TYPE_NAMES.get(number, f"TYPE{number}")


def rcode_name(number: int) -> str:
    """The response code as dig writes it, ``RCODE3841`` where it has no name."""
    return RCODE_NAMES.get(number, f"RCODE{number}")
