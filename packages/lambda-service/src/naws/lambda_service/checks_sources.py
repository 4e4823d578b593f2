"""Rules on the folder of a function's code: its handler, its files, and what its modules import."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from naws.core.authoring import Finding, Verbatim, advice, has_token, limit, practice
from naws.lambda_service.plan_code import CodePlan

_PACKAGES = "https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"
_HANDLERS = "https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"


def finding(plan: CodePlan, expected: str, remedy: str) -> Finding:
    """A finding on the code that is given."""
    return Finding(path=plan.path, value=Verbatim(written(plan)), expected=expected, remedy=remedy)


def written(plan: CodePlan, *more: str, lock: bool = True) -> str:
    """The code as it is written in a call, with more that is excluded, and with its lock unless that is wrong."""
    code = plan.code
    arguments = [f'"{code.folder}"']
    if code.lock is not None and lock:
        arguments.append(f'lock="{code.lock}"')
    if excluded := ", ".join(f'"{each}"' for each in (*code.exclude, *more)):
        arguments.append(f"exclude=[{excluded}]")
    return f"PythonCode({', '.join(arguments)})"


def and_more(found: Sequence[object]) -> str:
    """How many there are beside the one that is named."""
    return f" and {len(found) - 1} more" if len(found) > 1 else ""


@limit(
    code="NAWS-PKG-001",
    title="The folder of the code is there, and has files to pack",
    source=_PACKAGES,
    example='code=PythonCode("order")',
    fix='code=PythonCode("orders")',
)
def folder(plan: CodePlan) -> Iterator[Finding]:
    """There would be nothing to deploy. A relative path starts where the app runs, and not beside its file."""
    if plan.sources:
        return
    empty = bool(str(plan.code.folder).strip()) and plan.folder.is_dir()
    expected = "a folder with files to pack" if empty else "a folder that is there"
    yield finding(plan, expected, 'code=PythonCode("…")')


@practice(
    code="NAWS-PKG-002",
    title="The handler is in the package",
    source=_HANDLERS,
    example='code=PythonCode("orders"), handler="app.main"',
    fix='code=PythonCode("orders"), handler="app.handler"',
)
def handler(plan: CodePlan) -> Iterator[Finding]:
    """Every invocation would fail with `Runtime.ImportModuleError` or `Runtime.HandlerNotFound`.

    The module is looked up in the folder and read, never run. A name counts as defined when the module binds it: by
    `def`, by an assignment or by an import. What cannot be seen passes.
    """
    wanted = plan.handler_found
    if not plan.sources or not wanted.module or has_token(plan.handler) or wanted.is_compiled:
        return
    if wanted.file is None:
        expected = f"{wanted.module}.py in {plan.folder}"
        if (plan.folder / f"{wanted.module}.py").is_file():
            by = "exclude" if plan.leaves_out(f"{wanted.module}.py") else "the list of what no function needs"
            expected = f"{wanted.module}.py in the package: {by} leaves it out"
    elif wanted.problem:
        # An older interpreter than the function's may not know its syntax.
        if plan.target.python and sys.version_info < tuple(map(int, plan.target.python.split("."))):
            return
        expected = f"a module that Python can read: {wanted.problem}"
    elif not wanted.is_defined:
        expected = f'"{wanted.function}" defined in {wanted.file.name}'
    else:
        return
    others = [f'handler="{each}"' for each in islice(wanted.others(), 3)]
    yield Finding(path="handler", value=plan.handler, expected=expected, remedy="\n".join(others) or 'handler="…"')


@advice(
    code="NAWS-PKG-009",
    title="The package hides nothing of Python or of the runtime",
    source=_PACKAGES,
    example="""
    # The folder has a module logging.py.
    code=PythonCode("hiding")
    """,
    fix='code=PythonCode("orders")',
)
def hiding(plan: CodePlan) -> Iterator[Finding]:
    """The package comes first on Python's path: its `logging.py` is imported by everything that wants the real one.

    botocore in the package without boto3 would be used by the boto3 of the runtime, which is of another version.
    """
    for each in plan.sources:
        first, _, rest = each.name.partition("/")
        name = first.removesuffix(".py")
        if name in sys.stdlib_module_names and (first.endswith(".py") or rest == "__init__.py"):
            yield finding(plan, f"another name than {first}, which hides Python's own module", f"mv {each.file} …")
    if "botocore" in plan.lock.names and "boto3" not in plan.lock.names:
        yield finding(plan, "boto3 in the lock beside botocore, or neither", f"uv add --project {plan.folder} boto3")


@practice(
    code="NAWS-PKG-010",
    title="No credentials are packed",
    source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
    example="""
    # The folder has a file .env.
    code=PythonCode("careless")
    """,
    fix='code=PythonCode("careless", exclude=[".env"])',
)
def credentials(plan: CodePlan) -> Iterator[Finding]:
    """Whoever may read the function's code, or the bucket of assets, reads them. A `SecretBinding` keeps them apart."""
    found = [each.name for each in plan.sources if each.is_secret]
    if found:
        expected = f"no credentials: it has {', '.join(found[:3])}{and_more(found[2:])}"
        yield finding(plan, expected, f"code={written(plan, *found)}")


@practice(
    code="NAWS-PKG-018",
    title="Everything in the folder can be packed",
    source=_PACKAGES,
    example="""
    # The folder has a link to a file that is not there.
    code=PythonCode("dangling")
    """,
    fix='code=PythonCode("dangling", exclude=["link"])',
)
def packable(plan: CodePlan) -> Iterator[Finding]:
    """A link to nothing, a pipe, a socket or what may not be read has no content: the package would lack it."""
    if plan.unpackable:
        first = plan.unpackable[0]
        why = "which is a link to nothing" if first.file.is_symlink() else "which has no content that can be read"
        expected = f"files: it has {first.name}, {why}{and_more(plan.unpackable)}"
        yield finding(plan, expected, f"code={written(plan, *(each.name for each in plan.unpackable))}")


@advice(
    code="NAWS-PKG-019",
    title="Links lead to files of the folder",
    source=_PACKAGES,
    example="""
    # The folder has a link to a file outside of it.
    code=PythonCode("linking")
    """,
    fix='code=PythonCode("linking", exclude=["link.txt"])',
)
def links_within(plan: CodePlan) -> Iterator[Finding]:
    """What they lead to is packed, and with it whatever this machine has there: another one may have something else.

    A folder that projects share is fine, when it is where the app is synthesised everywhere.
    """
    root = plan.folder.resolve()
    outside = [each for each in plan.sources if not each.file.resolve().is_relative_to(root)]
    if outside:
        first = outside[0]
        expected = f"links within it: {first.name} is {first.file.resolve()}{and_more(outside)}"
        yield finding(plan, expected, f"code={written(plan, *(each.name for each in outside))}")


@advice(
    code="NAWS-PKG-016",
    title="What the handler imports is in the package, the runtime or a layer",
    source=_PACKAGES,
    example="""
    # Its app.py imports requests, and there is no lock.
    code=PythonCode("incomplete")
    """,
    fix='code=PythonCode("orders")',
)
def imports(plan: CodePlan) -> Iterator[Finding]:
    """Every invocation would fail with `Runtime.ImportModuleError`, as it runs where the host's packages are not.

    Imports at the top of modules are read, and only where neither a lock nor a layer may bring what they name.
    """
    if plan.lock.names or plan.lock.problem or not plan.target.python:
        return
    folder = plan.folder
    begin = "" if (folder / "pyproject.toml").is_file() else f"uv init --bare {folder} && "
    for name in dict.fromkeys(plan.handler_found.missing()):
        remedy = f"{begin}uv add --project {folder} {name}  # the distribution that has it"
        yield finding(plan, f"a lock with the distribution of import {name}, or a layer", remedy)


SOURCE_RULES = (folder, handler, hiding, credentials, packable, links_within)
"""Of a plan: nothing has been packed yet."""
IMPORT_RULES = (imports,)
"""Of a plan without layers."""
