"""What a laboratory server answers to a GET, and how it misbehaves while doing so; HTTP/1.1 and HTTP/2 share it."""

import fnmatch
from dataclasses import dataclass, field

from netanalyze.lab import modules


@dataclass
class Conduct:
    """How requests whose path fits ``path`` are answered; the first of a host's conducts that fits decides.

    Args:
        path: shell pattern on the path.
        times: for how many requests at most; None is for all.
        status: an error instead of the content.
        redirect: 302 to this URL with the path appended.
        silent: take the request and never answer.
        delay: seconds before the response's head.
        stall_after, reset_after, close_after: octets of body after which nothing more comes, an RST, or a FIN.
        stream_reset_after: octets of body after which RST_STREAM (INTERNAL_ERROR) ends the HTTP/2 stream.
        goaway_after: octets of body after which the server sends GOAWAY and closes (HTTP/2).
        pause_after, pause: octets of body after which the server rests for so many seconds, once.
        rate: octets of body per second; 0 is as fast as it goes.
    """

    path: str = "*"
    times: int | None = None
    status: int = 0
    redirect: str = ""
    silent: bool = False
    delay: float = 0.0
    stall_after: int | None = None
    reset_after: int | None = None
    close_after: int | None = None
    stream_reset_after: int | None = None
    goaway_after: int | None = None
    pause_after: int | None = None
    pause: float = 0.0
    rate: int = 0

    def fits(self, path: str) -> bool:
        """True if this conduct is for ``path``; counts it."""
        if not fnmatch.fnmatch(path, self.path):
            return False
        if self.times is not None:
            if self.times == 0:
                return False
            self.times -= 1
        return True

    @property
    def breaks_after(self) -> int | None:
        """Octets of body after which the answer ends badly; None if it does not."""
        ends = (self.stall_after, self.reset_after, self.close_after, self.stream_reset_after, self.goaway_after)
        return min((end for end in ends if end is not None), default=None)


@dataclass(frozen=True)
class Reply:
    """Status, headers and body of one answer, and the conduct that goes with it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    conduct: Conduct = field(default_factory=Conduct)


class Content:
    """Everything one host has to say."""

    def __init__(self, serves: str, name: str, conducts: list[Conduct]):
        self.serves, self.name, self.conducts = serves, name, conducts

    def reply(self, target: str) -> Reply:
        """The answer to ``GET target``."""
        path, _, query = target.partition("?")
        conduct = next((conduct for conduct in self.conducts if conduct.fits(path)), Conduct())
        if conduct.redirect:
            return Reply(302, (("location", conduct.redirect + path), ("content-length", "0")), b"", conduct)
        if conduct.status:
            status, kind, body = conduct.status, "text/plain", f"the laboratory says {conduct.status}\n".encode()
        elif self.serves == "modules":
            status, kind, body = modules.served(path)
        elif self.serves == "vanity":
            status, kind, body = 200, "text/html", self._vanity(path)
        else:
            status, kind, body = 404, "text/plain", b"not found\n"
        headers = (("content-type", kind), ("content-length", str(len(body))), ("server", "laboratory"))
        return Reply(status, headers, body, conduct)

    def _vanity(self, path: str) -> bytes:
        """A page whose meta tag sends ``go get`` to github.com (go.dev/ref/mod, "Finding a repository")."""
        root = self.name + "/" + path.strip("/").split("/")[0]
        target = "https://github.com/example/" + path.strip("/").split("/")[0]
        return f'<html><head><meta name="go-import" content="{root} git {target}"></head></html>\n'.encode()
