"""A comma in GOPROXY falls back on 404 and 410 alone, and this error is neither.

What it finds
    go's last error, of a module proxy, is a time-out, a reset, a refusal, an
    end of file, no route or a status other than 404 and 410, and its lines name
    one module proxy only. A silent resolver would fail any other as well. Where
    the run's environment is known, GOPROXY must have another entry behind a
    comma; where it is not, whether the list has a second one is not visible.

Why a program hangs
    A comma means "go on if it does not have the module"; an error of the
    network is no such answer, so go stops. It does not repeat a failed fetch
    either.

What to do
    See the list, and let any error lead on (what comes is still checked against
    go.sum and the checksum database):
        go env GOPROXY
        export GOPROXY='https://proxy.golang.org|https://goproxy.cn|direct'
    With "direct" behind |, names of private modules reach the proxies before
    it: set GOPRIVATE for them.

Look-alikes
    go/dead-proxy-paid-per-file: the list has |, and pays for it.
    go/direct-fallback: 404 led on as it should. http/error-status: the error
    itself.

Known false alarms
    A list with one entry, or the default "proxy.golang.org,direct" of somebody
    whose firewall would stop direct as well.

References
    go help goproxy; Go 1.27 cmd/go/internal/modfetch/proxy.go (TryProxies:
    fallBackOnError), cmd/go/internal/web/api.go (404 and 410 are "not exist").
"""

from collections.abc import Iterator

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.client_errors import printed
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding
from netanalyze.wording import message

CAUSE = Cause(
    "go/no-fallback",
    meaning="A comma in GOPROXY goes on to the next entry after 404 and 410 only, so this error ended the run.",
    never_root=True,
)

KINDS = ("dial-timeout", "tls-handshake-timeout", "reset", "connection-refused", "eof", "http-status", "no-route")
COMMA = "go asked no other proxy: a comma falls back on 404 and 410 only, | on any error"
COMMA_OF = "go asked no other proxy: GOPROXY={goproxy}: a comma falls back on 404 and 410 only, | on any error"
ONE_PROXY_ASKED = Proved(
    0.6, "the run ended with an error that a comma does not fall back on, and one proxy alone was asked", Basis.COMMAND,
    "GOPROXY may have had no other entry",
)  # fmt: skip
COMMA_KNOWN = Proved(
    0.9, "GOPROXY is known to have a comma in it", Basis.COMMAND, "that the next entry would have had it is not known"
)


def check(case: Case) -> Iterator[Finding]:
    """go's final error is of a kind a comma does not fall back on, and only one proxy was asked."""
    error, trace = case.final_error, case.trace
    if error is None or trace is None or error.kind not in KINDS or case.client.name != "go":
        return
    status = error.facts.get("status")
    if status and str(status) in ("404", "410"):
        return
    asked = error.facts.get("host")
    if asked and case.role(asked) not in ("module-proxy", "server"):
        return  # a checksum database, toolchain or repository that fails is not what GOPROXY's list is for
    proxies = [h for h in trace.hosts if trace.host_roles.get(h) == "module-proxy"]
    if len(proxies) != 1:
        return
    goproxy = str(case.go_env.get("GOPROXY", ""))
    if goproxy and "," not in goproxy:
        return  # one entry, or | all along: there was nothing that a comma kept from being asked
    yield CAUSE.finding(
        Culprit("client"),
        (case.end_ns, case.end_ns),
        message(COMMA_OF if goproxy else COMMA, goproxy=goproxy),
        (printed(error.text, "the error that ended the run"),),
        confidence(ONE_PROXY_ASKED, COMMA_KNOWN.when(goproxy)),
    )
