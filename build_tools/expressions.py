"""Expressions of kernels in C.

C leaves open which operand of ``+`` is evaluated first, Python does not: a call that writes into an array may not stand beside
another use of that array in one expression.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from .subset import ARRAYS, Kernel, NotInTheSubset, c_name, number

BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.RShift: ">>"}
FUNCTIONS = {ast.FloorDiv: "floor_divided", ast.Mod: "floor_modulo", ast.LShift: "shifted_left"}
COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
UNARY = {ast.USub: "-", ast.Invert: "~", ast.Not: "!"}


class Expressions:
    """Translates the expressions of one kernel; ``called`` gives the kernel that a name stands for in it, if it is one."""

    def __init__(self, kernel: Kernel, called: Callable[[Kernel, str], Kernel | None], checked: bool):
        self._kernel, self._called, self._checked = kernel, called, checked
        names = [n.id for n in ast.walk(kernel.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        self.locals = dict.fromkeys(name for name in names if name != "_")

    def error(self, node: ast.AST, why: str) -> NotInTheSubset:
        """What to raise, with file and line."""
        return NotInTheSubset(f"{self._kernel.file}:{getattr(node, 'lineno', 0)}: {why}")

    def values(self, node: ast.expr) -> int:
        """How many numbers an expression gives (``Kernel.values``)."""
        if isinstance(node, ast.Tuple):
            return len(node.elts)
        called = self.callee(node)
        return called.values if called else 0

    def callee(self, node: ast.AST) -> Kernel | None:
        """The kernel that an expression calls."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._called(self._kernel, node.func.id)
        return None

    def local(self, node: ast.Name) -> str:
        """A local variable that is assigned to."""
        if node.id in self._kernel.arrays:
            raise self.error(node, f"{node.id} is an array")
        return c_name(node.id)

    def place(self, node: ast.expr) -> str:
        """What is assigned to."""
        if isinstance(node, ast.Name):
            return self.local(node)
        if isinstance(node, ast.Subscript):
            return self.expression(node)
        raise self.error(node, "only a name or an element is assigned to")

    def scalar(self, node: ast.expr) -> str:
        """An expression that gives one number."""
        if self.values(node) != 0:
            raise self.error(node, "one number is wanted here")
        return self.expression(node)

    def expression(self, node: ast.expr) -> str:
        """Any expression."""
        if (value := self._constant(node)) is not None:
            return number(value)
        self.check_order(list(_beside(node)))
        match node:
            case ast.Name(id=name):
                known = name in self._kernel.arguments or name in self.locals
                if not known or name in self._kernel.arrays:
                    raise self.error(node, f"{name} is no number here")
                return c_name(name)
            case ast.Subscript(value=ast.Name(id=name), slice=index) if not isinstance(index, (ast.Slice, ast.Tuple)):
                cast = "(int64_t)" if isinstance(node.ctx, ast.Load) and name in ARRAYS else ""
                at = self.scalar(index)
                if self._checked:
                    at = f"index_inside({at}, length_of_{name})"
                return f"{cast}{c_name(name)}[{at}]"
            case ast.BinOp():
                return self.binary(node, node.op, self.scalar(node.left), self.scalar(node.right))
            case ast.UnaryOp() if type(node.op) in UNARY:
                return f"({UNARY[type(node.op)]}{self.scalar(node.operand)})"
            case ast.IfExp():
                return f"({self.scalar(node.test)} ? {self.scalar(node.body)} : {self.scalar(node.orelse)})"
            case ast.BoolOp():
                return self._bool(node)
            case ast.Compare():
                return self._compare(node)
            case ast.Call():
                return self._call(node)
        raise self.error(node, f"no {ast.unparse(node)} in a kernel")

    def binary(self, node: ast.AST, operator: ast.operator, left: str, right: str) -> str:
        """An operation of two numbers, as translated."""
        if type(operator) in BINARY:
            return f"({left} {BINARY[type(operator)]} {right})"
        if type(operator) in FUNCTIONS:
            return f"{FUNCTIONS[type(operator)]}({left}, {right})"
        raise self.error(node, f"no {type(operator).__name__} of integers")

    def _bool(self, node: ast.BoolOp) -> str:
        """``and`` and ``or``; Python gives the operand that decides, which of truths is the same as 0 or 1."""
        if not self.is_truth(node) and not self._is_asked(node):
            raise self.error(node, "and, or: only of comparisons where the value counts")
        return f"({(' && ' if isinstance(node.op, ast.And) else ' || ').join(self.scalar(v) for v in node.values)})"

    def is_truth(self, node: ast.expr | None) -> bool:
        """Whether an expression is True or False, and not just any number."""
        if isinstance(node, ast.BoolOp):  # what ends an ``and`` early is 0
            return all(map(self.is_truth, node.values[-1:] if isinstance(node.op, ast.And) else node.values))
        if isinstance(node, ast.Constant):
            return isinstance(node.value, bool)
        if node is not None and (called := self.callee(node)) is not None:
            return called.truth
        return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))

    def _is_asked(self, node: ast.BoolOp) -> bool:
        """Whether an ``and`` or ``or`` is only asked whether it is true."""
        for parent in ast.walk(self._kernel.tree):
            if isinstance(parent, (ast.If, ast.While, ast.IfExp)) and parent.test is node:
                return True
            if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not) and parent.operand is node:
                return True
            if isinstance(parent, ast.BoolOp) and any(value is node for value in parent.values):
                return self._is_asked(parent)
        return False

    def _compare(self, node: ast.Compare) -> str:
        out = []
        left = node.left
        for operator, right in zip(node.ops, node.comparators):
            if isinstance(operator, (ast.In, ast.NotIn)):
                elements = self._elements(right)
                same = " || ".join(f"{self.scalar(left)} == {e}" for e in elements)
                out.append(f"({same})" if isinstance(operator, ast.In) else f"!({same})")
            elif type(operator) in COMPARE:
                out.append(f"{self.scalar(left)} {COMPARE[type(operator)]} {self.scalar(right)}")
            else:
                raise self.error(node, "is compares objects, and here are none")
            left = right
        return f"({' && '.join(out)})"

    def _elements(self, node: ast.expr) -> list[str]:
        """What ``in`` looks through: a tuple, written here or a constant."""
        if isinstance(node, ast.Tuple):
            return [self.scalar(element) for element in node.elts]
        value = getattr(self._kernel.module, node.id, None) if isinstance(node, ast.Name) else None
        if not isinstance(value, tuple) or not all(isinstance(v, int) for v in value):
            raise self.error(node, "in: only a tuple of integers")
        return [number(v) for v in value]

    def _call(self, node: ast.Call) -> str:
        if isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1:
            return f"length_of_{ast.unparse(node.args[0])}"
        called = self.callee(node)
        if called is None or node.keywords or len(node.args) != len(called.arguments):
            raise self.error(
                node, f"{ast.unparse(node.func)}: only kernels are called, with all their arguments in order"
            )
        given = []
        for name, argument in zip(called.arguments, node.args):
            if name not in called.arrays:
                given.append(self.scalar(argument))
                continue
            if not isinstance(argument, ast.Name):
                raise self.error(node, f"{name} is an array")
            given.append(c_name(argument.id))
            if name in called.measured:
                given.append(f"length_of_{argument.id}")
        return f"{called.name}({', '.join(given)})"

    def _constant(self, node: ast.expr) -> int | None:
        """The value of a literal, or of a name that stands for an integer in this module or one it imports."""
        value: Any = None
        if isinstance(node, ast.Constant):
            value = node.value
        elif isinstance(node, ast.Name) and node.id not in self._kernel.arguments and node.id not in self.locals:
            value = getattr(self._kernel.module, node.id, None)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            value = getattr(getattr(self._kernel.module, node.value.id, None), node.attr, None)
        return int(value) if isinstance(value, int) else None

    def check_order(self, nodes: list[ast.expr]) -> None:
        """None of the expressions that C may evaluate in any order may write what another one reads or writes."""
        effects = [self._effects(node) for node in nodes]
        for place, (_, writes) in enumerate(effects):
            for other, (reads, written) in enumerate(effects):
                if other != place and writes & (reads | written):
                    raise self.error(
                        nodes[place], f"{', '.join(writes)}: written to in an expression that uses it besides"
                    )

    def _effects(self, node: ast.expr) -> tuple[set[str], set[str]]:
        """Which arrays an expression reads, and which it writes to."""
        reads: set[str] = set()
        writes: set[str] = set()
        for part in ast.walk(node):
            if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name):
                reads.add(part.value.id)
            elif (called := self.callee(part)) is not None and isinstance(part, ast.Call):
                for name, given in zip(called.arguments, part.args):
                    if name in called.arrays and isinstance(given, ast.Name):
                        (writes if name in called.written else reads).add(given.id)
        return reads, writes


def _beside(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression that C may evaluate in any order."""
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators)
    elif isinstance(node, ast.Call):
        yield from (argument for argument in node.args if not isinstance(argument, ast.Name))
