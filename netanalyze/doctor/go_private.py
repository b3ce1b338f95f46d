"""GOPRIVATE and its like: globs of module path prefixes (go help private; x/mod/module, MatchPrefixPatterns)."""

from collections.abc import Iterator

from netanalyze.doctor.go_settings import GoSettings
from netanalyze.doctor.places import safe, value_shown
from netanalyze.doctor.remark import Remark, doubtful, or_ok, wrong
from netanalyze.wording import message

PUBLIC_FORGES = ("github.com", "gitlab.com", "bitbucket.org", "golang.org", "google.golang.org")


def judge(facts: GoSettings) -> Iterator[Remark]:
    """All that is to be said of the lists of private modules."""
    for name in ("GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE"):
        value = facts.value(name)
        inherits = name in ("GONOPROXY", "GONOSUMDB") and value == facts.value("GOPRIVATE")
        if value and not inherits and value != "none":
            yield from or_ok(_patterns(facts, name, value), f"go/{name.lower()}", name, value_shown(name, value))


def _patterns(facts: GoSettings, name: str, value: str) -> Iterator[Remark]:
    """Glob patterns of module path prefixes (go help private): no URLs, no blanks."""
    drop = facts.drop(name)
    parts = value.split(",")
    bare = [part.strip().partition("://")[2] or part.strip() for part in parts]
    tidy = ",".join(dict.fromkeys(part.removesuffix("/...").rstrip("/") for part in bare if part))
    if any("://" in part or part != part.strip() or part.endswith(("/...", "/")) for part in parts):
        yield wrong(
            f"go/{name.lower()}-never-matches",
            name,
            message("a pattern is the beginning of a module's path: with a scheme, a blank or /... it matches none"),
            safe(facts.write(name, tidy), drop),
        )
    elif {"*", "*/*"} & set(parts):
        yield doubtful(
            f"go/{name.lower()}-everything",
            name,
            message("{pattern} is every module: neither a proxy nor the checksum database is asked", pattern="*"),
            drop,
        )
    elif whole := sorted(set(parts) & set(PUBLIC_FORGES)):
        yield doubtful(
            f"go/{name.lower()}-public",
            name,
            message("all of {host} is taken for private, and cloned from there", host=whole[0]),
            drop,
        )
    elif name == "GOINSECURE":
        yield doubtful("go/goinsecure-set", name, message("certificates of these are not checked"), drop)
