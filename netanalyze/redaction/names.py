"""Names whose values are secrets, as data: options, keys, headers, variables, parameters of a query. One table for all.

A name is judged by its words (``--http-passwd``, ``X-Amz-Signature``, ``_authToken``, ``accessKey``), so that what nobody
has listed is hidden as well. Sources beside single names; the stems are those that programs' manuals use.
"""

import functools

from netanalyze.patterns import lazy_pattern

STEMS = (
    "password", "passwd", "passwort", "passphrase", "passcode", "secret", "token", "credential", "cookie", "bearer",
    "signature", "session", "authorization", "apikey", "authkey", "accesskey", "privatekey", "sharedkey", "accountkey",
    "sshpass", "userpass", "pgpass", "storepass", "keypass", "mypass", "dbpass",
)  # fmt: skip
"""A name with one of these anywhere in it, blanks and hyphens aside, is a secret's (pgpass(5), keytool, sshpass(1) …)."""
WORDS = (
    "auth", "oauth", "oauth2", "key", "keys", "pass", "pw", "pwd", "cred", "creds", "sig", "sid", "jwt", "otp", "totp",
    "psk", "pat", "csrf", "xsrf", "sas", "pin", "hmac", "ticket", "passin", "passout", "jsessionid", "phpsessid",
)  # fmt: skip
"""A name with one of these as a word of its own is a secret's; within another word (``author``, ``monkey``) they mean nothing."""
QUERY_WORDS = ("code", "assertion", "samlresponse", "samlrequest")
"""Secrets as parameters of a URL's query alone (RFC 6749 section 4.1.2: the authorization code; SAML bindings 3.4)."""
HARMLESS_ENDINGS = (
    "file", "path", "dir", "directory", "folder", "type", "url", "uri", "host", "port", "server", "endpoint", "timeout",
    "length", "size", "name", "method", "algorithm", "format", "provider", "helper", "jar", "socket", "sock", "address",
    "agent", "count", "limit", "ttl", "expires", "reuse", "cache", "mode", "version", "scheme", "location", "error", "exception",
    "warning", "checking",
)  # fmt: skip
"""What is about a secret and is none: ``--password-file``, ``SSH_AUTH_SOCK``, ``--key-type``, ``KeyError``,
``StrictHostKeyChecking``."""
OTHER_WORDS = ("tokeniz", "tokenis", "secretar", "passwordless")
"""Beginnings of words that have a stem in them and mean something else."""
HARMLESS = ("PWD", "OLDPWD")
"""A shell's current and former folder (POSIX, Shell Command Language 2.5.3); behind a semicolon it is ODBC's password."""
HEADERS = ("authorization", "cookie", "x-jfrog-art-api", "x-api", "authentication")
"""Headers that are secret beside those whose names have a hyphen and a secret's word (RFC 9110 section 11.6, RFC 6265)."""
STRONG = ("password", "passwd", "passphrase", "passcode", "secret", "token", "apikey", "credential", "authorization")
"""Of ``name: value`` in prose only these are believed: ``key:`` and ``session:`` are words of English."""

_PARTS = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def _words(name: str) -> list[str]:
    """The words of a name, in lower case, digits apart: ``x-amzSecurityToken`` has four."""
    return [part.lower() for part in _PARTS.findall(name)]


@functools.lru_cache(maxsize=4096)
def is_secret_name(name: str, in_query: bool = False) -> bool:
    """Whether the value that goes with a name is a secret.

    >>> is_secret_name("--http-passwd"), is_secret_name("X-Amz-Signature"), is_secret_name("author")
    (True, True, False)
    """
    words = [word for word in _words(name) if not word.startswith(OTHER_WORDS)]
    if not words or name in HARMLESS or words[-1] in HARMLESS_ENDINGS:
        return False
    if in_query and name.lower() in QUERY_WORDS:
        return True
    whole = "".join(words)
    return any(stem in whole for stem in STEMS) or any(word in WORDS for word in (*words, name.lower()))


def is_strong_name(name: str) -> bool:
    """Whether prose that says ``name: value`` is believed to tell a secret."""
    whole = "".join(_words(name))
    return is_secret_name(name) and any(stem in whole for stem in STRONG)


def is_secret_header(name: str) -> bool:
    """Whether a header's value is a secret.

    >>> is_secret_header("Set-Cookie"), is_secret_header("PRIVATE-TOKEN"), is_secret_header("key")
    (True, True, False)
    """
    return name.lower() in HEADERS or ("-" in name.strip("-") and is_secret_name(name))
