"""How a handler is defined, read from its source and never run."""

import ast

from naws.lambda_service.plan_sources import bound

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
    if list(bound(body)).count(name) != 1:
        return ""
    return next(filter(None, (_wrong(node, name) for node in body)), "")


def _wrong(node: ast.stmt, name: str) -> str:
    """What binds the name to something that Lambda cannot call, as it is written; empty when nothing does."""
    wrong = ""
    match node:
        case ast.AsyncFunctionDef(name=found, decorator_list=[]) if found == name:
            wrong = f"async def {name}"
        case ast.FunctionDef(name=found, args=args, decorator_list=[]) if found == name and not _takes_two(args):
            wrong = f"def {name}({ast.unparse(args)})"
        case ast.ClassDef(name=found, decorator_list=[], keywords=[]) if found == name:
            wrong = "" if "__new__" in bound(node.body) else f"class {name}"
        case ast.Import() | ast.Assign(value=ast.Constant()) if name in bound([node]):
            wrong = ast.unparse(node)
        case _:
            pass
    return wrong


def _takes_two(given: ast.arguments) -> bool:
    places = len(given.posonlyargs) + len(given.args)
    asked = None in given.kw_defaults
    return not asked and places - len(given.defaults) <= _TWO and (places >= _TWO or given.vararg is not None)
