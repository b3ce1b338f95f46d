"""Secrets do not travel: user names and passwords in URLs and Authorization headers become ``xxxxx``."""

import re

_URL = re.compile(r"(://)(?!git@|hg@|xxxxx@)[^/\s@\"']{1,500}@")
_HEADER = re.compile(
    r"(?i)((?:(?:proxy-)?authorization|(?:set-)?cookie|private-token|x-api-key|x-auth-token)[\"']?\s?[:=]\s?[\"']?)\S.*"
)
_HEADER_NAMES = ("uthorization", "cookie", "private-token", "x-api-key", "x-auth-token")
_TOKEN = re.compile(r"(?i)^(--?(?:password|passwd|token|secret|api-?key|oauth2-bearer)=).+")
_NEXT = re.compile(r"(?i)^(?:-u|--user|-U|--proxy-user|--password|--token|--oauth2-bearer)$")


def redacted(text: str) -> str:
    """``text`` without credentials.

    >>> redacted("https://me:secret@proxy.example:3128/x")
    'https://xxxxx@proxy.example:3128/x'
    """
    if "@" in text:
        text = _URL.sub(r"\1xxxxx@", text)
        if "://" not in text and re.fullmatch(r"[^/\s@]+:[^/\s@]+@[\w.-]+(?::\d+)?/?", text):
            text = "xxxxx@" + text.rpartition("@")[2]
    lower = text.lower()
    return _HEADER.sub(r"\1xxxxx", text) if any(name in lower for name in _HEADER_NAMES) else text


def redacted_line(argv: tuple[str, ...]) -> tuple[str, ...]:
    """A command line without credentials.

    >>> redacted_line(("curl", "-u", "me:secret", "https://a.test", "--token=1"))
    ('curl', '-u', 'xxxxx', 'https://a.test', '--token=xxxxx')
    """
    words, hide = [], False
    for word in argv:
        words.append("xxxxx" if hide else _TOKEN.sub(r"\1xxxxx", redacted(word)))
        hide = bool(_NEXT.match(word))
    return tuple(words)
