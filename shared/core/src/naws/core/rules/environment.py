"""Rules on environment variables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from naws.core.rule import Finding, limit, practice
from naws.core.rules.values import Field, format_number, is_text
from naws.core.secrecy import MASK, looks_secret
from naws.core.tokens import known

_DEFINITION = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_POSIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_IMPOSSIBLE = re.compile(r"[=\x00\ud800-\udfff]")
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
_LIBRARY = "NAWS_"
_OF_BINDING = "binding"
_OF_PART = re.compile(
    "_(BUCKET|BUS|DATABASE|FUNCTION|HOST|OUTPUT|PASSWORD|PATH|PORT|PREFIX|QUEUE_URL|RESOURCE_ARN|SECRET_ARN|SSLMODE|"
    "STATE_MACHINE_ARN|TABLE|TOPIC_ARN|URL|USER|WORKGROUP)$"
)
"""How the names of variables end that bindings set."""
_RESERVED = ("AWS_", "ECS_")
_OF_ECS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_PROFILE",
    "AWS_EXECUTION_ENV",
    "ECS_CONTAINER_METADATA_URI",
    "ECS_CONTAINER_METADATA_URI_V4",
    "ECS_AGENT_URI",
    "ECS_ENGINE_AUTH_DATA",
)
_LARGEST_DEFINITION = 65_536


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A name in a container's environment.

    Attributes:
        path: the field that sets it.
        name: its name.
        value: its plain text; None when ECS or the library fills it in.
        reference: from where ECS reads it, as the task definition has it; empty when that is nowhere or not known.
        library_sets: whether names that begin with NAWS_ are the library's in this container.
        part: the part of a binding that was given this name; empty when none was.
        named_whole: whether it is a binding's that has no name which it would be made from, such as a `RawBinding`.
    """

    path: str
    name: str
    value: str | None
    reference: str = ""
    library_sets: bool = True
    part: str = ""
    named_whole: bool = False

    @property
    def of_binding(self) -> bool:
        """Whether it is a binding's, which makes or takes its name."""
        return self.path.startswith(_OF_BINDING) and not self.named_whole

    def unknown_name(self) -> Finding:
        """A finding on a name that only the deployment knows."""
        expected = "a name that is known when the app is synthesised; a value may be a token"
        return Field(self.path.partition("[")[0]).finding(expected, '"…": …', shown="a token for a name")

    def named(self, better: str, expected: str) -> Finding:
        """A finding on the name, with a better one; that of a binding's variable is made from the binding's own."""
        if not self.of_binding:
            return Field(self.path, self.name).finding(expected, f'"{better}": …')
        if self.part:
            return Field(self.path, self.name).finding(expected, f'variables={{"{self.part}": "{better}"}}')
        # A binding's name loses what it begins with, so that a digit has to stand elsewhere.
        own = _OF_PART.sub("", better).strip("_")
        rest = own.lstrip("0123456789_")
        name = "_".join(filter(None, (rest or "DATA", own.removesuffix(rest).strip("_"))))
        return Field(f"{self.path}.name", self.name).finding(expected, f'name="{name}"')


@dataclass(frozen=True, kw_only=True)
class Environment(Field):
    """All variables of one container.

    Attributes:
        variables: in the order in which they are given.
    """

    variables: Sequence[Variable]


@limit(
    code="NAWS-ENV-001",
    title="A variable has a name without '='",
    source=_DEFINITION,
    example='environment={"": "nightly"}',
    fix='environment={"REPORT": "nightly"}',
)
def variable_name(variable: Variable) -> Iterator[Finding]:
    """The operating system keeps name and value as `name=value`: no name can be empty or hold `=` or a NUL.

    Half of a surrogate pair is no character, and cannot be sent to AWS. A token is no name: nothing that is known of
    names holds for it, and CDK's maps have no token for a key.
    """
    if isinstance(variable.name, str) and variable.name and not known(variable.name):  # pyright: ignore[reportUnnecessaryIsInstance] - as below
        yield variable.unknown_name()
        return
    if isinstance(variable.name, str) and (  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        not variable.name or _IMPOSSIBLE.search(variable.name)
    ):
        expected = "letters, digits and underscores"
        yield variable.named(_legal(variable.name.partition("=")[0]), expected)


@practice(
    code="NAWS-ENV-002",
    title="A variable's name is one that every shell and language can read",
    source="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html",
    example='environment={"report-name": "nightly"}',
    fix='environment={"REPORT_NAME": "nightly"}',
)
def portable_name(variable: Variable) -> Iterator[Finding]:
    """POSIX names have letters, digits and underscores and do not begin with a digit: no blanks, no hyphens.

    Shells drop other names silently, so that the variable is there in one image and missing in the next.
    """
    name = variable.name
    if is_text(name) and name and not _IMPOSSIBLE.search(name) and not _POSIX.fullmatch(name):
        expected = "letters, digits and underscores, not beginning with a digit"
        yield variable.named(_legal(name), expected)


@limit(
    code="NAWS-ENV-003",
    title="Names that begin with NAWS_ are the library's",
    source="the variables that every pattern sets for the program of a run",
    example='environment={"NAWS_PAYLOAD": "{}"}',
    fix='environment={"REPORT_PAYLOAD": "{}"}',
)
def reserved_name(variable: Variable) -> Iterator[Finding]:
    """The workflow sets them for each run: a value given here would be replaced, or hide what is true of the run."""
    if _is_reserved(variable):
        yield variable.named(f"APP_{variable.name[len(_LIBRARY) :]}", "a name that does not begin with NAWS_")


@practice(
    code="NAWS-ENV-004",
    title="Variables that AWS SDKs and ECS read are left to ECS",
    source="https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html#ecs-8",
    example='environment={"AWS_PROFILE": "reports"}',
    fix="environment={}",
)
def aws_name(variable: Variable) -> Iterator[Finding]:
    """Such a variable takes the task role away from the program. Security Hub reports keys among them as ECS.8.

    Whatever the program may do belongs into its role: `bindings`, or the pattern's `task_role`. A binding keeps away
    from all names that begin as AWS's do.
    """
    name = str(variable.name).upper()
    if variable.path.startswith(_OF_BINDING) and name.startswith(_RESERVED):
        yield variable.named(re.sub("^(AWS_|ECS_)+", "", name), "a name that does not begin with AWS_ or ECS_")
    elif variable.name in _OF_ECS:
        yield Field(variable.path, variable.name).finding(
            "no variable by which an AWS SDK finds credentials or ECS talks to the program",
            "omit it: the program has its task role; grant that role what is needed",
        )


@practice(
    code="NAWS-ENV-005",
    title="A secret is not written as plain text",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    example='environment={"DB_PASSWORD": "correct horse"}',
    fix='secrets={"DB_PASSWORD": ecs.Secret.from_secrets_manager(secret)}',
)
def no_plain_secret(variable: Variable) -> Iterator[Finding]:
    """Plain values stand in the template, in the task definition and in every console that shows them.

    ECS fills `secrets` in when the task starts, and they can be rotated without a deployment.
    """
    if not is_text(variable.value) or not looks_secret(str(variable.name), variable.value):
        return
    yield Field(variable.path, MASK).finding(
        "a secret of Secrets Manager or Parameter Store, which ECS fills in",
        f'secrets={{"{variable.name}": ecs.Secret.from_secrets_manager(secret)}}',
    )


@limit(
    code="NAWS-ENV-006",
    title="A variable is set once",
    source=_DEFINITION,
    example='environment={"MODE": "a"}, secrets={"MODE": ecs.Secret.from_secrets_manager(secret)}',
    fix='environment={"MODE": "a"}, secrets={"MODE_KEY": ecs.Secret.from_secrets_manager(secret)}',
)
def set_once(environment: Environment) -> Iterator[Finding]:
    """ECS refuses a secret whose name is also a plain variable; of two bindings with one name only one would count."""
    first: dict[str, str] = {}
    for variable in environment.variables:
        if variable.name in first and is_text(variable.name) and not _is_reserved(variable):
            setter = first[variable.name]
            yield Field(variable.path, variable.name).finding(
                f"a name that {setter} does not set already", _another(variable, setter)
            )
        first.setdefault(variable.name, variable.path)


@limit(
    code="NAWS-ENV-007",
    title="The environment fits into a task definition",
    source="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html",
    example='environment={"RULES": "x" * 70_000}',
    fix='environment={"RULES_URI": "s3://rules/latest.json"}',
)
def environment_fits(environment: Environment) -> Iterator[Finding]:
    """A task definition has at most 64 KiB in all: what alone is larger cannot be part of one.

    Large data belongs into a bucket that the program reads.
    """
    texts = [(each, str(each.name) + each.value) for each in environment.variables if is_text(each.value)]
    size = sum(len(text.encode(errors="surrogatepass")) for _, text in texts)
    if size > _LARGEST_DEFINITION:
        largest = max((each for each, _ in texts), key=lambda each: len(each.value or ""))
        yield Field(largest.path).finding(
            f"less than {format_number(_LARGEST_DEFINITION)} bytes for all variables together",
            f'"{largest.name}_URI": "s3://…"  # and a BucketBinding by which the program reads it',
            shown=f"{format_number(size)} bytes in all",
        )


@limit(
    code="NAWS-ENV-008",
    title="A variable's value is text without NUL",
    source="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html",
    example='environment={"SEPARATOR": "\\0"}',
    fix='environment={"SEPARATOR": "NUL"}',
)
def possible_value(variable: Variable) -> Iterator[Finding]:
    """The operating system ends a variable at a NUL. Half of a surrogate pair is no character, and cannot be sent."""
    value = variable.value
    wrong = _NO_TEXT.search(value) if is_text(value) else None
    if wrong:
        yield Field(variable.path, value).finding(
            f"text without {wrong[0]!r}, which is character {wrong.start() + 1}",
            f'"{variable.name}": …  # such bytes as base64, decoded by the program',
        )


def _is_reserved(variable: Variable) -> bool:
    """Whether a name is the library's, which one rule reports."""
    return variable.library_sets and is_text(variable.name) and variable.name.upper().startswith(_LIBRARY)


def _another(variable: Variable, setter: str) -> str:
    """Another name for a variable whose name is taken, as a line to paste; a field that sets it is given instead."""
    if variable.part:
        return f'variables={{"{variable.part}": "{variable.name}_2"}}'
    if variable.of_binding:
        own = _OF_PART.sub("", variable.name).strip("_") or "DATA"
        return f'name="{own}_2"  # another name for this binding'
    if setter.isidentifier():
        value = variable.value if is_text(variable.value) and variable.value.isdecimal() else "…"
        return f'{setter}={value}  # and omit "{variable.name}", which it sets\n"{variable.name}_2": …'
    return f'"{variable.name}_2": …\nremove one of the two'


def _legal(name: str) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper() or "NAME"
    return f"_{words}" if words[0].isdigit() else words


VARIABLE_RULES = (variable_name, portable_name, reserved_name, aws_name, no_plain_secret, possible_value)
ADDED_VARIABLE_RULES = (reserved_name, no_plain_secret)
"""Those that are asked, too, of what ordinary CDK code adds to a container."""
ENVIRONMENT_RULES = (set_once, environment_fits)
