"""What strangers wrote is read as numbers in one place (netanalyze/numerals.py), which raises for nothing."""

import ast

from sources import each_module, modules, where

FOREIGN = {"clients", "doctor", "interop", "live", "processes", "recorder", "sockets", "urls"}
"""Parts that read texts of commands, of other programs, of archives."""
READER = "netanalyze.numerals"


def calls(module):
    return [node for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)]


@each_module
def test_nobody_asks_whether_a_text_is_a_digit_to_unicode(module):
    """``"²".isdigit()`` is true, and ``int("²")`` raises."""
    for node in calls(module) if module != READER else ():
        asked = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        assert asked not in ("isdigit", "isdecimal", "isnumeric"), (
            f"{where(module)}:{node.lineno}: .{asked}(); netanalyze.numerals.integer says None for what is no number"
        )


@each_module
def test_no_text_is_given_to_int_with_a_base(module):
    for node in calls(module) if module != READER else ():
        named = node.func.id if isinstance(node.func, ast.Name) else ""
        assert named != "int" or len(node.args) + len(node.keywords) < 2, (
            f"{where(module)}:{node.lineno}: int with a base; netanalyze.numerals.hexadecimal raises for no text"
        )


@each_module
def test_parts_that_read_foreign_texts_call_neither_int_nor_float(module):
    if (module.split(".") + [""])[1] not in FOREIGN:
        return
    for node in calls(module):
        named = node.func.id if isinstance(node.func, ast.Name) else ""
        assert named not in ("int", "float"), (
            f"{where(module)}:{node.lineno}: {named}(); netanalyze.numerals has what raises for no text"
        )
