"""Rules on Map states and on loops: what a distributed map needs, and how much history there will be."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from naws.core.rule import Finding, advice, limit
from naws.core.rules.asl_forms import Form, unfit, whole
from naws.core.rules.asl_integrations import call_of, is_activity
from naws.core.rules.asl_map_parts import unfit_parts
from naws.core.rules.asl_scopes import GUIDE, Definition, Scope, State, jsonata, mapping
from naws.core.rules.asl_variables import assignments, reaching
from naws.core.rules.values import Field, format_number, is_number
from naws.core.spelling import nearest
from naws.core.step_functions import HISTORY_LIMIT
from naws.core.tokens import has_token

_DISTRIBUTED = f"{GUIDE}state-map-distributed.html"
_MODES = ("INLINE", "DISTRIBUTED")
_CHILD_TYPES = ("STANDARD", "EXPRESS")
LONGEST_EXPRESS = 300
_INLINE_AT_ONCE, _CHILDREN_AT_ONCE = 40, 10_000
_OF_STATE, _OF_TASK = 2, 5
"""Events in the history of a state that is entered and left, and of a task: scheduled, started and ended, besides."""
_PERCENTAGE = Form(
    expected="a number from 0 to 100",
    fits=lambda value: is_number(value) and 0 <= value <= 100,  # noqa: PLR2004  # percent
    remedy="5",
    expression=True,
)
_NUMBERS: Mapping[str, Form] = {
    "MaxConcurrency": whole(0, 99_999_999, 10, expression=True),
    "ToleratedFailurePercentage": _PERCENTAGE,
    "ToleratedFailureCount": whole(0, 99_999_999, 10, expression=True),
}


def _with_processor(definition: Definition) -> Iterator[tuple[State, Scope]]:
    """Every Map state with the scope of its items."""
    for scope in definition.scopes:
        if scope.holder is not None and scope.holder.type == "Map":
            yield scope.holder, scope


@limit(
    code="NAWS-ASL-041",
    title="A distributed map has all that it needs, and no empty parts",
    source=_DISTRIBUTED,
    example=jsonata("""
      "Each": {"Type": "Map", "End": true, "ToleratedFailurePercentage": 101, "ItemBatcher": {},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "One",
          "States": {"One": {"Type": "Succeed"}}}}"""),
    fix=jsonata("""
      "Each": {"Type": "Map", "End": true, "ToleratedFailurePercentage": 5, "ItemBatcher": {"MaxItemsPerBatch": 10},
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "One",
          "States": {"One": {"Type": "Succeed"}}}}"""),
)
def distributed_parts(definition: Definition) -> Iterator[Finding]:
    """Step Functions needs to know of what type the executions of the items are, and how batches are made.

    Neither `ItemBatcher` nor `ResultWriter` may be empty, a percentage ends at 100, and a label has 40 characters. What
    is read, batched and written has settings of a few values each, and an action of S3. Items that executions of type
    EXPRESS work on cannot wait for a job, a token or five minutes, nor have a distributed map.
    """
    for state, scope in _with_processor(definition):
        yield from unfit(state, _NUMBERS, state.language)
        mode = Field(f"{scope.path}.ProcessorConfig.Mode", mapping(scope.fields.get("ProcessorConfig")).get("Mode"))
        if mode.value is not None and mode.value not in _MODES and not has_token(mode.value):
            near = nearest(mode.value, _MODES) if isinstance(mode.value, str) else ""
            yield mode.finding("INLINE or DISTRIBUTED", f'"Mode": "{near or _MODES[0]}"')
        if not scope.distributed:
            continue
        config = Field(f"{scope.path}.ProcessorConfig", scope.fields.get("ProcessorConfig"))
        given = mapping(config.value).get("ExecutionType")
        if given not in _CHILD_TYPES and not has_token(config.value):
            remedy = '"ExecutionType": "STANDARD"'
            yield Field(f"{config.path}.ExecutionType", given).finding("STANDARD or EXPRESS", remedy)
        yield from _empty_parts(state)
        if given == "EXPRESS":
            yield from _unfit_for_express(definition, scope)


def _empty_parts(state: State) -> Iterator[Finding]:
    limits = ("MaxItemsPerBatch", "MaxInputBytesPerBatch")
    for block in state.inner("ItemBatcher"):
        if not has_token(block.fields) and not block.given & {*limits, *(f"{each}Path" for each in limits)}:
            remedy = '"ItemBatcher": {"MaxItemsPerBatch": 10}'
            yield state.at("ItemBatcher").finding(" or ".join(limits), remedy, shown="neither")
    if state.fields.get("ResultWriter") == {}:
        remedy = '"Resource": "arn:aws:states:::s3:putObject"'
        yield state.at("ResultWriter").finding("Resource with a bucket, or WriterConfig", remedy, shown="empty")
    yield from unfit_parts(state)


def _unfit_for_express(definition: Definition, scope: Scope) -> Iterator[Finding]:
    for each in definition.scopes:
        if scope in each.chain:
            for state in each.states.values():
                yield from not_in_express(state)
                yield from waits_too_long(state)
        if each is not scope and each.distributed and scope in each.chain and each.holder is not None:
            expected, remedy = "no distributed map within EXPRESS", '"Mode": "INLINE"'
            yield Field(f"{each.path}.ProcessorConfig.Mode", "DISTRIBUTED").finding(expected, remedy)


def not_in_express(state: State) -> Iterator[Finding]:
    """What an execution of type EXPRESS cannot do."""
    call = call_of(state)
    if call is not None and call.pattern:
        yield call.field.finding(
            f"no .{call.pattern}: an EXPRESS workflow waits for answers only",
            f'"Resource": "{call.spelt(call.name, pattern="")}"\nSTANDARD as the type',
        )
    elif is_activity(state):
        yield state.at("Resource").finding("no activity: an EXPRESS workflow has none", "STANDARD as the type")


def waits_too_long(state: State) -> Iterator[Finding]:
    """A wait that ends after an execution of type EXPRESS does."""
    seconds = state.at("Seconds")
    if state.type == "Wait" and is_number(seconds.value) and seconds.value >= LONGEST_EXPRESS:
        expected = f"fewer than {LONGEST_EXPRESS}, after which the execution ends"
        yield seconds.finding(expected, '"Seconds": 60\nSTANDARD as the type')


@advice(
    code="NAWS-ASL-053",
    title="A map takes no more at once than Step Functions does, and keeps large results in a bucket",
    source=_DISTRIBUTED,
    example=jsonata("""
      "Each": {"Type": "Map", "End": true, "MaxConcurrency": 20000, "ItemReader": {"Resource":
        "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": "inbox"}}, "ItemProcessor": {"ProcessorConfig":
        {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "One", "States": {"One":
        {"Type": "Succeed"}}}}"""),
    fix=jsonata("""
      "Each": {"Type": "Map", "End": true, "MaxConcurrency": 1000, "ItemReader": {"Resource":
        "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": "inbox"}}, "ResultWriter": {"Resource":
        "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "done"}}, "ItemProcessor": {"ProcessorConfig":
        {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "One", "States": {"One":
        {"Type": "Succeed"}}}}"""),
)
def results_in_bucket(definition: Definition) -> Iterator[Finding]:
    """At most 10,000 executions of items run at once, and 40 items of an inline map.

    Results of more than 256 KiB together fail the map after all the work: `ResultWriter` puts them into a bucket.
    """
    for state, scope in _with_processor(definition):
        most = _CHILDREN_AT_ONCE if scope.distributed else _INLINE_AT_ONCE
        field = state.at("MaxConcurrency")
        if is_number(field.value) and field.value > most:
            yield field.finding(f"at most {format_number(most)}, which run at once", f'"MaxConcurrency": {most}')
        if scope.distributed and {"ItemReader"} <= state.given and not _small_result(state):
            remedy = '"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", …}'
            yield state.at("ResultWriter").finding("a bucket for the results of many items", remedy)


def _small_result(state: State) -> bool:
    """Whether the results of the items are written elsewhere, or left out."""
    replaced = "ResultSelector" in state.given or ("ResultPath" in state.fields and state.fields["ResultPath"] is None)
    output = state.fields.get("Output")
    return "ResultWriter" in state.given or replaced or (output is not None and "$states.result" not in str(output))


@advice(
    code="NAWS-ASL-040",
    title="A loop ends, and ends before the history of its execution is full",
    source=f"{GUIDE}service-quotas.html",
    example="""
    {"QueryLanguage": "JSONata", "StartAt": "Rest", "TimeoutSeconds": 604800, "States": {
      "Rest": {"Type": "Wait", "Seconds": 10, "Next": "Done?"},
      "Done?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.done %}", "Next": "End"}],
        "Default": "Rest"},
      "End": {"Type": "Succeed"}
    }}""",
    fix="""
    {"QueryLanguage": "JSONata", "StartAt": "Rest", "TimeoutSeconds": 604800, "States": {
      "Rest": {"Type": "Wait", "Seconds": 300, "Next": "Done?"},
      "Done?": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.done %}", "Next": "End"}],
        "Default": "Rest"},
      "End": {"Type": "Succeed"}
    }}""",
)
def history(definition: Definition) -> Iterator[Finding]:
    """A history has at most 25,000 events: the execution that would have more fails, and nothing catches that.

    Judged are loops that nothing leads out of, and loops with a wait that turn until the machine's timeout, unless they
    count their turns. The execution of an item of a distributed map has a history of its own.
    """
    timeout = definition.fields.get("TimeoutSeconds")
    for scope in definition.scopes:
        if scope.opaque:
            continue
        following = {name: [to.value for to in state.transitions] for name, state in scope.states.items()}
        yield from _endless(scope, following)
        if is_number(timeout) and not any(each.distributed for each in scope.chain):
            yield from _long(scope, following, timeout)


def _endless(scope: Scope, following: Mapping[str, list[str]]) -> Iterator[Finding]:
    """The first state of each loop that no way leads out of, where others end."""
    ends = {name: int(state.type in ("Succeed", "Fail") or state.fields.get("End") is True)
            for name, state in scope.states.items()}  # fmt: skip
    if not any(ends.values()):
        return  # that no state ends at all is an error
    backwards: dict[str, list[str]] = {name: [] for name in following}
    for name, targets in following.items():
        for to in targets:
            backwards.get(to, []).append(name)
    leaving = reaching(backwards, ends)
    looping = reaching(following, {name: 1 << index for index, name in enumerate(following)})
    for index, (name, state) in enumerate(scope.states.items()):
        if looping[name] >> index & 1 and not leaving[name] and not ends[name]:
            yield state.finding("a way out of the loop", '"Choices": [{…, "Next": "Done"}]', shown="an endless loop")
            return


def _long(scope: Scope, following: Mapping[str, list[str]], timeout: float) -> Iterator[Finding]:
    """Waits of loops whose turns would fill the history before the timeout."""
    bits = {name: 1 << index for index, name in enumerate(following)}
    before = reaching(following, bits)
    for name, state in scope.states.items():
        seconds = state.fields.get("Seconds")
        if state.type != "Wait" or not is_number(seconds) or seconds <= 0 or not before[name] & bits[name]:
            continue
        loop = [one for each, one in scope.states.items() if before[each] & bits[name] and before[name] & bits[each]]
        pause, events = sum(map(_waited, loop)), sum(map(_events, loop))
        if timeout / pause * events > HISTORY_LIMIT and not _counted(loop):
            least = int(timeout * events / HISTORY_LIMIT) + 1
            yield state.at("Seconds").finding(
                f"at least {format_number(least)}, for fewer than {format_number(HISTORY_LIMIT)} events in "
                f"{format_number(timeout)} seconds",
                f'"Seconds": {least}\nstart another execution that goes on',
            )


def _counted(loop: Sequence[State]) -> bool:
    """Whether a loop may end by counting its turns: a choice in it reads what it assigns, or compares a number."""
    assigned = {name for state in loop for block in assignments(state) for name in block.fields}
    for rule in (rule for state in loop for rule in state.blocks("Choices")):
        condition = str(rule.fields.get("Condition") or "")
        if any(f"${name}" in condition for name in assigned) or "Numeric" in json.dumps(rule.fields, default=str):
            return True
    return False


def _waited(state: State) -> float:
    given: Any = state.fields.get("Seconds")
    return given if state.type == "Wait" and is_number(given) else 0


def _events(state: State) -> int:
    return _OF_TASK if state.type == "Task" else _OF_STATE


MAP_RULES = (distributed_parts, results_in_bucket, history)
