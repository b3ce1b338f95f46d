"""Text in which a sign may take two columns, and that may be broken where there is no blank: Chinese."""

from netanalyze.patterns import lazy_pattern
from netanalyze.report.sheet import cells

_STOPS = "[，。；：、）”》！？…]*"
_PIECE = lazy_pattern(rf"[（“《]*(?:[\u2e80-\u9fff\uff00-\uffef]|[!-~\u00a0-\u2e7f]+){_STOPS}(?: …{_STOPS})?| ")
"""What may not be broken: a word, or a sign of Chinese, with its brackets, its stops and the dots behind it."""


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns; Chinese is broken between any two signs, but no line begins with a stop.

    >>> wrapped("读取 pcap，也读 pcapng。", 12)
    ['读取 pcap，', '也读', 'pcapng。']
    """
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and cells(line) + cells(piece) > width:
            lines.append(line.rstrip())
            line = ""
        if line or piece != " ":
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines
