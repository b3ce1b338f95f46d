"""mypy's plugin that keeps sentences from turning English unseen: no f-string over a Message, no ``str.format``.

That a Message is neither joined, added to a text, sliced nor given where a text is wanted follows from its type alone.
"""

from collections.abc import Callable

from mypy.plugin import MethodContext, Plugin
from mypy.types import Instance, Type, UnionType, get_proper_type

MESSAGE = "netanalyze.wording.Message"
WHAT_TO_DO = (
    "A Message is no part of a text: put it into a message(…) as a word, or say it first (Language.say, english)"
)


def _holds_message(kind: Type) -> bool:
    proper = get_proper_type(kind)
    if isinstance(proper, UnionType):
        return any(map(_holds_message, proper.items))
    return isinstance(proper, Instance) and proper.type.fullname == MESSAGE


def _format_refused(context: MethodContext) -> Type:
    for argument in (kind for kinds in context.arg_types for kind in kinds):
        if _holds_message(argument):
            context.api.fail(WHAT_TO_DO, context.context)
    return context.default_return_type


class MessageTypes(Plugin):
    """mypy reads an f-string as calls of ``str.format``."""

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        """The check of ``str.format``; None for any other method."""
        return _format_refused if fullname == "builtins.str.format" else None


def plugin(version: str) -> type[Plugin]:
    """What mypy asks for."""
    return MessageTypes
