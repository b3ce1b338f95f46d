"""Blocks of offers for commands other than go: where each is told whom to ask, whom to trust, and how long to wait."""

from netanalyze.causes.advice.form import RUN, SHELL, Offer, offers

ANOTHER_INDEX = offers(
    Offer("A mirror of PyPI that you trust, this run",
          "PIP_INDEX_URL=https://mirrors.aliyun.com/pypi/simple/ {again}", "pip pypi", scope=RUN),
    Offer("A mirror of PyPI that you trust, in this shell",
          "export PIP_INDEX_URL=https://mirrors.aliyun.com/pypi/simple/", "pip pypi !again", scope=SHELL),
    Offer("A mirror of npm's registry that you trust, this run",
          "npm_config_registry=https://registry.npmmirror.com {again}", "npm npmjs", scope=RUN),
)  # fmt: skip
"""Where a public registry fails: a copy of it. Unlike a module proxy it vouches for what it serves, so the user has to."""

RIGHT_PLACE = offers(
    Offer("Is it the right host and port?", "go env GOPROXY GOSUMDB", "go !role=http-proxy"),
    Offer("Is it the right host and port?", "git remote -v", "git !role=http-proxy"),
    Offer("Is it the right index?", "pip config list", "pip !role=http-proxy"),
    Offer("Is it the right registry?", "npm config get registry", "npm !role=http-proxy"),
)
"""Where the command has the name of its server from."""

WHICH_PROXY = offers(
    Offer("Which proxy is set?", "env | grep -i proxy", "!git !npm !pip"),
    Offer("Which proxy is set?", "env | grep -i proxy; git config --get-all http.proxy", "git"),
    Offer("Which proxy is set?", "env | grep -i proxy; npm config get https-proxy", "npm"),
    Offer("Which proxy is set?", "env | grep -i proxy; pip config list", "pip"),
)
"""Where the command has its proxy from: the environment, or a file of its own."""

COMPANY_CA = offers(
    Offer("Its CA for Java, which trusts its own store", "sudo keytool -importcert -cacerts -file ca.pem", "store=java"),
    Offer("Its CA for docker", "sudo cp ca.pem /etc/docker/certs.d/{origin}/ca.crt", "docker"),
    Offer("Inspected by your company? Install its CA, then", "sudo update-ca-certificates", "!npm !docker !store=java"),
    Offer("Let pip use this machine's CAs (Debian), in this shell",
          "export PIP_CERT=/etc/ssl/certs/ca-certificates.crt", "pip", scope=SHELL),
    Offer("Its CA in this shell: npm asks no store of the system", "export NODE_EXTRA_CA_CERTS=/path/to/ca.pem", "npm|node"),
    Offer("Its CA for one run: name the file in SSL_CERT_FILE", None, "go"),
    Offer("Its CA for one run: --cacert FILE", None, "curl"),
    Offer("Its CA for one run: -c http.sslCAInfo=FILE", None, "git"),
    Offer("Its CA for one run: --ca-certificate=FILE", None, "wget"),
    Offer("No CA at all (a bare container)? Install them", "apt-get install -y ca-certificates", "!npm !node !pip"),
)  # fmt: skip
"""Where the command has the authorities from that it trusts: pip up to 24.1, npm and Node.js bring their own."""

SHORTER_WAITS = offers(
    Offer("More time at each step, for this run", "PIP_DEFAULT_TIMEOUT=60 {again}", "pip", scope=RUN),
    Offer("More time at each step, in this shell", "export PIP_DEFAULT_TIMEOUT=60", "pip !again", scope=SHELL),
    Offer(
        "Give a silent registry up after 30 s, this run",
        "npm_config_fetch_timeout=30000 {again}",
        "npm !own-timer",
        scope=RUN,
    ),
    Offer("End a silent transfer after 30 s: curl -y 30 -Y 1000", None, "curl !own-timer"),
    Offer("End a silent transfer after 30 s: --read-timeout=30", None, "wget !own-timer"),
    Offer("End a silent session: ssh -o ServerAliveInterval=15", None, "ssh !own-timer"),
)
"""What ends a silence sooner, or bears it longer, where that is what helps."""

NO_REVOCATION = offers(
    Offer("Its revocation server is out of reach: for this run without", "CARGO_HTTP_CHECK_REVOKE=false {again}",
          "cargo why=revocation", scope=RUN),
    Offer("Its revocation server is out of reach: for this run without", "git -c http.schannelCheckRevoke=false fetch",
          "git why=revocation", scope=RUN),
    Offer("Its revocation server is out of reach: --ssl-no-revoke", None, "curl why=revocation"),
    Offer("Its revocation server is out of reach: open it (http)", None, "!cargo !git !curl why=revocation"),
)  # fmt: skip
"""schannel asks the authority whether a certificate was revoked, and takes no answer for a no: something is in the way."""

LOG_IN = offers(
    Offer("Log in: who is known may fetch more", "docker login", "docker status=429"),
    Offer("Log in, as somebody who may", "docker login {origin}", "docker status=401|status=403"),
    Offer("Log in, as somebody who may", "docker login", "docker status=401|status=403 !host-known"),
    Offer("Give credentials (~/.netrc)", None, "status=401|status=403 !curl !npm !docker"),
    Offer("Give credentials: curl -n reads ~/.netrc", None, "curl status=401|status=403"),
    Offer("Log in: npm keeps a token for each registry", "npm login", "npm status=401|status=403"),
)
"""How the command is given credentials for HTTP."""

NAME_AND_VERSION = offers(
    Offer("Are name and version right, for this Python?", "pip index versions {module_path}",
          "pip status=404|kind=module-not-found"),
    Offer("Are name and version right?", "npm view {module_path} versions", "npm status=404"),
)  # fmt: skip
"""Where the answer is that there is no such thing."""
