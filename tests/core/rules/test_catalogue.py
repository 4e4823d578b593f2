"""Every row of the catalogue of faults has a definition that breaks it, and one that comes close and does not."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from naws.core.rule import Rule
from naws.core.rules import asl_jsonata, asl_sdk
from naws.core.rules.asl import ASL_RULES, definition_issues
from naws.core.rules.asl_care import TRANSIENT_ERRORS
from naws.core.rules.workflow_rules import FLOW_RULES
from naws.testing import statelint

ROWS = {f"NAWS-ASL-{number:03}" for number in range(1, 46)} | {f"NAWS-FLOW-{number:03}" for number in range(1, 16)}
ELSEWHERE = {"NAWS-FLOW-010": "NAWS-PAYLOAD-002, of the payload that a trigger or a step gives"}
TOKEN = "${Token[Known.0]}"
LAMBDA = "arn:aws:states:::lambda:invoke"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:load"
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
DONE = {"Type": "Succeed"}
INNER = {"J": DONE}
AGAIN = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}]
READER = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": "b"}}


def found(*states: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """Codes and paths of what is found in a machine whose states are A, B and so on."""
    named = {"ABCDEFG"[index]: each for index, each in enumerate(states)}
    whole = {"QueryLanguage": "JSONata", "StartAt": "A", "TimeoutSeconds": 86_400, "States": named, **more}
    return [(issue.code.removeprefix("NAWS-"), issue.path) for issue in definition_issues(whole)]


def codes(*states: dict[str, Any], **more: Any) -> set[str]:
    return {code for code, _ in found(*states, **more)}


def call(action: str, arguments: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if arguments is None else {"Arguments": arguments}
    resource = action if action.startswith(("arn:", "${")) else f"arn:aws:states:::{action}"
    return {"Type": "Task", "Resource": resource, "End": True, "Retry": AGAIN, **given, **more}


def each(scope: dict[str, Any], *inner: dict[str, Any], **more: Any) -> dict[str, Any]:
    states = {f"I{index}": state for index, state in enumerate(inner or (DONE,))}
    return {"Type": "Map", "End": True, "ItemProcessor": {**scope, "StartAt": "I0", "States": states}, **more}


def test_every_row_has_a_rule() -> None:
    rules = {rule.code for rule in (*ASL_RULES, *FLOW_RULES)}
    assert ROWS - rules == set(ELSEWHERE)


def pass_of(expression: str) -> dict[str, Any]:
    return {"Type": "Pass", "Output": "{% " + expression + " %}", "End": True}


@pytest.mark.parametrize(
    "text",
    [
        "$eval('1')", "$sum($states.input.x", "$states.input.x)", "[1, 2", "{'a': 1", "$", "$$", "$.a", "a.b",
        "total + 1", "$sum(prices)", "$states.input.x & name", "$count($)",
    ],
)  # fmt: skip
@pytest.mark.parametrize("parser", [True, False])
def test_expressions_that_step_functions_refuses(text: str, monkeypatch: pytest.MonkeyPatch, *, parser: bool) -> None:
    if not parser:
        monkeypatch.setattr(asl_jsonata, "_parser", lambda: None)
        asl_jsonata._unparsed.cache_clear()
    assert codes(pass_of(text)) == {"ASL-015"}
    asl_jsonata._unparsed.cache_clear()


@pytest.mark.parametrize("text", ["1 +", "$states.input..", "$states.input.x := 3", "function($x) {"])
def test_what_only_a_parser_finds(text: str) -> None:
    assert codes(pass_of(text)) == {"ASL-015"}


@pytest.mark.parametrize(
    "text",
    [
        "$states.input", "$states.input.order.id", "$states.input.items[price > 3].name", "$states.input.(a & b)",
        "$states.input.items.{'a': name}", "$map($states.input, function($v) { $v.name })", "$exists($states.input.x)",
        "$states.input.items^(price)", "$states.input.x in [1, 2]", "true and false or null", "'a.b' & \"c\"",
        "$states.input ~> |$|{'a': 1}|", "($x := 1; $x + 1)", "{'a': $states.input.a}", "$states.input.`a b`",
        "$filter($states.input, λ($v) { $v = 1 })", "$states.input.x ? 'y' : 'n'", "$parse('1')", "$uuid()", "1.5e3",
        "$states.input.items@$i.{'n': $i.name}", "$states.input.items[0]",
        "$sort($states.input.x, function($l, $r) {$l > $r})",
    ],
)  # fmt: skip
def test_expressions_that_step_functions_takes(text: str) -> None:
    assert codes(pass_of(text)) == set()


@pytest.mark.parametrize(
    ("code", "path", "task"),
    [
        ("ASL-042", "Resource", call("sqs:sendMesage")),
        ("ASL-042", "Resource", call("glu:startJobRun")),
        ("ASL-042", "Resource", call("s3:getObject")),
        ("ASL-042", "Resource", call("aws-sdk:s3:getObjekt")),
        ("ASL-042", "Resource", call("aws-sdk:s3:GetObject")),
        ("ASL-042", "Resource", call("aws-sdk:dynamodbb:query")),
        ("ASL-052", "Resource", call("aws-sdk:frobnicator:query")),
        ("ASL-043", "Resource", call("lambda:invoke.sync", TimeoutSeconds=1)),
        ("ASL-043", "Resource", call("aws-sdk:ecs:runTask.sync", TimeoutSeconds=1)),
        ("ASL-043", "Resource", call("dynamodb:getItem.waitForTaskToken", TimeoutSeconds=2, HeartbeatSeconds=1)),
        ("ASL-043", "Resource", call("glue:startJobRun.sync:2", TimeoutSeconds=1)),
        ("ASL-054", "Resource", call("states:startExecution.sync", TimeoutSeconds=1)),
        ("ASL-055", "Arguments.Bukket", call("aws-sdk:s3:getObject", {"Bukket": "b", "Bucket": "b", "Key": "k"})),
        ("ASL-055", "Arguments.bucket", call("aws-sdk:s3:getObject", {"bucket": "b", "Key": "k"})),
        ("ASL-055", "Arguments.Queue", call("sqs:sendMessage", {"Queue": "q", "QueueUrl": "q", "MessageBody": "m"})),
        ("ASL-056", "Arguments", call("aws-sdk:s3:getObject", {"Bucket": "b"})),
        ("ASL-056", "Arguments", call("lambda:invoke", {"Payload": {}})),
        ("ASL-056", "Arguments", call("sns:publish", {"Message": "m"})),
        ("ASL-034", "Arguments", call("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody": "m"},
                                      TimeoutSeconds=9, HeartbeatSeconds=1)),
        ("ASL-033", "HeartbeatSeconds", call("sqs:sendMessage.waitForTaskToken", TimeoutSeconds=9)),
        ("ASL-032", "TimeoutSeconds", call("batch:submitJob.sync")),
        ("ASL-032", "TimeoutSeconds", call("arn:aws:states:eu-central-1:123456789012:activity:ask")),
        ("ASL-036", "Retry", call("sqs:sendMessage", Retry=[])),
        ("ASL-037", "Retry", call(FUNCTION + ":1", Retry=[{"ErrorEquals": ["Lambda.ServiceException"]}])),
        ("ASL-038", "Resource", call(FUNCTION)),
        ("ASL-038", "Arguments.FunctionName", call("lambda:invoke", {"FunctionName": "load:$LATEST"})),
        ("ASL-038", "Arguments.FunctionName", call("lambda:invoke", {"FunctionName": FUNCTION})),
        ("ASL-044", "Arguments.ApiEndpoint", call("http:invoke", {"ApiEndpoint": "http://a", "Method": "GET",
                                                                  "Authentication": {"ConnectionArn": "c"}})),
        ("ASL-044", "Arguments.Method", call("http:invoke", {"ApiEndpoint": "https://a", "Method": "SEND",
                                                             "Authentication": {"ConnectionArn": "c"}})),
        ("ASL-044", "Arguments", call("http:invoke", {"ApiEndpoint": "https://a", "Method": "GET"})),
    ],
)  # fmt: skip
def test_a_call_that_breaks_a_rule(code: str, path: str, task: dict[str, Any]) -> None:
    assert found(task) == [(code, f'states["A"].{path}')]


TOKENS = (
    "$states.context.Task.Token",
    "$states.context.Task",
    "$states.context",
    "$states",
    "$merge([$states.context])",
)


@pytest.mark.parametrize(
    "task",
    [
        call("sqs:sendMessage", {"QueueUrl": TOKEN, "MessageBody": {"any": "thing"}}),
        call("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "{% $states.input.key %}"}),
        call("aws-sdk:s3:putObject.waitForTaskToken", TimeoutSeconds=2, HeartbeatSeconds=1),
        call("aws-sdk:rds:describeDBInstances", {"DbInstanceIdentifier": "d"}),
        call("aws-sdk:sfn:startExecution", "{% $states.input %}"),
        call("aws-sdk:sns:publish", TOKEN),
        call("aws-sdk:s3:getObject", {TOKEN: "b"}),
        call("ecs:runTask.sync", {"TaskDefinition": "t"}, TimeoutSeconds=9),
        call("states:startExecution.sync:2", {"StateMachineArn": TOKEN}, TimeoutSeconds=9),
        call("lambda:invoke", {"FunctionName": TOKEN, "Payload": {}}),
        call("lambda:invoke", {"FunctionName": FUNCTION, "Qualifier": "live"}),
        call("lambda:invoke", {"FunctionName": "{% $states.input.f %}"}),
        call(FUNCTION + ":live", Retry=[{"ErrorEquals": list(TRANSIENT_ERRORS)}]),
        call("sns:publish", {"Message": "m", "PhoneNumber": "1"}),
        call("http:invoke", {"ApiEndpoint": "{% $states.input.u %}", "Method": "GET", "Authentication": TOKEN}),
        call("http:invoke", {"ApiEndpoint": "https://a", "Method": "GET", "InvocationConfig": {"ConnectionArn": "c"}}),
        call("bedrock:invokeModel", {"ModelId": "m", "Input": {"S3Uri": "s3://b/k"}}),
        call("newer:action"), call(TOKEN), call("arn:aws:states:us-east-1:123456789012:aws-sdk:s3:getObject"),
        call("sqs:sendMessage", Retry=[], Catch=[{"ErrorEquals": ["States.ALL"], "Next": "A"}]),
        *(call("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody": {"t": "{% " + each_ + " %}"}},
               TimeoutSeconds=9, HeartbeatSeconds=1) for each_ in TOKENS),
    ],
)  # fmt: skip
def test_a_call_that_comes_close(task: dict[str, Any]) -> None:
    assert codes(task) == set()


def test_a_partition_that_only_the_deployment_knows_hides_nothing() -> None:
    given = f"arn:{TOKEN}:states:::sqs:sendMesage"
    whole = {"StartAt": "A", "TimeoutSeconds": 60, "States": {"A": call(given)}}
    (issue,) = definition_issues(whole)
    assert issue.value == "'arn:aws:states:::sqs:sendMesage'"
    assert issue.remedy.splitlines()[0] == '"Resource": "arn:aws:states:::sqs:sendMessage"'
    assert codes(call(f"arn:{TOKEN}:states:::sqs:sendMessage")) == set()
    assert codes(call(f"arn:aws:states:::{TOKEN}")) == set()


def test_without_botocore_names_are_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asl_sdk, "services", dict)
    monkeypatch.setattr(asl_sdk, "service", lambda _: None)
    monkeypatch.setattr(asl_sdk, "members", lambda *_: None)
    assert codes(call("aws-sdk:s3:getObjekt", {"Bukket": "b"})) == set()
    assert codes(call("aws-sdk:s3:getObject", {"bucket": "b"})) == {"ASL-055"}
    assert codes(call("sqs:sendMesage")) == {"ASL-042"}


def test_a_token_in_jsonpath() -> None:
    def ask(**parameters: Any) -> dict[str, Any]:
        own = {"QueryLanguage": "JSONPath", "Parameters": {"QueueUrl": "q", **parameters}, "TimeoutSeconds": 9}
        return call("sqs:sendMessage.waitForTaskToken", HeartbeatSeconds=1, **own)

    for given in ("$$.Task.Token", "$$.Task", "$$", "States.Format('{}', $$.Task.Token)"):
        assert codes(ask(**{"MessageBody.$": given}), QueryLanguage="JSONPath") == set()
    assert codes(ask(**{"MessageBody.$": "$$.Execution.Id"}), QueryLanguage="JSONPath") == {"ASL-034"}


@pytest.mark.parametrize(
    ("wrong", "states"),
    [
        (True, [{"Type": "Choice", "Choices": [{"Condition": "{% $states.input.x %}", "Next": "B"}]}, DONE]),
        (False, [{"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "B"}]}, DONE]),
        (False, [{"Type": "Choice", "Default": "B", "Choices": [{"Condition": "{% $x %}", "Next": "B"}]}, DONE]),
    ],
)
def test_a_choice_has_a_default(states: list[dict[str, Any]], *, wrong: bool) -> None:
    assert ("ASL-039" in codes(*states)) is wrong


def rest(seconds: Any, then: str) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": seconds, "Next": then}


def choice(condition: str, then: str, otherwise: str) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{"Condition": "{% " + condition + " %}", "Next": then}], "Default": otherwise}


def test_a_loop_must_not_fill_the_history() -> None:
    ready = choice("$states.input.ready", "C", "A")
    assert found(rest(5, "B"), ready, DONE, TimeoutSeconds=604_800) == [("ASL-040", 'states["A"].Seconds')]
    assert codes(rest(300, "B"), ready, DONE, TimeoutSeconds=604_800) == set()
    assert codes(rest("{% $states.input.s %}", "B"), ready, DONE, TimeoutSeconds=604_800) == set()
    counted = {**choice("$turn > 9", "C", "A"), "Assign": {"turn": "{% $turn + 1 %}"}}
    begin = {"Type": "Pass", "Assign": {"turn": 0}, "Next": "B"}
    states = [
        begin,
        rest(5, "C"),
        {**counted, "Default": "B", "Choices": [{**counted["Choices"][0], "Next": "D"}]},
        DONE,
    ]
    assert codes(*states, TimeoutSeconds=604_800) == set()


def test_a_loop_has_a_way_out() -> None:
    stuck = [choice("$states.input.x", "B", "D"), rest("{% 5 %}", "C"), {"Type": "Pass", "Next": "B"}, DONE]
    assert found(*stuck) == [("ASL-040", 'states["B"]')]


def job(seconds: int, retry: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {**call("ecs:runTask.sync", TimeoutSeconds=seconds), "Retry": retry, **more}


def test_a_way_is_within_the_timeout() -> None:
    on_failure, on_timeout = [{"ErrorEquals": ["ECS.X"]}], [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2}]
    assert codes(job(600, on_failure), TimeoutSeconds=600) == set()
    assert codes(job(600, on_timeout), TimeoutSeconds=1_700) == {"ASL-035"}
    assert codes(job(600, on_timeout), TimeoutSeconds=1_900) == set()
    assert codes({"Type": "Wait", "Seconds": 60, "Next": "B"}, DONE, TimeoutSeconds=59) == {"ASL-035"}
    both = {
        "Type": "Parallel",
        "End": True,
        "Branches": [{"StartAt": n, "States": {n: job(600, on_failure)}} for n in "XY"],
    }
    assert codes(both, TimeoutSeconds=700) == set()
    assert codes(both, TimeoutSeconds=500) == {"ASL-035"}


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("ASL-041", each({"ProcessorConfig": {"Mode": "DISTRIBUTED"}})),
        ("ASL-041", each({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "FAST"}})),
        ("ASL-041", each(DISTRIBUTED, ItemBatcher={})),
        ("ASL-041", each(DISTRIBUTED, ResultWriter={})),
        ("ASL-041", each(DISTRIBUTED, Label="x" * 41)),
        ("ASL-041", each(DISTRIBUTED, ToleratedFailurePercentage=101)),
        ("ASL-041", each(DISTRIBUTED, ToleratedFailureCount=-1)),
        ("ASL-041", each({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}},
                         call("ecs:runTask.sync", TimeoutSeconds=9))),
        ("ASL-041", each({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}},
                         {**each(DISTRIBUTED), "ItemProcessor": {**DISTRIBUTED, "StartAt": "J", "States": INNER}})),
        ("ASL-053", each({}, MaxConcurrency=41)),
        ("ASL-053", each(DISTRIBUTED, MaxConcurrency=10_001)),
        ("ASL-053", each(DISTRIBUTED, ItemReader=READER)),
    ],
)  # fmt: skip
def test_a_map_that_breaks_a_rule(code: str, state: dict[str, Any]) -> None:
    assert codes(state) == {code}


@pytest.mark.parametrize(
    "state",
    [
        each({}), each({}, MaxConcurrency=40), each(DISTRIBUTED), each({"ProcessorConfig": TOKEN}),
        each(DISTRIBUTED, ItemReader=READER, Output="{% $states.input %}", MaxConcurrency="{% $states.input.n %}"),
        each(DISTRIBUTED, ItemReader=READER, ResultWriter={"WriterConfig": {"Transformation": "COMPACT"}}),
        each({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}, call("ecs:runTask")),
        each(DISTRIBUTED, call("ecs:runTask.sync", TimeoutSeconds=9), ToleratedFailurePercentage=2.5),
    ],
)  # fmt: skip
def test_a_map_that_comes_close(state: dict[str, Any]) -> None:
    assert codes(state) == set()


@pytest.mark.parametrize("rule", [*ASL_RULES, *FLOW_RULES], ids=lambda rule: rule.code)
def test_statelint_takes_every_fix(rule: Rule[Any]) -> None:
    given: dict[str, Any] = json.loads(rule.fix)
    assert statelint(given.get("Definition", given)) == []


def test_models_are_read_as_botocore_has_them() -> None:
    botocore = pytest.importorskip("botocore.session")
    for name, folder in (("dynamodb", "dynamodb"), ("sfn", "stepfunctions"), ("cloudwatchlogs", "logs")):
        model = botocore.get_session().get_service_model(folder)
        service = asl_sdk.service(name)
        assert service is not None
        assert {each_[:1].lower() + each_[1:] for each_ in model.operation_names} == set(service.actions)
        for operation in model.operation_names:
            shape = model.operation_model(operation).input_shape
            members = asl_sdk.members(name, operation[:1].lower() + operation[1:])
            assert set(members or ()) == set(shape.members if shape else ())
    assert len(asl_sdk.services()) > 300
