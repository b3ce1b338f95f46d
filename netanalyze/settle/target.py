"""What is to be settled: a host and port as they are typed, and what a verdict adds to them."""

from dataclasses import dataclass

from netanalyze.errors import NetanalyzeError
from netanalyze.paste import HOST, checked
from netanalyze.redaction import redacted
from netanalyze.urls import Url, is_address, split_typed
from netanalyze.wording import Text, message

HTTPS, HTTP = 443, 80
EVERYTHING, NAMES, CONNECTION = "everything", "names", "connection"
"""What is asked: all, the resolvers alone, or what comes after them alone."""


class NothingToSettle(NetanalyzeError):
    """There is nothing to ask the network: ``why``; ``remedy`` says what to do instead."""

    def __init__(self, why: Text, remedy: Text):
        super().__init__(why, remedy)
        self.why, self.remedy = why, remedy

    @property
    def sentence(self) -> Text:
        """Why, and what to do instead."""
        return message("{first}; {then}", first=self.why, then=self.remedy)


@dataclass(frozen=True)
class SettleTarget:
    """Where probes go.

    Attributes:
        host: a name, or an address as it was given.
        sni: the name that hellos carry; None for an address.
        addresses: asked before those that the name has: the one that a verdict names.
        resolvers: asked instead of those of this machine: the one that a verdict names.
        idle: seconds that a connection is left idle to see whether it dies of that; 0 for none.
        trace: where this machine drops it, nft is to trace it.
        focus: one of ``EVERYTHING``, ``NAMES``, ``CONNECTION``.
    """

    host: str
    port: int = HTTPS
    sni: str | None = None
    addresses: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    focus: str = EVERYTHING
    idle: float = 0.0
    trace: bool = False

    @property
    def other_port(self) -> int:
        """The port beside which this one is held."""
        return HTTP if self.port == HTTPS else HTTPS

    @property
    def by_name(self) -> bool:
        """Whether the host is a name, which resolvers are asked for."""
        return not is_address(self.host)


def typed_target(text: str) -> SettleTarget:
    """The target that somebody typed: HOST, HOST:PORT, an address, [IPv6]:PORT, or a URL.

    Raises:
        NothingToSettle: it is none of these.

    >>> typed_target("go.dev") == SettleTarget("go.dev", 443, "go.dev"), typed_target("[2001:db8::1]:8443").port
    (True, 8443)
    """
    found = Url("", None, text, None, "", None, None) if is_address(text) else split_typed(text)
    host = found.host if found is not None else None
    if found is None or host is None or found.port == 0 or not (is_address(host) or checked(host, HOST)):
        said = redacted(text, one_word=True)
        raise NothingToSettle(
            message("{text} is no HOST or HOST:PORT", text=repr(said)), "write it as proxy.golang.org or 192.0.2.1:443"
        )
    port = found.port or (HTTP if found.scheme == "http" else HTTPS)
    return SettleTarget(host, port, None if is_address(host) else host)
