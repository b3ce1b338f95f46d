"""Names that somebody chose for what a report makes of them: Markdown, HTML, a terminal, JSON."""

MARKDOWN = (
    "http://evil.example/x", "https://evil.example", "ftp://evil.example", "www.evil.example", "evil.example",
    "a@evil.example", "mailto:a@evil.example", "xmpp:a@evil.example", "<http://evil.example>",
    "[x](http://evil.example)", "![x](http://evil.example/x)", "[x]: http://evil.example", "[x][y]", "[^1]",
    "@everyone", "@org/team", "#1", "GH-1", "org/repo#1", "org/repo@0123abc",
    "0123456789abcdef0123456789abcdef01234567", ":smile:", "`code`", "``", "```", "~~~", "`a``b`", "|", "\\|",
    "\\\\|", "\\\\\\|", "a|b|c", "| --- | --- |", "# head", "- item", "+ item", "* item", "1. item", "1) item",
    "> quote", "---", "===", "***", "___", "**b**", "_i_", "~~s~~", "- [x] done", "$x$", "$$x$$", "\\", "&lt;",
    "&#64;all", "<!-- x", "-->", "    code", "<details>", "</details>", "<br>", "<img src=x onerror=alert(1)>",
    "<a href=//evil.example>x</a>", "<table><td>", "\\`x`", "`\\|`", "a\\@b.example", "h\\ttp://evil.example",
)  # fmt: skip
HTML = (
    "<script>document.title='owned'</script>", "\"><script>document.title='owned'</script>",
    "' onmouseover='document.title=1", "</title><script>", "</style><img src=x onerror=document.title='owned'>",
    "<svg onload=document.title='owned'>", "javascript:alert(1)", "&quot;&gt;", "]]>", "{{7*7}}", "{% raw %}",
    "<iframe src=//evil.example>", "<base href=//evil.example>", "<form action=//evil.example>",
    "<meta http-equiv=refresh>", "<math><mi//xlink:href=data:x>", "--!><img src=x>", "<plaintext>",
    "<noscript><p title=</noscript>",
)  # fmt: skip
TERMINAL = (
    "\x1b[2J", "\x1b]0;owned\x07", "\x1b]8;;http://evil.example\x1b\\x", "\x1b]52;c;eA==\x07", "\x9b31m",
    "\x9d0;x\x9c", "\x90x\x9c", "\r", "\n", "\r\n", "\x0b", "\x0c", "\x08\x08\x08", "\x07", "\x7f", "\x00", "\x85",
    "\u2028", "\u2029", "\u202e", "\u2066x\u2069", "\u200b", "\u200d", "\ufeff", "\u00ad", "\u034f", "\u115f",
    "\u3164", "\ufe0f", "\U000e0041", "e\u0301\u0301\u0301", "日本語", "한글", "ＡＢＣ", "\U0001f600", "\u0600",
    "\ue000", "\uffff", "\U0010ffff", "\u061c", "\u180e", "\t",
)  # fmt: skip
JSON = ("\ud800", "\udfff", "\udc80\udcff", '"', '\\"', "\\u0000", "NaN", "Infinity", "\ud83d", "\udc00\ud800", "null")
WAYS = (
    "{}", "a{}", "{}b", "a{}b", "a {} b", "\\{}", "`{}", "{}`", "({})", "|{}|", "{}{}", "x\n{}", "\u4e2d{}\u6587",
    '"{}"',
)  # fmt: skip


def names(*kinds):
    """Every one of these kinds, of all where none is given, in every way."""
    every = (name for kind in kinds or (MARKDOWN, HTML, TERMINAL, JSON) for name in kind)
    return list(dict.fromkeys(way.replace("{}", name) for name in every for way in WAYS))
