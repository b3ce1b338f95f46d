"""Advice where a name could not be resolved, or not in time."""

from netanalyze.diagnosis.advice.form import Offer, Page, commands, offers
from netanalyze.diagnosis.advice.shared import CLEAN_CACHE, DNS_CHECK, WAITING

_RESTART_STUB = Offer("Restart the resolver on this machine", "sudo systemctl restart systemd-resolved", "resolved")
_CONTAINER = Offer("In a container: hand it a resolver (docker run --dns …)")
_COMPARE = Offer("See whether another resolver knows it", "dig +tries=1 +time=2 @{other_resolver} {name}")
_PUT_FIRST = offers(
    Offer("Ask another resolver (until it restarts)", "sudo resolvectl dns {interface} {other_resolver}", "resolved"),
    Offer(
        "Another resolver first (keeps a .bak)",
        "sudo sed -i.bak --follow-symlinks '1i nameserver {other_resolver}' /etc/resolv.conf",
        "!resolved",
    ),
)
_NO_AAAA = Offer(
    "Ask for no AAAA at all (glibc 2.36 and later)", "echo 'options no-aaaa' | sudo tee -a /etc/resolv.conf", "!go"
)
_ONE_TRY = Offer(
    "Shorter waits for a silent resolver", "echo 'options timeout:1 attempts:2' | sudo tee -a /etc/resolv.conf"
)
_HOSTS = Offer("Or write name and address into /etc/hosts")
_ENCRYPTED = Offer(
    "Ask encrypted: DNS over TLS in resolved.conf", "sudo resolvectl dnsovertls {interface} yes", "resolved"
)
_ENCRYPTED_TEXT = Offer("Ask encrypted (DNS over TLS or HTTPS)", None, "!resolved")

_VAIN = offers(CLEAN_CACHE, Offer("another GOPROXY", None, "go"), WAITING,
               Offer("reinstalling the command", None, "!go"))  # fmt: skip

PAGES = {
    "dns/resolver-unanswered": Page(
        where=offers(
            Offer("the resolver on this machine, or what it asks", None, "stub"),
            Offer("resolver, or the path to it; the servers were never reached"),
        ),
        fix=offers(_COMPARE, _RESTART_STUB, _PUT_FIRST, _CONTAINER),
        verify=DNS_CHECK,
        no_use=_VAIN,
    ),
    "dns/first-resolver-dead": Page(
        where=offers("the resolver listed first; the others and the servers are fine"),
        fix=offers(
            Offer("Take it out of /etc/resolv.conf (keeps a .bak)",
                  "sudo sed -i.bak --follow-symlinks '/ {resolver}$/d' /etc/resolv.conf", "!resolved"),
            _RESTART_STUB,
            _ONE_TRY,
            Offer("Let VPN or DHCP hand out another resolver"),
        ),
        verify=DNS_CHECK,
        no_use=_VAIN,
    ),
    "dns/one-family-unanswered": Page(
        where=offers("resolver: it drops one kind of question; the servers are fine"),
        fix=offers(
            Offer("See it: does AAAA stay without an answer?", "dig +tries=1 +time=2 @{resolver} {name} AAAA"),
            _NO_AAAA,
            _ONE_TRY,
            _PUT_FIRST,
            _HOSTS,
            Offer("Renew the forwarder or router that drops AAAA"),
        ),
        verify=commands(Offer("", "dig +tries=1 +time=2 @{resolver} {name} AAAA"), "dig +tries=1 +time=2 {name} AAAA"),
        no_use=offers("turning IPv6 off (AAAA is asked all the same)", _VAIN),
    ),
    "dns/edns-dropped": Page(
        where=offers("path or resolver: drops queries with EDNS; plain ones pass"),
        fix=offers(
            Offer("Ask without EDNS, for this run", "GODEBUG=netedns0=0 {again}", "go"),
            Offer("Ask without EDNS, in this shell", "export GODEBUG=netedns0=0", "go"),
            _PUT_FIRST,
            Offer("Renew the router or firewall that drops EDNS"),
        ),
        verify=commands(Offer("", "dig +tries=1 +time=2 +noedns @{resolver} {name}"), "dig +tries=1 +time=2 +noedns {name}"),
        no_use=offers(Offer("GODEBUG through go env -w (does not reach go)", None, "go"), _VAIN),
    ),
    "dns/server-failure": Page(
        where=offers("resolver, or the name's own servers behind it"),
        fix=offers(_COMPARE, _RESTART_STUB, _PUT_FIRST,
                   Offer("If only the first fails: DNSSEC or its upstream", "dig +cd @{resolver} {name}")),
        verify=DNS_CHECK,
        no_use=_VAIN,
    ),
    "dns/refused": Page(
        where=offers("resolver: it will not answer this client or question"),
        fix=offers(_COMPARE, _PUT_FIRST, Offer("Use the resolver of the network (or VPN) you are in")),
        verify=DNS_CHECK,
        no_use=_VAIN,
    ),
    "dns/name-not-found": Page(
        where=offers("the name, or the resolver that does not know it; not the path"),
        fix=offers(
            Offer("Look for a slip in the host's name", "go env GOPROXY GOSUMDB GOPRIVATE", "go"),
            Offer("Look for a slip in the host's name", "git remote -v", "git"),
            Offer("Look for a slip in the host's name", "pip config list", "pip"),
            Offer("Look for a slip in the host's name", "npm config get registry", "npm"),
            Offer("Look for a slip in the host's name", None, "!go !git !pip !npm"),
            Offer("Private? Past proxies (no checksum database), this run", "GOPRIVATE={host} {again}",
                  "go to=vcs-host|to=vanity-host !public !private-set"),
            _COMPARE,
            Offer("An inner name: connect the VPN, use its resolver"),
        ),
        verify=DNS_CHECK,
        no_use=offers(CLEAN_CACHE, WAITING, Offer("asking again and again", None, "!go")),
    ),
    "dns/no-address": Page(
        where=offers("the name's own zone, or the resolver; not the path"),
        fix=offers(
            _COMPARE,
            Offer("An IPv6-only name: see whether AAAA is there", "dig +tries=1 +time=2 {name} AAAA"),
            _PUT_FIRST,
            Offer("Or a filter answers: ask who runs the resolver"),
        ),
        verify=DNS_CHECK,
        no_use=_VAIN,
    ),
    "dns/truncated-tcp-blocked": Page(
        where=offers("resolver or a firewall before it: TCP port 53 is shut"),
        fix=offers(
            Offer("See it: the same question over TCP", "dig +tcp +tries=1 +time=3 @{resolver} {name}"),
            Offer("Let TCP port 53 through, here and before the resolver"),
            _PUT_FIRST,
        ),
        verify=commands(Offer("", "dig +tcp +tries=1 +time=3 @{resolver} {name}"), "dig +tcp +tries=1 +time=3 {name}"),
        no_use=_VAIN,
    ),
    "dns/conflicting-answers": Page(
        where=offers("path: somebody on the way answers too; resolver not guilty"),
        fix=offers(_ENCRYPTED, _ENCRYPTED_TEXT, _HOSTS,
                   Offer("Meanwhile a proxy with another name, this run", "GOPROXY={mirror},direct {again}", "go")),
        verify=commands("curl -s 'https://dns.google/resolve?name={name}&type=A'"),
        no_use=offers("another plain resolver on the same path", CLEAN_CACHE, WAITING),
    ),
    "dns/unroutable-answer": Page(
        where=offers("resolver (a filter, /etc/hosts, fake-IP proxy), or the path"),
        fix=offers(
            Offer("See whether /etc/hosts says it", "getent ahosts {name}"),
            _COMPARE,
            _ENCRYPTED,
            _PUT_FIRST,
            Offer("A blocking resolver: let the name through there"),
        ),
        verify=DNS_CHECK,
        no_use=offers(CLEAN_CACHE, WAITING),
    ),
    "dns/answer-unusable": Page(
        where=offers("resolver or path: what answers is not what was asked"),
        fix=offers(_COMPARE, _PUT_FIRST,
                   Offer("Ask without EDNS, for this run", "GODEBUG=netedns0=0 {again}", "go"),
                   Offer("Renew the router that changes DNS messages")),
        verify=DNS_CHECK,
        no_use=_VAIN,
    ),
    "dns/resolver-unreachable": Page(
        where=offers(
            Offer("this machine: no resolver runs at that loopback address", None, "stub"),
            Offer("resolver: nothing listens there, or no way leads to it"),
        ),
        fix=offers(
            Offer("See which resolvers are set", "cat /etc/resolv.conf"),
            _RESTART_STUB,
            Offer("Name a resolver", "echo 'nameserver {other_resolver}' | sudo tee -a /etc/resolv.conf", "!resolved"),
            _CONTAINER,
        ),
        verify=DNS_CHECK,
        no_use=_VAIN,
    ),
    "dns/search-list-walk": Page(
        where=offers("this machine's search list; the resolver does as it is asked"),
        fix=offers(
            Offer("See list and ndots", "grep -E '^(search|options)' /etc/resolv.conf"),
            Offer("Try the name itself first", "echo 'options ndots:1' | sudo tee -a /etc/resolv.conf"),
            Offer("In Kubernetes: dnsConfig ndots 1, or NodeLocal DNS"),
        ),
        verify=commands("grep -E '^(search|options)' /etc/resolv.conf"),
        no_use=offers(CLEAN_CACHE, Offer("another GOPROXY", None, "go"), Offer("another server", None, "!go")),
    ),
    "dns/answer-lost": Page(
        where=offers("path to the resolver: one datagram was lost; it recovered"),
        fix=offers(
            _ONE_TRY,
            Offer("Does it return? A resolver on this machine helps"),
            Offer("In Kubernetes: NodeLocal DNS avoids the conntrack race"),
        ),
        verify=commands(Offer("", "for i in 1 2 3 4; do dig +tries=1 @{resolver} {name}; done"), *DNS_CHECK),
        no_use=offers(CLEAN_CACHE, Offer("another GOPROXY", None, "go"), Offer("another server", None, "!go")),
    ),
    "dns/answer-slow": Page(
        where=offers("resolver, or the name's own servers behind it"),
        fix=offers(_COMPARE, _PUT_FIRST, Offer("A caching resolver on this machine")),
        verify=commands(Offer("", "dig +tries=1 @{resolver} {name} | grep 'Query time'"),
                        "dig +tries=1 {name} | grep 'Query time'"),
        no_use=offers(CLEAN_CACHE, "a faster line"),
    ),
}  # fmt: skip
