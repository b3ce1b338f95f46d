"""What the error messages of commands say about the network, as a kind and its facts.

The texts are those of Go 1.21 to 1.27 (net, net/http, crypto/tls, crypto/x509, cmd/go), libcurl 7.88 to 8
(git, curl and cargo), GnuTLS, OpenSSL and schannel, Windows' sockets, Git 2.39, OpenSSH, pip 23 (urllib3), npm 11
and Node.js, wget, Java. A message is read from the inside out: ``SERVICE_MESSAGES``,
``LIBRARY_MESSAGES``, ``MESSAGES`` and ``LIBCURL_NAMES`` are searched in order and the first expression that is found
decides, so what is particular stands before what is general. A text in no known form has kind ``unknown``; nothing
here ever raises.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from netanalyze.clients.library_forms import LIBCURL_NAMES, LIBRARY_MESSAGES
from netanalyze.clients.message_forms import ADDRESS, MESSAGES
from netanalyze.clients.service_forms import SERVICE_MESSAGES
from netanalyze.clients.system_words import in_english
from netanalyze.numerals import decimal, integer
from netanalyze.patterns import lazy_pattern
from netanalyze.urls import PORTS, host_in

KINDS = {
    "no-space": "a write on this machine failed: no space left, or a quota",
    "checksum-mismatch": "what arrived has another checksum than was promised",
    "bad-archive": "what lies in the cache or arrived is no whole archive",
    "toolchain-not-available": "no such Go toolchain is offered for download",
    "configuration": "the command refuses to start its work with this configuration",
    "lock-held": "another process holds a lock that the command needs",
    "git-credentials": "git or ssh has no credentials, or may not ask a person for them",
    "host-key": "ssh does not know the server's host key, or it is another one than before",
    "dns-timeout": "the resolver did not answer in time",
    "dns-refused": "the resolver's port is closed",
    "dns-unreachable": "there is no way to the resolver",
    "dns-server-misbehaving": "the resolver answered with an error other than NXDOMAIN",
    "dns-malformed": "the resolver's answer could not be read",
    "dns-no-such-host": "the name does not exist, or has no address",
    "dns-unresolved": "the name was not resolved; the message does not say why",
    "connect-proxy": "the HTTP or SOCKS proxy could not be reached, was silent, or refused",
    "tls-handshake-timeout": "no TLS handshake within the client's time",
    "git-tls-timeout": "libcurl's connection time ran out in the TLS handshake",
    "tls-not-tls": "what came back is no TLS",
    "tls-version": "the peers have no TLS version in common",
    "tls-alert": "the server sent a TLS alert",
    "tls-reset": "the connection was reset in the TLS handshake",
    "certificate": "the client turned the server's certificate down",
    "dial-timeout": "no TCP connection within the client's time",
    "git-connect-timeout": "no TCP connection within the kernel's or libcurl's time",
    "connect-failed": "no TCP connection; the message does not say why",
    "quic-timeout": "no QUIC handshake within the client's time",
    "dial-attempts": "the client's own short time for each of several addresses ran out",
    "connection-refused": "the port is closed",
    "no-route": "ICMP or the routing table says that the host is not reachable",
    "network-unreachable": "there is no route to the network",
    "not-permitted": "this machine's own policy forbids the connection",
    "service-declined": "the server took the connection, and said that it will not serve",
    "reset": "the connection was reset",
    "read-timeout": "an open connection died: nothing was acknowledged any more",
    "client-timeout": "the client's time for the whole request ran out",
    "client-silent": "a server tells of a client that said nothing more in its time",
    "unexpected-eof": "the connection was closed before the end of the data",
    "eof": "the connection was closed before any answer",
    "stream-error": "one HTTP/2 stream was reset",
    "goaway": "the server sent the HTTP/2 connection away",
    "too-slow": "the client's lower limit of speed was not reached",
    "redirect-loop": "redirects without end",
    "redirect-refused": "a redirect from https to http was not followed",
    "http-status": "the server answered with an error status",
    "module-not-found": "the network answered; the module or revision does not exist there",
    "unknown": "no known form",
}
"""Every kind a message may have, and what it means."""

ALERTS = {
    "bad record mac": "bad_record_mac",
    "expired certificate": "certificate_expired",
    "revoked certificate": "certificate_revoked",
    "unknown certificate": "certificate_unknown",
    "unknown certificate authority": "unknown_ca",
    "error decoding message": "decode_error",
    "error decrypting message": "decrypt_error",
    "protocol version not supported": "protocol_version",
    "insufficient security level": "insufficient_security",
    "encrypted client hello required": "ech_required",
    "handshake failed": "handshake_failure",
    "error in protocol version": "protocol_version",
    "access was denied": "access_denied",
    "the server name sent was not recognized": "unrecognized_name",
}
"""The words of Go (crypto/tls/alert.go) and GnuTLS (lib/alert.c) for an alert where they are not RFC 8446 section 6's."""

FLAGS = re.IGNORECASE | re.MULTILINE
"""How ``MESSAGES`` are searched. They are compiled when first needed: most runs print no error."""

LIMIT = 8192
"""Octets of a message that are looked at: half from its beginning, half from its end."""


_URL = lazy_pattern(r"""["'` (<[=](?P<url>(?:https?|git|ssh)://[^\s"'`)>\]}]{1,2000})["'` :)>\]]?""")
_URL_PORT = lazy_pattern(r"[a-z+]{3,8}://[^/]{1,255}:([0-9]{1,5})(?:/|$)")
_FOR_THE_READER = lazy_pattern(
    r"\(see https?://[^\s)]{1,300}\)|\b(?:[Ss]ee|[Vv]isit|[Rr]efer to)[: ]\s{0,8}<?https?://[^\s>]{1,300}"
    r"|(?<![\"'`])(?<!url \()(?:<?https?://[^\s>]{1,200}/issues\b[^\s>]{0,100}|https?://docs?\.[^\s>]{1,300})"
)
"""Where errors are explained, and where they may be reported: nobody was asked there. What stands in quotes was asked for."""
_QUOTED_ANSWER = lazy_pattern(r"(?<=\S)\s*\n\s*server response:[\s\S]*")
"""What cmd/go quotes of a module proxy's answer (modfetch/proxy.go): another machine's words about itself."""
_PEER = lazy_pattern(r"(?:read|write) tcp \S{1,60}->" + ADDRESS + r":")
_POOL = lazy_pattern(
    r"HTTPS?ConnectionPool\(host=\\?'(?P<host>[^'\\]{1,253})\\?', port=[0-9]{1,5}"
    r"|Cannot connect to host (?P<host2>[\w.-]{1,253}):[0-9]{1,5} ssl:"
    r"|errno = [0-9]{1,5}, address = (?P<host3>[\w.-]{1,253}), port = "
    r"|^fatal: \[(?P<host4>[\w.-]{1,253})\]: UNREACHABLE!"
)
"""How urllib3, aiohttp, Dart (whose port is its own) and Ansible name whom they asked."""
_PSQL = lazy_pattern(
    r"(?:server at|running on host) \"(?P<host>[\w.-]{1,253})\" \((?P<address>[0-9a-f.:]{3,45})\)(?:, port"
    r"| and accepting\s+TCP/IP"
    r" connections on port) (?P<port>[0-9]{1,5})"
)
_NUMERIC = lazy_pattern(r"[0-9.]+$|.*:|localhost$")
_CAMEL = lazy_pattern(r"(?<=[a-z])(?=[A-Z])")
""".NET's names of alerts."""
_MODULE = lazy_pattern(r"^(?:go: |verifying )(?P<module>[^\s:@]{1,255}@[^\s:]{1,100}):")
_TOOLCHAIN = lazy_pattern(r"^go: download(?:ing)? (?P<toolchain>go[0-9][\w.-]{0,40})")


def host_of(url: str) -> str | None:
    """The host a URL (or scp-like ``git@host:path``) names, in lower case, without brackets; None if it names none."""
    if "://" not in url:
        scp = re.match(r"(?:[\w.-]+@)?([\w.-]+\.[\w-]+):", url)
        return scp[1].lower() if scp else None
    return host_in(url)


def _matches(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for message in itertools.chain(SERVICE_MESSAGES, LIBRARY_MESSAGES, MESSAGES, LIBCURL_NAMES):
        match = re.search(message.pattern, text, FLAGS)
        if match:
            facts = dict(message.facts)
            facts.update((k.rstrip("23456"), v) for k, v in match.groupdict().items() if v is not None)
            yield message.kind, facts


def _clean(kind: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts in one form: ports and statuses are numbers, addresses bare, the resolver's port apart."""
    for name in ("port", "status", "ms", "stream", "last_stream"):
        if name in facts:
            facts[name] = integer(facts[name])
    if "seconds" in facts:
        facts["seconds"] = decimal(facts["seconds"])
    for name in [name for name, value in facts.items() if value is None]:
        del facts[name]
    if "address" in facts:
        facts["address"] = facts["address"].strip("[]")
        if not _NUMERIC.match(facts["address"]):
            facts.setdefault("host", facts.pop("address"))  # Node.js, redis-cli: the name as it was given
    if "server" in facts:
        server, _, port = facts["server"].rpartition(":")
        facts["server"] = (server or facts["server"]).strip("[]")
        if server and (number := integer(port, PORTS)) is not None:
            facts["server_port"] = number
    if facts.get("alert"):
        words = _CAMEL.sub(" ", facts["alert"].strip()).lower()
        facts["alert"] = ALERTS.get(words, words.replace(" ", "_"))
        if facts["alert"] == "protocol_version":
            facts["version"] = True
    if kind == "connect-proxy" and "inner" in facts:
        inner_kind, inner = classify(facts.pop("inner"))
        facts["reason"] = "timeout" if inner_kind == "connect-proxy" else inner_kind
        facts.update((k, v) for k, v in inner.items() if k not in ("reason", "inner"))
    return facts


def classify(text: str) -> tuple[str, dict[str, Any]]:
    """The kind of an error message (a key of ``KINDS``) and its facts: host, address, port, url, server, status, …

    ``host`` is the host of the URL that was asked for, where the message has one; never raises.

    >>> classify('Get "https://a.test/x": dial tcp 192.0.2.1:443: i/o timeout')
    ('dial-timeout', {'address': '192.0.2.1', 'port': 443, 'url': 'https://a.test/x', 'host': 'a.test'})
    """
    if len(text) > LIMIT:
        text = text[: LIMIT // 2] + "\n" + text[-LIMIT // 2 :]
    text = in_english(_FOR_THE_READER.sub("", _QUOTED_ANSWER.sub("", text)))
    kind, facts = next(_matches(text), ("unknown", {}))
    names_no_url = "url" in facts and facts["url"] is None  # the one in it is for the reader
    facts = _clean(kind, facts)
    url = _URL.search(text)
    if url and "url" not in facts and not names_no_url:
        facts["url"] = url["url"].rstrip(":.,")
    if "url" in facts and "host" not in facts:
        host = host_of(facts["url"])
        if host:
            facts["host"] = host
            own_port = _URL_PORT.match(facts["url"])
            if own_port and (number := integer(own_port[1], PORTS)) is not None:
                facts.setdefault("port", number)
    pool = _POOL.search(text)
    if pool and kind != "connect-proxy":
        facts.setdefault("host", next(filter(None, pool.groups())))
    peer = _PEER.search(text) or _PSQL.search(text)
    if peer and "address" not in facts:
        facts |= {key: value for key, value in peer.groupdict().items() if key == "host"}
        facts["address"] = peer["address"].strip("[]")
        if (port := integer(peer["port"], PORTS)) is not None:
            facts["port"] = port
    for pattern in (_MODULE, _TOOLCHAIN):
        found = pattern.match(text)
        if found:
            facts.update(found.groupdict())
    return kind, facts
