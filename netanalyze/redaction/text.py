"""Any text without its secrets: URLs, headers, ``name=value``, ``"name": "value"``, options with their values, tokens.

Each step reads the text once from left to right; no pattern here can look at an octet more than a fixed number of times.
"""

import functools
import re
from urllib.parse import quote, unquote

from netanalyze.patterns import lazy_pattern
from netanalyze.redaction.names import (
    HARMLESS,
    HEADERS,
    QUERY_WORDS,
    STEMS,
    WORDS,
    is_secret_header,
    is_secret_name,
    is_strong_name,
)
from netanalyze.redaction.segments import hide_assigned_segments
from netanalyze.redaction.switch import known_secrets, redacts
from netanalyze.redaction.tokens import BEGIN_KEY, END_KEY, PRIVATE_KEY, SCHEMES, TOKEN, TOKENS
from netanalyze.redaction.userinfo import HIDDEN, hide_userinfo

KEPT_MOST = 400
"""Characters of a text whose answer is kept: while a command runs its trace is read again and again."""
PASSES = 6
"""What one pass has hidden may show another's beginning: passes go on until nothing changes."""
ENCODED_MOST = 3
"""Times that a text is looked for in percent-encoding: a URL within a query within a query."""
_STEMS = [stem for stem in STEMS if not any(word in stem for word in WORDS)]
_SCREEN = lazy_pattern("|".join(dict.fromkeys([*WORDS, *QUERY_WORDS, *_STEMS, *HEADERS])))
"""Without one of these no name in a text is a secret's: asked first, as it is cheap."""
_PREFIXES = tuple(one.prefix for one in TOKENS)
_SCHEMES = lazy_pattern("|".join(SCHEMES))
_NAME = lazy_pattern(
    r"(?<![\w.$%-])(?P<name>[\w.$%-]++)"
    r"(?P<sep>\\*(?:[\"']\]?(?:\s|\\n)*+|\[\w*+\]|\]?[ \t]*+|[ \t]*+)(?:=>|[:=])(?:(?<=[\"']:)(?:\s|\\n)*+|[ \t]*+))"
)
"""A name and what stands between it and its value; behind a quoted one also the ends of lines (JSON that is laid out)."""
_OPTION = lazy_pattern(r"(?<![\w-])(?P<name>--?[A-Za-z][\w.-]++)(?P<sep>[ \t]++)(?=[^\s-]|-\S)")
_OPTIONAL_WORD = lazy_pattern(r"--[a-z][a-z0-9-]*+(?:=|(?=\s|$))|-[A-Za-z](?=\s|$)")
_PORT = lazy_pattern(r"[0-9]{1,5}(?:/|$)")
_OPENING = lazy_pattern(r"\\*[\"']")
_QUOTED = {'"': lazy_pattern(r"(?:[^\"\\]|\\.)*+", re.DOTALL), "'": lazy_pattern(r"[^']*+")}
_UNQUOTED = lazy_pattern(r"(?:[^\s\"'&;,]|[&;,](?!\s?[\w.%\[\]-]+=|\s|$)|(?<=[&;,\w])[\"'](?=\w))*+")
_WHOLE = lazy_pattern(r"(?:[^&\n]|&(?![\w.%\[\]-]+=))*+")
_USER_OPTION = lazy_pattern(
    r"(?<![\w-])(-[uU][ \t]*+|--(?:proxy-)?user[ \t=]++)"
    r"(\"[^\"\s:]*+:[^\"]*+\"?|'[^'\s:]*+:[^']*+'?|[^\s\"':=-][^\s\"':]*+:[^\s\"']++)"
)
_SCHEME = lazy_pattern(rf"(?i)\b({'|'.join(SCHEMES)})([ \t]++)([A-Za-z0-9._~+/=:-]{{6,}})")
_SCHEME_NAMED = lazy_pattern(rf"(?i)(?:{'|'.join(SCHEMES)})[ \t]++\S")
_SCHEME_WORD = lazy_pattern(r"[A-Za-z][A-Za-z0-9-]*+[ \t]+(?=\S)")
_LOGIN = lazy_pattern(r"(\b(?:(?:login|machine)[ \t]++\S++|default)\s++password[ \t]++)(\S++)")
_PASS = lazy_pattern(r"(?<![\w-])(pass:)([^\s\"']++)")
_XML = lazy_pattern(r"<([\w:.-]++)(?: [^<>]*+)?>(<!\[CDATA\[[^<>]*+>|[^<>]++)(?=</)")
_ARRAY = lazy_pattern(r"\[[^\[\]{}]*+\]|\([^()\[\]{}]*+\)")
_PAIR = lazy_pattern(
    r"(\\*[\"']?\b(?:[Nn]ame|[Kk]ey)\\*[\"']?\s*+[:=]\s*+\\*[\"'])([\w.-]++)"
    r"(\\*[\"'][\s,]*+\\*[\"']?[Vv]alue\\*[\"']?\s*+[:=]\s*+\\*[\"'])([^\"'\\]++)"
)
"""A name and its value as two members or attributes: ``{"name": "PASSWORD", "value": "x"}``."""
_ENCODED = lazy_pattern(r"(?<![\w.~*+%-])[\w.~*+-]*+(?:%[0-9A-Fa-f]{2}[\w.~*+-]*+)+")
"""What percent-encoding made one word of: a URL within another's query."""
_PROTOCOL = lazy_pattern(r"((?:^|> |^C: ?)PASS |\bAUTH (?:PLAIN|LOGIN|XOAUTH2) )(\S++)", re.MULTILINE)
"""Passwords as FTP, POP3, SMTP and IMAP send them, and curl shows them."""
_PROGRAM = lazy_pattern(
    r"(\b(?:sshpass(?:[ \t]+-[a-z])?[ \t]+-p[ \t]*|(?:mysql|mariadb)\w*[ \t][^\n|;&]{0,200}?(?<=[ \t])-p(?!ass)"
    r"|login[ \t][^\n|;&]{0,200}?(?<=[ \t])-p[ \t=]*)[\"']?)([^\s\"']++)"
)
"""Passwords behind ``-p``, where the text names the program that takes them so."""
_IN_CURL = lazy_pattern(
    r"(\bcurl[ \t][^\n|;&]{0,200}?(?<=[ \t])-[A-Za-z#]{1,9}[uU][ \t]*+)([\"']?[^\s\"':-][^\s\"':]*+:[^\s\"']++)"
)


def redacted(text: str, one_word: bool = False) -> str:
    """``text`` without secrets.

    Args:
        one_word: it is one word of a command line or a variable's value, so that blanks end no value in it.

    >>> redacted('get https://me:secret@proxy.example/x?access_token=1 -H "Authorization: Bearer abc"')
    'get https://xxxxx@proxy.example/x?access_token=xxxxx -H "Authorization: Bearer xxxxx"'
    """
    if not redacts() or not text:
        return text
    for secret in known_secrets():
        text = text.replace(secret, HIDDEN)
    return _passed(text, one_word) if len(text) > KEPT_MOST else _remembered(text, one_word)


def _passed(text: str, one_word: bool) -> str:
    for _ in range(PASSES):
        passed = _pass(text, one_word)
        if passed == text:
            break
        text = passed
    return text


_remembered = functools.lru_cache(maxsize=16_384)(_passed)


def _pass(text: str, one_word: bool, decode: bool = True) -> str:
    if PRIVATE_KEY in text:
        text = _without_keys(text)
    text = hide_userinfo(text, one_word)
    if "GOPROXY=" in text or "GOSUMDB=" in text:
        text = hide_assigned_segments(text)
    if decode and "%" in text:
        text = _ENCODED.sub(_encoded, text)
    lower = text.lower()
    if _SCREEN.search(unquote(lower) if "%" in lower else lower):
        if "alue" in text:
            text = _PAIR.sub(_pair, text)
        text = _hide_named(text, one_word)
        if "-" in text:
            text = _hide_options(text)
    if "-u" in lower or "-proxy-u" in lower:
        text = _USER_OPTION.sub(rf"\1{HIDDEN}", text)
    if _SCHEMES.search(lower):
        text = _SCHEME.sub(_scheme, text)
    if "curl" in text:
        text = _IN_CURL.sub(rf"\1{HIDDEN}", text)
    if "-p" in text:
        text = _PROGRAM.sub(rf"\1{HIDDEN}", text)
    if "PASS " in text or "AUTH " in text:
        text = _PROTOCOL.sub(rf"\1{HIDDEN}", text)
    if "password" in text:
        text = _LOGIN.sub(rf"\1{HIDDEN}", text)
    if "pass:" in text:
        text = _PASS.sub(rf"\1{HIDDEN}", text)
    if "</" in text:
        text = _XML.sub(_element, text)
    return TOKEN.sub(HIDDEN, text) if any(map(text.__contains__, _PREFIXES)) else text


def _without_keys(text: str) -> str:
    """Private keys of RFC 7468: what stands between their lines, to the end of the text where the last line is missing."""
    made, done = [], 0
    while (begin := text.find(BEGIN_KEY, done)) >= 0:
        line = text.find("-----", begin + len(BEGIN_KEY))
        if line < 0 or PRIVATE_KEY not in text[begin:line]:
            if line < 0 or line - begin > 100:
                break
            made.append(text[done:line])
            done = line
            continue
        end = text.find(END_KEY, line)
        made += [text[done : line + 5], HIDDEN]
        done = len(text) if end < 0 else end
    return "".join([*made, text[done:]])


def _hide_named(text: str, one_word: bool) -> str:
    """Values of ``name=value``, ``name: value`` and ``"name": "value"`` whose names say that they are secrets."""
    made, done = [], 0
    match = _NAME.search(text)
    while match:
        start, end = match.end(), match.end()
        if any(mark in match["sep"] for mark in ":="):
            start, end = _value(text, match, one_word)
        if end > start:
            made += [text[done:start], HIDDEN]
            done = end
        match = _NAME.search(text, max(end, match.end()))
    return "".join([*made, text[done:]]) if made else text


def _value(text: str, match: re.Match[str], one_word: bool) -> tuple[int, int]:
    """Where the value behind a name begins and ends; an empty span where it is no secret."""
    name, sep, at = match["name"], match["sep"], match.end()
    name += sep.partition("]")[0] if sep.startswith("[") else ""
    name = unquote(name) if "%" in name else name
    before = text[match.start() - 1] if match.start() else ""
    quoted = "'" in sep or '"' in sep
    colon = ":" in sep
    if not quoted and is_secret_header(name) and (colon or _SCHEME_NAMED.match(text, at)):
        return _header(text, name, at, before)
    odbc = before == ";" and name in HARMLESS
    if not odbc and not is_secret_name(name, in_query=before in ("?", "&") and not colon):
        return at, at
    opening = _OPENING.match(text, at)
    if opening:
        return at + len(opening[0]), _closing(text, opening)
    if colon and not quoted and not _is_told(text, name, sep, at):
        return at, at
    array = _ARRAY.match(text, at)
    if array:
        return at + 1, array.end() - 1
    if text[at : at + 1] in ("{", "["):
        return at, at
    if one_word and not colon:
        return at, _WHOLE.match(text, at).end()  # type: ignore[union-attr]
    if (
        before in ("'", '"')
        and not quoted
        and not colon
        and (close := text.find(before, at)) > 0
        and "\n" not in text[at:close]
    ):
        return at, min(close, _WHOLE.match(text, at).end())  # type: ignore[union-attr]
    scheme = _SCHEME_NAMED.match(text, at)
    return at, _UNQUOTED.match(text, scheme.end() - 1 if scheme else at).end()  # type: ignore[union-attr]


def _is_told(text: str, name: str, sep: str, at: int) -> bool:
    """Whether unquoted prose, ``name: value``, tells a secret: a name that is one, and one word that is no port."""
    if not is_strong_name(name) or "." in name:
        return False
    end = text.find("\n", at)
    rest = text[at : len(text) if end < 0 else end].strip()
    word = _UNQUOTED.match(rest)
    found = word[0] if word else ""
    if sep.endswith(":"):
        return not _PORT.match(found) and not found.startswith("/")
    return bool(found) and (found == rest or rest[len(found) : len(found) + 1] in (",", ";", "'", '"', "&"))


def _closing(text: str, opening: re.Match[str]) -> int:
    """Where what a quote opened ends; at the end of the text where nothing closes it."""
    mark = opening[0]
    if len(mark) > 1:
        end = text.find(mark, opening.end())
        return len(text) if end < 0 else end
    return _QUOTED[mark].match(text, opening.end()).end()  # type: ignore[union-attr]


def _header(text: str, name: str, at: int, before: str) -> tuple[int, int]:
    """A header's value: to the closing quote where one stands before its name, else to the end of the line."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    if before in ("'", '"', "`"):
        close = text.find(before, at, end)
        end = end if close < 0 else close
    if text[end - 1 : end] == "\r":
        end -= 1
    scheme = _SCHEME_WORD.match(text, at, end) if name.lower().endswith("authorization") else None
    return scheme.end() if scheme else at, end


def _hide_options(text: str) -> str:
    """Values behind options: ``--password X``, ``-token 'X y'``."""
    made, done = [], 0
    match = _OPTION.search(text)
    while match:
        start = end = match.end()
        if takes_secret(match["name"]) and not _OPTIONAL_WORD.match(text, start):
            opening = _OPENING.match(text, start)
            if opening:
                start, end = start + len(opening[0]), _closing(text, opening)
            elif "://" not in (word := _UNQUOTED.match(text, start)[0]):  # type: ignore[index]
                end = start + len(word)
        if end > start:
            made += [text[done:start], HIDDEN]
            done = end
        match = _OPTION.search(text, max(end, match.end()))
    return "".join([*made, text[done:]]) if made else text


def takes_secret(option: str) -> bool:
    """Whether an option's value is a secret: ``--password``, ``-token``; not ``--no-auth-cache`` nor ``-key``'s short forms."""
    name = option.lstrip("-")
    if name.startswith("no-") or (not option.startswith("--") and len(name) < 3):
        return False
    return is_secret_name(name)


def secret_of_header(line: str) -> int:
    """Where the secret begins in ``Name: value`` with a name that tells one, behind the scheme; -1 where there is none."""
    name, colon, value = line.partition(":")
    if not colon or not value.strip() or not is_secret_name(name.strip()):
        return -1
    start = len(line) - len(value.lstrip())
    scheme = _SCHEME_WORD.match(line, start) if name.strip().lower().endswith("authorization") else None
    return scheme.end() if scheme else start


def _encoded(match: re.Match[str]) -> str:
    """A percent-encoded text without secrets, encoded again where there were any."""
    text = match[0]
    for _ in range(ENCODED_MOST):
        text = unquote(text)
    shown = _pass(text, one_word=True, decode=False)
    return match[0] if shown == text else quote(shown, safe="", errors="replace")


def _pair(match: re.Match[str]) -> str:
    told = match[2] == HIDDEN or is_secret_name(match[2])
    return match[1] + match[2] + match[3] + (HIDDEN if told else match[4])


def _scheme(match: re.Match[str]) -> str:
    """``Bearer abc123``: hidden where it cannot be English (``basic authentication``)."""
    value = match[3]
    english = value.strip(".:=").replace("-", "").isalpha() and (value[1:].lower() == value[1:])
    return match[0] if english else f"{match[1]}{match[2]}{HIDDEN}"


def _element(match: re.Match[str]) -> str:
    """An element of XML whose name is a secret's."""
    if not is_secret_name(match[1]):
        return match[0]
    return match[0][: match.start(2) - match.start()] + HIDDEN


class Lines:
    """Takes a text line by line and keeps in mind whether a private key is under way."""

    def __init__(self) -> None:
        self._inside = False

    def redacted(self, line: str) -> str:
        """The line without secrets."""
        if not redacts():
            return line
        if self._inside:
            if END_KEY not in line:
                return HIDDEN if line.strip() else line
            self._inside = False
            return redacted(line[line.index(END_KEY) :])
        begin = line.rfind(BEGIN_KEY)
        if begin >= 0 and PRIVATE_KEY in line[begin:] and END_KEY not in line[begin:]:
            self._inside = True
        return redacted(line)
