"""The things of AWS that a processor is given."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_iam as iam

from naws.core import PatternContext, Sidecar
from naws.core.authoring import (
    Given,
    NetworkPlan,
    OperationsPlan,
    ProgramPlan,
    home_of,
    of_needs,
    of_network,
    of_operations,
    of_roles,
    of_secrets,
    roles_of,
)
from naws.ecs_task_processor.props import EcsTaskProcessorProps, ObjectsUnder, RowsOf

_PAYLOADS = "payloads that are read from S3"
_LOGS, _IMAGES = "logs", "images of ECR"
_Roles = Mapping[str, iam.IRole | None]


def things_given(
    props: EcsTaskProcessorProps,
    network: NetworkPlan,
    program: ProgramPlan,
    operations: OperationsPlan,
    context: PatternContext,
) -> Iterator[Given]:
    """The given resources of the props and of the conventions, but for the triggers'."""
    here = context.home
    yield from of_network(network, here)
    yield from of_roles(_roles(props), here)
    yield from of_operations(props, operations, context)
    yield from of_secrets(props.secrets, "secrets", here)
    for index, sidecar in enumerate(props.sidecars):
        if isinstance(sidecar, Sidecar):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            yield from of_secrets(sidecar.secrets, f"sidecars[{index}].secrets", here)
    for (path, _), needs in zip(program.bindings, program.needs, strict=True):
        yield from of_needs(needs, path, here)
    over = None if props.fan_out is None else props.fan_out.over
    if isinstance(over, ObjectsUnder | RowsOf):
        yield Given(path="fan_out.over.bucket", kind="bucket of items", home=home_of(over.bucket), here=here)


def needs_of_roles(props: EcsTaskProcessorProps, program: ProgramPlan) -> tuple[_Roles, Mapping[str, Sequence[str]]]:
    """The roles that can be given, and what adds statements to each."""
    secrets = [f'secrets["{name}"]' for name in props.secrets]
    secrets += [f"sidecars[{n}].secrets" for n, each in enumerate(props.sidecars) if each and each.secrets]
    needs = {"task_role": [_PAYLOADS], "execution_role": [_LOGS, _IMAGES, *secrets]}
    for (path, _), asked in zip(program.bindings, program.needs, strict=True):
        for role in roles_of(asked):
            needs[role].append(path)
    return _roles(props), needs


def _roles(props: EcsTaskProcessorProps) -> _Roles:
    return {"task_role": props.task_role, "execution_role": props.execution_role}
