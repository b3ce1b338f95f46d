"""Kernels in C: the functions that are marked ``@kernel``, translated as they stand.

A kernel knows integers and arrays and nothing else (netanalyze/kernel.py), so that each of its statements has one meaning in C:
``int64_t`` for every number, a pointer for every array, a struct for a tuple that is returned, Python's floor division and
modulo. Names of other modules' constants become their values. What is not in this subset ends the translation with the
file and line: a kernel that leaves it fails the build, and never a user.
"""

import ast
from types import ModuleType

from .expressions import Expressions
from .subset import ARRAYS, Kernel, NotInTheSubset, c_name, kernels_of

PRELUDE = """\
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

static inline int64_t floor_divided(int64_t a, int64_t b) {
    int64_t quotient = a / b;
    return quotient - (a % b != 0 && (a < 0) != (b < 0));
}
static inline int64_t floor_modulo(int64_t a, int64_t b) {
    int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
static inline int64_t shifted_left(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a << b);
}
"""
INSIDE = """\
static inline int64_t index_inside(int64_t at, int64_t length) {
    if (at < 0 || at >= length) __builtin_trap();
    return at;
}
"""
"""Every index goes through it where they are checked: AddressSanitizer sees only what is near an array."""


class Translation:
    """All kernels, each behind those that it calls; ``checked``: none reads or writes beside an array, it stops there."""

    def __init__(self, modules: list[ModuleType], package: str, checked: bool = False):
        self.checked = checked
        found = [kernel for module in modules for kernel in kernels_of(module, package)]
        self._found = {(k.module.__name__, k.tree.name): k for k in found}
        self.kernels: list[Kernel] = []
        self._bodies: list[str] = []
        self._under_way: list[Kernel] = []
        for kernel in found:
            self._translate(kernel)

    def source(self, about: list[str]) -> str:
        """The C file; ``about`` are lines that the library says of itself before the table of its kernels."""
        widths = sorted({k.values for k in self.kernels if k.values > 0})
        structs = [f"struct values_{n} {{ int64_t {', '.join(f'v{i}' for i in range(n))}; }};" for n in widths]
        table = [f"{k.name} {k.kinds} {k.values}" for k in self.kernels]
        said = "\n".join(f'"{line}\\n"' for line in about + table)
        entries = [_entry(kernel) for kernel in self.kernels]
        return "\n".join(
            [
                PRELUDE + (INSIDE if self.checked else ""),
                *structs,
                f"EXPORTED const char about[] = {said};\n",
                *self._bodies,
                '#line 1 "entries"',
                *entries,
                "",
            ]
        )

    def called(self, kernel: Kernel, name: str) -> Kernel | None:
        """The kernel that another one calls by this name, translated before it."""
        function = getattr(kernel.module, name, None)
        called = self._found.get((getattr(function, "__module__", ""), getattr(function, "__name__", "")))
        if called is not None:
            self._translate(called)
        return called

    def _translate(self, kernel: Kernel) -> None:
        if kernel in self.kernels:
            return
        if kernel in self._under_way:
            raise NotInTheSubset(f"{kernel.file}: {kernel.tree.name} calls itself")
        self._under_way.append(kernel)
        self._bodies.append(Body(self, kernel).text())
        self._under_way.remove(kernel)
        self.kernels.append(kernel)


class Body:
    """The translation of one kernel."""

    def __init__(self, whole: Translation, kernel: Kernel):
        self._whole, self._kernel = whole, kernel
        self._of = Expressions(kernel, whole.called, whole.checked)
        self._lines: list[str] = []
        self._depth, self._fresh = 1, 0
        arguments = kernel.tree.args
        if arguments.posonlyargs or arguments.kwonlyargs or arguments.vararg or arguments.kwarg or arguments.defaults:
            raise self._of.error(kernel.tree, "only plain arguments")
        self._look_at_arguments()
        kernel.values = self._returns()
        returns = [node.value for node in ast.walk(kernel.tree) if isinstance(node, ast.Return)]
        kernel.truth = bool(returns) and all(self._of.is_truth(value) for value in returns)

    def text(self) -> str:
        """The function in C."""
        kernel = self._kernel
        self._block(kernel.tree.body)
        names = [name for name in self._of.locals if name not in kernel.arguments]
        first = [f"    int64_t {', '.join(f'{c_name(n)} = 0' for n in names)};"] if names else []
        head = f"static inline {kernel.returned} {kernel.name}({kernel.parameters(False)}) {{"
        return "\n".join([head, *first, *self._lines, "}\n"])

    # What is found out before

    def _look_at_arguments(self) -> None:
        """Which arguments are arrays, written to, asked for their length: here, or by a kernel they are handed to."""
        kernel = self._kernel
        for node in ast.walk(kernel.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                kernel.arrays.add(node.value.id)
                if isinstance(node.ctx, ast.Store):
                    kernel.written.add(node.value.id)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id == "len":
                    names = {a.id for a in node.args if isinstance(a, ast.Name)}
                    kernel.arrays |= names
                    kernel.measured |= names
                elif (called := self._whole.called(kernel, node.func.id)) is not None:
                    for name, given in zip(called.arguments, node.args):
                        if name in called.arrays and isinstance(given, ast.Name):
                            self._same_type(node, name, given.id)
                            kernel.arrays.add(given.id)
                            kernel.written |= {given.id} if name in called.written else set()
                            kernel.measured |= {given.id} if name in called.measured else set()
        if self._whole.checked:
            kernel.measured |= kernel.arrays
        globals_ = kernel.arrays - set(kernel.arguments)
        if globals_:
            raise self._of.error(kernel.tree, f"{', '.join(sorted(globals_))}: only arguments are arrays")

    def _same_type(self, node: ast.AST, wanted: str, given: str) -> None:
        if ARRAYS.get(wanted) != ARRAYS.get(given):
            raise self._of.error(node, f"{given} is handed on as {wanted}, an array of another type by its name")

    def _returns(self) -> int:
        """How many numbers are returned."""
        found = set()
        for node in ast.walk(self._kernel.tree):
            if isinstance(node, ast.Return):
                found.add(self._of.values(node.value) if node.value is not None else -1)
        if len(found) > 1:
            raise self._of.error(self._kernel.tree, "it returns now one thing, now another")
        return found.pop() if found else -1

    # Statements

    def _put(self, line: str) -> None:
        self._lines.append("    " * self._depth + line)

    def _block(self, body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                continue
            self._lines.append(f'#line {node.lineno} "{self._kernel.file}"')
            method = getattr(self, f"_{type(node).__name__.lower()}", None)
            if method is None:
                raise self._of.error(node, f"no {type(node).__name__} in a kernel")
            method(node)

    def _nested(self, head: str, body: list[ast.stmt]) -> None:
        self._put(head + " {")
        self._depth += 1
        self._block(body)
        self._depth -= 1
        self._put("}")

    def _if(self, node: ast.If) -> None:
        self._nested(f"if ({self._of.scalar(node.test)})", node.body)
        if node.orelse:
            self._nested("else", node.orelse)

    def _while(self, node: ast.While) -> None:
        if node.orelse:
            raise self._of.error(node, "no else of a loop")
        self._nested(f"while ({self._of.scalar(node.test)})", node.body)

    def _for(self, node: ast.For) -> None:
        """``range`` is evaluated once, and what the body does to its variable does not change the next round."""
        loop = node.iter
        plain = isinstance(loop, ast.Call) and isinstance(loop.func, ast.Name) and loop.func.id == "range"
        if not plain or not isinstance(node.target, ast.Name) or node.orelse or not 1 <= len(loop.args) <= 2:
            raise self._of.error(node, "only for … in range(stop), or (start, stop)")
        self._fresh += 1
        at, stop = f"at_{self._fresh}", f"stop_{self._fresh}"
        start = self._of.scalar(loop.args[0]) if len(loop.args) == 2 else "0"
        self._put(f"for (int64_t {at} = {start}, {stop} = {self._of.scalar(loop.args[-1])}; {at} < {stop}; {at}++) {{")
        self._depth += 1
        if node.target.id != "_":
            self._put(f"{self._of.local(node.target)} = {at};")
        self._block(node.body)
        self._depth -= 1
        self._put("}")

    def _break(self, node: ast.Break) -> None:
        self._put("break;")

    def _continue(self, node: ast.Continue) -> None:
        self._put("continue;")

    def _expr(self, node: ast.Expr) -> None:
        if self._of.callee(node.value) is None:
            raise self._of.error(node, "only a kernel is called for what it does")
        self._put(f"{self._of.expression(node.value)};")

    def _return(self, node: ast.Return) -> None:
        if node.value is None:
            self._put("return;")
        elif isinstance(node.value, ast.Tuple):
            self._of.check_order(node.value.elts)
            values = ", ".join(self._of.scalar(e) for e in node.value.elts)
            self._put(f"return (struct values_{len(node.value.elts)}){{{values}}};")
        else:
            self._put(f"return {self._of.expression(node.value)};")

    def _assign(self, node: ast.Assign) -> None:
        target = node.targets[0]
        if not isinstance(target, ast.Tuple):
            value = self._of.scalar(node.value)
            if len(node.targets) > 1 and not all(isinstance(t, ast.Name) for t in node.targets):
                raise self._of.error(node, "only names are assigned to together")
            self._of.check_order([node.value, target])
            self._put(f"{' = '.join(self._of.place(t) for t in node.targets)} = {value};")
            return
        if len(node.targets) > 1:
            raise self._of.error(node, "a tuple is unpacked once")
        self._fresh += 1
        count, taken = len(target.elts), f"taken_{self._fresh}"
        if self._of.values(node.value) != count:
            raise self._of.error(node, f"not {count} values")
        self._put("{")
        self._depth += 1
        if isinstance(node.value, ast.Tuple):
            self._of.check_order(node.value.elts)
            values = [self._of.scalar(e) for e in node.value.elts]
            self._put(f"int64_t {', '.join(f'{taken}_{i} = {v}' for i, v in enumerate(values))};")
            parts = [f"{taken}_{i}" for i in range(count)]
        else:
            self._put(f"struct values_{count} {taken} = {self._of.expression(node.value)};")
            parts = [f"{taken}.v{i}" for i in range(count)]
        for element, part in zip(target.elts, parts):
            if not (isinstance(element, ast.Name) and element.id == "_"):
                self._put(f"{self._of.place(element)} = {part};")
        self._depth -= 1
        self._put("}")

    def _augassign(self, node: ast.AugAssign) -> None:
        self._of.check_order([node.target, node.value])
        place = self._of.place(node.target)
        self._put(f"{place} = {self._of.binary(node, node.op, place, self._of.scalar(node.value))};")


def _entry(kernel: Kernel) -> str:
    """The function by which a kernel is called from outside: arrays with their lengths, results into an array."""
    given = []
    for a in kernel.arguments:
        given += [c_name(a)] + ([f"length_of_{a}"] if a in kernel.measured else [])
    call = f"{kernel.name}({', '.join(given)})"
    if kernel.values < 0:
        body = f"{call};"
    elif kernel.values == 0:
        body = f"given_back[0] = {call};"
    else:
        copied = " ".join(f"given_back[{i}] = taken_1.v{i};" for i in range(kernel.values))
        body = f"{kernel.returned} taken_1 = {call}; {copied}"
    return f"EXPORTED void enter_{kernel.name}(int64_t *given_back, {kernel.parameters(True)}) {{ {body} }}"
