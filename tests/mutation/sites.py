"""Where a mutant can be made in the package, and the source it then has.

A mutant is one small fault in one file: a comparison turned or moved by its edge, ``and`` for ``or``, a ``not`` or a
``continue`` dropped. Only code inside functions is touched: what is decided while a module is imported is left alone.
"""

import ast
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OTHERS = {
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
"""What may stand in place of a comparison: its edge, where it has one, and its opposite."""


@dataclass(frozen=True)
class Mutant:
    """One fault: the octets ``[start, end)`` of a file's UTF-8 text are replaced.

    Attributes:
        path: the file, from the repository's root.
        span: of the expression or statement: line, column, last line, its end.
        text: what stands there in the mutant.
    """

    path: str
    span: tuple[int, ...]
    start: int
    end: int
    text: str

    def source(self) -> str:
        """The whole file with the fault in it."""
        octets = (ROOT / self.path).read_bytes()
        return (octets[: self.start] + self.text.encode() + octets[self.end :]).decode()

    def place(self) -> str:
        """``netanalyze/conversations/dns.py:57``, the line of the fault itself."""
        return f"{self.path}:{(ROOT / self.path).read_bytes()[: self.start].count(10) + 1}"

    def line(self) -> str:
        """The line as the mutant has it."""
        number = int(self.place().rpartition(":")[2])
        return self.source().splitlines()[number - 1].strip()


def span(node: ast.expr | ast.stmt) -> tuple[int, ...]:
    """Where a node stands: line, column, last line, its end."""
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


class Marked(ast.NodeTransformer):
    """A file that does the same as before, and in which each site calls ``__mutation_seen__`` with its numbers."""

    def __init__(self, numbers: dict[tuple[int, ...], list[int]]) -> None:
        self.numbers = numbers

    def visit(self, node: ast.AST) -> ast.AST:
        """The node, with a call before it where it is a site."""
        here = span(node) if isinstance(node, (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Continue)) else None
        node = self.generic_visit(node)
        if here not in self.numbers:
            return node
        calls = [
            ast.Call(ast.Name("__mutation_seen__", ast.Load()), [ast.Constant(number)], [])
            for number in self.numbers[here]
        ]
        if isinstance(node, ast.Continue):
            return ast.If(ast.BoolOp(ast.Or(), [*calls, ast.Constant(1)]), [node], [])
        return ast.BoolOp(ast.Or(), [*calls, node])


def mutants(path: Path) -> list[list[Mutant]]:
    """For each site of a file, what can be made of it."""
    octets = path.read_bytes()
    begins = [0]
    for line in octets.splitlines(keepends=True):
        begins.append(begins[-1] + len(line))

    def at(node: ast.expr | ast.stmt) -> tuple[int, int]:
        return begins[node.lineno - 1] + node.col_offset, begins[node.end_lineno - 1] + node.end_col_offset

    def mutant(node: ast.expr | ast.stmt, start: int, end: int, text: str) -> Mutant:
        return Mutant(str(path.relative_to(ROOT)), span(node), start, end, text)

    def between(left: int, right: int, word: str) -> tuple[int, int]:
        """Where an operator stands between two operands; comments between them name none."""
        start = octets.index(word.encode(), left, right)
        return start, start + len(word)

    found = []
    for node in in_functions(ast.parse(octets)):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for left, operator, right in zip(operands, node.ops, operands[1:]):
                word = WORDS[type(operator)]
                try:
                    start, end = between(at(left)[1], at(right)[0], word)
                except ValueError:  # two words with a line's end between them
                    continue
                found.append([mutant(node, start, end, text) for text in OTHERS[type(operator)]])
        elif isinstance(node, ast.BoolOp):
            word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            start, end = at(node)
            text, done = "(", start
            for left, right in zip(node.values, node.values[1:]):
                here, there = between(at(left)[1], at(right)[0], word)
                text += octets[done:here].decode() + other
                done = there
            found.append([mutant(node, start, end, text + octets[done:end].decode() + ")")])
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            found.append([mutant(node, at(node)[0], at(node)[0] + len("not "), "")])
        elif isinstance(node, ast.Continue):
            found.append([mutant(node, *at(node), "pass")])
    return found


WORDS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
"""How a comparison is written."""


def in_functions(tree: ast.AST, inside: bool = False) -> Iterator[ast.AST]:
    """The nodes that run when a function is called: no decorators, no default values, nothing of a module or class."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            body = child.body if isinstance(child.body, list) else [child.body]
            for part in body:
                yield part
                yield from in_functions(part, True)
        else:
            if inside:
                yield child
            yield from in_functions(child, inside)


def files(folders: Iterable[str]) -> list[Path]:
    """The package's files below these folders of it, or these files, in order."""
    found: list[Path] = []
    for name in folders:
        path = ROOT / "netanalyze" / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def drawn(folders: Iterable[str], count: int, seed: int) -> list[Mutant]:
    """So many mutants at random: each site as likely as any other, no site twice."""
    every = [site for path in files(folders) for site in mutants(path)]
    chance = random.Random(seed)
    return [chance.choice(site) for site in chance.sample(every, min(count, len(every)))]
