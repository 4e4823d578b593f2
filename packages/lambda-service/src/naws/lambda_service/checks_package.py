"""Rules on the code of a function: on its folder and lock, on how it is packed, and on the package."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from naws.core.authoring import Check, Finding, Rule, Verbatim, advice, bind, format_number, has_token, limit, practice
from naws.lambda_service.plan_code import CodePlan
from naws.lambda_service.plan_package import Package, SharedObject

UNZIPPED = 262_144_000
"""Bytes that AWS allows for a function and its layers, unzipped; AWS writes 250 MB."""
_LARGE = 200_000_000
_MANY = 1_000
_ARCHITECTURES = {"x86_64": "X86_64", "aarch64": "ARM_64"}
_QUOTAS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_PACKAGES = "https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"
_HANDLERS = "https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"
_UV = "https://docs.astral.sh/uv/getting-started/installation/"


@dataclass(frozen=True, kw_only=True)
class PackingFailure:
    """What kept a package from being packed.

    Attributes:
        plan: the code.
        expected: what would be accepted.
        remedy: a line to paste.
        reason: the tool's own sentence. Omitted: it was not asked.
    """

    plan: CodePlan
    expected: str
    remedy: str
    reason: str = ""

    def findings(self) -> Iterator[Finding]:
        """It, as a rule reports it."""
        expected = f"{self.expected}; uv: {self.reason}" if self.reason else self.expected
        yield _finding(self.plan, expected, self.remedy)


def _finding(plan: CodePlan, expected: str, remedy: str) -> Finding:
    return Finding(path=plan.path, value=Verbatim(_written(plan)), expected=expected, remedy=remedy)


def _written(plan: CodePlan, *more: str) -> str:
    """The code as it is written in a call, with more that is excluded."""
    code = plan.code
    arguments = [f'"{code.folder}"']
    if code.lock is not None:
        arguments.append(f'lock="{code.lock}"')
    if excluded := ", ".join(f'"{each}"' for each in (*code.exclude, *more)):
        arguments.append(f"exclude=[{excluded}]")
    return f"PythonCode({', '.join(arguments)})"


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
    yield _finding(plan, expected, 'code=PythonCode("…")')


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


@limit(
    code="NAWS-PKG-003",
    title="A package has at most 250 MB, unzipped",
    source=_QUOTAS,
    example="A folder, its dependencies and its layers of 300 MB.",
    fix="The function as a container image: `lambda_.DockerImageCode`, up to 10 GB.",
)
def unzipped(package: Package) -> Iterator[Finding]:
    """AWS refuses it when the function is created. Layers count too, and are not seen here."""
    if package.size > UNZIPPED:
        yield _of_package(
            package, f"{package.size:,} bytes", f"at most {UNZIPPED:,} bytes, unzipped", "exclude=[…]  # of PythonCode"
        )


@advice(
    code="NAWS-PKG-004",
    title="A package is small enough to start fast",
    source="https://docs.aws.amazon.com/lambda/latest/dg/best-practices.html",
    example="A package of 2,400 files, of which boto3 has 1,900.",
    fix="Without boto3, which the runtime has; or a container image, which Lambda loads in parts.",
)
def small(package: Package) -> Iterator[Finding]:
    """Lambda downloads and unzips all of it before a new environment's first invocation."""
    if package.size > UNZIPPED:
        return
    if package.size > _LARGE or package.files > _MANY:
        yield _of_package(
            package,
            f"{format_number(package.files)} files, {format_number(round(package.size / 1e6))} MB",
            f"at most {_MANY:,} files and {_LARGE // 1_000_000} MB",
            "exclude=[…]  # of PythonCode, or fewer dependencies in its lock",
        )


@practice(
    code="NAWS-PKG-005",
    title="Shared objects are of the function's architecture",
    source="https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html",
    example="A `.so` for x86_64 in the folder of a function on ARM_64.",
    fix="The dependency in the lock instead, which is packed for the function's architecture.",
)
def machine(package: Package) -> Iterator[Finding]:
    """The import fails with `invalid ELF header` or `cannot open shared object file`."""
    if package.target.local:
        return
    wanted = package.target.machine
    wrong = [each for each in package.shared_objects if each.machine and wanted and each.machine != wanted]
    if wrong:
        shown = f"{wrong[0].name} for {wrong[0].machine}{_and_more(wrong)}"
        yield _of_package(package, shown, f"shared objects for {wanted}", "\n".join(_for_machine(package, wrong)))


def _for_machine(package: Package, wrong: Sequence[SharedObject]) -> Iterator[str]:
    """The function's architecture may be the wrong one, when all of them are for the other."""
    found = {each.machine for each in package.shared_objects if each.machine}
    constant = _ARCHITECTURES.get(wrong[0].machine)
    if constant and len(found) == 1:
        yield f"architecture=lambda_.Architecture.{constant}"
    yield f'exclude=["{wrong[0].name}"]'


@practice(
    code="NAWS-PKG-006",
    title="Shared objects are for the runtime's version of Python",
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    example="`cpython-312` in the name of a `.so`, with the runtime python3.14.",
    fix="The dependency in the lock instead, which is packed for the runtime's version.",
)
def interpreter(package: Package) -> Iterator[Finding]:
    """Python does not see a shared object of another version: the import fails with `No module named …`."""
    wanted = package.target.python
    fitting = {"", wanted}
    # A dependency may bring one for each version: that one of them is right is enough.
    right = {_module(each.name) for each in package.shared_objects if each.python in fitting}
    other = [each for each in package.shared_objects if each.python not in fitting]
    wrong = [each for each in other if _module(each.name) not in right]
    if wrong:
        shown = f"{wrong[0].name}{_and_more(wrong)}"
        yield _of_package(package, shown, f"shared objects for Python {wanted}", f'exclude=["{wrong[0].name}"]')


def _module(name: str) -> str:
    return name.rpartition("/")[0] + "/" + PurePosixPath(name).name.split(".")[0]


def _and_more(found: Sequence[object]) -> str:
    return f" and {len(found) - 1} more" if len(found) > 1 else ""


def _of_package(package: Package, shown: str, expected: str, remedy: str) -> Finding:
    return Finding(path=package.path, value=Verbatim(shown), expected=expected, remedy=remedy)


@limit(
    code="NAWS-PKG-007",
    title="Each dependency has a wheel for the function's platform",
    source=_PACKAGES,
    example="""
    # The lock has pywin32.
    code=PythonCode("windows")
    """,
    fix='code=PythonCode("orders")',
)
def wheels(failure: PackingFailure) -> Iterator[Finding]:
    """Nothing is compiled here: what a host would compile fits that host, and seldom Lambda."""
    return failure.findings()


@limit(
    code="NAWS-PKG-008",
    title="All dependencies are locked",
    source="https://docs.astral.sh/uv/concepts/projects/sync/",
    example="""
    # Its pyproject.toml has dependencies, and there is no uv.lock.
    code=PythonCode("unlocked")
    """,
    fix='code=PythonCode("orders")',
)
def locked(plan: CodePlan) -> Iterator[Finding]:
    """The same sources would become another package tomorrow, and each synthesis a new version of the function."""
    if plan.lock.problem:
        yield _finding(plan, plan.lock.problem, plan.lock.relock)


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
            yield _finding(plan, f"another name than {first}, which hides Python's own module", f"mv {each.file} …")
    if "botocore" in plan.lock.names and "boto3" not in plan.lock.names:
        yield _finding(plan, "boto3 in the lock beside botocore, or neither", f"uv add --project {plan.folder} boto3")


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
        expected = f"no credentials: it has {', '.join(found[:3])}{_and_more(found[2:])}"
        yield _finding(plan, expected, f"code={_written(plan, *found)}")


@limit(
    code="NAWS-PKG-011",
    title="PythonCode has a runtime of Python",
    source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
    example='code=PythonCode("orders"), runtime=lambda_.Runtime.NODEJS_22_X',
    fix='code=PythonCode("orders"), runtime=lambda_.Runtime.PYTHON_3_14',
)
def python(plan: CodePlan) -> Iterator[Finding]:
    """Its dependencies are chosen for one version of Python, and another runtime cannot run it."""
    if not plan.target.python and not has_token(plan.runtime):
        remedy = "runtime=lambda_.Runtime.PYTHON_3_14"
        yield Finding(path="runtime", value=plan.runtime, expected="a runtime of Python", remedy=remedy)


@limit(
    code="NAWS-PKG-012",
    title="uv is installed where dependencies are packed",
    source=_UV,
    example="""
    # The folder has a uv.lock, and the host no uv.
    code=PythonCode("orders")
    """,
    fix="""
    # After pip install "naws-lambda-service[python]".
    code=PythonCode("orders")
    """,
)
def tool(failure: PackingFailure) -> Iterator[Finding]:
    """Uv reads the lock and downloads the wheels for Lambda's platform. A folder without dependencies needs none."""
    return failure.findings()


@limit(
    code="NAWS-PKG-013",
    title="What the lock names can be downloaded",
    source="https://docs.astral.sh/uv/concepts/indexes/",
    example="""
    # Without a network.
    code=PythonCode("orders")
    """,
    fix="""
    # With the variable UV_DEFAULT_INDEX, where the index is another one.
    code=PythonCode("orders")
    """,
)
def download(failure: PackingFailure) -> Iterator[Finding]:
    """Wheels come from the index that uv is configured for, or from its cache."""
    return failure.findings()


@limit(
    code="NAWS-PKG-014",
    title="What is downloaded is what was locked",
    source="https://docs.astral.sh/uv/concepts/projects/layout/",
    example="""
    # The index has another six 1.17.0 than the lock.
    code=PythonCode("orders")
    """,
    fix="""
    # Locked anew, after a look at who replaced it.
    code=PythonCode("orders")
    """,
)
def unchanged(failure: PackingFailure) -> Iterator[Finding]:
    """A release that has other content than its hash in the lock was replaced: by its index, or by an attacker."""
    return failure.findings()


@limit(
    code="NAWS-PKG-015",
    title="Packages can be kept",
    source="https://specifications.freedesktop.org/basedir-spec/latest/",
    example="""
    # The variable NAWS_PACKAGE_CACHE names a folder that cannot be made.
    code=PythonCode("orders")
    """,
    fix="""
    # With a folder that can be written.
    code=PythonCode("orders")
    """,
)
def kept(failure: PackingFailure) -> Iterator[Finding]:
    """A package is made once and found again by every synthesis, in the folder that NAWS_PACKAGE_CACHE names.

    Without the variable that is `naws/packages` in the cache of the user.
    """
    return failure.findings()


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
        yield _finding(plan, f"a lock with the distribution of import {name}, or a layer", remedy)


PACKAGE_CHECKS: tuple[Check[CodePlan], ...] = bind(
    lambda plan: (plan,), (folder, handler, locked, hiding, credentials, python)
)
"""Of a plan: nothing has been packed yet."""
IMPORT_CHECKS: tuple[Check[CodePlan], ...] = bind(lambda plan: (plan,), (imports,))
"""Of a plan without layers."""
PACKED_RULES: tuple[Rule[Package], ...] = (unzipped, small, machine, interpreter)
"""Of the package: asked at synthesis."""
PACKING_RULES: tuple[Rule[PackingFailure], ...] = (wheels, tool, download, unchanged, kept)
"""Of a package that cannot be packed: asked when the pattern is built."""
