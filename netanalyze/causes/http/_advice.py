"""Advice where a proxy, a response or its body is the cause."""

from dataclasses import replace

from netanalyze.causes.advice.form import RUN, SHELL, Offer, commands, offers
from netanalyze.causes.advice.per_client import WHICH_PROXY
from netanalyze.causes.advice.shared import WAITING_FOR_EVER

PROXY_CHECK = commands(
    Offer("", "curl -svm 15 -o /dev/null -x http://{proxy} {fetch}"),
    Offer("", "curl -svm 15 -o /dev/null -x http://{proxy} https://example.com/"),
    "env | grep -i proxy",
)
PAST_PROXY = offers(
    WHICH_PROXY,
    Offer("Past the proxy, for this run", "{past_proxy} {again}", scope=RUN),
    Offer("Past it for this host, in this shell", 'export NO_PROXY="$NO_PROXY,{behind}"', scope=SHELL),
)
HTTP1 = Offer("Over HTTP/1.1, for this run", "GODEBUG=http2client=0 {again}", "go", scope=RUN)
HTTP1_GIT = offers(
    Offer("Over HTTP/1.1, for this run", "git -c http.version=HTTP/1.1 fetch", "git again", scope=RUN),
    Offer("Over HTTP/1.1: git -c http.version=HTTP/1.1 clone …", None, "git !again"),
)
ALL_ERRORS = Offer(
    "Go on to the next proxy after any error, this run", "GOPROXY='{goproxy_pipe}' {again}", "go", scope=RUN
)
ANY_ERROR = Offer("Go on after any error: | in GOPROXY instead of ,", None, "go to=module-proxy")
ANSWER_CHECK = commands(Offer("", "curl -sI --max-time 30 {fetch}"), "curl -sI --max-time 30 https://example.com/")
RATE = commands(
    Offer("", "curl -so /dev/null -w '%{{speed_download}}\\n' {fetch}"),
    "curl -so /dev/null -w '%{{speed_download}}\\n' https://example.com/",
)

WAITING_ON = replace(WAITING_FOR_EVER, when=f"{WAITING_FOR_EVER.when} !resumed=yes")
PROXY_OR_SERVER = Offer("HTTP proxy, or the server behind it: no answer comes back", None, "acknowledged_by=proxy")
