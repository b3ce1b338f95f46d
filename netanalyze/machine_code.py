"""Machine code of kernels: compiled by numba once, kept as object files, loaded without numba.

numba takes 0.4 s to be imported and to find its own cache; llvmlite, which it is built on, loads an
object file in a few milliseconds. So a kernel is compiled once for each set of argument types, its
object code is kept beside the name of its entry point, and later runs call that entry point through
``ctypes``. This is the only module that knows numba and llvmlite.

The calling convention is numba's for compiled functions (``numba.core.callconv.CPUCallConv``):
``int32 f(result*, exception**, arguments...)``, an array passed as its seven members (memory owner,
parent, items, item size, data, shape, strides). A kernel that returns other than nothing, an ``i8``
or a tuple of them, or that needs a symbol of numba's own runtime, is left to numba itself.
"""

import ctypes
import functools
import hashlib
import importlib.util
import json
import os
import tempfile
import types
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

Kernel = Callable[..., Any]

_NO_EXCEPTION = (0, -2)
"""Return codes of numba's calling convention: a value, and no value."""
_C_LIBRARY = ("memcpy", "memset", "memmove")
"""What LLVM may call in place of a loop; every process has them."""


def installed() -> bool:
    """Whether numba can be imported (it is not imported to find out)."""
    return importlib.util.find_spec("numba") is not None


def version() -> str:
    """The versions of numba and llvmlite, from their metadata alone."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        return f"{version_of('numba')} {version_of('llvmlite')}"
    except PackageNotFoundError:
        return "unknown"


class MachineCode:
    """The compiled form of kernels.

    Args:
        kernels: all kernels; one that another calls is compiled with it.
        directory: where object files are kept, or None: they are compiled anew in each process.
    """

    def __init__(self, kernels: Collection[Kernel], directory: Path | None):
        self.kernels, self.directory = kernels, directory
        self._dispatchers: dict[tuple[Kernel, bool], Any] = {}
        self._entries: dict[tuple[Kernel, str], Kernel] = {}
        self._engines: list[Any] = []  # code lives as long as its execution engine does

    def entry(self, function: Kernel, arguments: tuple[Any, ...], may_compile: bool) -> Kernel | None:
        """The compiled form of a kernel for contiguous arrays and integers of these types.

        Args:
            may_compile: compile what is not at hand; else None is returned for it.
        """
        known = self._entries.get((function, types_ := _argument_types(arguments)))
        if known is None:
            known = self._kept(function, types_)
            if known is None and may_compile:
                known = self._compiled(function, types_, arguments)
            if known is not None:
                self._entries[function, types_] = known
        return known

    def _path(self, function: Kernel, types_: str) -> Path | None:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}-{types_}.code"
        return self.directory / name if self.directory else None

    def _kept(self, function: Kernel, types_: str) -> Kernel | None:
        path = self._path(function, types_)
        about, code = _read(path) if path else (None, b"")
        return None if about is None else self._load(about, code)

    def _compiled(self, function: Kernel, types_: str, arguments: tuple[Any, ...]) -> Kernel:
        about, code = self._compile(function, arguments)
        if about is None:
            return self._dispatcher(function, True)
        if path := self._path(function, types_):
            _write(path, about, code)
        return self._load(about, code)

    def _dispatcher(self, function: Kernel, to_be_called: bool) -> Any:
        """numba's form of a kernel, with or without the wrapper that Python could call."""
        import numba

        known = self._dispatchers.get((function, to_be_called))
        if known is not None:
            return known
        names = dict(function.__globals__)
        for name in function.__code__.co_names:
            value = names.get(name)
            if isinstance(value, types.FunctionType) and value in self.kernels:
                names[name] = self._dispatcher(value, to_be_called)
        twin = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__)
        twin.__qualname__, twin.__module__ = function.__qualname__, function.__module__
        bare: dict[str, Any] = (
            {} if to_be_called else {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
        )
        dispatcher = numba.njit(nogil=True, error_model="numpy", boundscheck=False, **bare)(twin)
        self._dispatchers[function, to_be_called] = dispatcher
        return dispatcher

    def _compile(self, function: Kernel, arguments: tuple[Any, ...]) -> tuple[dict[str, Any] | None, bytes]:
        """What a later run has to know, and the object code; None where numba itself has to run this kernel."""
        import llvmlite.binding as llvm
        import numba

        dispatcher = self._dispatcher(function, False)
        signature = tuple(numba.int64 if not isinstance(a, np.ndarray) else numba.typeof(a) for a in arguments)
        dispatcher.compile(signature)
        result = dispatcher.overloads[signature]
        returned = str(result.signature.return_type)
        count = {"none": 0, "int64": 1}.get(returned)
        if returned.startswith("UniTuple(int64 x "):
            count = int(returned.removesuffix(")").split(" x ")[1])
        module = llvm.parse_assembly(dispatcher.inspect_llvm(signature))
        needed = {f.name for f in module.functions if f.is_declaration and not f.name.startswith("llvm.")}
        if count is None or not needed <= set(_C_LIBRARY):
            return None, b""
        tuple_ = returned.startswith("UniTuple")
        about = {"symbol": result.fndesc.llvm_func_name, "values": count, "tuple": tuple_}
        return about, _target_machine().emit_object(module)

    def _load(self, about: dict[str, Any], code: bytes) -> Kernel:
        """The entry point of object code as a function."""
        import llvmlite.binding as llvm

        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        self._engines.append(engine)
        return functools.partial(_call, engine.get_function_address(about["symbol"]), about["values"], about["tuple"])


def _argument_types(arguments: tuple[Any, ...]) -> str:
    """The types of a call's arguments, in a file name's characters: ``i`` an integer, ``u1r`` a read-only u1 array."""
    return "-".join(
        f"{a.dtype.kind}{a.dtype.itemsize}{'' if a.flags.writeable else 'r'}{a.ndim if a.ndim > 1 else ''}"
        if isinstance(a, np.ndarray)
        else "i"
        for a in arguments
    )


@functools.cache
def _target_machine() -> Any:
    """This machine, as LLVM sees it; code for it runs on no other kind of processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    x86 = llvm.get_process_triple().split("-")[0] in ("x86_64", "i686")
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static" if x86 else "default",
        codemodel="jitdefault",
    )


def _call(address: int, values: int, tuple_: bool, *arguments: Any) -> Any:
    """Call compiled code by numba's convention; releases Python's lock meanwhile."""
    words: list[int] = []
    for a in arguments:
        if isinstance(a, np.ndarray):
            words += (0, 0, a.size, a.itemsize, a.__array_interface__["data"][0], *a.shape, *a.strides)
        else:
            words.append(int(a))
    result = (ctypes.c_int64 * max(values, 1))()
    exception = ctypes.c_void_p()
    status = _prototype(len(words))(address)(ctypes.addressof(result), ctypes.addressof(exception), *words)
    if status not in _NO_EXCEPTION:
        raise RuntimeError(f"compiled kernel at {address:#x} failed with status {status}")
    if tuple_:
        return tuple(result)
    return result[0] if values else None


@functools.cache
def _prototype(words: int) -> Any:
    return ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * words)


def _processor() -> str:
    """What the object code was made for, as a line of its file."""
    import llvmlite.binding as llvm

    return f"{llvm.get_host_cpu_name()} {hashlib.sha256(llvm.get_host_cpu_features().flatten().encode()).hexdigest()}"


def _read(path: Path) -> tuple[dict[str, Any] | None, bytes]:
    """A kept file's description and object code; None where there is none that this machine can run."""
    try:
        line, _, code = path.read_bytes().partition(b"\n")
        about = json.loads(line)
        if about["processor"] == _processor() and about["sha256"] == hashlib.sha256(code).hexdigest():
            return about, code
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None, b""


def _write(path: Path, about: dict[str, Any], code: bytes) -> None:
    """Keep object code; another process never sees half a file. Where it cannot be written, it is not."""
    about = {**about, "processor": _processor(), "sha256": hashlib.sha256(code).hexdigest()}
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(json.dumps(about).encode() + b"\n" + code)
        os.replace(file.name, path)
    except OSError:
        pass
