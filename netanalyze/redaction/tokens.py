"""Secrets that tell themselves by their form: prefix, the characters that follow, how many at least; with sources."""

import re
from typing import NamedTuple

from netanalyze.patterns import lazy_pattern


class Token(NamedTuple):
    """A service's token: ``prefix``, then at least ``least`` of ``characters`` (inside a bracket expression)."""

    prefix: str
    characters: str
    least: int
    source: str


_WORD = "-A-Za-z0-9_"
TOKENS = (
    *(Token(p, "A-Za-z0-9", 16, "GitHub: token formats") for p in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    Token("github_pat_", "A-Za-z0-9_", 16, "GitHub: token formats"),
    *(
        Token(p, f"{_WORD}.", 16, "GitLab: token prefixes")
        for p in ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "GR1348941")
    ),
    Token("npm_", "A-Za-z0-9", 30, "npm: access tokens"),
    Token("pypi-", _WORD, 16, "PyPI: API tokens (macaroons)"),
    Token("AKIA", "A-Z0-9", 16, "AWS IAM: unique identifiers"),
    Token("ASIA", "A-Z0-9", 16, "AWS IAM: unique identifiers"),
    Token("AIza", _WORD, 30, "Google Cloud: API keys"),
    Token("ya29.", f"{_WORD}.", 16, "Google: OAuth 2.0 access tokens"),
    Token("1//0", _WORD, 30, "Google: OAuth 2.0 refresh tokens"),
    Token("GOCSPX-", _WORD, 16, "Google: OAuth 2.0 client secrets"),
    *(Token(f"xox{kind}-", "A-Za-z0-9-", 10, "Slack: token types") for kind in "abeoprs"),
    Token("xapp-", "A-Za-z0-9-", 10, "Slack: token types"),
    *(
        Token(f"{kind}_{mode}_", "A-Za-z0-9", 10, "Stripe: API keys")
        for kind in ("sk", "rk")
        for mode in ("live", "test")
    ),
    Token("whsec_", "A-Za-z0-9+/=", 16, "Stripe: webhook signatures"),
    Token("eyJ", f"{_WORD}.=", 20, "RFC 7519 section 3.1: a JWT begins with {\" in base64url"),
    Token("hvs.", f"{_WORD}.", 16, "HashiCorp Vault: token prefixes"),
    Token("hvb.", f"{_WORD}.", 16, "HashiCorp Vault: token prefixes"),
    Token("dckr_pat_", _WORD, 16, "Docker: personal access tokens"),
    Token("dop_v1_", "a-f0-9", 16, "DigitalOcean: token formats"),
    Token("hf_", "A-Za-z0-9", 20, "Hugging Face: user access tokens"),
    Token("SG.", f"{_WORD}.", 20, "SendGrid: API keys"),
    Token("sk-", _WORD, 20, "OpenAI and Anthropic: API keys"),
    Token("shpat_", "A-Za-z0-9", 16, "Shopify: access tokens"),
    Token("shpss_", "A-Za-z0-9", 16, "Shopify: shared secrets"),
    Token("ATATT3", f"{_WORD}=", 16, "Atlassian: API tokens"),
    Token("rubygems_", "a-f0-9", 16, "RubyGems: API keys"),
    Token("glsa_", "A-Za-z0-9_", 16, "Grafana: service account tokens"),
    Token("lin_api_", "A-Za-z0-9", 16, "Linear: API keys"),
    Token("dapi", "a-f0-9", 32, "Databricks: personal access tokens"),
    Token("AGE-SECRET-KEY-1", "A-Z0-9", 16, "age(1)"),
    Token("PMAK-", "A-Za-z0-9-", 16, "Postman: API keys"),
    Token("pul-", "a-f0-9", 16, "Pulumi: access tokens"),
    Token("sntrys_", "A-Za-z0-9+/=_", 16, "Sentry: auth tokens"),
    Token("cio", "A-Za-z0-9", 32, "crates.io: API tokens"),
    *(Token(f"tskey-{kind}-", "A-Za-z0-9-", 10, "Tailscale: key prefixes") for kind in ("auth", "api", "client", "webhook")),
    Token("dckr_oat_", _WORD, 16, "Docker: organization access tokens"),
    Token("ATBB", "A-Za-z0-9", 24, "Bitbucket: app passwords"),
    Token("NRAK-", "A-Z0-9", 16, "New Relic: user keys"),
    Token("figd_", _WORD, 16, "Figma: personal access tokens"),
    Token("gsk_", "A-Za-z0-9", 20, "Groq: API keys"),
    Token("xai-", "A-Za-z0-9", 20, "xAI: API keys"),
    Token("sbp_", "a-zA-Z0-9", 20, "Supabase: access tokens"),
    Token("r8_", "A-Za-z0-9", 20, "Replicate: API tokens"),
    Token("nfp_", "A-Za-z0-9", 20, "Netlify: personal access tokens"),
    Token("pscale_tkn_", f"{_WORD}.", 10, "PlanetScale: service tokens"),
    Token("services/T", "A-Za-z0-9/", 20, "Slack: incoming webhooks, hooks.slack.com"),
    Token("api/webhooks/", "A-Za-z0-9_/-", 20, "Discord: webhooks"),
    *(Token(f"bot{digit}", "0-9:A-Za-z_-", 35, "Telegram: bot tokens") for digit in "123456789"),
)  # fmt: skip
"""A token begins where no letter, digit or underscore stands before; what follows its prefix is as long as it is."""
BEGIN_KEY, PRIVATE_KEY, END_KEY = "-----BEGIN ", "PRIVATE KEY", "-----END "
"""RFC 7468 section 2: the lines around a private key."""
SCHEMES = ("bearer", "basic", "negotiate", "digest", "token", "ntlm", "apikey", "awssigv4")
"""Schemes of the Authorization header (IANA, HTTP Authentication Scheme Registry), and those that hosts made up."""

TOKEN = lazy_pattern(
    "(?<![A-Za-z0-9_])(?:"
    + "|".join(f"{re.escape(one.prefix)}[{one.characters}]{{{one.least},}}" for one in TOKENS)
    + ")"
)
