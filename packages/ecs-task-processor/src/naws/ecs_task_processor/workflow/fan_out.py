"""Many tasks from one run: each item, or batch of items, is worked on by an execution of its own.

Step Functions' own threshold would stop the items that are running once it is passed, so it is set out of reach: every
item comes to its end, those that fail are kept one by one, and the share of failures is judged here.
"""

from typing import Any

from naws.ecs_task_processor.plan_runs import ResourceNames, RunPolicy
from naws.ecs_task_processor.props import FanOut, ObjectsUnder
from naws.ecs_task_processor.workflow.expressions import (
    REASON_LENGTH,
    REFUSAL,
    States,
    caught,
    choice,
    denied,
    expression,
    number,
    retry,
    way,
)

CHILDREN = "Items"
"""Label of the map: the executions of items belong to `<state machine>/Items`."""
RESULTS_PREFIX = "results/"

_ITEM = "$states.context.Map.Item"
_REASON = f"$substring({REFUSAL}, 0, {REASON_LENGTH})"
_BEFORE_ITEMS = f"""{{
    'kind': 'final', 'outcome': {denied(REFUSAL)} ? 'Denied' : 'NotStarted', 'reason': {_REASON},
    'error': $states.errorOutput.Error = 'States.ResultWriterFailed' ? 'Naws.ResultsNotWritten' : 'Naws.ItemsNotRead'
}}"""
_NOT_COUNTED = f"{{'kind': 'items', 'error': 'Naws.ItemsNotCounted', 'results': $results, 'reason': {_REASON}}}"
MOST_LOOKS = 20
"""Looks at a map that has ended, five seconds apart, until its counts have caught up."""


def fan_out(policy: RunPolicy, names: ResourceNames, item: States) -> States:
    """Work on every item by `item`, the states of one, and judge how many failed."""
    plan = policy.fan_out
    if plan is None:
        return {}
    failed = "Failed" if policy.lease is None else "Release after failure"
    return {
        "One item?": choice(
            way("$exists($envelope.item)", "Run task"),
            *(_of_payload(plan.over) if isinstance(plan.over, str) else ()),
            otherwise="Fan out",
        ),
        "Fan out": _map(names, plan, item),
        "Any items?": choice(way("$mapRun = ''", "No items"), otherwise="Count items"),
        "No items": {
            "Type": "Pass",
            "Assign": {"verdict": {"kind": "succeeded", "items": {"total": 0, "succeeded": 0, "failed": 0}}},
            "Next": "Note success",
        },
        "Count items": {
            "Type": "Task",
            "Resource": f"arn:{names.partition}:states:::aws-sdk:sfn:describeMapRun",
            "Arguments": {"MapRunArn": expression("$mapRun")},
            "Assign": {"verdict": expression(_verdict(plan)), "looks": expression("$looks + 1")},
            "Output": {},
            "Retry": retry(attempts=8),
            "Catch": [caught(failed, verdict=expression(_NOT_COUNTED))],
            "Next": "Enough succeeded?",
        },
        "Look again": {"Type": "Wait", "Seconds": 5, "Next": "Count items"},
        "Enough succeeded?": choice(
            way(f"$verdict.open > 0 and $looks < {MOST_LOOKS}", "Look again"),
            way("$verdict.kind = 'succeeded'", "Note success"),
            otherwise=failed,
        ),
    }


def _map(names: ResourceNames, plan: FanOut, item: States) -> States:
    map_run, written = "$states.result.MapRunArn", "$states.result.ResultWriterDetails"
    return {
        "Type": "Map",
        "Label": CHILDREN,
        **_source(names, plan),
        **_selected(names, plan),
        "MaxConcurrency": plan.max_concurrency,
        "ToleratedFailurePercentage": 100,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": _of_item("Receive"),
            "States": {_of_item(name): _renamed(state) for name, state in item.items()},
        },
        "ResultWriter": {
            "Resource": f"arn:{names.partition}:states:::s3:putObject",
            "Arguments": {
                "Bucket": names.payload_bucket,
                "Prefix": expression(f"'{names.payload_prefix}{RESULTS_PREFIX}' & $states.context.Execution.Name"),
            },
        },
        # The answer of a map over no items is not documented; an inline one answers an empty array, without a map run.
        "Assign": {
            "mapRun": expression(f"$exists({map_run}) ? {map_run} : ''"),
            "results": expression(f"$exists({written}.Key) ? 's3://' & {written}.Bucket & '/' & {written}.Key : ''"),
            "looks": 0,
        },
        "Output": {},
        "Catch": [caught("Whose failure?", verdict=expression(_BEFORE_ITEMS))],
        "Next": "Any items?",
    }


def _of_payload(path: str) -> list[States]:
    """Choices for a payload without items: an empty array succeeds; any other value fails, which AWS would iterate."""
    steps = _steps(path)
    parents = [f"$type({'.'.join(steps[:depth])}) = 'object'" for depth in range(1, len(steps))]
    array = " and ".join([*parents, f"$type({_array(path)}) = 'array'"])
    quoted = path.replace("\\", "\\\\").replace("'", "\\'")
    found = f"$exists({_array(path)}) ? $type({_array(path)}) : 'nothing'"
    verdict = f"""{{
        'kind': 'final', 'outcome': 'NotStarted', 'error': 'Naws.ItemsNotRead',
        'reason': 'the payload has no array at {quoted}; there is ' & ({found})
    }}"""
    return [
        way(f"$not({array})", "Whose failure?", verdict=expression(verdict)),
        way(f"$count({_array(path)}) = 0", "No items"),
    ]


def _source(names: ResourceNames, plan: FanOut) -> States:
    over = plan.over
    if isinstance(over, str):
        return {"Items": expression(_array(over))}
    if isinstance(over, ObjectsUnder):
        arguments = {"Bucket": names.items_bucket, "Prefix": over.prefix}
        return {"ItemReader": _reader(names, "listObjectsV2", arguments, {})}
    config = {"InputType": "JSONL"} if over.key.endswith(".jsonl") else _CSV
    return {"ItemReader": _reader(names, "getObject", {"Bucket": names.items_bucket, "Key": over.key}, config)}


_CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}


def _reader(names: ResourceNames, action: str, arguments: dict[str, str], config: dict[str, str]) -> States:
    resource = f"arn:{names.partition}:states:::s3:{action}"
    return {"Resource": resource, "Arguments": arguments, **({"ReaderConfig": config} if config else {})}


def _array(path: str) -> str:
    return ".".join(_steps(path))


def _steps(path: str) -> list[str]:
    found = [name for name in path.removeprefix("$").split(".") if name]
    return ["$envelope.payload", *(f"`{name}`" for name in found)]


def _selected(names: ResourceNames, plan: FanOut) -> States:
    """The input of an item's execution: an envelope, or the parts of one for each batch."""
    value = expression(f"{_ITEM}.Value")
    if isinstance(plan.over, ObjectsUnder):
        value = expression(f"$merge([{_ITEM}.Value, {{'Bucket': '{names.items_bucket}'}}])")
    index = expression(f"{_ITEM}.Index")
    shared = {"trigger": expression("$envelope.trigger"), "time": expression("$envelope.time")}
    count = {"count": expression(f"$count({_array(plan.over)})")} if isinstance(plan.over, str) else {}
    if plan.batch == 1:
        one = expression(f"$envelope.id & '#' & $string({_ITEM}.Index)")
        return {"ItemSelector": {**shared, "id": one, "payload": value, "item": {"index": index, **count}}}
    return {
        "ItemSelector": {"index": index, "value": value},
        "ItemBatcher": {
            "MaxItemsPerBatch": plan.batch,
            "BatchInput": {**shared, "id": expression("$envelope.id"), **count},
        },
    }


def _verdict(plan: FanOut) -> str:
    tolerated = number(plan.tolerated_failure_percentage)
    return f"""(
        $counts := $states.result.ItemCounts;
        $failed := $counts.Failed + $counts.TimedOut + $counts.Aborted;
        {{
            'open': $counts.Pending + $counts.Running,
            'kind': $failed * 100 <= {tolerated} * $counts.Total ? 'succeeded' : 'items',
            'error': 'Naws.ItemsFailed',
            'reason': $string($failed) & ' of ' & $string($counts.Total) & ' items failed',
            'items': {{'total': $counts.Total, 'succeeded': $counts.Succeeded, 'failed': $failed}},
            'results': $results
        }}
    )"""


def _of_item(name: str) -> str:
    """Names of states are unique in the whole machine."""
    return f"Item: {name}"


def _renamed(state: Any) -> Any:
    """A state that leads to the copies of those that it led to."""
    leads = {name: _of_item(state[name]) for name in ("Next", "Default") if name in state}
    branches = {name: [_renamed(one) for one in state[name]] for name in ("Choices", "Catch") if name in state}
    return {**state, **leads, **branches}
