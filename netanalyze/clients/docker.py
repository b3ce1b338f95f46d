"""docker pull: the daemon does the network's work, in Go; fifteen seconds for a registry's first answer, none for a layer."""

from netanalyze.clients import go
from netanalyze.clients.client import GO, Client, Timer

_PING = "moby registry/auth.go, PingV2Registry: http.Client.Timeout 15 s"
_SAID = "Client.Timeout exceeded while awaiting headers"

TIMERS = (
    *(t for t in go.TIMERS if t.phase in ("dns", "keepalive")),
    Timer("first question to a registry", 15.0, 0.5, "dial", _SAID, _PING),
    Timer("TLS handshake", 10.0, 0.3, "tls", "net/http: TLS handshake timeout", "net/http: TLSHandshakeTimeout 10 s"),
    Timer("first question to a registry", 15.0, 0.5, "response", _SAID, _PING),
)

CLIENT = Client(
    "docker", "docker", TIMERS, (GO,),
    unguarded=("body",),
    retries="4 of each layer (dockerd --max-download-attempts 5)",
)  # fmt: skip
