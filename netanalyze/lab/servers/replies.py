"""What a laboratory server answers to a request, and how it misbehaves meanwhile; HTTP/1.1 and HTTP/2 share it."""

import fnmatch
from dataclasses import dataclass, field

from netanalyze.lab.servers import git_server, modules, packages, sumdb

CARRY_THE_DATABASE = ("goproxy.cn",)
"""Module proxies that pass lookups of the checksum database on (go.dev/ref/mod, "Mirroring a checksum database")."""


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

    def breaks_after(self, length: int) -> int | None:
        """Octets of a body of ``length`` after which the answer ends badly; None if it ends well before that."""
        ends = (self.stall_after, self.reset_after, self.close_after, self.stream_reset_after, self.goaway_after)
        return min((end for end in ends if end is not None and end < length), default=None)


@dataclass(frozen=True)
class ServedRequest:
    """What a client asked; header names in lower case."""

    target: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """Status, headers and body of one answer, and the conduct that goes with it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    conduct: Conduct = field(default_factory=Conduct)


class Content:
    """Everything one host has to say."""

    def __init__(self, serves: str, name: str, conducts: list[Conduct], folder: str = ""):
        self.serves, self.name, self.conducts = serves, name, conducts
        self.forge = git_server.Forge(folder) if serves == "git" else None

    def reply(self, request: ServedRequest) -> Reply:
        """The answer to one request."""
        path = request.target.partition("?")[0]
        conduct = next((conduct for conduct in self.conducts if conduct.fits(path)), Conduct())
        if conduct.redirect:
            return Reply(302, (("location", conduct.redirect + path), ("content-length", "0")), b"", conduct)
        status, headers, body = self._content(request, path, conduct)
        length = ("content-length", str(len(body)))
        return Reply(status, (*headers, length, ("server", "laboratory")), body, conduct)

    def _content(self, request: ServedRequest, path: str, conduct: Conduct) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body, before any misconduct."""
        if conduct.status:
            text = f"the laboratory says {conduct.status}\n"
            challenge = [("www-authenticate", 'Basic realm="laboratory"')] if conduct.status == 401 else []
            return conduct.status, [("content-type", "text/plain"), *challenge], text.encode()
        if self.forge:
            return self.forge.served(request.method, request.target, request.headers, request.body)
        if self.serves == "modules" and self.name in CARRY_THE_DATABASE and path.startswith("/sumdb/"):
            status, kind, body = sumdb.carried(path)
        elif self.serves == "modules":
            status, kind, body = modules.served(path)
        elif self.serves == "sumdb":
            status, kind, body = sumdb.served(path)
        elif self.serves == "packages":
            status, kind, body = packages.served(path, self.name)
        else:
            status, kind, body = 200, "text/html", self._vanity(path)
        return status, [("content-type", kind)], body

    def _vanity(self, path: str) -> bytes:
        """A page whose meta tag sends the go command to github.com (go.dev/ref/mod, "Finding a repository")."""
        name = path.strip("/").split("/")[0]
        target = f"https://github.com/example/{git_server.VANITY}{name}"
        tag = f'<meta name="go-import" content="{self.name}/{name} git {target}">'
        return f"<html><head>{tag}</head></html>\n".encode()
