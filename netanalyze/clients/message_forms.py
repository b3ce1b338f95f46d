"""The forms of commands' error messages, the particular before the general: what clients/messages.py searches, in order."""

from typing import Any, NamedTuple


class ClientMessage(NamedTuple):
    """One form: if ``pattern`` is found the message is of ``kind``; its groups and ``facts`` are the facts."""

    kind: str
    pattern: str
    facts: dict[str, Any]


def form(kind: str, pattern: str, **facts: Any) -> ClientMessage:
    """One form, written in a line."""
    return ClientMessage(kind, pattern, facts)


_m = form


ADDRESS = (
    r"(?P<address>\[[0-9a-f:.%\w]{2,60}\]|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}|[\w.-]{1,253}):(?P<port>[0-9]{1,5})"
)
DNS_ANSWER = r"^;; ->>HEADER<<- opcode: \w+, status: NOERROR|^Name:\t"
"""How an answer begins as dig and nslookup print it."""
_ON = r"lookup (?P<name>[^\s:]{1,255})(?: on (?P<server>\S{1,80}?))?: "
_TCP_TO_SERVER = r"dial (?P<transport>tcp|udp) \S{1,80}: "
_FAILED_CURL = r"Failed to connect to (?P<host>\S{1,255}) port (?P<port>[0-9]{1,5})"

_NC = (
    r"connect to (?:(?P<host>[\w.-]{1,253}) \()?(?P<address>[0-9a-f.:]{3,45})\)? port (?P<port>[0-9]{1,5}) \(tcp\) "
    r"(?:failed: )?"
)
_C_ARES = r"query[A-Z]\w{0,10} E%s (?P<name>[\w.-]{1,253})"
"""Node.js asking DNS itself (lib/internal/dns/utils.js)."""
_ERLANG = r"failed_connect, \[\{:?to_address, \{(?:~c)?['\"]?(?P<host>[\w.-]{1,253})['\"]?, ?(?P<port>[0-9]{1,5})\}\}[^\n]{0,80}"

MESSAGES: tuple[ClientMessage, ...] = (
    # This machine. Go prints a full disk as a failed *read* of the URL (modfetch/proxy.go: io.Copy's error).
    _m("no-space", r"write (?P<path>/[^:\n]{1,1000}): (?P<reason>no space left on device|disk quota exceeded)"),
    _m("no-space", r"(?P<reason>no space left on device|disk quota exceeded|ENOSPC)"),
    _m("checksum-mismatch", r"checksum mismatch|SECURITY ERROR|EINTEGRITY|failed to verify the checksum of"
       r"|THESE PACKAGES DO NOT MATCH THE HASHES"
       r"|Hash Sum mismatch|File has unexpected size"),
    # Locks: git, dpkg and apt, cargo, yum and dnf, pacman, apk, Homebrew, Gradle, conda, Terraform, Flutter.
    _m("lock-held", r"Unable to create '(?P<path>[^'\n]{1,1000}\.lock)': File exists|another git process seems to be running"
       r"|could not lock config file (?P<path2>[^:\n]{1,1000}): File exists", left="file"),
    _m("lock-held", r"Could not get lock (?P<path>/[^\s]{1,1000}?)[.,]?(?= |$)(?: It is held by process (?P<pid>[0-9]{1,8})"
       r" \((?P<holder>[^)\n]{1,60})\))?|Unable to (?:acquire the dpkg frontend lock|lock the administration directory)"),
    _m("lock-held", r"Blocking waiting for file lock on|Another app is currently holding the (?:yum|dnf) lock"
       r"|unable to lock database|Another active Homebrew process|process has already locked /|Timeout waiting to lock \S"
       r"|LockError: |Error acquiring the state lock|Waiting for another \w{1,30} command to release|is already locked by pid"),
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
    _m("configuration", r"too many open files|\bEMFILE\b"),
    _m("configuration", r"SSL module is not available|ssl module in Python is not available"),
    # curl's error 77; OpenSSL's own where a file cannot be opened
    _m("configuration", r"Problem with the SSL CA cert|error setting certificate (?:file|verify locations)"
       r"|BIO routines:(?:BIO_new_file)?:system lib", setting="CA-file"),
    _m("configuration", r"^E: Release file for (?P<url>\S{1,1000}) is not valid yet \(invalid for another", setting="clock"),
    _m("configuration", r"no matching host key type found", setting="HostKeyAlgorithms"),
    _m("configuration", r"no matching key exchange method found", setting="KexAlgorithms"),
    _m("configuration", r"no matching cipher found", setting="Ciphers"),
    _m("configuration", r"no matching MAC found", setting="MACs"),
    # Credentials.
    _m("host-key", r"(?P<change>REMOTE HOST IDENTIFICATION HAS CHANGED"
       r"|host key for (?P<name>[\w.\[\]:-]{1,255}) has changed)"),
    _m("host-key", r"No (?:\S+ )?host key is known for (?P<name>[\w.\[\]:-]{1,255})"),
    _m("host-key", r"Host key verification failed|knownhosts: key (?:is unknown|mismatch)"),
    _m("git-credentials", r"could not read (?P<wanted>Username|Password) for '(?P<url>[^'\n]{1,1000})'", over="http"),
    _m("git-credentials", r"in _prompt_for_password$|^(?:User for|Password for) \S{1,255}: *$", asks="pip"),
    _m("git-credentials", r"Permission denied \((?:publickey|password|keyboard|gssapi)|Too many authentication failures",
       over="ssh"),
    _m("git-credentials", r"no usernames succeeded", over="ssh"),  # cargo's libgit2
    _m("git-credentials", r"failed to authenticate when downloading repository(?![\s\S]*returned error: [45])"
       r"|terminal prompts disabled|鉴权失败|身份驗證失敗"
       r"|Authentication failed for(?! (?:user|role)\b)(?: '(?P<url>[^'\n]{1,1000})')?"
       r"|HTTP Basic: Access denied|Support for password authentication was removed", over="http"),
    # The way to an HTTP or SOCKS proxy (net/http/transport.go); the reason is what the inner message says.
    _m("connect-proxy", r"proxyconnect tcp: (?P<inner>.{0,4000})"),
    _m("connect-proxy", r"socks connect \S{1,10} \S{1,300}: (?P<inner>.{0,4000})"),
    _m("connect-proxy", r"Tunnel connection failed: (?P<status>[0-9]{3})", reason="status"),
    _m("connect-proxy", r"^ +(?P<status>407)  [^\n]{1,60} \[IP: (?P<address>[0-9a-f.:]{3,45}) (?P<port>[0-9]{1,5})\]",
       reason="status"),
    _m("connect-proxy", r"server returned an error: \((?P<status>407)\)", reason="status"),
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
    # CoreDNS tells of the query it passed on
    _m("dns-timeout", r"(?:plugin/errors: [0-9]+ (?P<name>[^\s:]{1,254}?)\.? [A-Z]+: )?"
       r"(?:read|write) udp \S{1,80}->(?P<server>\S{1,80}:53): (?:(?:read|write): )?i/o timeout"),
    _m("dns-timeout", r"dial tcp: i/o timeout"),  # go prints an address from the moment it has one
    _m("dns-unresolved", _ON + r"(?P<reason>[^\n]{1,200})"),
    _m("dns-unresolved", r"Could not resolve host(?:name)?:? (?P<name>[^\s:;)\]]{1,255})"
       r"(?:: (?P<reason>Temporary failure in name resolution))?(?=$|\s|;|\))"),
    _m("dns-no-such-host", r"resolve hostname (?P<name>[^\s:]{1,255}): (?:Name or service not known|nodename)"),
    _m("dns-unresolved", r"unable to resolve host address .(?P<name2>[\w.-]{1,253})|wget: bad address '(?P<name6>[\w.-]{1,253})"
       r"|(?:UnknownHostException:|unknown error: Unknown host) (?P<name5>[\w.-]+)(?:: (?P<reason2>Temporary failure))?"
       r"|could not translate host name \"(?P<name3>[^\"\s]{1,253})|(?P<reason>Temporary failure) resolving '(?P<name4>[^'\s]+)"
       r"|remote name could not be resolved[:：] ?'(?P<name>[^'\s]{1,253})"),
    _m("dns-unresolved", r"(?:暂时不能解析域名|Temporärer Fehlschlag beim Auflösen von|Fallo temporal al resolver"
       r"|Erreur temporaire de résolution de|Временная ошибка при разрешении|Falha temporária resolvendo) ?.{1,2}"
       r"(?P<name>[\w.-]{1,253})", reason="Temporary failure"),
    # dig and nslookup, which ask again upon the first and may print an answer then; Erlang's httpc
    _m("dns-timeout", r";; communications error to (?P<server>[0-9a-f.:]{3,45})#[0-9]{1,5}: timed out"
       rf"(?![\s\S]*(?:{DNS_ANSWER}))"
       r"|;; connection timed out; no servers could be reached"),
    _m("dns-timeout", r"can't find (?P<name>\S{1,255}): No response from server|^\*\*\* Request to \S{1,255} timed-out"),
    _m("dns-no-such-host", r"can't find (?P<name>\S{1,255}): (?:NXDOMAIN|Non-existent domain)"
       r"|^Host (?P<name2>\S{1,255}) not found: 3\(NXDOMAIN\)|->>HEADER<<- opcode: QUERY, status: NXDOMAIN", answered=True),
    _m("dns-server-misbehaving", r"can't find (?P<name>\S{1,255}): (?P<rcode>SERVFAIL|REFUSED|Server failed|Query refused)"
       r"|^Host (?P<name2>\S{1,255}) not found: [1245]\((?P<rcode2>SERVFAIL|REFUSED|FORMERR|NOTIMP)\)"
       r"|->>HEADER<<- opcode: QUERY, status: (?P<rcode3>SERVFAIL|REFUSED|FORMERR|NOTIMP)"),
    _m("dns-no-such-host", _ERLANG + ":nxdomain"),
    _m("dns-no-such-host", r"getaddrinfo ENOTFOUND (?P<name>[^\s:]{1,255})"),
    _m("dns-unresolved", r"getaddrinfo (?P<reason>EAI_AGAIN) (?P<name>[^\s:]{1,255})"),
    _m("dns-no-such-host", r"^[^\n]{1,60}?(?P<name>[\w.-]{1,253}) \((?P=name)\)[^\n]{1,40}[:：] ?Name or service not known"),
    _m("dns-no-such-host", r"No such host is known|nodename nor servname provided"),
    _m("dns-timeout", r"^(?P<name>[\w.-]{1,253}): resolve call failed: (?:All attempts to contact|Query timed out)"),
    _m("dns-timeout", _C_ARES % "TIMEOUT"),
    _m("dns-refused", _C_ARES % "CONNREFUSED"),
    _m("dns-server-misbehaving", _C_ARES % "(?:(?:SERVFAIL)|(?P<rcode>REFUSED))"),
    _m("dns-no-such-host", _C_ARES % "NOTFOUND", answered=True),
    _m("dns-unresolved", r"Failed host lookup: '(?P<name>[^'\s]{1,253})'|Unable to resolve host \"(?P<name2>[^\"\s]{1,253})\""),
    _m("dns-timeout", r"Resolving timed out after [0-9]{1,9} milliseconds|dns error: .{0,80}timed out"),
    # .NET puts whom it asked behind the error of the system.
    _m("dns-unresolved", r"(?P<reason>Resource temporarily unavailable) \((?P<name>[\w.-]{1,253}):[0-9]{1,5}\)"),
    _m("dns-no-such-host", r"Name or service not known \((?P<name>[\w.-]{1,253}):[0-9]{1,5}\)"),
    _m("dns-no-such-host", r"Name or service not known|No address associated with hostname|Name does not resolve"),
    _m("dns-unresolved", r"NameResolutionError(?:\([^\n]{0,200}Failed to resolve '(?P<name>[^'\n]{1,253})')?"
       r"(?:[^\n]{0,200}(?P<reason>Temporary failure in name resolution))?"),
    _m("dns-unresolved", r"(?P<reason>Temporary failure in name resolution)|Couldn't resolve host name"
       r"|DNS error \(try again|(?P<reason2>temporary error) \(try again later\)"),
    # TLS.
    _m("tls-handshake-timeout", r"TLS handshake timeout|authentication handshake failed: context deadline exceeded"
       r"|_ssl\.c:[0-9]+: The handshake operation timed out"),
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
    _m("certificate", r"does not match certificate's altnames: Host: (?P<name>[\w.-]{1,253}?)\. is not", subkind="name"),
    _m("certificate", r"doesn't contain any IP SANs|not valid for any names|legacy Common Name field"
       r"|Hostname mismatch|ERR_TLS_CERT_ALTNAME_INVALID|does not match target host name"
       r"|doesn't match requested host name|Certificate did not match expected hostname|No subject alternative DNS name"
       r"|owner does not match hostname|SEC_E_WRONG_PRINCIPAL", subkind="name"),
    _m("certificate", r"certificate has expired or is not yet valid(?:: (?P<detail>[^\n]{1,200}))?"
       r"|certificate has expired|certificate is not yet valid|certificate is not yet activated|CERT_HAS_EXPIRED"
       r"|CERT_NOT_YET_VALID|NotAfter: |SEC_E_CERT_EXPIRED|certificate chain uses expired", subkind="expired"),
    _m("certificate", r"PKIX path building failed", subkind="authority", store="java"),
    _m("certificate", r"CRYPT_E_(?:NO_REVOCATION_CHECK|REVOCATION_OFFLINE)|unable to check revocation", subkind="revocation"),
    _m("certificate", r"certificate signed by unknown authority|unable to get local issuer certificate"
       r"|self[- ]signed certificate|server certificate verification failed|failed to load system roots"
       r"|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED_CERT"
       r"|is not trusted\.$|have a known issuer"
       r"|Unable to locally verify the issuer|SEC_E_UNTRUSTED_ROOT|signer not found"
       r"|server certificate not trusted|UntrustedRoot|PartialChain|issuer is not trusted",
       subkind="authority"),
    _m("certificate", r"failed to verify certificate|x509: |CERTIFICATE[_ ]VERIFY[_ ]FAILED|SSL certificate problem"
       r"|cannot verify \S{1,255}'s certificate|SSL peer certificate"
       r"|SEC_E_CERT_UNKNOWN|invalid peer certificate|remote certificate (?:is invalid|was rejected)"
       r"|establish trust relationship|建立信任关系|Could not verify the SSL certificate for",
       subkind="other"),
    _m("tls-alert", r"remote error: tls: (?P<alert>[^\n]{1,100})"),
    _m("tls-alert", r"alert (?P<alert>handshake failure|protocol version|internal error|unrecognized name|access denied"
       r"|certificate required|no application protocol|bad certificate|certificate unknown|unknown ca|decode error"
       r"|decrypt error|illegal parameter|insufficient security)"),
    _m("tls-alert", r"Received fatal alert: (?P<alert>[a-z_]{1,40})|sent a TLS alert: '(?P<alert2>\w{1,40})'"),
    # crypto/tls's alert to what is no TLS, as net/http quotes it: 0x15 is an alert's record (RFC 8446 section 5.1)
    _m("tls-alert", r"malformed HTTP (?:response|version|status code) \"?\\x15\\x03", spoke="http"),
    _m("tls-alert", r"gnutls_handshake\(\) failed: (?P<alert>Handshake failed|Error in protocol version|Internal error"
       r"|Access was denied|The server name sent was not recognized)"),
    _m("tls-alert", r"A TLS fatal alert has been received", alert=None),
    _m("tls-reset", r"(?:gnutls_handshake\(\) failed|Could not handshake|GnuTLS): The TLS connection was non-properly"
       r"|Remote host (?:terminated the|closed connection during) handshake|SSL peer shut down incorrectly", by="close"),
    _m("tls-reset", r"EOF occurred in violation of protocol|authentication handshake failed: EOF", by="close"),
    # curl's error 35 is one of the handshake (CURLE_SSL_CONNECT_ERROR); Ruby names the call
    _m("tls-reset", r"(?:curl: \(35\)|\[35\]|curl error 35\b)[^\n]{0,200}(?:was reset|reset by peer|errno 10054)"
       r"|(?:reset by peer|forcibly closed by the remote host\.?) - SSL_connect"
       r"|SSL connection could not be established[\s\S]{0,600}?(?:reset by peer|forcibly closed by)"),
    _m("tls-reset", r"^write:errno=(?:104|54|10054)\b"),  # openssl s_client
    _m("tls-reset", r"SSL_connect: Connection was reset|SSL_connect: Connection reset by peer|SSL_ERROR_SYSCALL"
       r"|before secure TLS connection was established"
       r"|(?:gnutls_handshake\(\) failed|Could not handshake|GnuTLS): Error in the pull function"
       r"|Recv failure: Connection reset by peer in connection to \S+ *$|schannel: failed to receive handshake"),
    # What servers say that will not serve (causes/tcp/service_declined.py), as their clients repeat it.
    _m("service-declined", r"(?:FATAL|ERROR): +(?P<says>sorry, too many clients already|remaining connection slots are reserved"
       r"[^\n]{0,60}|too many connections for [^\n]{1,80}|no pg_hba\.conf entry for [^\n]{1,120})"),
    _m("service-declined", r"ERROR (?:1040|1129|1130|1203|1226) \(\w{1,5}\): (?P<says>[^\n]{1,120})"),
    _m("service-declined", r"@ERROR: (?P<says>(?:max connections|access denied|Unknown module)[^\n]{0,120})"),
    _m("service-declined", r"(?P<says>max number of clients reached|DENIED Redis is running in protected mode"
       r"|Exceeded MaxStartups|Not allowed at this time|421 [^\n]{0,40}[Tt]oo many (?:connections|users)[^\n]{0,60})"),
    # TCP: connecting (net/dial.go, libcurl, OpenSSH, Node.js, urllib3).
    _m("dial-timeout", r"dial tcp " + ADDRESS + r": (?:i/o timeout|connect: (?:connection|operation) timed out"
       r"|connectex: A connection attempt failed)"),
    _m("connection-refused", r"dial tcp " + ADDRESS + r": connectex: No connection could be made"),
    _m("network-unreachable", r"dial tcp " + ADDRESS + r": connectex: .{1,60}(?:unreachable network|无法连接的网络)"),
    _m("no-route", r"dial tcp " + ADDRESS + r": connectex: .{1,60}(?:unreachable host|无法连接的主机)"),
    _m("not-permitted", r"dial tcp " + ADDRESS + r": connectex: .{1,60}(?:forbidden by its access permissions|访问权限不允许)"),
    _m("read-timeout", r"(?:wsarecv|wsasend): A connection attempt failed"),
    _m("reset", r"An established connection was aborted by the software in your host|中止了一个已建立的连接", by="this machine"),
    _m("connection-refused", r"dial tcp " + ADDRESS + r": connect: connection refused"),
    _m("no-route", r"dial tcp " + ADDRESS + r": connect: (?:no route to host|host is down)"),
    _m("network-unreachable", r"dial tcp " + ADDRESS + r": connect: (?:network is unreachable|cannot assign)"),
    _m("not-permitted", r"dial tcp " + ADDRESS + r": connect: (?:operation not permitted|permission denied)"),
    _m("quic-timeout", r"QUIC connect to (?P<address>[0-9a-f.:]{3,45}) port (?P<port>[0-9]{1,5}) failed: (?:Timeout"
       r"|Operation timed)"
       r"|failed to dial[^\n]{0,60} quic: timeout: |handshake did not complete in time"),
    # Node.js (net.js): its timer for each of several addresses, 250 ms where nothing else is set.
    _m("dial-attempts", r"internalConnectMultipleTimeout(?:[\s\S]{0,2000}?connect ETIMEDOUT " + ADDRESS + r")?"),
    _m("git-connect-timeout", _FAILED_CURL + r"(?: after (?P<ms>[0-9]{1,9}) ms)?: ?(?:Connection timed out|Timeout|Timed out)"),
    _m("connection-refused", _FAILED_CURL + r"(?: after (?P<ms>[0-9]{1,9}) ms)?: (?:Connection refused"
       r"|No connection could be made)"),
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
    # libcurl 7.87 and later counts the handshake to the connecting
    _m("git-connect-timeout", r"Connection timed out after (?P<ms>[0-9]{1,9}) milliseconds", phase="tls-too"),
    _m("dial-timeout", _NC + r"(?:Connection |Operation )?timed out"),
    _m("connection-refused", _NC + "Connection refused"),
    _m("no-route", _NC + "No route to host"),
    _m("network-unreachable", _NC + "Network is unreachable"),
    _m("git-connect-timeout", r"failed to connect to (?P<host>[\w.-]{1,253}): (?:Connection|Operation) timed out"),  # libgit2
    _m("dial-timeout", r"connect ETIMEDOUT " + ADDRESS),
    _m("dial-timeout", _ERLANG + ":e?timeout"),
    _m("connection-refused", _ERLANG + ":econnrefused"),
    _m("dial-timeout", r"attempted address(?:es)?: " + ADDRESS),
    _m("dial-timeout", r"Connect timeout on endpoint URL: \"(?P<url>[^\"\s]{1,2000})"),
    _m("connect-failed", r"Could not connect to the endpoint URL: \"(?P<url>[^\"\s]{1,2000})"),
    _m("dial-timeout", r"(?:connection|failed:) timeout expired", phase="unsaid"),
    _m("dial-timeout", r"[Cc]onnect timed out|Net::OpenTimeout|UND_ERR_CONNECT_TIMEOUT|ECONNECTIONTIMEOUT"
       r"|could not connect to (?P<host>[\w.-]+):(?P<port>[0-9]+) \(\S+\), connection timed out"),
    _m("dial-timeout", r"Connection to (?P<host>[\w.-]{1,253}) timed out\. "
       r"\(connect timeout=(?P<seconds>[0-9.]{1,8})\)"),
    _m("connection-refused", r"connect ECONNREFUSED " + ADDRESS),
    _m("network-unreachable", r"connect (?:ENETUNREACH|EADDRNOTAVAIL) " + ADDRESS),
    _m("no-route", r"connect EHOSTUNREACH " + ADDRESS),
    _m("not-permitted", r"connect E(?:ACCES|PERM) " + ADDRESS),
    _m("connection-refused", r"Could not connect to Redis at " + ADDRESS + r": Connection refused"),
    _m("read-timeout", r"reading initial communication packet', system error: (?:110|60|10060)\b", stage="banner"),
    _m("reset", r"reading initial communication packet', system error: (?:104|54|10054)\b"),
    _m("connection-refused", r"MySQL server on '(?P<host>[\w.-]{1,253})(?::(?P<port>[0-9]{1,5}))?' \((?:111|10061)\b"),
    _m("dial-timeout", r"MySQL server on '(?P<host>[\w.-]{1,253})(?::(?P<port>[0-9]{1,5}))?' \((?:110|10060)\b"),
    _m("connection-refused", r"The connection to the server (?P<host>[\w.-]{1,253})(?::(?P<port>[0-9]{1,5}))? was refused"),
    _m("connection-refused", r"Could not connect to (?P<host>[\w.-]{1,253}):(?P<port>[0-9]{1,5}) \((?P<address>[0-9a-f.:]{3,45})"
       r"\)\. - connect \(111: Connection refused\)"),
    _m("connection-refused", r"can't connect to remote host \((?P<address>[0-9a-f.:]{3,45})\): Connection refused"),
    _m("connection-refused", r"ECONNREFUSED|Connection ?refused|actively refused it"),
    _m("connect-failed", r"^error connecting to (?P<host>[\w.-]{1,253})$|Can't contact LDAP server|Got socket error trying to"),
    _m("connect-failed", r"Unable to connect to the remote server|^curl: \(7\) Couldn't connect to server"),
    _m("no-route", r"EHOSTUNREACH|No route to host"),
    _m("network-unreachable", r"ENETUNREACH|Network is unreachable|Cannot assign requested address"),
    # HTTP, and connections that were open.
    _m("stream-error", r"stream error: stream ID (?P<stream>[0-9]{1,10}); (?P<code>[A-Z_0-9]{1,40})"),
    _m("stream-error", r"HTTP/2 stream (?P<stream>[0-9]{1,10}) was not closed cleanly: (?P<code>[A-Z_0-9]{1,40})"),
    _m("goaway", r"received prior goaway: code: (?P<code>[A-Z_0-9]{1,40})"),
    _m("goaway", r"server sent GOAWAY(?: and closed the connection; LastStreamID=(?P<last_stream>[0-9]{1,10})"
       r"(?:, ErrCode=(?P<code>[A-Z_0-9]{1,40}))?)?"),
    _m("too-slow", r"(?: from (?P<host>[\w.-]{1,253}) : )?Operation too slow"),
    _m("client-timeout", r"Operation timed out after (?P<ms>[0-9]{1,9}) milliseconds"
       r"(?: with (?P<got>[0-9]{1,18}) (?:out of (?P<of>-?[0-9]{1,18}) )?bytes received)?"),
    _m("read-timeout", r"Read error at byte (?P<got>[0-9]{1,18})/[0-9]{1,18} \(Connection timed out",
       ended_by="its own timer"),
    _m("read-timeout", r"(?:SSL SYSCALL error|could not (?:receive|send) data (?:from|to) (?:server|client)): "
       r"Connection timed out"),
    _m("read-timeout", r"Connection (?:to|with) (?P<address>[0-9a-f.:]{3,45}) port (?P<port>[0-9]{1,5}) timed out",
       ended_by="its own timer"),
    _m("read-timeout", r"timeout awaiting response headers|Read timeout on endpoint URL|io timeout after [0-9]{1,9} seconds",
       ended_by="its own timer"),
    _m("read-timeout", r"(?:read|write): connection timed out|SSL_read: \w{9,10} timed out|http2: client connection lost"
       r"|Timeout, server \S+ not responding"),
    _m("read-timeout", r"Read timed out\. \(read timeout=(?P<seconds>[0-9.]{1,8})\)", stage="request", ended_by="its own timer"),
    _m("read-timeout", r"timed out while downloading", stage="body", ended_by="its own timer"),
    # urllib3 tells of a body without its own time, of a head with it; reqwest names what it read
    _m("read-timeout", r"HTTPS?ConnectionPool\([^\n]{1,300}\): Read timed out\.['\")]*$|UND_ERR_BODY_TIMEOUT"
       r"|error (?:reading the|decoding response) body[^\n]{0,400}timed out"
       r"|download distribution due to network timeout", stage="body", ended_by="its own timer"),
    _m("read-timeout", r"ESOCKETTIMEDOUT|\bReadTimeout(?:Error|Exception)?\b|network timeout at|ERR_SOCKET_TIMEOUT"
       r"|E(?:IDLE|RESPONSE|TRANSFER)TIMEOUT"
       r"|Read timed out|read operation timed out|Idle timeout reached|Read error \(Connection timed out\)"
       r"|UND_ERR_HEADERS_TIMEOUT", ended_by="its own timer"),
    _m("read-timeout", r"(?:read|write) tcp \S{1,120}: (?:read: |write: )?i/o timeout", ended_by="its own timer"),
    _m("read-timeout", r"timed out during banner exchange", stage="banner", ended_by="its own timer"),
    _m("dial-timeout", r"request canceled while waiting for connection", phase="unsaid"),
    _m("reset", r"Connection reset by (?P<address>[0-9a-f.:]{3,45}) port (?P<port>[0-9]{1,5})"),
    _m("reset", r"connection reset by peer|Connection was reset|\bConnectionReset\b"
       r"|underlying connection was closed: An unexpected error occurred on a (?:send|receive)|ECONNRESET"
       r"|recv error \(-54\)|broken pipe"
       r"|Socket hang up|SocketException: Connection reset|forcibly closed by the remote host"),
    _m("client-timeout", r"'[A-Z]{3,6} (?P<url>https?://[^'\s]{1,2000})' has timed out after (?P<ms>[0-9]{1,9})ms",
       phase="unsaid"),
    _m("client-timeout", r"configured HttpClient\.Timeout of [0-9.]{1,12} seconds elapsing"
       r"|Request to (?P<url>https?://\S{1,2000}) timed out after [0-9]{1,9}ms|ERR_TIMED_OUT"
       r"|NSURLErrorDomain\D{1,8}-1001\b", phase="unsaid"),
    _m("client-timeout", r"downloaded length (?P<got>[0-9]{1,18}) != reported length (?P<of>[0-9]{1,18})"),
    _m("client-timeout", r"Timeout was reached"),
    _m("client-timeout", r"Client\.Timeout (?:or context cancellation )?exceeded"),
    _m("connect-proxy", r"context deadline exceeded", reason="timeout"),
    _m("dial-timeout", r"\bConnectTimeout(?:Error|Exception)?\b|ETIMEDOUT|Connection timed out|Operation timed out"
       r"|did not properly respond"),
    _m("unexpected-eof", r"unexpected EOF|early EOF|(?:outstanding read data|bytes) remaining|before end of the underlying"
       r"|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_SOCKET"
       r"|Premature (?:EOF|close)|network aborted|Transferred a partial file|Connection closed at byte|other side closed"
       r"|unexpected disconnect while reading"
       r"|IncompleteRead|Connection closed while receiving data|InvalidChunkLength|Bytes read [0-9,]{1,20} but wanted"
       r"|Tried to reconnect at offset|hung up unexpectedly"
       r"|end of file before"),
    _m("redirect-loop", r"stopped after 10 redirects|Maximum \([0-9]+\) redirects followed|TooManyRedirects"),
    _m("redirect-loop", r"[0-9]+ redirections exceeded|ERR_TOO_MANY_REDIRECTS|redirect count exceeded|maximum redirect reached"),
    _m("redirect-refused", r"redirected from secure URL \S{1,2000} to insecure URL (?P<target>\S{1,2000})"),
    _m("redirect-refused", r"[Pp]rotocol \"?http\"? (?:is )?(?:not supported|disabled|not allowed)[^\n]{0,60}redirect"
       r"|redirect from HTTPS to HTTP|refusing to follow insecure redirect"),
    _m("http-status", r'reading "?(?P<url>[a-z]{3,5}://[^\s"]{1,2000}?)"?: '
       r"(?P<status>[1-9][0-9]{2})(?: (?P<reason>[^\n]{1,60}))?"),
    _m("http-status", r"returned error: (?P<status>[1-9][0-9]{2})|HTTP error (?P<status2>[1-9][0-9]{2})(?! \(curl)"),
    _m("http-status", r"(?P<status>[45][0-9]{2}) (?:Client|Server) Error: |response(?: code)?:? (?P<status2>[45][0-9]{2})\b"
       r"|^(?:[0-9-]{10} [0-9:]{8} )?\S* ?ERROR (?P<status3>[45][0-9]{2}): |got (?P<status4>[45][0-9]{2})$"),
    _m("http-status", r"npm (?:ERR!|error) (?!407)(?P<status>[45][0-9]{2}) [^\n]{1,60} - [A-Z]{3,6} (?P<url>https?://[^\s]{1,2000})"),
    _m("http-status", r"npm (?:ERR!|error) code E(?P<status>[45][0-9]{2})|^ +(?P<status2>[45][0-9]{2})  \S.{0,60} \[IP: "
       r"|Failed to fetch \S{1,1000}  (?P<status3>[45][0-9]{2})  |Return code is: (?P<status4>[45][0-9]{2})\b"),
    _m("http-status", r"unexpected status (?:code )?(?:from \w+ request to )?(?P<url>https?://\S{1,2000}?): "
       r"(?P<status>[45][0-9]{2})|responseStatus=(?P<status2>[45][0-9]{2})"),
    _m("http-status", r"Error code (?P<status>[45][0-9]{2}), |server returned an error: \((?P<status2>[45][0-9]{2})\)"
       r"|status(?: code)?: (?P<status3>[45][0-9]{2})\b"),
    _m("http-status", r"batch response: "),  # of Git LFS
    # What a registry answers (OCI distribution-spec, error codes), as docker and containerd repeat it.
    _m("http-status", r"toomanyrequests: |\btoo many requests\b", status="429", url=None),
    _m("http-status", r"denied: (?:requested access|permission_denied|permission|access)|insufficient_scope", status="403"),
    _m("http-status", r"unauthorized: |pull access denied for", status="401"),
    _m("http-status", r"manifest unknown|name unknown: |manifest for \S{1,500} not found", status="404"),
    _m("http-status", r"(?:unexpected status code|HTTP/[12](?:\.[01])?) (?P<status>[45][0-9]{2})"),
    _m("http-status", r"repository '(?P<url>[^'\n]{1,1000})' not found", status="404"),
    _m("module-not-found", r"unknown revision|no go-import meta tags|no matching versions|does not contain package"
       r"|invalid version|not found: module|malformed module path|No matching distribution found"
       r"|Could not find a version that satisfies"),
    _m("eof", r"(?::|^) ?EOF(?: detected)?\.?$|Connection closed before full header|connection unexpectedly closed"
       r"|Connection to \S{1,255} closed by remote host"
       r"|Empty reply from server|RemoteDisconnected|ServerDisconnectedError|[Ss]erver closed (?:abruptly|the connection unex)"
       r"|Lost connection to MySQL server at .reading"
       r"|Connection closed by (?:(?P<address>[0-9a-f.:]{3,45}) port (?P<port>[0-9]{1,5})|remote host|\S+ port [0-9]+)"),
    _m("dial-timeout", r"i/o timeout"),
    # OpenSSH's last words after every failure: only where nothing above was said.
    _m("git-credentials", r"correct access rights"),
)  # fmt: skip
