"""Git over HTTPS as a forge serves it: a repository made on the spot, and git's own CGI program behind the TLS server.

One repository for every path ``/example/NAME``: a Go module ``github.com/example/NAME`` with the tag v1.0.0; NAME
``vanity-X`` is the module ``example.com/X``. See git-http-backend(1).
"""

import os
import random
import subprocess
import threading
from pathlib import Path

from netanalyze.lab.addresses import CLIENT_V4
from netanalyze.output_files import write_octets, write_text

PAYLOAD_OCTETS = 400_000
VANITY = "vanity-"
IDENTITY = {
    "GIT_AUTHOR_NAME": "Laboratory",
    "GIT_AUTHOR_EMAIL": "laboratory@example.com",
    "GIT_COMMITTER_NAME": "Laboratory",
    "GIT_COMMITTER_EMAIL": "laboratory@example.com",
    "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Forge:
    """Repositories made in ``folder`` when they are first asked for."""

    def __init__(self, folder: str):
        self.folder = Path(folder)
        self._making = threading.Lock()

    def repository(self, name: str) -> Path:
        """The bare repository ``example/<name>``."""
        bare, work = self.folder / "example" / name, self.folder / "work" / name
        with self._making:
            if bare.exists():
                return bare
            work.mkdir(parents=True)
            vanity = name.startswith(VANITY)
            module = f"example.com/{name.removeprefix(VANITY)}" if vanity else f"github.com/example/{name}"
            write_text(work / "go.mod", f"module {module}\n\ngo 1.21\n")
            write_text(work / "doc.go", f"package {name.removeprefix(VANITY)}\n")
            write_octets(work / "payload.bin", random.Random(name).randbytes(PAYLOAD_OCTETS))
            for words in (
                ["init", "-q", "-b", "main"],
                ["add", "."],
                ["commit", "-q", "-m", "first"],
                ["tag", "v1.0.0"],
                ["clone", "-q", "--bare", ".", str(bare)],
            ):
                subprocess.run(["git", *words], cwd=work, env=self._environment(), check=True)
        return bare

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), **IDENTITY}

    def served(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body for a request, from git's CGI program."""
        path, _, query = target.partition("?")
        parts = path.strip("/").split("/")
        if len(parts) < 3 or parts[0] != "example":
            return 404, [("content-type", "text/plain")], b"not found\n"
        name = parts[1].removesuffix(".git")
        self.repository(name)
        environment = {
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": "/" + "/".join(["example", name, *parts[2:]]),
            "QUERY_STRING": query,
            "REQUEST_METHOD": method,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "REMOTE_ADDR": CLIENT_V4,
        }
        environment |= self._environment()
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        status, given = 200, []
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "status":
                status = int(value.split()[0])
            elif name:
                given.append((name.lower(), value))
        return status, given, content
