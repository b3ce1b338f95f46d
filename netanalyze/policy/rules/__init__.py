"""The rules, a file for each kind; ``RULES`` has them in the order in which a policy and a report have them."""

from netanalyze.policy.rule import PolicyRule
from netanalyze.policy.rules import (
    clear_http,
    connections,
    direct,
    hosts,
    modules,
    processes,
    proxies,
    resolvers,
    times,
    tls_names,
    tls_versions,
)

RULES: tuple[PolicyRule, ...] = (
    hosts.RULE,
    *resolvers.RULES,
    *direct.RULES,
    proxies.RULE,
    clear_http.RULE,
    tls_versions.RULE,
    *tls_names.RULES,
    *times.RULES,
    *connections.RULES,
    processes.RULE,
    modules.RULE,
)
