"""TLS numbers and their names (RFC 8446, RFC 5246, RFC 6101; IANA "TLS Parameters" and "TLS ExtensionType Values")."""

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24

CONTENT_TYPE_NAMES = {
    CHANGE_CIPHER_SPEC: "change_cipher_spec",
    ALERT: "alert",
    HANDSHAKE: "handshake",
    APPLICATION_DATA: "application_data",
    HEARTBEAT: "heartbeat",
}
"""Content types of records (RFC 8446 appendix B.1, RFC 6520)."""

HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO, NEW_SESSION_TICKET, HELLO_RETRY_REQUEST = 0, 1, 2, 4, 6
CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 11, 12, 13, 14
CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED, CERTIFICATE_STATUS = 15, 16, 20, 22

HANDSHAKE_TYPE_NAMES = {
    HELLO_REQUEST: "hello_request",
    CLIENT_HELLO: "client_hello",
    SERVER_HELLO: "server_hello",
    NEW_SESSION_TICKET: "new_session_ticket",
    HELLO_RETRY_REQUEST: "hello_retry_request",
    CERTIFICATE: "certificate",
    SERVER_KEY_EXCHANGE: "server_key_exchange",
    CERTIFICATE_REQUEST: "certificate_request",
    SERVER_HELLO_DONE: "server_hello_done",
    CERTIFICATE_VERIFY: "certificate_verify",
    CLIENT_KEY_EXCHANGE: "client_key_exchange",
    CERTIFICATE_STATUS: "certificate_status",
}
"""Handshake messages that travel in clear (RFC 5246 section 7.4, RFC 8446 appendix B.3; 6 only in its drafts)."""

SSL2, SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0002, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
TLS13_DRAFT = 0x7F00
"""Drafts of TLS 1.3 called themselves 0x7f00 plus their number."""

VERSION_NAMES = {
    SSL2: "SSL 2.0",
    SSL3: "SSL 3.0",
    TLS10: "TLS 1.0",
    TLS11: "TLS 1.1",
    TLS12: "TLS 1.2",
    TLS13: "TLS 1.3",
}
"""Protocol versions by their number on the wire."""

SERVER_NAME, SUPPORTED_GROUPS, EC_POINT_FORMATS, SIGNATURE_ALGORITHMS, ALPN = 0, 10, 11, 13, 16
KEY_SHARE_DRAFT, PRE_SHARED_KEY, SUPPORTED_VERSIONS, KEY_SHARE = 40, 41, 43, 51
ENCRYPTED_CLIENT_HELLO = 0xFE0D

WARNING, FATAL = 1, 2
ALERT_LEVEL_NAMES = {WARNING: "warning", FATAL: "fatal"}
"""Levels of alerts (RFC 8446 section 6)."""

CLOSE_NOTIFY = 0

ALERT_NAMES = {
    CLOSE_NOTIFY: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    21: "decryption_failed",
    22: "record_overflow",
    30: "decompression_failure",
    40: "handshake_failure",
    41: "no_certificate",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    49: "access_denied",
    50: "decode_error",
    51: "decrypt_error",
    60: "export_restriction",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    90: "user_canceled",
    100: "no_renegotiation",
    109: "missing_extension",
    110: "unsupported_extension",
    111: "certificate_unobtainable",
    112: "unrecognized_name",
    113: "bad_certificate_status_response",
    114: "bad_certificate_hash_value",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
    121: "ech_required",
}
"""Alert descriptions (RFC 8446 section 6; those of TLS 1.2 and before: RFC 5246 section 7.2, RFC 6066, RFC 6101)."""

GROUP_NAMES = {
    23: "secp256r1",
    24: "secp384r1",
    25: "secp521r1",
    29: "x25519",
    30: "x448",
    256: "ffdhe2048",
    257: "ffdhe3072",
    258: "ffdhe4096",
    512: "MLKEM512",
    513: "MLKEM768",
    514: "MLKEM1024",
    4587: "SecP256r1MLKEM768",
    4588: "X25519MLKEM768",
    4589: "SecP384r1MLKEM1024",
    25497: "X25519Kyber768Draft00",
}
"""Key exchange groups that are met today (IANA "TLS Supported Groups")."""

CIPHER_SUITE_NAMES = {
    0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
    0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
    0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    0x00FF: "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0x5600: "TLS_FALLBACK_SCSV",
    0xC009: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    0xC00A: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    0xC013: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    0xC014: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
}
"""The cipher suites that are met today (IANA "TLS Cipher Suites")."""


def version_name(version: int) -> str:
    """``TLS 1.3``, ``TLS 1.3 draft 16``, or the number in hexadecimal."""
    if version >> 8 == TLS13_DRAFT >> 8:
        return f"TLS 1.3 draft {version & 0xFF}"
    return VERSION_NAMES.get(version, f"0x{version:04x}")


def alert_name(description: int) -> str:
    """The alert's name in the RFCs, ``alert 200`` where it has none."""
    return ALERT_NAMES.get(description, f"alert {description}")


def group_name(group: int) -> str:
    """The key exchange group's name, or its number in hexadecimal."""
    return GROUP_NAMES.get(group, f"0x{group:04x}")


def cipher_suite_name(suite: int) -> str:
    """The cipher suite's name, or its number in hexadecimal."""
    return CIPHER_SUITE_NAMES.get(suite, f"0x{suite:04x}")


def is_grease(number: int) -> bool:
    """One of the sixteen values 0x0a0a, 0x1a1a … 0xfafa that mean nothing on purpose (RFC 8701)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF
