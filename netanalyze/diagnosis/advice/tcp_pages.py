"""Advice where TCP, or the path under it, is the cause."""

from netanalyze.diagnosis.advice.form import Offer, Page, commands, offers
from netanalyze.diagnosis.advice.per_client import RIGHT_PLACE
from netanalyze.diagnosis.advice.shared import (
    ANOTHER_SOURCE,
    ANOTHER_WAY,
    CLEAN_CACHE,
    FASTER_LINE,
    LIMIT_TIME,
    MTU_FIX,
    PATH_CHECK,
    PORT_CHECK,
    RUN_AGAIN,
    SIZE_CHECK,
    SUMDB_OFF,
    VAIN,
    WAITING_FOR_EVER,
)

_PAST_PROXY = offers(
    Offer("Is it the right proxy, and is it running?", "env | grep -i proxy", "role=http-proxy"),
    Offer("Past the proxy, for this run", "HTTPS_PROXY= https_proxy= {again}", "role=http-proxy"),
    Offer("Past the proxy for this host only", 'export NO_PROXY="$NO_PROXY,{behind}"', "role=http-proxy"),
)
_NO_IPV6 = offers(
    Offer("Over IPv4, for this run", "git fetch -4", "git"),
    Offer("Over IPv4, for this run", "curl -4sv https://{origin}/ -o /dev/null", "curl"),
    Offer("IPv4 first, for this run", "NODE_OPTIONS=--dns-result-order=ipv4first {again}", "npm"),
    Offer(
        "IPv4 first, for all that ask libc",
        "echo 'precedence ::ffff:0:0/96 100' | sudo tee -a /etc/gai.conf",
        "pip|wget|generic",
    ),
    Offer("Without IPv6 until restart (not over an IPv6 login)", "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=1"),
    Offer("For good: repair IPv6, or take its default route away", "ip -6 route show default"),
)
_RATE = commands(Offer("", "curl -so /dev/null -w '%{{speed_download}}\\n' {scheme}://{origin}/"), *PATH_CHECK)

DEAD_LINK = Page(
    where=offers("the local link: {neighbour} does not answer on it"),
    fix=offers(
        Offer("Is {neighbour} on, and the cable, Wi-Fi or VPN up?", "ip -br link; ip neigh show {neighbour}"),
        Offer("Is it the right next hop?", "ip route get {address}"),
        "Connect the network or VPN again",
        Offer("Offline: use only what the cache has", "GOPROXY=off go build ./...", "go"),
    ),
    verify=commands(Offer("", "ping -c 3 {neighbour}")),
    no_use=offers("another mirror", CLEAN_CACHE),
)
"""Where the next hop, or a server on the same link, is asked for in vain, whatever the cause is called."""

PAGES = {
    "tcp/syn-unanswered": Page(
        where=offers(
            Offer("the HTTP proxy or the path to it; the server was never asked", None, "role=http-proxy"),
            Offer("a filter before or at the server, whose host is up", None, "link=host-alive"),
            Offer("path beyond {neighbour}, which is up, or server", None, "link=hop-alive"),
            Offer("path (a filter by address?) or server; not this machine's DNS"),
        ),
        fix=offers(_PAST_PROXY, ANOTHER_SOURCE, ANOTHER_WAY),
        verify=PORT_CHECK,
        no_use=VAIN,
    ),
    "tcp/syn-lost": Page(
        where=offers(Offer("path or server: several lost in a row, then one got through", None, "several=True"),
                     Offer("path: a single loss; it recovered")),
        fix=offers(Offer("Several in a row are no chance: a full table or queue?", "nstat -az TcpExtListenOverflows",
                         "several=True"),
                   Offer("Once is chance. If it returns: look for loss on the path", None, "!several=True"),
                   Offer("See where on the way", "mtr -rwc 50 {target}")),
        verify=PATH_CHECK,
        no_use=offers(CLEAN_CACHE, SUMDB_OFF),
    ),
    "tcp/refused": Page(
        where=offers(
            Offer("the HTTP proxy: nothing listens there; server not asked", None, "role=http-proxy"),
            Offer("server (or a firewall in its name): the port is closed"),
        ),
        fix=offers(
            _PAST_PROXY,
            RIGHT_PLACE,
            Offer("Is it the right host and port, and does it run?", None, "!go !git !pip !npm !role=http-proxy"),
            ANOTHER_SOURCE,
        ),
        verify=PORT_CHECK,
        no_use=VAIN,
    ),
    "tcp/rejected-by-icmp": Page(
        where=offers("path: a router or firewall says no; the server was never reached"),
        fix=offers(_PAST_PROXY, ANOTHER_SOURCE, Offer("Ask who runs the firewall to open {port}/tcp"), ANOTHER_WAY),
        verify=PORT_CHECK,
        no_use=VAIN,
    ),
    "tcp/no-route": Page(
        where=offers("this machine: no way out; no server is at fault"),
        fix=offers(
            Offer("Is there a default route, and is the link up?", "ip route; ip -br address"),
            "Connect the network or VPN again",
            Offer("Offline: use only what the cache has", "GOPROXY=off go build ./...", "go"),
        ),
        verify=commands(Offer("", "ip route get {address}"), "ip route get 1.1.1.1"),
        no_use=offers("another mirror", CLEAN_CACHE),
    ),
    "tcp/one-address-dead": Page(
        where=offers("server: one of its addresses (or the path to that one)"),
        fix=offers(RUN_AGAIN, Offer("Pin the address that works in /etc/hosts, for a time"), ANOTHER_SOURCE,
                   Offer("Tell the server's operator which address is dead")),
        verify=commands(Offer("", "nc -vz -w 5 {address} {port}"), *PORT_CHECK),
        no_use=offers(CLEAN_CACHE, SUMDB_OFF),
    ),
    "tcp/ipv6-fallback": Page(
        where=offers("path over IPv6; IPv4 and the server are fine"),
        fix=offers(_NO_IPV6),
        verify=commands(Offer("", "curl -6sv --max-time 10 https://{origin}/ -o /dev/null", "!ipv6"),
                        Offer("", "curl -6sv --max-time 10 https://{host}/ -o /dev/null"),
                        "ping -6 -c 3 2606:4700:4700::1111"),
        no_use=offers(Offer("precedence in gai.conf (go does not read it)", None, "go"), CLEAN_CACHE),
    ),
    "tcp/loss": Page(
        where=offers(Offer("a box or NIC that damages packets, or this side drops them", None, "behind_recorder=True"),
                     Offer("path (Wi-Fi, VPN, a full queue?); the server sends as it should", None, "direction=down"),
                     Offer("path (Wi-Fi, VPN, a full queue?); this side sends as it should")),
        fix=offers("By cable instead of Wi-Fi, or without the VPN", ANOTHER_SOURCE,
                   Offer("Another server or mirror", None, "!go")),
        verify=commands(Offer("", "nstat -az TcpInCsumErrors TcpExtTCPRcvQDrop TcpExtTCPBacklogDrop", "behind_recorder=True"),
                        *PATH_CHECK),
        no_use=offers(CLEAN_CACHE, SUMDB_OFF),
    ),
    "tcp/outage": Page(
        where=offers("path: gone for a while, and back; server not guilty"),
        fix=offers(RUN_AGAIN, "If it returns: see what the link does (Wi-Fi, VPN)", Offer("See it", "ping -D -i 0.2 {target}")),
        verify=PATH_CHECK,
        no_use=offers(CLEAN_CACHE, SUMDB_OFF),
    ),
    "tcp/path-death": Page(
        where=offers(
            Offer("a filter before or at the server, whose host is up", None, "link=host-alive"),
            Offer("path beyond {neighbour}, which is up, or server gone", None, "link=hop-alive"),
            "path (NAT, VPN, Wi-Fi?) or server gone; connecting had worked",
        ),
        fix=offers(RUN_AGAIN, LIMIT_TIME, "Behind VPN or NAT: see whether it came up again", ANOTHER_SOURCE, ANOTHER_WAY),
        verify=PATH_CHECK,
        no_use=VAIN,
    ),
    "tcp/mtu-black-hole": Page(
        where=offers("path: drops full-size packets and says nothing; not the server"),
        fix=offers(
            MTU_FIX,
            Offer("Until then a small ClientHello, for this run", "GODEBUG=tlsmlkem=0 {again}", "go !direction=down"),
            Offer("In Docker: the same MTU in daemon.json"),
        ),
        verify=SIZE_CHECK,
        no_use=offers(CLEAN_CACHE, SUMDB_OFF, Offer("another server on the same path")),
    ),
    "tcp/mtu-signalled": Page(
        where=offers("path: a narrower link, and it says so; sender must heed it"),
        fix=offers(MTU_FIX),
        verify=SIZE_CHECK,
        no_use=offers("filtering ICMP: it carries the remedy", CLEAN_CACHE),
    ),
    "tcp/reset": Page(
        where=offers(
            Offer("path: somebody on the way sent the reset; server not guilty", None, "origin=injected"),
            Offer("server: the reset is its own", None, "origin=peer"),
            Offer("server or path: who sent the reset is not proven"),
        ),
        fix=offers(RUN_AGAIN, Offer("Until it is through", "until {again}; do sleep 5; done", "go"), ANOTHER_SOURCE, ANOTHER_WAY),
        verify=commands(Offer("", "curl -v --max-time 60 {scheme}://{origin}/ -o /dev/null"), *PORT_CHECK),
        no_use=VAIN,
    ),
    "tcp/early-close": Page(
        where=offers("server (or a proxy before it): it closed too early"),
        fix=offers(RUN_AGAIN, Offer("Over HTTP/1.1, for this run", "GODEBUG=http2client=0 {again}", "go"), ANOTHER_SOURCE),
        verify=commands(Offer("", "curl -v --max-time 60 {scheme}://{origin}/ -o /dev/null"), *PORT_CHECK),
        no_use=VAIN,
    ),
    "tcp/half-closed": Page(
        where=offers("one side never closes; the path is alive"),
        fix=offers(LIMIT_TIME, RUN_AGAIN, ANOTHER_SOURCE),
        verify=commands(Offer("", "ss -tnoi dst {address}"), "ss -tnoi state close-wait state fin-wait-2"),
        no_use=offers(CLEAN_CACHE, WAITING_FOR_EVER),
    ),
    "tcp/receiver-window-closed": Page(
        where=offers("this machine: the command does not read; the server waits"),
        fix=offers(
            Offer("What holds it up? Often the disk", "ps -eo pid,stat,wchan:20,args | grep -E '^ *[0-9]+ +[DT]'"),
            Offer("Is the disk slow or full?", 'df -h "$(go env GOMODCACHE)"', "go"),
            Offer("Is the disk slow or full?", "df -h .", "!go"),
            "Take the cache out of the virus scanner; local disk",
        ),
        verify=commands("ss -tnm state established"),
        no_use=offers("another mirror", FASTER_LINE),
    ),
    "tcp/peer-window-closed": Page(
        where=offers("server: it does not read what it is sent; the path is alive"),
        fix=offers(RUN_AGAIN, LIMIT_TIME, ANOTHER_SOURCE),
        verify=commands(Offer("", "ss -tnoi dst {address}"), "ss -tnoi state established"),
        no_use=VAIN,
    ),
    "tcp/reordering": Page(
        where=offers("path: several ways, or a box that reorders; not the server"),
        fix=offers("By cable, or without the VPN or link bundle", ANOTHER_SOURCE),
        verify=commands("nstat -az TcpExtTCPSACKReorder TcpExtTCPTSReorder"),
        no_use=offers(CLEAN_CACHE, SUMDB_OFF),
    ),
    "tcp/throttled": Page(
        where=offers("path: a thin link or a shaper; where is not proven"),
        fix=offers(ANOTHER_SOURCE, "See who else uses the line", ANOTHER_WAY),
        verify=_RATE,
        no_use=offers(CLEAN_CACHE, SUMDB_OFF, Offer("more at a time (GOMAXPROCS)", None, "go")),
    ),
    "tcp/high-latency": Page(
        where=offers("distance: the path is long, nothing is broken"),
        fix=offers(
            ANOTHER_SOURCE,
            Offer("More at a time, for this run", "GOMAXPROCS=16 {again}", "go"),
            Offer("A nearer server or mirror", None, "!go"),
        ),
        verify=commands(Offer("", "ping -c 5 {target}"), "ping -c 5 1.1.1.1"),
        no_use=offers(CLEAN_CACHE, FASTER_LINE),
    ),
    "tcp/idle-connection-dropped": Page(
        where=offers("path: NAT or firewall forgot the idle connection"),
        fix=offers(
            RUN_AGAIN,
            Offer("Keep-alives sooner (ssh): ServerAliveInterval 30",
                  "GIT_SSH_COMMAND='ssh -o ServerAliveInterval=30' {again}", "to=vcs-host go|git"),
            "Raise the idle time of the NAT or firewall",
            Offer("Keep-alives sooner (until it restarts)", "sudo sysctl -w net.ipv4.tcp_keepalive_time=60", "!go"),
        ),
        verify=commands(Offer("", "ss -tno dst {address}"), "ss -tno state established"),
        no_use=offers(CLEAN_CACHE, SUMDB_OFF),
    ),
}  # fmt: skip
