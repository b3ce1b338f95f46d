"""A kernel as it was read, and the names and types it has in C."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

ARRAYS = {"buffer": "uint8_t", "octets": "uint8_t", "words": "uint32_t"}
"""C types of arrays by their names; every other array is of ``int64_t``."""
KINDS = {"uint8_t": "b", "uint32_t": "w", "int64_t": "q"}
KEYWORDS = {
    "auto", "case", "char", "const", "default", "do", "double", "enum", "extern", "float", "goto", "inline", "int", "long",
    "register", "restrict", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void",
    "volatile",
}  # fmt: skip
"""C's words that may be Python names."""


class NotInTheSubset(Exception):
    """A kernel does what has no translation."""


@dataclass
class Kernel:
    """A kernel as it was read: its C name, its tree, and what is known of its arguments and what it returns."""

    name: str
    tree: ast.FunctionDef
    module: ModuleType
    file: str
    arrays: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    measured: set[str] = field(default_factory=set)
    values: int = -1
    """How many numbers are returned; -1: nothing; 0: one, that is no tuple."""
    truth: bool = False
    """Whether that one is True or False."""

    @property
    def arguments(self) -> list[str]:
        """Their names."""
        return [argument.arg for argument in self.tree.args.args]

    @property
    def kinds(self) -> str:
        """A letter an argument: ``i`` a number, else an array's type, upper case where it is written to."""
        letters = [KINDS[ARRAYS.get(a, "int64_t")] if a in self.arrays else "i" for a in self.arguments]
        return "".join(k.upper() if a in self.written else k for a, k in zip(self.arguments, letters))

    @property
    def returned(self) -> str:
        """The C type of what it returns."""
        return "void" if self.values < 0 else "int64_t" if self.values == 0 else f"struct values_{self.values}"

    def parameters(self, with_lengths: bool) -> str:
        """The arguments as C declares them; all lengths of arrays, or only those that it asks for."""
        out = []
        for a in self.arguments:
            if a not in self.arrays:
                out.append(f"int64_t {c_name(a)}")
                continue
            out.append(f"{'' if a in self.written else 'const '}{ARRAYS.get(a, 'int64_t')} *{c_name(a)}")
            if with_lengths or a in self.measured:
                out.append(f"int64_t length_of_{a}")
        return ", ".join(out) or "void"


def c_name(name: str) -> str:
    """A Python name as C may have it."""
    return f"{name}_" if name in KEYWORDS else name


def number(value: int) -> str:
    """A literal of 64 bits."""
    if not -(2**63) <= value < 2**63:
        raise NotInTheSubset(f"{value} has more than 64 bits")
    if value == -(2**63):
        return "INT64_MIN"
    return f"INT64_C({value})" if value >= 0 else f"(-INT64_C({-value}))"


def kernels_of(module: ModuleType, package: str) -> Iterator[Kernel]:
    """The kernels of a module, as its file has them now."""
    path = Path(str(module.__file__))
    file = f"{module.__name__.replace('.', '/')}.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(d, ast.Name) and d.id == "kernel" for d in node.decorator_list
        ):
            name = f"{module.__name__.removeprefix(package + '.').replace('.', '_')}_{node.name}"
            yield Kernel(name, node, module, file)
