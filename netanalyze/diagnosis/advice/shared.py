"""Blocks of offers that several causes share."""

from netanalyze.diagnosis.advice.form import Offer, commands, offers

ANOTHER_PROXY = offers(
    Offer("Ask another module proxy, for this run", "GOPROXY={mirror},direct {again}",
          "go to=module-proxy|to=redirect-target public"),
    Offer("The same from now on", "go env -w GOPROXY={mirror},direct", "go to=module-proxy|to=redirect-target public"),
    Offer("If the modules are public: a public proxy, this run", "GOPROXY={mirror},direct {again}",
          "go to=module-proxy|to=redirect-target !public"),
    Offer("If that host is your GOPROXY: another one, this run", "GOPROXY={mirror},direct {again}", "go to=server"),
)  # fmt: skip
"""For go, where the server that fails is a module proxy."""

ANOTHER_SOURCE = offers(
    ANOTHER_PROXY,
    Offer("The same database by its other name, this run", "GOSUMDB={sumdb} {again}", "go to=checksum-db"),
    Offer("The same from now on", "go env -w GOSUMDB={sumdb}", "go to=checksum-db"),
    Offer("A proxy that carries the checksum database, this run", "GOPROXY={mirror},direct {again}", "go to=checksum-db"),
    Offer("Commit go.sum: what it lists is not asked for", None, "go to=checksum-db"),
    Offer("Use the Go that is installed, for this run", "GOTOOLCHAIN=local {again}", "go to=toolchain-host"),
    Offer("Or fetch the toolchain through another proxy, this run", "GOPROXY={mirror},direct {again}", "go to=toolchain-host"),
    Offer("If the module is public: through a proxy, this run", "GOPROXY={mirror},direct {again}",
          "go to=vcs-host|to=vanity-host"),
    Offer("By ssh on port 443, for this run",
          "git -c url.ssh://git@ssh.github.com:443/.insteadOf=https://github.com/ fetch", "git github"),
)  # fmt: skip
"""Another place to fetch the same thing from, for every role a server may have."""

ANOTHER_WAY = offers(
    "Try another network (phone, VPN): it tells path from server",
    Offer("Or go out through a proxy you may use (HTTPS_PROXY)", None, "!role=http-proxy"),
)
"""Round the path."""

TLS_CHECK = commands(
    Offer("", "curl -sv --max-time 15 https://{origin}/ -o /dev/null", "!role=resolver"),
    Offer("", "openssl s_client -connect {address}:{port} -brief </dev/null", "ipv4"),
    "curl -sv --max-time 15 https://example.com/ -o /dev/null",
)

PORT_CHECK = commands(
    Offer("", "nc -vz -w 5 {host} {port}"),
    Offer("", "nc -vz -w 5 {address} {port}"),
    "ip route get 1.1.1.1",
)

PATH_CHECK = commands(
    Offer("", "mtr -rwc 20 {target}"),
    Offer("", "mtr -rwc 20 1.1.1.1"),
)

SIZE_CHECK = commands(
    Offer("", "ping -c 3 -M do -s {ping_size} {address}"),
    Offer("", "ping -c 3 -M do -s {ping_size} {host}"),
    "ping -c 3 -M do -s 1472 1.1.1.1",
)

DNS_CHECK = commands(
    Offer("", "dig +tries=1 +time=2 @{resolver} {name}"),
    "dig +tries=1 +time=2 {name}",
)

RUN_AGAIN = offers(
    Offer("Run it again: finished modules are kept", "{again}", "go"),
    Offer("Run it again", "{again}", "!go"),
    Offer("Run the command again", None, "!again"),
)

LIMIT_TIME = offers(
    Offer("Run it again with an end, until it is through", "until timeout 120 {again}; do sleep 5; done", "go"),
    Offer("Let git end a silent transfer after 30 s, this run",
          "GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=30 {again}", "to=vcs-host go|git"),
    Offer("Run it again with an end", "timeout 300 {again}", "!go"),
    Offer("Run the command again, with an end (timeout 300 …)", None, "!again"),
    Offer("Give it more time at each step", "PIP_DEFAULT_TIMEOUT=60 {again}", "pip"),
)  # fmt: skip
"""Where the client has no timer of its own."""

CLEAN_CACHE = Offer("go clean -modcache", None, "go")
SUMDB_OFF = Offer("GOSUMDB=off", None, "go !to=checksum-db")
WAITING = Offer("waiting (go never retries)", None, "go")
WAITING_FOR_EVER = Offer("waiting (no timer will end it)", None, "go|git|curl|generic")
RESTART_MACHINE = Offer("restarting this machine", None, "!go")
FASTER_LINE = Offer("a faster line")

VAIN = offers(CLEAN_CACHE, SUMDB_OFF, WAITING, RESTART_MACHINE)

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
