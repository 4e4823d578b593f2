"""Which rules check the names by which a run finds data: keys, prefixes, fields of secrets."""

from collections.abc import Iterator

from naws.core.bindings import BucketBinding, SecretBinding
from naws.core.bucket_events import has_notifications, is_made_here
from naws.core.plans.program import value_from
from naws.core.rules import data
from naws.core.rules.values import Field
from naws.core.triggers import prefix_of
from naws.core.validation import Check
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.props import ObjectsUnder, RowsOf


def _keys(plan: Plan) -> Iterator[Field]:
    for path, binding in plan.program.bindings:
        if isinstance(binding, BucketBinding):
            yield Field(f"{path}.prefix", binding.prefix)
    over = plan.props.fan_out.over if plan.props.fan_out is not None else None
    if isinstance(over, ObjectsUnder):
        yield Field("fan_out.over.prefix", over.prefix)
    if isinstance(over, RowsOf):
        yield Field("fan_out.over.key", over.key)


def _fields(plan: Plan) -> Iterator[Field]:
    for path, binding in plan.program.bindings:
        if isinstance(binding, SecretBinding):
            yield Field(f"{path}.field", binding.field)
    for variable in plan.program.variables:
        yield Field(variable.path, data.colons_of(variable.reference))
    for sidecar in plan.task.sidecars:
        for name, secret in sidecar.secrets.items():
            yield Field(sidecar.at(f'secrets["{name}"]'), data.colons_of(value_from(secret)))


def _renamed(plan: Plan) -> Iterator[data.Renamed]:
    for path, binding in plan.program.bindings:
        if isinstance(binding, BucketBinding | SecretBinding):
            yield data.Renamed(path=path, names=binding.variables, parts=binding.parts)


def _buckets(plan: Plan) -> Iterator[data.EventBucket]:
    for event in plan.triggers.events:
        bucket = event.trigger.bucket
        if bucket is not None:
            made_here = is_made_here(bucket) or has_notifications(bucket)
            yield data.EventBucket(path=f"{event.path}.bucket", made_here=made_here)


def _prefixes(plan: Plan) -> Iterator[Field]:
    for event in plan.triggers.events:
        if event.trigger.bucket is not None:
            yield Field(f"{event.path}.prefix", prefix_of(event.trigger))


CHECKS: tuple[Check[Plan], ...] = (
    data.literal_key.on(_keys),
    data.relative_key.on(_keys),
    data.relative_key.on(_prefixes),
    data.key_length.on(_keys),
    data.field_of_secret.on(_fields),
    data.known_parts.on(_renamed),
    data.notifies.on(_buckets),
)
