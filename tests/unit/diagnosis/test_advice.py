"""Every cause has advice that can be followed: real names, nothing unfilled, nothing that weakens a check."""

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.causes.advice.form import holds
from netanalyze.causes.cause import advice_page, causes
from netanalyze.clients import CLIENTS
from netanalyze.diagnosis.advice import advice
from netanalyze.findings import ROLES, Culprit

ADDRESS, HOST = "198.51.100.5", "proxy.golang.org"
CULPRITS = {
    "module-proxy": Culprit("module-proxy", HOST, ADDRESS, 443),
    "checksum-db": Culprit("checksum-db", "sum.golang.org", ADDRESS, 443),
    "toolchain-host": Culprit("toolchain-host", "golang.org", ADDRESS, 443),
    "vcs-host": Culprit("vcs-host", "github.com", ADDRESS, 443),
    "vanity-host": Culprit("vanity-host", "go.uber.org", ADDRESS, 443),
    "redirect-target": Culprit("redirect-target", "storage.googleapis.com", ADDRESS, 443),
    "resolver": Culprit("resolver", None, "192.0.2.53", 53),
    "http-proxy": Culprit("http-proxy", None, "192.0.2.8", 3128),
    "server": Culprit("server", "server.example", "2001:db8::5", 8443),
    "path": Culprit("path", None, ADDRESS, 443),
    "client-host": Culprit("client-host"),
    "client": Culprit("client"),
    "nobody": None,
}
ENVIRONMENT = {
    "go_env": {"GOPROXY": "https://proxy.golang.org,direct"},
    "resolvers": ["192.0.2.53"],
    "interface": "eth0",
}
LOW_SPEED = "GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=30 "
WEAKER = re.compile(
    r"GOSUMDB=off|GOINSECURE|GONOSUMDB|GONOSUMCHECK|GOFLAGS=-insecure|sslVerify|--insecure|trusted-host|strict-ssl"
    r"|curl.* -[a-zA-Z]*k\b|NODE_TLS_REJECT|StrictHostKeyChecking=(?!accept-new)"
)

ADVISED = [id_ for id_, cause in causes().items() if not cause.about_client]


def every_advice():
    for cause in ADVISED:
        for client in ("go", "git", "curl", "pip", "npm", "generic"):
            for role, culprit in CULPRITS.items():
                for environment in ({}, ENVIRONMENT):
                    facts = {"host": HOST, "server_role": "module-proxy"} if role in ("path", "http-proxy") else {}
                    yield (cause, client, role), advice(cause, culprit, client, {}, environment, facts)


EVERY = list(every_advice())


def commands_of(told):
    """Every command of an advice; None for a step that has none."""
    return [*(step.command for step in told.fix), told.verify.command if told.verify else None]


def test_every_cause_that_can_be_a_verdict_has_advice():
    for id_, cause in causes().items():
        assert (advice_page(id_) is None) == cause.about_client, id_


@pytest.mark.parametrize("client", ["go", "git", "generic"])
@pytest.mark.parametrize("cause", ADVISED)
def test_every_cause_has_fix_verify_and_where(cause, client):
    for role, culprit in CULPRITS.items():
        told = advice(cause, culprit, client)
        assert told.fix, (cause, client, role)
        assert told.verify, (cause, client, role)
        assert str(told.where), (cause, client, role)
        assert client != "go" or told.no_use, (cause, client, role)


def test_nothing_is_left_unfilled_and_every_line_fits():
    for case, told in EVERY:
        for step in told.fix:
            assert len(str(step.text)) <= 60, (case, step.text)
            assert step.command is None or len(step.command) <= 76, (case, step.command)
        assert len(told.verify.command if told.verify else "") <= 76, (case, told.verify)
        assert len(str(told.where)) <= 70, (case, told.where)
        assert len(", ".join(told.no_use)) <= 76, (case, told.no_use)
        for text in (*(str(s.text) for s in told.fix), *told.no_use, str(told.where)):
            assert not re.search(r"[{}]|None|long$", text), (case, text)
        for command in commands_of(told):
            unfilled = re.search(r"(?<!%)\{\w+\}|None|\x00|\x01", command or "")
            assert unfilled is None, (case, command)


def test_commands_are_words_a_shell_understands():
    for case, told in EVERY:
        for command in commands_of(told):
            assert command is None or shlex.split(command), (case, command)
            assert command is None or "\n" not in command, (case, command)


def test_no_check_is_weakened_unless_the_text_says_so():
    for case, told in EVERY:
        for step in told.fix:
            assert not WEAKER.search(step.command or ""), (case, step)
            if "GOPRIVATE=" in (step.command or ""):
                assert "no checksum database" in str(step.text), (case, step)
        assert not WEAKER.search(told.verify.command if told.verify else ""), case


def test_godebug_is_never_set_through_go_env():
    assert not [s for _, told in EVERY for s in told.fix if "go env -w GODEBUG" in (s.command or "")]


def test_the_form_for_one_run_stands_before_the_lasting_one():
    for case, told in EVERY:
        texts = [s.text for s in told.fix]
        for at, text in enumerate(texts):
            if text == "The same from now on":
                assert "this run" in texts[at - 1], (case, texts)


@pytest.mark.parametrize("mirror", ["proxy.golang.org", "goproxy.cn", "goproxy.io"])
def test_the_mirror_that_fails_is_never_advised(mirror):
    for cause in ADVISED:
        for step in advice(cause, Culprit("module-proxy", mirror, ADDRESS, 443), "go").fix:
            assert f"GOPROXY=https://{mirror}," not in (step.command or ""), (cause, step)


def test_what_the_environment_has_is_not_advised():
    environment = {
        "go_env": {"GOPROXY": "https://goproxy.cn,direct", "GODEBUG": "tlsmlkem=0,netdns=go", "GOTOOLCHAIN": "local"}
    }
    for cause in ADVISED:
        for culprit in CULPRITS.values():
            commands = [s.command or "" for s in advice(cause, culprit, "go", {}, environment).fix]
            assert not [
                c for c in commands if re.search(r"GOPROXY=https://goproxy\.cn,direct|tlsmlkem=0|GOTOOLCHAIN=local", c)
            ]


def test_the_sample_of_the_report():
    told = advice("tls/client-hello-dropped", CULPRITS["module-proxy"], "go")
    assert told.fix[0].command == "GOPROXY=https://goproxy.cn,direct go mod download"
    assert "this run" in str(told.fix[0].text)
    assert str(told.where) == "path (a filter by name?); not this machine; server not proven guilty"
    assert told.no_use == ("go clean -modcache", "GOSUMDB=off", "waiting (go never retries)")
    assert told.verify.command == "curl -sv --max-time 15 https://proxy.golang.org/ -o /dev/null"


@pytest.mark.parametrize(
    ("cause", "culprit", "client", "attributes", "facts", "expected"),
    [
        ("tls/large-client-hello-dropped", "module-proxy", "go", {}, {}, "GODEBUG=tlsmlkem=0 go mod download"),
        ("tcp/syn-unanswered", "checksum-db", "go", {}, {}, "GOSUMDB=sum.golang.google.cn go mod download"),
        ("tcp/syn-unanswered", "toolchain-host", "go", {}, {}, "GOTOOLCHAIN=local go mod download"),
        ("tcp/syn-unanswered", "vcs-host", "go", {}, {}, "GOPROXY=https://proxy.golang.org,direct go mod download"),
        ("tcp/refused", "http-proxy", "go", {}, {"host": HOST}, "HTTPS_PROXY= https_proxy= go mod download"),
        ("http/connect-unanswered", "http-proxy", "go", {}, {"host": HOST}, 'export NO_PROXY="$NO_PROXY,proxy.golang.org"'),
        ("http/response-missing", "vcs-host", "go", {}, {},
         LOW_SPEED + "go mod download"),
        ("http/response-missing", "vcs-host", "git", {}, {}, LOW_SPEED + "git fetch"),
        ("http/error-status", "module-proxy", "go", {"status": 404}, {"module": "a.test/m@v1.0.0"},
         "go list -m -versions a.test/m"),
        ("http/error-status", "server", "go", {}, {"kind": "toolchain-not-available"}, "GOTOOLCHAIN=local go mod download"),
        ("tcp/mtu-black-hole", "path", "go", {}, {"interface": "tun0", "path_mtu": 1280}, "sudo ip link set dev tun0 mtu 1280"),
        ("local/credential-prompt", "client-host", "go", {}, {},
         "GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND='ssh -o BatchMode=yes' go mod download"),
        ("local/configuration", "client-host", "go", {}, {"program": "git", "setting": "PATH"}, "sudo apt-get install git"),
        ("local/cache-lock-held", "client-host", "go", {}, {"lock": "/c/m.lock"}, "fuser -v /c/m.lock"),
        ("dns/first-resolver-dead", "resolver", "go", {}, {},
         "sudo sed -i.bak --follow-symlinks '/ 192.0.2.53$/d' /etc/resolv.conf"),
        ("tcp/ipv6-fallback", "path", "git", {}, {}, "git fetch -4"),
        ("tcp/path-death", "path", "go", {}, {"argv": ["go", "build", "./..."]}, "go build ./..."),
    ],
)  # fmt: skip
def test_who_is_to_blame_decides_what_to_do(cause, culprit, client, attributes, facts, expected):
    assert expected in [s.command for s in advice(cause, CULPRITS[culprit], client, attributes, {}, facts).fix]


def test_a_comma_in_goproxy_may_become_a_bar():
    environment = {"go_env": {"GOPROXY": "https://a.example,https://b.example,direct"}}
    culprit = Culprit("module-proxy", "a.example", ADDRESS, 443)
    told = advice("http/error-status", culprit, "go", {"status": 502}, environment)
    assert "GOPROXY='https://a.example|https://b.example|direct' go mod download" in [s.command for s in told.fix]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [({"origin": "injected"}, "a box on the way"), ({"origin": "peer"}, "its own"), ({}, "not proven")],
)
def test_where_says_what_is_not_proven(attributes, words):
    assert words in str(advice("tls/reset-after-client-hello", CULPRITS["module-proxy"], "go", attributes).where)


@pytest.mark.parametrize("cause", [None, "no/such-cause", "go/no-fallback"])
def test_without_a_cause_there_is_no_advice(cause):
    told = advice(cause)
    assert (told.fix, told.verify, told.no_use, str(told.where)) == ((), None, (), "")


EVIL = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["a;rm -rf ~", "$(id)", "`id`", "a b", "-oProxyCommand=x", "x'", "{again}", "a\nb", "!!", "ＡＢ"]),
)


@given(cause=st.sampled_from(ADVISED), client=st.sampled_from(list(CLIENTS)), role=st.sampled_from(list(ROLES)), host=EVIL,
       address=EVIL, other=EVIL)  # fmt: skip
def test_no_name_from_the_network_can_run_anything(cause, client, role, host, address, other):
    facts = dict.fromkeys(
        ("host", "address", "qname", "resolver", "interface", "lock", "module", "setting", "program"), other
    )
    facts |= {"argv": ["go", other.lstrip("-")], "failing_hosts": [other], "path_mtu": other, "status": other}
    environment = {"go_env": {"GOPROXY": other}, "resolvers": [other], "interface": other}
    evil = advice(cause, Culprit(role, host, address, 443), client, {"origin": other}, environment, facts)
    for command in (command or "" for command in commands_of(evil)):
        for value in (host, address, other):
            if re.search(r"[^A-Za-z0-9._:/@%+=~-]", value) and len(value) > 1:
                assert value not in command.replace(shlex.quote(value), "")
            if value.startswith("-"):
                assert f" {value} " not in f"{command} " or len(value) < 2


def test_a_lock_of_a_module_with_capitals_is_safe_to_paste():
    lock = "/cache/download/github.com/!burnt!sushi/toml/@v/v1.2.0.lock"
    told = advice("local/cache-lock-held", Culprit("client-host"), "go", {}, {}, {"lock": lock})
    assert f"fuser -v '{lock}'" in [step.command for step in told.fix]


def test_conditions():
    assert holds("", frozenset())
    assert holds("go !b a|c", frozenset({"go", "c"}))
    assert not holds("go", frozenset({"git"}))
    assert not holds("!go", frozenset({"go"}))
