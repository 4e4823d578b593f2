"""Rules on a function's variables, its file system, and the network that it reaches its sources by."""

import json
import re
from collections.abc import Iterator

from naws.core.authoring import (
    MASK,
    Check,
    Environment,
    Field,
    Finding,
    Variable,
    bind,
    format_number,
    is_text,
    known,
    limit,
    looks_secret,
    possible_value,
    practice,
    set_once,
)
from naws.lambda_service.plan import FunctionPlan, Plan

_VARIABLES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
_FILES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem-efs.html"
_VPC = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
_PATH = re.compile(r"/mnt/[a-zA-Z0-9_.-]+")
_LONGEST_PATH = 160
_LARGEST = 4_096
_RESERVED = frozenset(
    (
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    )
)
_GROUP = 'ec2.SecurityGroup.from_security_group_id(stack, "{0}Group", "sg-0a1b2c3d")'
_FROM = 'efs.FileSystem.from_file_system_attributes(stack, "{0}", file_system_id="fs-0a1b2c3d", security_group={1})'
_ONE = _FROM.format("Files", _GROUP.format("Files"))
_MORE = _FROM.format("More", _GROUP.format("More"))
_NETWORK = 'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")'


@limit(
    code="NAWS-FN-004",
    title="All variables together have at most 4 KB",
    source=_VARIABLES,
    example='environment={"RULES": "x" * 5_000}',
    fix='environment={"RULES_URI": "s3://rules/latest.json"}',
)
def environment_fits(plan: FunctionPlan) -> Iterator[Finding]:
    """Lambda measures them as one JSON object, those of Powertools and of bindings too, and refuses more.

    What only the deployment knows is not counted. Large data belongs into a bucket that the program reads.
    """
    texts = {name: value if is_text(value) else "" for name, value in plan.environment.items()}
    try:
        size = len(json.dumps(texts, separators=(",", ":"), ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return  # half of a surrogate pair: another rule reports it
    if size > _LARGEST:
        largest = max(texts, key=lambda name: len(texts[name]))
        yield Field(f'environment["{largest}"]').finding(
            f"at most {format_number(_LARGEST)} bytes for all variables together",
            f'"{largest}_URI": "s3://…"  # and a BucketBinding by which the program reads it',
            shown=f"{format_number(size)} bytes in all",
        )


@limit(
    code="NAWS-FN-005",
    title="A variable's name has two or more letters, digits and underscores",
    source="https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html",
    example='environment={"report-name": "nightly"}',
    fix='environment={"REPORT_NAME": "nightly"}',
)
def variable_name(variable: Variable) -> Iterator[Finding]:
    """Lambda refuses any other: a hyphen, a first character that is no letter, or a single one.

    In a template the names are keys, which CloudFormation cannot fill in: a token is none.
    """
    name = variable.name
    if isinstance(name, str) and name and not known(name):  # pyright: ignore[reportUnnecessaryIsInstance] - as below
        yield variable.unknown_name()
    if isinstance(name, str) and not _NAME.fullmatch(name) and (known(name) or not name) and name not in _RESERVED:  # pyright: ignore[reportUnnecessaryIsInstance] - a user may write anything
        words = re.sub(r"^[^A-Za-z]+", "", re.sub(r"[^A-Za-z0-9]+", "_", name)).strip("_").upper()
        better = words if len(words) > 1 else f"APP_{words or 'NAME'}"
        yield variable.named(better, "a letter, then one or more letters, digits and underscores")


@limit(
    code="NAWS-FN-006",
    title="Variables that Lambda sets are left to Lambda",
    source=f"{_VARIABLES}#configuration-envvars-runtime",
    example='environment={"AWS_REGION": "eu-central-1"}',
    fix="environment={}",
)
def reserved_name(variable: Variable) -> Iterator[Finding]:
    """Lambda refuses them: it sets the region, the credentials of the function's role and its own facts itself."""
    if variable.name in _RESERVED:
        better = f"APP_{variable.name.strip('_')}"
        if variable.path.startswith("binding"):
            yield variable.named(better, "a name that is not Lambda's own")
        else:
            yield Field(variable.path, variable.name).finding("no variable that Lambda sets itself", "omit it")


@practice(
    code="NAWS-FN-007",
    title="A secret is read by the program, and not written as plain text",
    source="https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html",
    example='environment={"DB_PASSWORD": "correct horse"}',
    fix='bindings=[SecretBinding(secret, name="DB_PASSWORD")]',
)
def no_plain_secret(variable: Variable) -> Iterator[Finding]:
    """Plain values stand in the template, in the function's configuration and in every console that shows them.

    A dynamic reference ends there, too. With a binding the program finds the secret's ARN, and may read it.
    """
    if is_text(variable.value) and looks_secret(str(variable.name), variable.value):
        yield Field(variable.path, MASK).finding(
            "a secret of Secrets Manager or Parameter Store, which the program reads",
            f'bindings=[SecretBinding(secret, name="{variable.name}")]  # in place of the variable',
        )


@limit(
    code="NAWS-FN-029",
    title="A function has one file system, at a path of one name under /mnt/",
    source=_FILES,
    example=f'bindings=[FileSystemBinding({_ONE}, path="/data")], {_NETWORK}',
    fix=f'bindings=[FileSystemBinding({_ONE}, path="/mnt/data")], {_NETWORK}',
)
def mounted(plan: Plan) -> Iterator[Finding]:
    """Lambda refuses a second one, and any other path."""
    found = 0
    for (path, binding), needs in zip(plan.program.bindings, plan.program.needs, strict=True):
        own = f"{path}.path" if hasattr(binding, "path") else path
        for mount in needs.mounts:
            found += 1
            if found > 1:
                yield Field(path).finding(
                    "one file system for a function", "remove the binding", shown="another file system"
                )
            if is_text(mount.path) and (not _PATH.fullmatch(mount.path) or len(mount.path) > _LONGEST_PATH):
                last = re.sub(r"[^a-zA-Z0-9_.-]+", "-", mount.path.removeprefix("/mnt/").strip("/")) or "data"
                expected = f"/mnt/ and one name, at most {_LONGEST_PATH} characters"
                yield Field(own, mount.path).finding(expected, f'path="/mnt/{last[:100]}"')


@limit(
    code="NAWS-FN-034",
    title="A function is in the network that leads to its sources",
    source=_VPC,
    example=f"bindings=[FileSystemBinding({_ONE})]",
    fix=f"bindings=[FileSystemBinding({_ONE})], {_NETWORK}",
)
def reached(plan: Plan) -> Iterator[Finding]:
    """A source in a VPC is reached from inside the VPC alone, and the VPC of an imported one is not known.

    A function that was built without a network cannot be attached to one by what is added to it later.
    """
    for path in plan.unreached:
        yield Field(path).finding(
            "the VPC of that source as the function's own", f"{_NETWORK}\nvpc=…  # the source's", shown="in a VPC"
        )


@practice(
    code="NAWS-FN-038",
    title="Settings of a network are beside a network",
    source=_VPC,
    example="egress=[]",
    fix=f"security_groups=None, {_NETWORK}",
)
def network_settings(plan: Plan) -> Iterator[Finding]:
    """A function is attached to a network when `vpc` is given, or a binding leads to one: else these would do nothing.

    That the conventions name a VPC attaches no function: there it has no way to the internet but by NAT.
    """
    for name in ("vpc_subnets", "security_groups", "egress") if plan.network is None else ():
        if getattr(plan.props, name) is not None:
            expected = f"a vpc beside {name}: the function is attached to none"
            yield Field(name).finding(expected, f"{_NETWORK}\nomit {name}", shown="given")


ENVIRONMENT_CHECKS: tuple[Check[Plan], ...] = (
    environment_fits.on(lambda plan: (plan.function,)),
    *bind(lambda plan: plan.program.variables, (variable_name, reserved_name, no_plain_secret, possible_value)),
    set_once.on(lambda plan: (Environment(path="environment", variables=plan.program.variables),)),
    *bind(lambda plan: (plan,), (mounted, reached, network_settings)),
)
