"""Advice where TCP, or the path under it, is the cause."""

from netanalyze.causes.advice.form import RUN, Offer, commands, offers
from netanalyze.causes.advice.shared import PATH_CHECK

PAST_PROXY = offers(
    Offer("Is it the right proxy, and is it running?", "env | grep -i proxy", "role=http-proxy"),
    Offer("Past the proxy, for this run", "{past_proxy} {again}", "role=http-proxy", scope=RUN),
    Offer("Past the proxy for this host only", 'export NO_PROXY="$NO_PROXY,{behind}"', "role=http-proxy"),
)
PASSIVE_MODE = offers(
    Offer(
        "Passive mode, in which the client opens the data connection too (PASV, EPSV): the word passive in ftp, curl without"
        " --ftp-port, wget without --no-passive-ftp",
        None,
        "called-back",
    ),
)
NO_IPV6 = offers(
    Offer("Over IPv4, for this run", "git fetch -4", "git", scope=RUN),
    Offer("Over IPv4, for this run", "curl -4sv https://{origin}/ -o /dev/null", "curl", scope=RUN),
    Offer("IPv4 first, for this run", "NODE_OPTIONS=--dns-result-order=ipv4first {again}", "npm", scope=RUN),
    Offer(
        "IPv4 first, for all that ask libc",
        "echo 'precedence ::ffff:0:0/96 100' | sudo tee -a /etc/gai.conf",
        "pip|wget|generic",
    ),
    Offer("Without IPv6 until restart (not over an IPv6 login)", "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=1"),
    Offer("For good: repair IPv6, or take its default route away", "ip -6 route show default"),
)
RATE = commands(Offer("", "curl -so /dev/null -w '%{{speed_download}}\\n' {fetch}"), *PATH_CHECK)
