"""DNS that travels encrypted, told by its port, its protocol's name or its server's (RFC 7858, RFC 8484, RFC 9250)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netanalyze.flows.flow import Flow

DOT_PORT = 853
"""IANA: domain-s; DNS over TLS (RFC 7858 section 3.1) and over QUIC (RFC 9250 section 4.1.1)."""

DOT_ALPN, DOQ_ALPN = "dot", "doq"
DOH_PATH = "/dns-query"
"""Path of every public DNS-over-HTTPS service and of RFC 8484's examples."""

DOH_SERVERS = frozenset({
    "dns.google", "dns.google.com", "dns64.dns.google", "8888.google",
    "cloudflare-dns.com", "chrome.cloudflare-dns.com", "mozilla.cloudflare-dns.com", "one.one.one.one",
    "security.cloudflare-dns.com", "family.cloudflare-dns.com", "dns.cloudflare.com",
    "dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net",
    "doh.opendns.com", "doh.familyshield.opendns.com", "doh.umbrella.com",
    "dns.adguard.com", "dns.adguard-dns.com", "unfiltered.adguard-dns.com", "family.adguard-dns.com",
    "dns.nextdns.io", "firefox.dns.nextdns.io", "chromium.dns.nextdns.io",
    "doh.cleanbrowsing.org", "dns.mullvad.net", "doh.dns.sb", "dns.controld.com", "freedns.controld.com",
    "dns.alidns.com", "doh.pub", "dns.pub", "doh.dns.apple.com", "doh.xfinity.com", "dns0.eu", "zero.dns0.eu",
    "odvr.nic.cz", "doh.libredns.gr", "dns.switch.ch", "public.dns.iij.jp",
})  # fmt: skip
"""Names of servers that offer nothing but DNS (lists of curl's wiki "DNS over HTTPS" and of browsers' settings)."""


def encrypted_dns(flow: "Flow") -> str | None:
    """``dot``, ``doh`` or ``doq`` where a flow carries DNS encrypted, else None."""
    if (quic := flow.surely_quic) is not None:
        hello = quic.tls.client_hello
        if hello and hello.message and DOQ_ALPN in hello.message.alpn:
            return "doq"
        return "doh" if serves_dns(quic.tls.sni) else None
    if flow.tls is not None:
        hello = flow.tls.client_hello
        if flow.server.port == DOT_PORT or (hello and hello.message and DOT_ALPN in hello.message.alpn):
            return "dot"
        return "doh" if serves_dns(flow.tls.sni) else None
    if flow.http is not None and any(one.target.startswith(DOH_PATH) for one in flow.http.exchanges[:1] if one.target):
        return "doh"
    return None


def serves_dns(name: str | None) -> bool:
    """Whether a name is that of a DNS-over-HTTPS server, or lies below one (as NextDNS and Cloudflare Gateway have it)."""
    if not name:
        return False
    name = name.lower().rstrip(".")
    return name in DOH_SERVERS or name.partition(".")[2] in DOH_SERVERS or name.endswith(".cloudflare-gateway.com")
