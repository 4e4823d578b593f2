"""Rules on what runs a function's code: its runtime, its handler, and snapshots of both."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from aws_cdk import aws_lambda as lambda_

from naws.core.authoring import Check, Field, Finding, advice, bind, is_number, is_text, limit, practice
from naws.lambda_service.plan import FunctionPlan, Plan
from naws.lambda_service.plan_handlers import wrong_definition
from naws.lambda_service.plan_runtimes import ENDS, NEWEST

_RUNTIMES = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
_HANDLERS = "https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html"
_INLINE = 'lambda_.Code.from_inline("def handler(event, context): ...")'
_SNAP_START = "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes"
_PARTS = re.compile(r"(?P<kind>[a-z]+)(?P<version>\d+(\.\d+)?)?")
_MODULE_AND_FUNCTION = ("python", "nodejs", "ruby")
_ENDINGS = ("py", "js", "mjs", "cjs", "ts", "rb")
_COLON = re.compile(r"(?<!:):(?!:)")
"""Of other servers' spelling; Ruby's has two."""
_LONGEST = 128
_SOON = timedelta(days=180)
_SNAPPED = {"java": (11,), "python": (3, 12), "dotnet": (8,)}
_SMALLEST = 512


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The runtime of a package.

    Attributes:
        name: such as "python3.14".
        today: the day of synthesis; None: unknown.
    """

    name: str
    today: date | None

    @property
    def kind(self) -> str:
        """The language."""
        return kind_of(self.name)

    def finding(self, expected: str) -> Finding:
        """A finding on it, with the newest of its kind to paste."""
        newest = NEWEST.get(self.kind, NEWEST["python"])
        return Field("runtime", self.name).finding(expected, f"runtime=lambda_.Runtime.{newest}")

    @property
    def ended(self) -> date | None:
        """When AWS stops to mend it; None when that is not known."""
        return ENDS.get(self.name)


@limit(
    code="NAWS-FN-008",
    title="A runtime is one that Lambda has",
    source=_RUNTIMES,
    example='runtime=lambda_.Runtime("python3.1")',
    fix="runtime=lambda_.Runtime.PYTHON_3_14",
)
def known_runtime(runtime: Runtime) -> Iterator[Finding]:
    """Lambda refuses any other while the stack is deployed. One that is newer than this library is let through."""
    kind, version = runtime.kind, version_of(runtime.name)
    same = [version_of(name) for name in ENDS if kind_of(name) == kind]
    if runtime.name not in ENDS and not (same and version > max(same)):
        yield runtime.finding("a runtime of Lambda")


@practice(
    code="NAWS-FN-009",
    title="A runtime is mended by AWS",
    source=_RUNTIMES,
    example="runtime=lambda_.Runtime.PYTHON_3_9",
    fix="runtime=lambda_.Runtime.PYTHON_3_14",
)
def mended_runtime(runtime: Runtime) -> Iterator[Finding]:
    """After its end a runtime gets no security patches; some months later Lambda creates no function with it.

    The dates are those that this version of the library knows; AWS puts some of them off.
    """
    if runtime.ended is not None and runtime.today is not None and runtime.ended <= runtime.today:
        yield runtime.finding(f"a runtime that AWS still mends: this one ended on {runtime.ended}")


@advice(
    code="NAWS-FN-010",
    title="A runtime does not end within half a year",
    source=_RUNTIMES,
    example="runtime=lambda_.Runtime.PYTHON_3_12, now=datetime(2028, 6, 1, tzinfo=UTC)",
    fix="runtime=lambda_.Runtime.PYTHON_3_14, now=datetime(2028, 6, 1, tzinfo=UTC)",
)
def lasting_runtime(runtime: Runtime) -> Iterator[Finding]:
    """AWS mends it until then, and announces the end 180 days before: time to try the code on a newer one."""
    if runtime.ended is not None and runtime.today is not None:
        left = runtime.ended - runtime.today
        if timedelta(0) < left <= _SOON:
            yield runtime.finding(f"a runtime that lasts longer: this one ends on {runtime.ended}")


@limit(
    code="NAWS-FN-012",
    title="A handler has at most 128 characters and no white space",
    source="https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
    example='handler="app handler"',
    fix='handler="app.handler"',
)
def handler_text(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda refuses any other while the stack is deployed."""
    handler = plan.given.handler
    if is_text(handler) and not plan.image and (re.search(r"\s", handler) or not 1 <= len(handler) <= _LONGEST):
        better = re.sub(r"\s+", ".", handler.strip())
        better = better if 0 < len(better) <= _LONGEST and "." in better else "app.handler"
        expected = f"1 to {_LONGEST} characters, no white space"
        yield Field("handler", handler).finding(expected, f'handler="{better}"')


@limit(
    code="NAWS-FN-013",
    title="A handler names a module and a function in it",
    source=_HANDLERS,
    example='handler="app.py"',
    fix='handler="app.handler"',
)
def handler_parts(plan: FunctionPlan) -> Iterator[Finding]:
    """The runtime splits it at its last dot, and cannot begin without both: every invocation would fail.

    `orders/app.handler` is the function `handler` in `orders/app.py`.
    """
    handler = plan.given.handler
    if not is_text(handler) or not is_text(plan.runtime) or kind_of(plan.runtime) not in _MODULE_AND_FUNCTION:
        return
    module, dot, function = handler.rpartition(".")
    wrong = not dot or not module or not function or function in _ENDINGS or _COLON.search(handler)
    if wrong and not re.search(r"\s", handler):
        yield Field("handler", handler).finding(
            "the module, a dot and the name of the function in it", f'handler="{_handler(handler)}"'
        )


@limit(
    code="NAWS-FN-019",
    title="Snapshots are of a package with a runtime that can be snapped, and 512 MiB of /tmp",
    source=_SNAP_START,
    example='snap_start="published-versions", ephemeral_storage_size=cdk.Size.gibibytes(1)',
    fix='snap_start="published-versions"',
)
def snapped(plan: Plan) -> Iterator[Finding]:
    """Lambda snaps Python from 3.12, Java from 11 and .NET from 8; not with a file system, nor a container image."""
    part = plan.function
    if part.given.snap_start is None:
        return
    first = _SNAPPED.get(kind_of(part.runtime)) if is_text(part.runtime) else None
    mounted = any(needs.mounts for needs in plan.program.needs)
    larger = is_number(part.ephemeral_storage_mib) and part.ephemeral_storage_mib > _SMALLEST
    old = is_text(part.runtime) and (first is None or version_of(part.runtime) < first)
    reasons = (
        (part.image, "a package, not a container image", "omit snap_start"),
        (old, "Python 3.12, Java 11 or .NET 8, or later", "omit snap_start\nruntime=lambda_.Runtime.PYTHON_3_14"),
        (larger, f"{_SMALLEST} MiB of /tmp beside it", "omit ephemeral_storage_size\nomit snap_start"),
        (mounted, "no file system among the bindings", "omit snap_start"),
    )
    for wrong, expected, remedy in reasons:
        if wrong:
            yield Field("snap_start", part.given.snap_start).finding(expected, remedy)


@practice(
    code="NAWS-FN-040",
    title="A handler takes the event and the context, and answers itself",
    source=_HANDLERS,
    example='code=PythonCode("waiting")',
    fix='code=PythonCode("orders")',
)
def callable_handler(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda calls it with both, and awaits nothing: of a coroutine every invocation ends as an error.

    The function is read in the folder, never run. One that is decorated, or bound twice, passes.
    """
    found = None if plan.code is None else plan.code.handler_found
    if found is not None and found.file is not None:
        wrong = wrong_definition(found.file.file.read_bytes(), found.function)
        remedy = f"def {found.function}(event, context): …  # in {found.file.name}"
        if wrong.startswith("async"):
            remedy += ", with asyncio.run(…) in it"
        if wrong:
            yield Field("handler").finding("a function of an event and a context", remedy, shown=wrong)


@limit(
    code="NAWS-FN-041",
    title="The handler of inline code is in the module index",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html",
    example=f'code={_INLINE}, handler="app.handler"',
    fix=f'code={_INLINE}, handler="index.handler"',
)
def inline_handler(plan: FunctionPlan) -> Iterator[Finding]:
    """CloudFormation writes inline code into a file of that name: no other one is imported at any invocation."""
    handler = plan.given.handler
    module, _, function = handler.rpartition(".") if is_text(handler) else ("", "", "")
    if isinstance(plan.given.code, lambda_.InlineCode) and module not in ("", "index") and function not in _ENDINGS:
        yield Field("handler", handler).finding("a handler in index", f'handler="index.{function or "handler"}"')


@advice(
    code="NAWS-FN-042",
    title="The handler's module can be read where the app is synthesised",
    source=_HANDLERS,
    example='code=PythonCode("newer"), runtime=lambda_.Runtime("python3.99")',
    fix='code=PythonCode("orders"), runtime=lambda_.Runtime("python3.99")',
)
def readable_handler(plan: FunctionPlan) -> Iterator[Finding]:
    """This Python is older than the function's: whether it is newer syntax, or a mistake, is not known here.

    Of a mistake every invocation fails with `Runtime.UserCodeSyntaxError`. Synthesised by the function's Python it
    would be an error.
    """
    code = plan.code
    if code is None or code.handler_found.file is None or not code.handler_found.problem or not code.target.python:
        return
    if sys.version_info < version_of(code.runtime):
        here = "{}.{}".format(*sys.version_info)
        yield Field("handler", code.handler).finding(
            f"a module that Python {here}, which runs the app, can read: {code.handler_found.problem}",
            f"uv run --python {code.target.python} cdk synth",
        )


def _handler(given: str) -> str:
    """The nearest handler: the last name is the function, unless it is the module's file or stands alone."""
    file = re.search(rf"\.({'|'.join(_ENDINGS)})(?=$|[:/])", given)
    bare = given[: file.start()] + given[file.end() :] if file else given
    *modules, last = [part for part in re.split(r"[:/.]+", bare) if part] or ["app"]
    if not modules:
        return "app.handler" if last == "handler" else f"{last}.handler"
    if file and file.end() == len(given):
        return f"{bare}.handler"
    return f"{'/'.join(modules)}.{last}"


def kind_of(name: str) -> str:
    """The beginning of a runtime's name, which is its language."""
    found = _PARTS.match(name)
    return found["kind"] if found else ""


def version_of(name: str) -> tuple[int, ...]:
    """The numbers in a runtime's name."""
    found = _PARTS.match(name)
    version = found["version"] if found else None
    return tuple(map(int, version.split("."))) if version else ()


def _runtime(plan: Plan) -> Iterator[Runtime]:
    name, now = plan.function.runtime, plan.context.now
    if is_text(name):
        yield Runtime(name=name, today=None if now is None else now.date())


RUNTIME_CHECKS: tuple[Check[Plan], ...] = (
    *bind(_runtime, (known_runtime, mended_runtime, lasting_runtime)),
    *bind(
        lambda plan: (plan.function,), (handler_text, handler_parts, callable_handler, inline_handler, readable_handler)
    ),
    snapped.on(lambda plan: (plan,)),
)
