"""Rules on the package of a function: on its lock, on how it is packed, and on what is in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from naws.core.authoring import Check, Finding, Rule, Verbatim, advice, bind, format_number, has_token, limit, practice
from naws.lambda_service.checks_sources import IMPORT_RULES, SOURCE_RULES, and_more, finding, written
from naws.lambda_service.plan_code import CodePlan
from naws.lambda_service.plan_package import Package, SharedObject

UNZIPPED = 262_144_000
"""Bytes that AWS allows for a function and its layers, unzipped; AWS writes 250 MB."""
_LARGE = 200_000_000
_MANY = 1_000
_ARCHITECTURES = {"x86_64": "X86_64", "aarch64": "ARM_64"}
_QUOTAS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_PACKAGES = "https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"
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
        yield finding(self.plan, expected, self.remedy)


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
        shown = f"{wrong[0].name} for {wrong[0].machine}{and_more(wrong)}"
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
        shown = f"{wrong[0].name}{and_more(wrong)}"
        yield _of_package(package, shown, f"shared objects for Python {wanted}", f'exclude=["{wrong[0].name}"]')


def _module(name: str) -> str:
    return name.rpartition("/")[0] + "/" + PurePosixPath(name).name.split(".")[0]


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
        yield finding(plan, plan.lock.problem, plan.lock.relock or f"code={written(plan, lock=False)}")


@advice(
    code="NAWS-PKG-017",
    title="requirements.txt has what pyproject.toml asks for",
    source="https://docs.astral.sh/uv/concepts/projects/sync/",
    example="""
    # Its pyproject.toml asks for certifi too, and there is no uv.lock.
    code=PythonCode("half")
    """,
    fix='code=PythonCode("orders")',
)
def hidden_project(plan: CodePlan) -> Iterator[Finding]:
    """One file pins what is packed: `uv.lock`, else `requirements.txt`, beside which `pyproject.toml` is not asked."""
    if plan.lock.hidden and plan.lock.file is not None:
        names = ", ".join(plan.lock.hidden[:3]) + and_more(plan.lock.hidden[2:])
        expected = f"{names} in {plan.lock.file.name}, which alone is packed, since pyproject.toml has it; or a uv.lock"
        yield finding(plan, expected, f"uv lock --project {plan.folder}")


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


PACKAGE_CHECKS: tuple[Check[CodePlan], ...] = bind(
    lambda plan: (plan,), (*SOURCE_RULES, locked, hidden_project, python)
)
"""Of a plan: nothing has been packed yet."""
IMPORT_CHECKS: tuple[Check[CodePlan], ...] = bind(lambda plan: (plan,), IMPORT_RULES)
"""Of a plan without layers."""
PACKED_RULES: tuple[Rule[Package], ...] = (unzipped, small, machine, interpreter)
"""Of the package: asked at synthesis."""
PACKING_RULES: tuple[Rule[PackingFailure], ...] = (wheels, tool, download, unchanged, kept)
"""Of a package that cannot be packed: asked when the pattern is built."""
