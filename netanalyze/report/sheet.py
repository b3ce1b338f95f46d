"""A sheet of text lines of limited width: wrapping, hanging indents, and what is safe to show on a terminal.

Names and messages come from captures, that is from strangers: control and direction-changing characters are shown as
escapes, never sent to the terminal. Colour is made by rich, imported only when asked for.
"""

import unicodedata
from collections.abc import Iterable

from netanalyze.report.language import ENGLISH, Language
from netanalyze.wording import Text

LABEL = 9
"""Columns of the label in front of a line of the verdict."""

STYLES = {
    "healthy": "bold green",
    "degraded": "bold yellow",
    "hung": "bold red",
    "failed": "bold red",
    "unusable": "bold magenta",
    "summary": "bold",
    "label": "cyan",
    "cause": "yellow",
    "command": "bold",
    "heading": "bold",
    "warning": "yellow",
    "serious": "red",
    "dim": "dim",
}
"""What rich makes of a style's name; a piece without a style is left as it is."""

_ASCII = str.maketrans(
    {"µ": "u", "×": "x", "·": "-", "–": "-", "—": "-", "−": "-", "…": "...", "→": "->", "←": "<-", "≥": ">=", "≤": "<=",
     "±": "+-", "‘": "'", "’": "'", "“": '"', "”": '"', "└": "`", "\N{NO-BREAK SPACE}": " "}
)  # fmt: skip

UNSEEN = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, *range(0xFE00, 0xFE10), 0xFFA0,
              *range(0xE0100, 0xE01F0)))
)  # fmt: skip
"""Letters and marks that have no picture (Unicode's Default_Ignorable_Code_Point, beyond the categories of controls)."""

Piece = tuple[str, str]
"""A text and the name of its style ('' none)."""


def clean(text: str) -> str:
    """The text on one line, with every character that a terminal might obey, or not show, as an escape.

    >>> clean("a\\x1b[2Jb\\nc")
    'a\\\\x1b[2Jb c'
    """
    if text.isprintable() and (text.isascii() or UNSEEN.isdisjoint(text)):
        return text
    shown = []
    for character in text:
        category = unicodedata.category(character)
        if character in "\n\t\r":
            shown.append(" ")
        elif category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or character in UNSEEN:
            number = ord(character)
            shown.append(f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
        else:
            shown.append(character)
    return "".join(shown)


def ascii_form(text: str) -> str:
    """The text in ASCII: common signs by their likes, the rest as escapes.

    >>> ascii_form("3 × 20 µs → ß")
    '3 x 20 us -> \\\\xdf'
    """
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")


def cells(text: str) -> int:
    """Columns that a text takes on a terminal: two for a wide character, none for a combining one.

    >>> [cells(text) for text in ("abc", "日本", "e\\u0301")]
    [3, 4, 1]
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )  # fmt: skip


def _cut(word: str, room: int) -> Iterable[str]:
    """A word in parts of at most ``room`` columns."""
    part, used = "", 0
    for character in word:
        wide = cells(character)
        if part and used + wide > room:
            yield part
            part, used = "", 0
        part, used = part + character, used + wide
    yield part


def wrapped(text: str, room: int, first: int | None = None) -> list[str]:
    """Lines of at most ``room`` columns, the first of at most ``first``; only a word longer than a line is cut.

    >>> wrapped("one two three", 8)
    ['one two', 'three']
    """
    room = max(room, 8)
    left = room if first is None else max(first, 0)
    lines: list[str] = []
    line, used = "", 0
    for word in text.split():
        need = cells(word)
        if line and used + 1 + need <= left:
            line, used = f"{line} {word}", used + 1 + need
            continue
        if line or need > left:
            if line or left < room:
                lines.append(line)
            left = room
        *whole, line = _cut(word, room)
        lines.extend(whole)
        used = cells(line)
    return [*lines, line] if line or not lines else lines


def right(text: str, columns: int) -> str:
    """The text at the right end of so many columns."""
    return " " * (columns - cells(text)) + text


def left(text: str, columns: int) -> str:
    """The text at the left end of so many columns.

    >>> left("时间", 6)
    '时间  '
    """
    return text + " " * (columns - cells(text))


def shortened(text: str, columns: int) -> str:
    """The text in at most so many columns (2 at least); what was cut off is a ``…``.

    >>> shortened("go mod download", 8), shortened("时间时间", 5)
    ('go mod …', '时间…')
    """
    if cells(text) <= columns:
        return text
    return next(iter(_cut(text, columns - 1))) + "…"


class Sheet:
    """Lines made of pieces; none is wider than ``width`` unless a command is."""

    def __init__(self, width: int, ascii_only: bool = False, language: Language = ENGLISH):
        self.width = max(width, 40)
        self.language = language
        self.ascii_only = ascii_only
        self.lines: list[list[Piece]] = []

    def shown(self, text: Text) -> str:
        """The text as this sheet may show it, in its language."""
        text = clean(self.language.say(text))
        return ascii_form(text) if self.ascii_only else text

    def blank(self) -> None:
        """An empty line between parts."""
        if self.lines and self.lines[-1]:
            self.lines.append([])

    def heading(self, text: Text) -> None:
        """The name of a part, after an empty line."""
        self.blank()
        self.lines.append([(self.shown(text), "heading")])

    def line(self, *pieces: Piece) -> None:
        """A line as it is; the caller has seen to its width."""
        self.lines.append([(self.shown(text), style) for text, style in pieces])

    def row(self, label: Text, text: Text, style: str = "", label_style: str = "label", indent: int = LABEL) -> None:
        """A label and its text, wrapped with a hanging indent."""
        label, text = self.shown(label), self.shown(text)
        if not label.strip() and not text.strip():
            return
        if cells(label) + 2 > max(self.width // 2, indent):  # a label too long to stand beside its text
            self.lines.extend([(part, label_style)] for part in wrapped(label, self.width))
            label = ""
            if not text.strip():
                return
        head = left(label, indent) if cells(label) < indent else label + "  "
        lines = wrapped(text, self.width - indent, self.width - cells(head))
        self.lines.append([(head if lines[0] else head.rstrip(), label_style), (lines[0], style)])
        self.lines.extend([(" " * indent, ""), (line, style)] for line in lines[1:])

    def command(self, label: Text, command: str, note: Text = "") -> None:
        """A command, whole on one line, with ``note`` in parentheses beside it if there is room, else above it."""
        label, command, note = self.shown(label), self.shown(command), self.shown(note)
        room = self.width - LABEL - cells(command)
        if note and room < cells(self.language.aside(note)) + 1:
            self.row(label, f"{note[:1].upper()}{note[1:]}{'' if note[-1] in '?!:.？！：。' else self.language.colon}")
            label, note = "", ""
            indent = " " * next((columns for columns in (LABEL + 2, LABEL, 2) if columns - LABEL <= room), 0)
        elif room < 0:
            if label:
                self.lines.append([(label, "label")])
            label, indent = "", " " * (2 if room >= 2 - LABEL else 0)
        else:
            indent = left(label, LABEL)
        pieces: list[Piece] = [(indent, "label" if label else ""), (command, "command")]
        if note:
            pieces.append((right(self.language.aside(note).strip(), room), "dim"))
        self.lines.append(pieces)

    def plain(self) -> str:
        """All lines as text."""
        return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in self.lines)

    def coloured(self) -> str:
        """All lines with the terminal's colours."""
        import io

        from rich.console import Console
        from rich.text import Text

        out = io.StringIO()
        console = Console(
            file=out, force_terminal=True, color_system="standard", legacy_windows=False, no_color=False,
            markup=False, highlight=False, emoji=False, width=self.width, _environ={},
        )  # fmt: skip
        for line in self.lines:
            text = Text()
            for piece, style in line:
                text.append(piece, STYLES.get(style) or None)
            text.rstrip()
            console.print(text, no_wrap=True, overflow="ignore", crop=False, soft_wrap=True)
        return out.getvalue()
