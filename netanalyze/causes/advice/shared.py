"""Blocks of offers that several causes share."""

from netanalyze.causes.advice.form import RUN, Offer, commands, offers
from netanalyze.causes.advice.per_client import ANOTHER_INDEX, SHORTER_WAITS

ANOTHER_PROXY = offers(
    Offer("Ask another module proxy, for this run", "GOPROXY={mirror},direct {again}",
          "go to=module-proxy|to=redirect-target public", scope=RUN),
    Offer("The same from now on", "go env -w GOPROXY={mirror},direct", "go to=module-proxy|to=redirect-target public"),
    Offer("If the modules are public: a public proxy, this run", "GOPROXY={mirror},direct {again}",
          "go to=module-proxy|to=redirect-target !public"),
    Offer("If that host is your GOPROXY: another one, this run", "GOPROXY={mirror},direct {again}", "go to=server"),
)  # fmt: skip
"""For go, where the server that fails is a module proxy."""

ANOTHER_SOURCE = offers(
    ANOTHER_PROXY,
    ANOTHER_INDEX,
    Offer("The same database by its other name, this run", "GOSUMDB={sumdb} {again}", "go to=checksum-db", scope=RUN),
    Offer("The same from now on", "go env -w GOSUMDB={sumdb}", "go to=checksum-db"),
    Offer("A proxy that carries the checksum database, this run", "GOPROXY={mirror},direct {again}", "go to=checksum-db",
          scope=RUN),
    Offer("Commit go.sum: what it lists is not asked for", None, "go to=checksum-db"),
    Offer("Use the Go that is installed, for this run", "GOTOOLCHAIN=local {again}", "go to=toolchain-host", scope=RUN),
    Offer("Fetch the toolchain through another proxy, this run", "GOPROXY={mirror},direct {again}", "go to=toolchain-host",
          scope=RUN, otherwise=True),
    Offer("If the module is public: through a proxy, this run", "GOPROXY={mirror},direct {again}",
          "go to=vcs-host|to=vanity-host"),
    Offer("By ssh on port 443, for this run",
          "git -c url.ssh://git@ssh.github.com:443/.insteadOf=https://github.com/ fetch", "git github !port=22 again", scope=RUN),
    Offer("By ssh on port 443: ssh://git@ssh.github.com:443/OWNER/NAME", None, "git github !port=22 !again"),
    Offer("By ssh on port 443, for this run", "ssh -p 443 git@ssh.github.com", "git|ssh github port=22", scope=RUN),
)  # fmt: skip
"""Another place to fetch the same thing from, for every role a server may have."""

PAST_PROXY_ONCE = Offer("Past the proxy, for this run", "{past_proxy} {again}", "through-proxy", scope=RUN)
"""It tells the proxy from what lies behind it."""

ANOTHER_WAY = offers(
    Offer("A private address: is the VPN up, and is this the way?", "ip route get {address}", "private"),
    Offer("Its firewall or security group must let this machine in", None, "private"),
    Offer("Try another network (phone, VPN): it tells path from server", None, "!private"),
    Offer("Go out through a proxy you may use (HTTPS_PROXY)", None, "!role=http-proxy !private web", otherwise=True),
)
"""Round the path."""

TLS_CHECK = commands(
    Offer("", "curl -sv --max-time 15 {fetch} -o /dev/null", "!role=resolver"),
    Offer("", "openssl s_client -connect {address}:{port} -brief </dev/null", "ipv4"),
    "curl -sv --max-time 15 https://example.com/ -o /dev/null",
)

PORT_CHECK = commands(
    Offer("", "nc -vz -w 5 {host} {port}"), Offer("", "nc -vz -w 5 {address} {port}"), "ip route get 1.1.1.1"
)

PATH_CHECK = commands(Offer("", "mtr -rwc 20 {target}"), Offer("", "mtr -rwc 20 1.1.1.1"))

SMALL_SEGMENTS = (
    'python3 -c "import socket,ssl; s=socket.socket(); s.setsockopt(6,2,1000); s.settimeout(9); '
    "s.connect(('{address}',{port})); ssl.create_default_context().wrap_socket(s,server_hostname='{host}'); print('passes')\""
)
"""A TLS handshake whose SYN asks for segments of 1000 octets at the most (6 is IPPROTO_TCP, 2 TCP_MAXSEG)."""

_SMALLER = "OUTPUT -p tcp --syn -d {address} -j TCPMSS --set-mss 1000"

SIZE_CHECK = commands(
    Offer("", SMALL_SEGMENTS, "direction=down ipv4 port=443"),
    Offer(
        "",
        f"sudo iptables -t mangle -A {_SMALLER}; {{again}}; sudo iptables -t mangle -D {_SMALLER}",
        "direction=down ipv4",
    ),
    Offer("", "ping -c 3 -M do -s {ping_size} {address}"),
    Offer("", "ping -c 3 -M do -s {ping_size} {host}"),
    "ping -c 3 -M do -s 1472 1.1.1.1",
)

DNS_CHECK = commands(Offer("", "dig +tries=1 +time=2 @{resolver} {name}"), "dig +tries=1 +time=2 {name}")

RUN_AGAIN = offers(
    Offer("Run it again: finished modules are kept", "{again}", "go"),
    Offer("Run it again", "{again}", "!go"),
    Offer("Run the command again", None, "!again"),
)

LIMIT_TIME = offers(
    Offer("Run it again with an end, until it is through", "until timeout 120 {again}; do sleep 5; done", "go"),
    Offer("Let git end a silent transfer after 30 s, this run",
          "GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=30 {again}", "to=vcs-host go|git", scope=RUN),
    SHORTER_WAITS,
    Offer("Run it again with an end", "timeout 300 {again}", "!go !pip !own-timer"),
    Offer("Run the command again, with an end (timeout 300 …)", None, "!again !pip !own-timer"),
    Offer("Run it again with more time: does it come at all?", None, "own-timer !go !pip"),
)  # fmt: skip
"""Where the client has no timer of its own."""

CLEAN_CACHE = Offer("go clean -modcache", None, "go")
SUMDB_OFF = Offer("GOSUMDB=off", None, "go !to=checksum-db")
WAITING = Offer("waiting (go never retries)", None, "go")
WAITING_FOR_EVER = Offer("waiting (no timer will end it)", None, "for-ever")
RESTART_MACHINE = Offer("restarting this machine", None, "!go")
FASTER_LINE = Offer("a faster line")

VAIN = offers(
    CLEAN_CACHE, SUMDB_OFF, WAITING, Offer("waiting (no timer will end it)", None, "for-ever !go"), RESTART_MACHINE
)

MTU_FIX = offers(
    Offer("Lower this machine's MTU (until it restarts)", "sudo ip link set dev {interface} mtu {mtu}"),
    Offer("Lower the MTU of the interface that leads out to {mtu}"),
    Offer(
        "Let Linux search the size that passes",
        "sudo sysctl -w net.ipv4.tcp_mtu_probing=1",
        "role=path|role=client-host !direction=down",
    ),
    Offer("On the router or VPN: clamp the MSS to the path's MTU"),
)
