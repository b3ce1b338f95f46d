"""What the error messages of commands say about the network, as a kind and its facts.

The texts are those of Go 1.21 to 1.27 (net, net/http, crypto/tls, crypto/x509, cmd/go), libcurl 7.88 to 8
(git, curl and cargo), GnuTLS, OpenSSL and schannel, Windows' sockets, Git 2.39, OpenSSH, pip 23 (urllib3), npm 11
and Node.js, wget, Java. A message is read from the inside out: ``MESSAGES`` is searched in order and the first
expression that is found decides, so what is particular stands before what is general. A text in no known form has
kind ``unknown``; nothing here ever raises.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from netanalyze.numerals import decimal, integer
from netanalyze.patterns import lazy_pattern
from netanalyze.urls import PORTS, host_in

KINDS = {
    "no-space": "a write on this machine failed: no space left, or a quota",
    "checksum-mismatch": "what arrived has another checksum than was promised",
    "bad-archive": "what lies in the cache or arrived is no whole archive",
    "toolchain-not-available": "no such Go toolchain is offered for download",
    "configuration": "the command refuses to start its work with this configuration",
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
    "connection-refused": "the port is closed",
    "no-route": "ICMP or the routing table says that the host is not reachable",
    "network-unreachable": "there is no route to the network",
    "not-permitted": "this machine's own policy forbids the connection",
    "reset": "the connection was reset",
    "read-timeout": "an open connection died: nothing was acknowledged any more",
    "client-timeout": "the client's time for the whole request ran out",
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


class ClientMessage(NamedTuple):
    """One form: if ``pattern`` is found the message is of ``kind``; its groups and ``facts`` are the facts."""

    kind: str
    pattern: str
    facts: dict[str, Any]


def _m(kind: str, pattern: str, **facts: Any) -> ClientMessage:
    return ClientMessage(kind, pattern, facts)


_ADDRESS = r"(?P<address>\[[0-9a-f:.%\w]{2,60}\]|[\w.-]{1,253}):(?P<port>[0-9]{1,5})"
_ON = r"lookup (?P<name>[^\s:]{1,255})(?: on (?P<server>\S{1,80}?))?: "
_TCP_TO_SERVER = r"dial (?P<transport>tcp|udp) \S{1,80}: "
_FAILED_CURL = r"Failed to connect to (?P<host>\S{1,255}) port (?P<port>[0-9]{1,5})"

MESSAGES: tuple[ClientMessage, ...] = (
    # This machine. Go prints a full disk as a failed *read* of the URL (modfetch/proxy.go: io.Copy's error).
    _m("no-space", r"write (?P<path>/[^:\n]{1,1000}): (?P<reason>no space left on device|disk quota exceeded)"),
    _m("no-space", r"(?P<reason>no space left on device|disk quota exceeded|ENOSPC)"),
    _m("checksum-mismatch", r"checksum mismatch|SECURITY ERROR|EINTEGRITY|THESE PACKAGES DO NOT MATCH THE HASHES"),
    _m("bad-archive", r"zip: not a valid zip file|zip: checksum error|BadZipFile|TAR_BAD_ARCHIVE"),
    _m("toolchain-not-available", r"download (?P<toolchain>go[\w.-]{1,40}) for \S{1,60}: toolchain not available"),
    # Configuration (modload/init.go, modfetch/proxy.go, vcs/vcs.go of cmd/go).
    _m("configuration", r"modules disabled by (?P<setting>GO111MODULE)=off"),
    _m("configuration", r"module lookup disabled by (?P<setting>GOPROXY)=off"),
    _m("configuration", r"(?P<setting>GOPROXY) list is not the empty string, but contains no entries"),
    _m("configuration", r"invalid proxy URL", setting="GOPROXY"),
    _m("configuration", r"(?P<setting>GOVCS) disallows"),
    _m("configuration", r"(?:invalid|missing|malformed) (?P<setting>GOSUMDB|GOFLAGS|GOAUTH|GONOSUMDB|GOPRIVATE)"),
    _m("configuration", r"parsing \$(?P<setting>GO\w{1,20}):"),
    _m("configuration", r'exec: "(?P<program>[^"\n]{1,200})": executable file not found', setting="PATH"),
    _m("configuration", r"cannot find main module|go\.mod file not found|errors parsing go\.mod", setting="go.mod"),
    _m("configuration", r"requires go >= (?P<wanted>[\w.]{1,20}) \(running go (?P<running>[\w.]{1,20})",
       setting="GOTOOLCHAIN"),
    _m("configuration", r"refusing to pass credentials to insecure URL", setting="GOINSECURE"),
    # Credentials.
    _m("host-key", r"(?P<change>REMOTE HOST IDENTIFICATION HAS CHANGED"
       r"|host key for (?P<name>[\w.\[\]:-]{1,255}) has changed)"),
    _m("host-key", r"No (?:\S+ )?host key is known for (?P<name>[\w.\[\]:-]{1,255})"),
    _m("host-key", r"Host key verification failed|knownhosts: key (?:is unknown|mismatch)"),
    _m("git-credentials", r"could not read (?P<wanted>Username|Password) for '(?P<url>[^'\n]{1,1000})'", over="http"),
    _m("git-credentials", r"in _prompt_for_password$|^(?:User for|Password for) \S{1,255}: *$", asks="pip"),
    _m("git-credentials", r"Permission denied \((?:publickey|password|keyboard|gssapi)|Too many authentication failures",
       over="ssh"),
    _m("git-credentials", r"terminal prompts disabled|(?<!password )Authentication failed for(?: '(?P<url>[^'\n]{1,1000})')?"
       r"|HTTP Basic: Access denied|Support for password authentication was removed", over="http"),
    # The way to an HTTP or SOCKS proxy (net/http/transport.go); the reason is what the inner message says.
    _m("connect-proxy", r"proxyconnect tcp: (?P<inner>.{0,4000})"),
    _m("connect-proxy", r"socks connect \S{1,10} \S{1,300}: (?P<inner>.{0,4000})"),
    _m("connect-proxy", r"Tunnel connection failed: (?P<status>[0-9]{3})", reason="status"),
    _m("connect-proxy", r"Proxy tunneling failed: |npm (?:ERR!|error) code E(?P<status>407)", reason="status"),
    _m("connect-proxy", r"(?:Cannot|Unable to) connect to proxy\.?['\"], (?P<inner>.{0,4000})"),
    _m("connect-proxy", r"Could not resolve proxy:? (?:name: )?(?P<name>[^\s;]{1,255})", reason="dns-unresolved"),
    _m("connect-proxy", r"Failed to establish a new connection.{0,80}proxy|ProxyError\(", reason="connect-failed"),
    _m("connect-proxy", r"(?:Can't|cannot) complete SOCKS[45] connection to", reason="status"),
    _m("connect-proxy", r"CONNECT tunnel failed, response (?P<status>[0-9]{3})", reason="status"),
    _m("connect-proxy", r"Received HTTP code (?P<status>[0-9]{3}) from proxy after CONNECT", reason="status"),
    _m("connect-proxy", r'(?:Get|Head) "[^"\s]{1,2000}": (?P<text>Proxy Authentication Required|Forbidden|Bad Gateway'
       r"|Service Unavailable|Gateway Timeout|Bad Request|Not Found|Method Not Allowed)$", reason="status"),
    # Names (net/dnsclient_unix.go; libcurl and OpenSSH with libc's resolver).
    _m("dns-no-such-host", _ON + r"(?:getaddrinfow: )?(?i:no such host)"),
    _m("dns-unresolved", _ON + r"getaddrinfow: (?P<reason>[^\n]{1,200})"),
    _m("dns-server-misbehaving", _ON + r"(?:server misbehaving|lame referral|no answer from DNS server)"),
    _m("dns-malformed", _ON + r"(?:cannot unmarshal|cannot marshal|invalid DNS response)"),
    _m("dns-refused", _ON + _TCP_TO_SERVER + r"connect: connection refused"),
    _m("dns-refused", _ON + r"(?:read|write) udp \S{1,200}: (?:read|write): connection refused"),
    _m("dns-unreachable", _ON + _TCP_TO_SERVER
       + r"connect: (?P<reason>network is unreachable|no route to host|operation not permitted)"),
    _m("dns-unreachable", _ON + r"(?:read|write) udp \S{1,200}: (?:read|write): "
       r"(?P<reason>network is unreachable|no route to host|operation not permitted)"),
    _m("dns-timeout", _ON + _TCP_TO_SERVER + r"i/o timeout"),
    _m("dns-timeout", _ON + r"(?:.{0,300}: )?i/o timeout"),
    _m("dns-timeout", r"dial tcp: i/o timeout"),  # go prints an address from the moment it has one
    _m("dns-unresolved", _ON + r"(?P<reason>[^\n]{1,200})"),
    _m("dns-unresolved", r"Could not resolve host(?:name)?:? (?P<name>[^\s:;)]{1,255})"
       r"(?:: (?P<reason>Temporary failure in name resolution))?(?=$|\s|;|\))"),
    _m("dns-no-such-host", r"resolve hostname (?P<name>[^\s:]{1,255}): (?:Name or service not known|nodename)"),
    _m("dns-unresolved", r"unable to resolve host address .(?P<name2>[\w.-]{1,253})|wget: bad address '(?P<name6>[\w.-]{1,253})"
       r"|UnknownHostException: (?P<name5>[\w.-]+)(?:: (?P<reason2>Temporary failure))?"
       r"|could not translate host name \"(?P<name3>[^\"\s]{1,253})|(?P<reason>Temporary failure) resolving '(?P<name4>[^'\s]+)"
       r"|(?:remote name could not be resolved|未能解析此远程名称)[:：] ?'(?P<name>[^'\s]{1,253})"),
    _m("dns-no-such-host", r"getaddrinfo ENOTFOUND (?P<name>\S{1,255})"),
    _m("dns-unresolved", r"getaddrinfo (?P<reason>EAI_AGAIN) (?P<name>\S{1,255})"),
    _m("dns-no-such-host", r"No such host is known|不知道这样的主机|nodename nor servname provided"),
    _m("dns-timeout", r"Resolving timed out after [0-9]{1,9} milliseconds|dns error: .{0,80}timed out"),
    _m("dns-no-such-host", r"Name or service not known|No address associated with hostname"),
    _m("dns-unresolved", r"(?P<reason>Temporary failure in name resolution)|NameResolutionError"),
    # TLS.
    _m("tls-handshake-timeout", r"TLS handshake timeout|_ssl\.c:[0-9]+: The handshake operation timed out"),
    _m("git-tls-timeout", r"SSL connection timeout|SSL/TLS connection timeout"),
    _m("unexpected-eof", r"GnuTLS recv error \(-110\)"),  # in the midst of an answer; in a handshake it reads otherwise
    _m("tls-not-tls", r"server gave HTTP response to HTTPS client", saw="http"),
    _m("tls-not-tls", r"first record does not look like a TLS handshake|wrong version number"
       r"|unexpected TLS packet was received|packet length too long|ERR_SSL_WRONG_VERSION_NUMBER"
       r"|Unsupported or unrecognized SSL|SEC_E_INVALID_TOKEN|error:1408F10B|http request to an https server"),
    _m("tls-version", r"server selected unsupported protocol version|unsupported protocol(?! scheme)"
       r"|no supported versions satisfy"),
    _m("certificate", r"certificate is valid for (?P<presented>[^,\n]{1,300})(?:, [^\n]{1,600}?)??"
       r"(?:, not|, but none matched) (?P<name>\S{1,255})", subkind="name"),
    _m("certificate", r"no alternative certificate subject name matches target host name '(?P<name>[^'\n]{1,255})'",
       subkind="name"),
    _m("certificate", r"doesn't contain any IP SANs|not valid for any names|legacy Common Name field"
       r"|Hostname mismatch|ERR_TLS_CERT_ALTNAME_INVALID|does not match target host name"
       r"|doesn't match requested host name|Certificate did not match expected hostname|No subject alternative DNS name"
       r"|owner does not match hostname|SEC_E_WRONG_PRINCIPAL", subkind="name"),
    _m("certificate", r"certificate has expired or is not yet valid(?:: (?P<detail>[^\n]{1,200}))?"
       r"|certificate has expired|certificate is not yet valid|certificate is not yet activated|CERT_HAS_EXPIRED"
       r"|CERT_NOT_YET_VALID|NotAfter: |SEC_E_CERT_EXPIRED|certificate chain uses expired", subkind="expired"),
    _m("certificate", r"certificate signed by unknown authority|unable to get local issuer certificate"
       r"|self[- ]signed certificate|server certificate verification failed|failed to load system roots"
       r"|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED_CERT|PKIX path building failed"
       r"|is not trusted\.$|have a known issuer"
       r"|Unable to locally verify the issuer|SEC_E_UNTRUSTED_ROOT|signer not found", subkind="authority"),
    _m("certificate", r"failed to verify certificate|x509: |CERTIFICATE_VERIFY_FAILED|SSL certificate problem"
       r"|cannot verify \S{1,255}'s certificate|SSL peer certificate|CRYPT_E_(?:NO_REVOCATION_CHECK|REVOCATION_OFFLINE)"
       r"|SEC_E_CERT_UNKNOWN|invalid peer certificate|remote certificate (?:is invalid|was rejected)"
       r"|unable to check revocation|establish trust relationship|建立信任关系",
       subkind="other"),
    _m("tls-alert", r"remote error: tls: (?P<alert>[^\n]{1,100})"),
    _m("tls-alert", r"alert (?P<alert>handshake failure|protocol version|internal error|unrecognized name|access denied"
       r"|certificate required)"),
    _m("tls-alert", r"gnutls_handshake\(\) failed: (?P<alert>Handshake failed|Error in protocol version|Internal error"
       r"|Access was denied|The server name sent was not recognized)"),
    _m("tls-alert", r"A TLS fatal alert has been received", alert=None),
    _m("tls-reset", r"gnutls_handshake\(\) failed: The TLS connection was non-properly terminated", by="close"),
    _m("tls-reset", r"SSL_connect: Connection was reset|SSL_connect: Connection reset by peer|SSL_ERROR_SYSCALL"
       r"|before secure TLS connection was established"
       r"|Recv failure: Connection reset by peer in connection to \S+ *$|schannel: failed to receive handshake"),
    # TCP: connecting (net/dial.go, libcurl, OpenSSH, Node.js, urllib3).
    _m("dial-timeout", r"dial tcp " + _ADDRESS + r": (?:i/o timeout|connect: (?:connection|operation) timed out"
       r"|connectex: (?:A connection attempt failed|由于连接方))"),
    _m("connection-refused", r"dial tcp " + _ADDRESS + r": connectex: (?:No connection could be made|.{0,60}积极拒绝)"),
    _m("network-unreachable", r"dial tcp " + _ADDRESS + r": connectex: .{1,60}(?:unreachable network|无法连接的网络)"),
    _m("no-route", r"dial tcp " + _ADDRESS + r": connectex: .{1,60}(?:unreachable host|无法连接的主机)"),
    _m("not-permitted", r"dial tcp " + _ADDRESS + r": connectex: .{1,60}(?:forbidden by its access permissions|访问权限不允许)"),
    _m("read-timeout", r"(?:wsarecv|wsasend): (?:A connection attempt failed|由于连接方)"),
    _m("reset", r"An established connection was aborted by the software in your host|中止了一个已建立的连接", by="this machine"),
    _m("connection-refused", r"dial tcp " + _ADDRESS + r": connect: connection refused"),
    _m("no-route", r"dial tcp " + _ADDRESS + r": connect: (?:no route to host|host is down)"),
    _m("network-unreachable", r"dial tcp " + _ADDRESS + r": connect: (?:network is unreachable|cannot assign)"),
    _m("not-permitted", r"dial tcp " + _ADDRESS + r": connect: (?:operation not permitted|permission denied)"),
    _m("git-connect-timeout", _FAILED_CURL + r"(?: after (?P<ms>[0-9]{1,9}) ms)?: (?:Connection timed out|Timeout)"),
    _m("connection-refused", _FAILED_CURL + r"(?: after (?P<ms>[0-9]{1,9}) ms)?: (?:Connection refused|.{0,60}积极拒绝)"),
    _m("no-route", _FAILED_CURL + r"(?: after (?P<ms>[0-9]{1,9}) ms)?: No route to host"),
    _m("network-unreachable", _FAILED_CURL + r"(?: after (?P<ms>[0-9]{1,9}) ms)?: Network is unreachable"),
    # libcurl 7.88 and later says the same for all reasons; only a kernel timer takes 20 s and more.
    _m("git-connect-timeout", _FAILED_CURL + r" after (?P<ms>[2-9][0-9]{4}|[0-9]{6,9}) ms"),
    _m("connect-failed", _FAILED_CURL + r"(?: after (?P<ms>[0-9]{1,9}) ms)?"),
    _m("git-connect-timeout", r"connect to host (?P<host>\S{1,255}) port (?P<port>[0-9]{1,5}): (?:Connection|Operation)"
       r" timed out"),
    _m("connection-refused", r"connect to host (?P<host>\S{1,255}) port (?P<port>[0-9]{1,5}): Connection refused"),
    _m("no-route", r"connect to host (?P<host>\S{1,255}) port (?P<port>[0-9]{1,5}): No route to host"),
    _m("network-unreachable", r"connect to host (?P<host>\S{1,255}) port (?P<port>[0-9]{1,5}): Network is unreachable"),
    _m("git-connect-timeout", r"Connection timed out after (?P<ms>[0-9]{1,9}) milliseconds"),
    _m("dial-timeout", r"connect ETIMEDOUT " + _ADDRESS),
    _m("dial-timeout", r"[Cc]onnect timed out|Net::OpenTimeout|UND_ERR_CONNECT_TIMEOUT|ECONNECTIONTIMEOUT"
       r"|could not connect to (?P<host>[\w.-]+):(?P<port>[0-9]+) \(\S+\), connection timed out"),
    _m("dial-timeout", r"Connection to (?P<host>[\w.-]{1,253}) timed out\. "
       r"\(connect timeout=(?P<seconds>[0-9.]{1,8})\)"),
    _m("connection-refused", r"connect ECONNREFUSED " + _ADDRESS),
    _m("network-unreachable", r"connect (?:ENETUNREACH|EADDRNOTAVAIL) " + _ADDRESS),
    _m("no-route", r"connect EHOSTUNREACH " + _ADDRESS),
    _m("not-permitted", r"connect E(?:ACCES|PERM) " + _ADDRESS),
    _m("connection-refused", r"Could not connect to Redis at " + _ADDRESS + r": Connection refused"),
    _m("connection-refused", r"MySQL server on '(?P<host>[\w.-]{1,253})(?::(?P<port>[0-9]{1,5}))?' \((?:111|10061)\b"),
    _m("dial-timeout", r"MySQL server on '(?P<host>[\w.-]{1,253})(?::(?P<port>[0-9]{1,5}))?' \((?:110|10060)\b"),
    _m("connection-refused", r"ECONNREFUSED|Connection refused|actively refused it|积极拒绝"),
    _m("connect-failed", r"Unable to connect to the remote server|无法连接到远程服务器"),
    _m("no-route", r"EHOSTUNREACH|No route to host"),
    _m("network-unreachable", r"ENETUNREACH|Network is unreachable|Cannot assign requested address"),
    # HTTP, and connections that were open.
    _m("stream-error", r"stream error: stream ID (?P<stream>[0-9]{1,10}); (?P<code>[A-Z_0-9]{1,40})"),
    _m("stream-error", r"HTTP/2 stream (?P<stream>[0-9]{1,10}) was not closed cleanly: (?P<code>[A-Z_0-9]{1,40})"),
    _m("goaway", r"server sent GOAWAY(?: and closed the connection; LastStreamID=(?P<last_stream>[0-9]{1,10})"
       r"(?:, ErrCode=(?P<code>[A-Z_0-9]{1,40}))?)?"),
    _m("too-slow", r"Operation too slow"),
    _m("client-timeout", r"Operation timed out after (?P<ms>[0-9]{1,9}) milliseconds"
       r"(?: with (?P<got>[0-9]{1,18}) (?:out of (?P<of>-?[0-9]{1,18}) )?bytes received)?"),
    _m("read-timeout", r"(?:read|write): connection timed out|http2: client connection lost|Timeout, server \S+ not responding"),
    _m("read-timeout", r"Read timed out\. \(read timeout=(?P<seconds>[0-9.]{1,8})\)", ended_by="its own timer"),
    _m("read-timeout", r"ESOCKETTIMEDOUT|network timeout at|ERR_SOCKET_TIMEOUT|E(?:IDLE|RESPONSE|TRANSFER)TIMEOUT"
       r"|Read timed out|read operation timed out|Idle timeout reached|Read error \(Connection timed out\)"
       r"|UND_ERR_(?:HEADERS|BODY)_TIMEOUT", ended_by="its own timer"),
    _m("read-timeout", r"(?:read|write) tcp \S{1,120}: (?:read: |write: )?i/o timeout", ended_by="its own timer"),
    _m("read-timeout", r"timed out during banner exchange", stage="banner", ended_by="its own timer"),
    _m("dial-timeout", r"request canceled while waiting for connection"),
    _m("reset", r"Connection reset by (?P<address>[0-9a-f.:]{3,45}) port (?P<port>[0-9]{1,5})"),
    _m("reset", r"connection reset by peer|Connection was reset|ECONNRESET|recv error \(-54\)|broken pipe"
       r"|Socket hang up|forcibly closed by the remote host|强迫关闭了一个现有的连接"),
    _m("client-timeout", r"Client\.Timeout (?:or context cancellation )?exceeded"),
    _m("connect-proxy", r"context deadline exceeded", reason="timeout"),
    _m("dial-timeout", r"ETIMEDOUT|Connection timed out|did not properly respond|没有正确答复"),
    _m("unexpected-eof", r"unexpected EOF|early EOF|(?:outstanding read data|bytes) remaining|before end of the underlying"
       r"|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET"
       r"|Premature (?:EOF|close)|network aborted|Transferred a partial file|Connection closed at byte|other side closed"
       r"|unexpected disconnect while reading"
       r"|IncompleteRead|hung up unexpectedly|end of file before"),
    _m("redirect-loop", r"stopped after 10 redirects|Maximum \([0-9]+\) redirects followed|TooManyRedirects"),
    _m("redirect-loop", r"[0-9]+ redirections exceeded|ERR_TOO_MANY_REDIRECTS|redirect count exceeded|maximum redirect reached"),
    _m("redirect-refused", r"redirected from secure URL \S{1,2000} to insecure URL (?P<target>\S{1,2000})"),
    _m("redirect-refused", r"[Pp]rotocol \"?http\"? (?:is )?(?:not supported|disabled|not allowed)[^\n]{0,60}redirect"
       r"|redirect from HTTPS to HTTP|refusing to follow insecure redirect"),
    _m("http-status", r'reading "?(?P<url>[a-z]{3,5}://[^\s"]{1,2000}?)"?: '
       r"(?P<status>[1-9][0-9]{2})(?: (?P<reason>[^\n]{1,60}))?"),
    _m("http-status", r"returned error: (?P<status>[1-9][0-9]{2})|HTTP error (?P<status2>[1-9][0-9]{2})"),
    _m("http-status", r"(?P<status>[45][0-9]{2}) (?:Client|Server) Error: |response code:? (?P<status2>[45][0-9]{2})"
       r"|^(?:[0-9-]{10} [0-9:]{8} )?\S* ?ERROR (?P<status3>[45][0-9]{2}): |got (?P<status4>[45][0-9]{2})$"),
    _m("http-status", r"npm (?:ERR!|error) code E(?P<status>[45][0-9]{2})|^ +(?P<status2>[45][0-9]{2})  \S.{0,60} \[IP: "),
    _m("http-status", r"toomanyrequests: ", status="429"),
    _m("http-status", r"(?:unexpected status code|HTTP/[12](?:\.[01])?) (?P<status>[45][0-9]{2})"),
    _m("http-status", r"repository '(?P<url>[^'\n]{1,1000})' not found", status="404"),
    _m("module-not-found", r"unknown revision|no go-import meta tags|no matching versions|does not contain package"
       r"|invalid version|not found: module|malformed module path|No matching distribution found"
       r"|Could not find a version that satisfies"),
    _m("eof", r"(?::|^) ?EOF$|Empty reply from server|RemoteDisconnected|[Ss]erver closed (?:abruptly|the connection unex)"
       r"|Lost connection to MySQL server at .reading|Connection closed by (?:remote host|(?:UNKNOWN|[\w.:]+) port [0-9]+)"),
    _m("dial-timeout", r"i/o timeout"),
    # OpenSSH's last words after every failure: only where nothing above was said.
    _m("git-credentials", r"correct access rights"),
)  # fmt: skip

_URL = lazy_pattern(r"""["' ](?P<url>(?:https?|git|ssh)://[^\s"']{1,2000})["' :]?""")
_PEER = lazy_pattern(r"(?:read|write) tcp \S{1,60}->" + _ADDRESS + r":")
_POOL = lazy_pattern(r"HTTPS?ConnectionPool\(host='(?P<host>[^']{1,253})', port=(?P<port>[0-9]{1,5})")
_PSQL = lazy_pattern(
    r"server at \"(?P<host>[\w.-]{1,253})\" \((?P<address>[0-9a-f.:]{3,45})\), port (?P<port>[0-9]{1,5}) failed"
)
_MODULE = lazy_pattern(r"^go: (?P<module>[^\s:@]{1,255}@[^\s:]{1,100}):")
_TOOLCHAIN = lazy_pattern(r"^go: download(?:ing)? (?P<toolchain>go[0-9][\w.-]{0,40})")


def host_of(url: str) -> str | None:
    """The host a URL (or scp-like ``git@host:path``) names, in lower case, without brackets; None if it names none."""
    if "://" not in url:
        scp = re.match(r"(?:[\w.-]+@)?([\w.-]+\.[\w-]+):", url)
        return scp[1].lower() if scp else None
    return host_in(url)


def _matches(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for message in MESSAGES:
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
    if "server" in facts:
        server, _, port = facts["server"].rpartition(":")
        facts["server"] = (server or facts["server"]).strip("[]")
        if server and (number := integer(port, PORTS)) is not None:
            facts["server_port"] = number
    if facts.get("alert"):
        words = facts["alert"].strip().lower()
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
    kind, facts = next(_matches(text), ("unknown", {}))
    facts = _clean(kind, facts)
    url = _URL.search(text)
    if url and "url" not in facts:
        facts["url"] = url["url"].rstrip(":")
    if "url" in facts and "host" not in facts:
        host = host_of(facts["url"])
        if host:
            facts["host"] = host
    pool = _POOL.search(text)  # urllib3 names whom it asked
    if pool and kind != "connect-proxy":
        facts.setdefault("host", pool["host"])
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
