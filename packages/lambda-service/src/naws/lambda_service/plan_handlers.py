"""How a handler is defined, read from its source and never run."""

import ast

_TWO = 2


def wrong_definition(source: bytes, name: str) -> str:
    """Why Lambda cannot call this function of a module; empty when it can, and when that is not seen.

    A decorator may change what it takes, and a name that is bound twice is one of two.

    Args:
        source: the module's text.
        name: the function's.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return ""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [each for each in body if isinstance(each, functions) and each.name == name]
    if len(found) != 1 or found[0].decorator_list:
        return ""
    if isinstance(found[0], ast.AsyncFunctionDef):
        return f"async def {name}"
    return "" if _takes_two(found[0].args) else f"def {name}({ast.unparse(found[0].args)})"


def _takes_two(given: ast.arguments) -> bool:
    places = len(given.posonlyargs) + len(given.args)
    asked = None in given.kw_defaults
    return not asked and places - len(given.defaults) <= _TWO and (places >= _TWO or given.vararg is not None)
