"""The rules for a machine without Python: the recorder's awk program, its tables filled in from the same ones."""

from netanalyze.redaction import command_line, names, tokens, userinfo, variables


def filled(program: str) -> str:
    """A text of netanalyze/recorder with the tables in their places; the awk program stands in single quotes of a shell there."""
    listed = {
        "STEMS": names.STEMS,
        "WORDS": names.WORDS,
        "QUERY_WORDS": names.QUERY_WORDS,
        "HARMLESS_ENDINGS": names.HARMLESS_ENDINGS,
        "OTHER_WORDS": names.OTHER_WORDS,
        "HEADERS": names.HEADERS,
        "STRONG": names.STRONG,
        "SCHEMES": tokens.SCHEMES,
        "SHELLS": command_line.SHELLS,
        "OTHER_SHELLS": command_line.OTHER_SHELLS,
        "NO_USERS": command_line.NO_USERS,
        "ONLY_TO_LOGIN": command_line.ONLY_TO_LOGIN,
        "SETTERS": command_line.SETTERS,
        "FILE_ENDINGS": command_line.FILE_ENDINGS,
        "SETTINGS": variables.SETTINGS,
        "FROM_ENVIRONMENT": variables.FROM_ENVIRONMENT,
        "PROXIES": [*variables.PROXIES, *map(str.upper, variables.PROXIES)],
        "COMMANDS": variables.COMMANDS,
        "PLAIN_FLAGS": variables.PLAIN_FLAGS,
        "VERSIONS": userinfo.VERSION_WORDS,
        "TOKENS": [f"{one.prefix}!{one.characters}!{one.least}" for one in tokens.TOKENS],
    }
    tables = {name: " ".join(rows) for name, rows in listed.items()} | {
        "FLAGS": ";".join(f"{name} {flags}" for name, flags in command_line.FLAGS.items()),
        "PASSWORD_OPTIONS": ";".join(f"{name} {given}" for name, given in command_line.PASSWORD_OPTIONS.items()),
        "BEGIN_KEY": tokens.BEGIN_KEY,
        "END_KEY": tokens.END_KEY,
        "PRIVATE_KEY": tokens.PRIVATE_KEY,
    }
    for name, table in tables.items():
        program = program.replace(f"@{name}@", table)
    return program
