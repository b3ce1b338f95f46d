"""What stands for an address, a name, a word: keyed bijections. Equal stays equal, different stays different, lengths stay.

Addresses keep common prefixes (of IPv4 octet by octet, of IPv6 four bits by four), after J. Xu et al., "Prefix-Preserving IP
Address Anonymization", ICNP 2002. An octet of an IPv4 address keeps its number of decimal digits, so that addresses in texts keep
their lengths. What has a meaning of its own keeps it: loopback, link-local, private, shared, multicast and broadcast prefixes.
"""

import hashlib
from functools import lru_cache
from ipaddress import IPv6Address

from netanalyze.causes.go.private_module_through_proxy import PRIVATE_NAMES
from netanalyze.clients.hosts import is_public
from netanalyze.flows.names.encrypted_dns import DOH_SERVERS
from netanalyze.patterns import lazy_pattern

LETTERS, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
SUFFIXES = frozenset({
    "com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "dev", "app", "cloud", "xyz",
    "localhost", "local", "arpa", *(name.rpartition(".")[2] for name in PRIVATE_NAMES),
})  # fmt: skip
"""Labels that say nothing of whose a name is; so do those of COUNTRIES."""
COUNTRIES = frozenset({
    "ac", "ad", "ae", "af", "ag", "ai", "al", "am", "ao", "aq", "ar", "as", "at", "au", "aw", "ax", "az", "ba",
    "bb", "bd", "be", "bf", "bg", "bh", "bi", "bj", "bm", "bn", "bo", "br", "bs", "bt", "bw", "by", "bz", "ca",
    "cc", "cd", "cf", "cg", "ch", "ci", "ck", "cl", "cm", "cn", "co", "cr", "cu", "cv", "cw", "cx", "cy", "cz",
    "de", "dj", "dk", "dm", "do", "dz", "ec", "ee", "eg", "er", "es", "et", "eu", "fi", "fj", "fk", "fm", "fo",
    "fr", "ga", "gb", "gd", "ge", "gf", "gg", "gh", "gi", "gl", "gm", "gn", "gp", "gq", "gr", "gs", "gt", "gu",
    "gw", "gy", "hk", "hm", "hn", "hr", "ht", "hu", "id", "ie", "il", "im", "in", "io", "iq", "ir", "is", "it",
    "je", "jm", "jo", "jp", "ke", "kg", "kh", "ki", "km", "kn", "kp", "kr", "kw", "ky", "kz", "la", "lb", "lc",
    "li", "lk", "lr", "ls", "lt", "lu", "lv", "ly", "ma", "mc", "md", "me", "mg", "mh", "mk", "ml", "mm", "mn",
    "mo", "mp", "mq", "mr", "ms", "mt", "mu", "mv", "mw", "mx", "my", "mz", "na", "nc", "ne", "nf", "ng", "ni",
    "nl", "no", "np", "nr", "nu", "nz", "om", "pa", "pe", "pf", "pg", "ph", "pk", "pl", "pm", "pn", "pr", "ps",
    "pt", "pw", "py", "qa", "re", "ro", "rs", "ru", "rw", "sa", "sb", "sc", "sd", "se", "sg", "sh", "si", "sk",
    "sl", "sm", "sn", "so", "sr", "ss", "st", "sv", "sx", "sy", "sz", "tc", "td", "tf", "tg", "th", "tj", "tk",
    "tl", "tm", "tn", "to", "tr", "tt", "tv", "tw", "tz", "ua", "ug", "uk", "us", "uy", "uz", "va", "vc", "ve",
    "vg", "vi", "vn", "vu", "wf", "ws", "ye", "yt", "za", "zm", "zw",
})  # fmt: skip
"""Top-level domains of countries (IANA)."""
NOBODYS = ("example", "test", "invalid")
"""Last labels of names that nobody has (RFC 2606)."""
SERVICES = frozenset({
    "goproxy", "athens", "sum", "sumdb", "gosumdb", "git", "gitlab", "gitea", "github", "gogs", "gerrit",
    "bitbucket", "svn", "hg", "www", "in", "addr", "ip6", "dns", "tcp", "udp",
})  # fmt: skip
"""Words in names that say what a server is for, and not whose it is (netanalyze.clients.hosts reads roles from them)."""
REGISTRIES = frozenset({
    "pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "crates.io", "index.crates.io", "static.crates.io",
    "registry-1.docker.io", "auth.docker.io", "production.cloudflare.docker.com", "registry.yarnpkg.com",
    "deb.debian.org", "security.debian.org", "archive.ubuntu.com", "security.ubuntu.com",
})  # fmt: skip
"""Public registries beside those that netanalyze.clients.hosts names."""
REVERSE = ("in-addr.arpa", "ip6.arpa")
SPECIAL_FIRST = frozenset({0, 10, 100, 127, 169, 172, 192, 198, *range(224, 256)})
"""First octets that stay, since prefixes with a meaning begin so (RFC 6890)."""
SPECIAL_SECOND = {
    100: frozenset(range(64, 128)), 169: frozenset({254}), 172: frozenset(range(16, 32)), 192: frozenset({168}),
    198: frozenset({18, 19}),
}  # fmt: skip
"""Second octets that stay behind them: 100.64/10, 169.254/16, 172.16/12, 192.168/16, 198.18/15."""
LABELS_MOST = 16
"""Labels among which a public service's name is looked for."""
WORD = lazy_pattern(r"[A-Za-z0-9\x80-\U0010ffff]+")


class Key:
    """A secret, and what it makes of everything.

    Args:
        secret: 16 octets or more; the same gives the same.
    """

    def __init__(self, secret: bytes):
        self._secret = hashlib.sha256(b"netanalyze anonymise" + secret).digest()
        self._order = lru_cache(maxsize=200_000)(self._shuffled)
        self.name = lru_cache(maxsize=200_000)(self._name)
        self.word = lru_cache(maxsize=200_000)(self._word)
        self.ipv4 = lru_cache(maxsize=200_000)(self._ipv4)
        self.ipv6 = lru_cache(maxsize=200_000)(self._ipv6)
        self.mac = lru_cache(maxsize=200_000)(self._mac)

    def _shuffled(self, context: str, of: tuple[int, ...] | str) -> dict:
        """A permutation of a small set, another one for each context: each element and what stands for it."""
        drawn = hashlib.shake_256(self._secret + context.encode("utf-8", "surrogatepass")).digest(8 * len(of))
        ranks = sorted(range(len(of)), key=lambda n: drawn[8 * n : 8 * n + 8])
        return {of[n]: of[rank] for n, rank in enumerate(ranks)}

    def fill(self, context: str, length: int) -> bytes:
        """Octets without a meaning, in the place of what was encrypted."""
        return hashlib.shake_256(self._secret + b"fill" + context.encode()).digest(length)

    def _word(self, word: str) -> str:
        lower = word.lower()
        if lower in SERVICES or not word:
            return word
        letters = list(lower)
        for backwards in (False, True):  # once more from behind: words with a common beginning have none then
            before = "b" if backwards else "f"
            places = range(len(letters) - 1, -1, -1) if backwards else range(len(letters))
            source = letters if backwards else list(lower)
            done = ""
            for place in places:
                character = source[place]
                for known in (LETTERS, DIGITS):
                    if character in known:
                        letters[place] = self._order(f"{before}{len(lower)} {done}", known)[character]
                done += character
        return "".join(new.upper() if old.isupper() else new for old, new in zip(word, letters))

    def words(self, text: str) -> str:
        """A text whose words are others of the same lengths; what stands between them stays."""
        return WORD.sub(lambda match: self.word(_ascii(match[0])), text)

    def _name(self, name: str) -> str:
        """A host name. Names of public services stay, as do suffixes that say nothing of whose a name is."""
        labels = name.split(".")
        kept = self._public(labels)
        last = len(labels) - 1 - (len(labels) > 1 and not labels[-1])
        kept |= {last} if last and labels[last].lower() in NOBODYS else set()
        kept |= {place for place, label in enumerate(labels) if _says_nothing(label.lower(), len(labels))}
        return ".".join(label if place in kept else self.words(label) for place, label in enumerate(labels))

    def _public(self, labels: list[str]) -> set[int]:
        """Places of labels that together are a public service's name, also with a search list's suffix behind them."""
        for first in range(min(len(labels), LABELS_MOST)):
            for end in range(min(len(labels), first + LABELS_MOST), first + 1, -1):
                rest = ".".join(labels[first:end]).lower()
                if is_public(rest) or rest in DOH_SERVERS or rest in REGISTRIES or rest in REVERSE:
                    return set(range(first, end))
        return set()

    def _ipv4(self, octets: bytes) -> bytes:
        first = octets[0]
        if first in (0, 127) or first >= 224:
            return octets
        made = bytearray(octets)
        for place, octet in enumerate(octets):
            kept: frozenset[int] = frozenset({0, 255}) if place == 3 else frozenset()
            if place == 0:
                kept = SPECIAL_FIRST
            elif place == 1:
                kept = SPECIAL_SECOND.get(first, frozenset())
            if octet in kept:
                continue
            low, high = (0, 10) if octet < 10 else (10, 100) if octet < 100 else (100, 256)
            of = tuple(n for n in range(low, high) if n not in kept)
            made[place] = self._order(f"4 {octets[:place].hex()}", of)[octet]
        return bytes(made)

    def _ipv6(self, octets: bytes) -> bytes:
        address = IPv6Address(octets)
        if octets[0] == 0xFF or address.is_loopback or address.is_unspecified:
            return octets
        if octets[:12] in (
            bytes(10) + b"\xff\xff",
            bytes.fromhex("0064ff9b") + bytes(8),
        ):  # RFC 4291 2.5.5.2, RFC 6052 2.1
            return octets[:12] + self.ipv4(octets[12:])
        digits = octets.hex()
        begin = 4 if octets[0] == 0xFE else 2 if octets[0] in (0xFC, 0xFD) else 1
        made = digits[:begin]
        for place in range(begin, 32):
            # a digit 0 stays: the text of an address is as long as it was, and an interface's zeros are no secret
            digit = digits[place]
            made += digit if digit == "0" else self._order(f"6 {digits[:place]}", "123456789abcdef")[digit]
        return bytes.fromhex(made)

    def _mac(self, octets: bytes) -> bytes:
        if octets[0] & 1 or not any(octets):  # a group's
            return octets
        drawn = hashlib.shake_256(self._secret + b"mac" + octets).digest(6)
        return bytes([(drawn[0] & 0xFC) | (octets[0] & 3)]) + drawn[1:]


def _says_nothing(label: str, labels: int) -> bool:
    """Whether a label is one of everybody's, wherever it stands: a search list puts suffixes behind whole names."""
    return (labels > 1 and label in SUFFIXES) or label == "localhost" or (labels > 1 and label in COUNTRIES)


def _ascii(word: str) -> str:
    """What is beyond ASCII becomes ``x``: of octets read as Latin-1, as many as there were."""
    return word if word.isascii() else "".join(letter if letter.isascii() else "x" for letter in word)
