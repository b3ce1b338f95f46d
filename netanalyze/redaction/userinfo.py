"""User information of URLs within any text: found also where it is not written as RFC 3986 wants it.

A password with a raw ``/``, ``@`` or ``'`` in it ends the authority early for a strict reader (netanalyze.urls), and what
follows would stand in the open. Here user information goes up to the last ``@`` that can end it; an ``@`` of a path
(``/@v/list``, ``/@scope/``, ``module@v1.2.3``) cannot.
"""

import re

from netanalyze.patterns import lazy_pattern

HIDDEN = "xxxxx"
"""Stands for a secret: go's own word (net/url, URL.Redacted)."""
OPEN_USERS = ("git", "hg", HIDDEN)
"""Users that everybody is to a forge: no secret."""

NEAR = 200
"""Characters behind a URL of a text in which the rest of a password with a blank in it is looked for."""

_QUOTED_END = r"""["'`<>](?![\w@%.~-])"""
_NEXT_URL = r"""[,|;='"(\[/&](?=[A-Za-z][A-Za-z0-9+.-]{0,20}://)"""
_END = lazy_pattern(rf"\s|{_QUOTED_END}|{_NEXT_URL}")
"""Where a URL in a text ends: at a blank, a quote that nothing follows, or before the next URL (GOPROXY's lists)."""
_DELIMITER = lazy_pattern(r"[/?#\\]")
_PLACE = lazy_pattern(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
VERSION_WORDS = (
    "latest",
    "main",
    "master",
    "HEAD",
    "upgrade",
    "patch",
    "none",
    "next",
    "beta",
    "sha256",
    "sha512",
    "npm",
)
_VERSION = lazy_pattern(
    r"(?!(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9.+-]))v?[0-9]+(?:\.[0-9]+)*(?:[-+._][^\s/]*)?$"
    rf"|(?:{'|'.join(VERSION_WORDS)})$"
)
"""What stands behind the ``@`` of a module, package or image; four numbers are an address."""
_HOST = lazy_pattern(r"\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.-]*[A-Za-z0-9_]")
_USER = lazy_pattern(r"[\w.+%~!$*-]+")
_SEPARATORS = "/=\"'(,|<[`{;"


def hide_userinfo(text: str, one_word: bool = False) -> str:
    """``text`` without the user information of its URLs, and of ``user:password@host`` without a scheme.

    Args:
        one_word: the text is one word of a command line or a variable's value: blanks do not end a URL in it.

    >>> hide_userinfo("get https://me:a/b@c@host:1/x/@v/list, git@host:p, me:it's@proxy:3128")
    'get https://xxxxx@host:1/x/@v/list, git@host:p, xxxxx@proxy:3128'
    """
    if "@" not in text:
        return text
    if "://" in text:
        text = _in_urls(text, one_word)
    return _without_scheme(text)


def _in_urls(text: str, one_word: bool) -> str:
    made, done = [], 0
    begin = text.find("://")
    while begin >= 0:
        start = begin + 3
        found = _END.search(text, start)
        end = found.start() if found else len(text)
        at = _userinfo_end(text, start, end)
        if at < 0 and found and not _is_place(text[start : _authority_end(text, start, end)]):  # a blank in a password
            at = text.rfind("@", end) if one_word else text.find("@", end, end + NEAR)
        if at >= 0 and text[start:at] not in OPEN_USERS:
            made += [text[done:start], HIDDEN]
            done = at
        begin = text.find("://", max(end, at, start))
    return "".join([*made, text[done:]])


def _authority_end(text: str, start: int, end: int) -> int:
    found = _DELIMITER.search(text, start, end)
    return found.start() if found else end


def _is_place(authority: str) -> bool:
    """Whether this can be a host with or without a port."""
    return bool(_PLACE.fullmatch(authority))


def _userinfo_end(text: str, start: int, end: int) -> int:
    """The ``@`` that ends the user information of the URL whose authority begins at ``start``; -1 where there is none."""
    stop = _authority_end(text, start, end)
    at = text.rfind("@", start, stop)
    later = _ending_at(text, stop, end)
    if at >= 0:
        return max(at, later)
    place = _PLACE.fullmatch(text, start, stop)
    if place is None:  # no host and port: something in it is a password
        return later if later >= 0 else text.rfind("@", stop, end)
    if "." in place[1] or place[1].startswith(("[", "localhost")) or not place[1]:
        return -1
    return later if later >= 0 and "." in text[later:end].partition("/")[0] else -1


def _ending_at(text: str, start: int, end: int) -> int:
    """The last ``@`` within a path before which something stands, and a host behind it; -1 where there is none."""
    at = text.rfind("@", start, end)
    while at >= 0:
        if text[at - 1] != "/" and is_host(text[at + 1 : min(end, at + 300)]):
            return at
        at = text.rfind("@", start, at)
    return -1


def is_host(text: str) -> bool:
    """Whether a host stands at the beginning of a text, and no version of a module.

    >>> is_host("proxy:3128/x"), is_host("127.0.0.1:9"), is_host("v1.2.3/x"), is_host("latest")
    (True, True, False, False)
    """
    found = _HOST.match(text)
    return found is not None and not _VERSION.match(text[: found.end()]) and text[found.end() : found.end() + 1] != "@"


def _without_scheme(text: str) -> str:
    """Each ``user:password@host`` that is a word of its own, or follows ``=`` or a quote."""
    if ":" not in text:
        return text
    words = re.split(r"(\s+)", text)
    return "".join(
        [_hidden_pair(word) if "@" in word and ":" in word and "://" not in word else word for word in words]
    )


def _hidden_pair(word: str) -> str:
    at, colon = word.rfind("@"), word.find(":")
    if colon > at or at < colon + 2 or not is_host(word[at + 1 : at + 300]):
        return word
    start = max(word.rfind(mark, 0, colon) for mark in _SEPARATORS) + 1
    if not _USER.fullmatch(word, start, colon) or word[start:at] in OPEN_USERS:
        return word
    return f"{word[:start]}{HIDDEN}{word[at:]}"
