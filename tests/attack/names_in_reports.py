"""Hostile names in every place of a result, in every form of a report; a parser of that form is the judge."""

import functools
import json
import os
import pty
import re
import shutil
import subprocess
import threading
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import cycle, product

from netanalyze.diagnosis.status import OwedMove, RunStatus
from netanalyze.diagnostics import KINDS, Diagnostic, Severity
from netanalyze.live.sentences import explained, waiting
from netanalyze.live.status import PLAIN_FIRST_NS, SILENCE_NS, StatusLine
from netanalyze.report import html, markdown, summary, terminal
from netanalyze.report import json as in_json
from netanalyze.report.language import LANGUAGES
from netanalyze.report.sheet import UNSEEN, clean
from netanalyze.result import Limit
from netanalyze.waiting import Waiting
from tests.attack.names import HTML, JSON, MARKDOWN, TERMINAL, names
from tests.attack.register import NotHere, attack
from tests.report import sample_results

OURS = {
    "status",
    "cause",
    "role",
    "phase",
    "kind",
    "severity",
    "command",
    "verify",
    "check",
    "version",
    "text",
    "client",
    "vantage",
}
"""Members whose values come from our own vocabulary, or are commands: tests/laws/test_pasted_commands.py."""
SERIOUS = next(kind for kind, (severity, _) in KINDS.items() if severity is Severity.SERIOUS)
AT_ONCE = 24
"""Names in one report."""
LINKED = re.compile(r"@\w|#\d|\b(?:https?|ftp|mailto|xmpp):|www\.|\b[0-9a-f]{40}\b|:[a-z]+:|\bGH-\d", re.IGNORECASE)
VOID = {"meta", "br", "img", "link", "base", "input", "hr"}


def filled(value, name):
    """A copy of a result's part in which every text is the next name."""
    if isinstance(value, str):
        return next(name)
    if hasattr(value, "_fields"):
        return value._replace(**{n: filled(getattr(value, n), name) for n in value._fields if n not in OURS})
    if isinstance(value, tuple):
        return tuple(filled(member, name) for member in value)
    if isinstance(value, dict):
        return {key: filled(member, name) for key, member in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{f.name: filled(getattr(value, f.name), name) for f in fields(value) if f.init and f.name not in OURS},
        )
    return value


def spoiled(chosen):
    """A result in which everything that a capture, a recording or a program says is one of the names."""
    name = cycle(chosen)
    result = sample_results.failed()
    verdict = filled(replace(result.verdict, limits=(Limit("x"),), ignored=("x", "y"), where="x"), name)
    findings = [filled(replace(one, counter_evidence=("x", "y")), name) for one in result.findings]
    rows = [filled(row._replace(note="x"), name) for row in result.ledger]
    flows = [sample_results._flow(i, 40000 + i, 0, 1, host=next(name), process=next(name)) for i in range(3)]
    made = sample_results.result(
        verdict, ends=11, flows=flows, findings=findings, consequences=result.consequences, rows=rows,
        run=filled(result.run, name), files=(next(name), next(name)),
    )  # fmt: skip
    trouble = (Diagnostic(SERIOUS, 2, 1, next(name)),)
    return replace(made, capture=replace(made.capture, diagnostics=trouble))


ACTIVE = {
    "script",
    "style",
    "img",
    "iframe",
    "object",
    "embed",
    "link",
    "meta",
    "base",
    "form",
    "video",
    "audio",
    "frame",
}
"""Elements that run, fetch or send something by themselves."""


class Page(HTMLParser):
    """What a page is made of: ``shape`` its tags with the names of their attributes, ``loose`` its text outside of code."""

    def __init__(self, text):
        super().__init__()
        self.shape, self.loose, self.text, self._code = [], [], [], 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag == "code" or tag == "pre":
            self._code += 1
        if tag != "code":
            self.shape.append((tag, *(name for name, _ in attributes)))

    def handle_endtag(self, tag):
        if tag == "code" or tag == "pre":
            self._code -= 1
        if tag != "code":
            self.shape.append(f"/{tag}")

    def handle_comment(self, data):
        self.shape.append("comment")

    def handle_data(self, data):
        self.text.append(data)
        if not self._code:
            self.loose.append(data)


def batches(*kinds):
    """The names of these kinds, so many at once."""
    every = names(*kinds)
    for at in range(0, len(every), AT_ONCE):
        yield every[at : at + AT_ONCE]


def calm(size):
    """The same with so many names that do no harm."""
    return spoiled(harmless(size))


def harmless(size):
    """So many names, each another."""
    return [f"name{i:03}x" for i in range(size)]


def shown(name):
    """A name as it stands in a table's cell, without its spaces."""
    return re.sub(r"(?<=\\)\|", r"\\x7c", "".join(clean(name).split()))


def printable(text):
    """Whether a terminal or an editor shows every character of a text, and obeys none."""
    return all((c.isprintable() and c not in UNSEEN) or c == "\n" for c in text)


def markdown_judge():
    """cmark-gfm with raw HTML allowed; every name is in the text of the page, and the page has the shape it has without."""
    try:
        from cmarkgfm import github_flavored_markdown_to_html as read
        from cmarkgfm.cmark import Options
    except ImportError as missing:
        raise NotHere("cmarkgfm is not installed") from missing

    def read_page(render, language, result):
        return Page(read(render(result, language), options=Options.CMARK_OPT_UNSAFE))

    calm_page = functools.cache(lambda render, language, size: read_page(render, language, calm(size)))

    def fits(chosen):
        for render, language in product((markdown.render, summary.render), LANGUAGES):
            page, plain = read_page(render, language, spoiled(chosen)), calm_page(render, language, len(chosen))
            blank = not any(
                map(shown, chosen)
            )  # of which there is nothing to show: lines made of them alone are left out
            if (page.shape != plain.shape and not blank) or LINKED.search(" ".join(page.loose)):
                return False
            said, there = "".join("".join(page.text).split()), "".join(plain.text)
            visible = [name for name, mark in zip(chosen, harmless(len(chosen))) if mark in there]
            if len(visible) < len(chosen) // 2 or not all(shown(name) in said for name in visible):
                return False
        return True

    return fits


def html_judge():
    """The page has the elements and attributes that it has with other names, and is told to load nothing."""
    calm_shape = functools.cache(lambda language, size: Page(html.render(calm(size), language)).shape)

    def fits(chosen):
        for language in LANGUAGES:
            text = html.render(spoiled(chosen), language)
            alike = Page(text).shape == calm_shape(language, len(chosen))
            if not alike or "default-src 'none'" not in text or not printable(text):
                return False
        return True

    return fits


def terminal_judge():
    """Plain, in colour and in ASCII; rich counts the columns."""
    from rich.cells import cell_len

    def fits(chosen):
        result = spoiled(chosen)
        for language in LANGUAGES:
            text = terminal.render(result, 80, language=language)
            coloured = re.sub(r"\x1b\[[0-9;]*m", "", terminal.render(result, 80, colour=True, language=language))
            commands = {step.command for step in result.verdict.fix} | {result.verdict.verify.command, None}
            wide = [line for line in text.splitlines() if cell_len(line) > 80 and line.strip() not in commands]
            if not printable(text) or not printable(coloured) or wide:
                return False
        return terminal.render(result, 80, ascii_only=True).isascii()

    return fits


def json_judge():
    """Read back as strict JSON, and every text of it can be encoded."""

    def refuse(constant):
        raise ValueError(constant)

    def fits(chosen):
        text = in_json.render(spoiled(chosen))
        return text.isascii() and bool(json.dumps(json.loads(text, parse_constant=refuse), ensure_ascii=False).encode())

    return fits


def judged(judge, *kinds):
    """Every name of these kinds before a judge; one by one only where some at once did not hold."""
    fits = judge()
    for chosen in batches(*kinds):
        together = fits(chosen)
        for name in chosen:
            yield repr(name), together or fits([name])


@attack("names in Markdown, as GitHub's own parser reads it: no link, image, HTML, mention, or cell that splits")
def in_markdown():
    """Signs of Markdown."""
    yield from judged(markdown_judge, MARKDOWN)


@attack("names in HTML, as a parser reads it: no element and no attribute of theirs")
def in_html():
    """Signs of HTML."""
    yield from judged(html_judge, HTML)


@attack("names on a terminal: no control, no direction, no line of theirs, none wider than the window")
def in_terminal():
    """What a terminal obeys, or does not show."""
    yield from judged(terminal_judge, TERMINAL)


@attack("names in JSON: strict, and no half of a surrogate pair")
def in_strict_json():
    """Halves of pairs, and JSON's own words."""
    yield from judged(json_judge, JSON)


@attack("all of these names in all of these forms", long=True)
def in_every_form():
    """Each name before each judge."""
    for judge in (markdown_judge, html_judge, terminal_judge, json_judge):
        yield from judged(judge)


@attack("names in the live status line, at a terminal and in a log")
def in_status_line():
    """A wait for a host, a URL and an address, and the cause: what goes to the descriptor beside our own sequences."""
    os.environ.setdefault("TERM", "xterm")
    for name in names():
        wait = OwedMove(Waiting.RESPONSE, 0, name, name, 443, None, url=name)
        said = (waiting(wait, 9_000_000_000, "go"), "tls/x", f"tls/x: {name}", explained(RunStatus(0, 0, wait), 0))
        reading, writing = os.pipe()
        StatusLine(writing, False, threading.Lock()).update(10**12, PLAIN_FIRST_NS, *said[:3])
        os.close(writing)
        with os.fdopen(reading, "rb") as file:
            logged = file.read().decode()
        ours, theirs = pty.openpty()
        StatusLine(theirs, True, threading.Lock()).update(1, SILENCE_NS, *said[:3])
        drawn = os.read(ours, 65_536).decode()
        os.close(ours)
        os.close(theirs)
        for sequence in ("\r\x1b[J", "\x1b[2m", "\x1b[0m", "\x1b[A", "\r\n", "\r"):
            drawn = drawn.replace(sequence, "")
        yield repr(name), printable(logged) and logged.count("\n") == 2 and printable(drawn) and bool(drawn)


@attack("pages with names in a browser: nothing runs, nothing is fetched", long=True)
def in_a_browser(folder):
    """Chromium's own tree of the page, its scripts run, has the elements it has with harmless names, and its title is ours."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise NotHere("there is no Chromium")

    def drawn(result):
        """The page as the browser has it."""
        path = folder / "page.html"
        path.write_text(html.render(result), encoding="utf-8", errors="surrogatepass")
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile", "--dump-dom"]
        done = subprocess.run([browser, *options, path.as_uri()], capture_output=True, timeout=120, check=False)
        return done.stdout.decode("utf-8", "replace")

    def elements(dom):
        """Which there are with which attributes, and how many of those that do something by themselves."""
        tags = [tag for tag in Page(dom).shape if isinstance(tag, tuple)]
        return {*tags}, Counter(tag[0] for tag in tags if tag[0] in ACTIVE)

    all_drawn, active = elements(drawn(calm(1)))
    for size in sorted({len(chosen) for chosen in batches()}):
        more, alike = elements(drawn(calm(size)))
        all_drawn |= more
        assert alike == active
    for at, chosen in enumerate(batches()):
        dom = drawn(spoiled(chosen))
        tags, doing = elements(dom)
        known = {tag[0] for tag in tags} <= {tag[0] for tag in all_drawn}
        known &= {name for tag in tags for name in tag[1:]} <= {name for tag in all_drawn for name in tag[1:]}
        yield f"page {at}", known and bool(tags) and doing == active and "<title>owned</title>" not in dom
