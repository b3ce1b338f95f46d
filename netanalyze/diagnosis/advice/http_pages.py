"""Advice where a proxy, a response or its body is the cause."""

from dataclasses import replace

from netanalyze.diagnosis.advice.form import Offer, Page, commands, offers
from netanalyze.diagnosis.advice.per_client import LOG_IN, NAME_AND_VERSION, WHICH_PROXY
from netanalyze.diagnosis.advice.shared import (
    ANOTHER_SOURCE,
    ANOTHER_WAY,
    CLEAN_CACHE,
    FASTER_LINE,
    LIMIT_TIME,
    RUN_AGAIN,
    SUMDB_OFF,
    TLS_CHECK,
    VAIN,
    WAITING_FOR_EVER,
)

_PROXY_CHECK = commands(
    Offer("", "curl -svm 15 -o /dev/null -x http://{proxy} https://{behind}/"),
    Offer("", "curl -svm 15 -o /dev/null -x http://{proxy} https://example.com/"),
    "env | grep -i proxy",
)
_PAST_PROXY = offers(
    WHICH_PROXY,
    Offer("Past the proxy, for this run", "HTTPS_PROXY= https_proxy= {again}"),
    Offer("Past it for this host, in this shell", 'export NO_PROXY="$NO_PROXY,{behind}"'),
)
_HTTP1 = Offer("Over HTTP/1.1, for this run", "GODEBUG=http2client=0 {again}", "go")
_HTTP1_GIT = Offer("Over HTTP/1.1, for this run", "git -c http.version=HTTP/1.1 fetch", "git")
_ALL_ERRORS = Offer("Go on to the next proxy after any error, this run", "GOPROXY='{goproxy_pipe}' {again}", "go")
_ANY_ERROR = Offer("Go on after any error: | in GOPROXY instead of ,", None, "go to=module-proxy")
_ANSWER_CHECK = commands(
    Offer("", "curl -sI --max-time 30 {scheme}://{origin}/"),
    "curl -sI --max-time 30 https://example.com/",
)
_RATE = commands(
    Offer("", "curl -so /dev/null -w '%{{speed_download}}\\n' {scheme}://{origin}/"),
    "curl -so /dev/null -w '%{{speed_download}}\\n' https://example.com/",
)

_WAITING_ON = replace(WAITING_FOR_EVER, when=f"{WAITING_FOR_EVER.when} !resumed=yes")
_PROXY_OR_SERVER = Offer("HTTP proxy, or the server behind it: no answer comes back", None, "acknowledged_by=proxy")

PAGES = {
    "http/connect-unanswered": Page(
        where=offers("the proxy: it took the request and is silent; server not proven guilty"),
        fix=offers(_PAST_PROXY, "See the proxy's log; may this host pass it?"),
        verify=_PROXY_CHECK,
        no_use=offers(Offer("another GOPROXY through the same proxy", None, "go"), VAIN),
    ),
    "http/connect-refused": Page(
        where=offers(
            Offer("the proxy wants credentials", None, "status=407"),
            Offer("the proxy: it does not let this host through", None, "status=403"),
            Offer("the proxy, or what it found behind it (5xx)"),
        ),
        fix=offers(
            Offer("Put user and password into the proxy's URL", None, "status=407"),
            _PAST_PROXY,
            Offer("Let the proxy's rules admit the host", None, "!status=407"),
        ),
        verify=_PROXY_CHECK,
        no_use=offers(VAIN),
    ),
    "http/response-missing": Page(
        where=offers(
            _PROXY_OR_SERVER,
            Offer("the server, or this machine: whether an answer is missing is not proven", None, "sure=no"),
            Offer("server: it took the request and does not answer; path alive", None, "path=alive"),
            "server: it took the request and does not answer; or the path died",
        ),
        fix=offers(ANOTHER_SOURCE, LIMIT_TIME,
                   Offer("It may be building the module: again in a minute", None, "go to=module-proxy")),
        verify=_ANSWER_CHECK,
        no_use=offers(WAITING_FOR_EVER, CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
    ),
    "http/response-late": Page(
        where=offers(
            Offer("the HTTP proxy: it answers CONNECT late; the path to it is fine", None, "role=http-proxy"),
            Offer("server: it answers late; the path is fine"),
        ),
        fix=offers(
            tuple(replace(o, when=f"{o.when} role=http-proxy") for o in _PAST_PROXY),
            tuple(replace(o, when=f"{o.when} !role=http-proxy") for o in ANOTHER_SOURCE),
            RUN_AGAIN,
        ),
        verify=commands(*(replace(o, when="role=http-proxy") for o in _PROXY_CHECK), *_RATE),
        no_use=offers(CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
    ),
    "http/body-stalled": Page(
        where=offers(
            _PROXY_OR_SERVER,
            Offer("server: it stopped in the midst of the answer; path alive", None, "path=alive"),
            "server: it stopped in the midst of the answer; or the path died",
        ),
        fix=offers(LIMIT_TIME, ANOTHER_SOURCE, _HTTP1, _HTTP1_GIT),
        verify=_RATE,
        no_use=offers(_WAITING_ON, CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
    ),
    "http/body-slow": Page(
        where=offers("server: it sends slowly; path and window would bear more"),
        fix=offers(ANOTHER_SOURCE, Offer("Another server or mirror", None, "!go"), _HTTP1),
        verify=_RATE,
        no_use=offers(CLEAN_CACHE, SUMDB_OFF, FASTER_LINE),
    ),
    "http/stream-reset": Page(
        where=offers("server (or its front): it broke off one stream"),
        fix=offers(RUN_AGAIN, _HTTP1, _HTTP1_GIT, ANOTHER_SOURCE),
        verify=_ANSWER_CHECK,
        no_use=VAIN,
    ),
    "http/goaway": Page(
        where=offers("server (or its front): so many requests a connection, no more"),
        fix=offers(RUN_AGAIN, _HTTP1, _HTTP1_GIT, ANOTHER_SOURCE, "The operator: raise keepalive_requests (nginx)"),
        verify=_ANSWER_CHECK,
        no_use=VAIN,
    ),
    "http/error-status": Page(
        where=offers(
            Offer("no such toolchain there: the go line asks for one too new", None, "kind=toolchain-not-available"),
            Offer("server: it says that it does not exist", None, "status=404|status=410"),
            Offer("server: it wants credentials, or forbids", None, "status=401|status=403"),
            Offer("server: too many requests", None, "status=429"),
            Offer("server: its own error; the network did its work", None, "status=5xx"),
            Offer("server: the answer was an error; the network did its work"),
        ),
        fix=offers(
            Offer("Use the Go that is installed, for this run", "GOTOOLCHAIN=local {again}",
                  "go to=toolchain-host|kind=toolchain-not-available"),
            Offer("Write a go line that exists (1.22.0, not 1.22)", "grep -E '^(go|toolchain) ' go.mod",
                  "go to=toolchain-host|kind=toolchain-not-available"),
            Offer("Do module and version exist?", "go list -m -versions {module_path}", "go status=404|status=410"),
            Offer("Private? Past proxies (no checksum database), this run", "GOPRIVATE={module_path} {again}",
                  "go status=404|status=410|status=401|status=403 !private-set"),
            LOG_IN,
            NAME_AND_VERSION,
            _ALL_ERRORS,
            ANOTHER_SOURCE,
            _ANY_ERROR,
            Offer("Does the repository exist under that name?", "git remote -v", "git"),
            Offer("Wait a minute, and run it again", None, "status=429|status=5xx"),
            RUN_AGAIN,
        ),
        verify=commands(Offer("", "go list -m -versions {module_path}", "go"), *_ANSWER_CHECK),
        no_use=offers(CLEAN_CACHE, SUMDB_OFF, "another network"),
    ),
    "http/redirect-blocked": Page(
        where=offers("path or the redirect's target; who redirected is fine"),
        fix=offers(Offer("A proxy that does not redirect, for this run", "GOPROXY={mirror},direct {again}", "go"),
                   Offer("The same from now on", "go env -w GOPROXY={mirror},direct", "go"),
                   Offer("Let the redirect's target through the firewall, too"), ANOTHER_WAY),
        verify=TLS_CHECK,
        no_use=VAIN,
    ),
    "http/redirect-loop": Page(
        where=offers("server: it redirects in a circle; the network did its work"),
        fix=offers(ANOTHER_SOURCE, Offer("See the circle", "curl -sIL --max-redirs 5 --max-time 20 {scheme}://{origin}/"),
                   "A portal, or a login that is missing? Log in"),
        verify=commands(Offer("", "curl -sIL --max-redirs 5 --max-time 20 {scheme}://{origin}/"), *_ANSWER_CHECK),
        no_use=VAIN,
    ),
    "http/filtered": Page(
        where=offers("path: a filter reads plain HTTP; server not guilty"),
        fix=offers(Offer("https instead of http, for this run", "GOPROXY=https://{host},direct {again}",
                         "go to=module-proxy port=80"),
                   Offer("Another proxy over https, for this run", "GOPROXY={mirror},direct {again}", "go"),
                   Offer("https instead of http", "git -c url.https://.insteadOf=http:// fetch", "git"),
                   "Use https: a filter cannot read it", ANOTHER_WAY),
        verify=TLS_CHECK,
        no_use=VAIN,
    ),
}  # fmt: skip
