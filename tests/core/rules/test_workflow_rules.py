"""Rules on a state machine as it will be deployed: its type, its logs, its role and what starts it."""

import json
import re
from typing import Any

import pytest

from naws.core.rule import Rule
from naws.core.rules.asl import definition_issues
from naws.core.rules.asl_integrations import OPTIMISED
from naws.core.rules.asl_scopes import read
from naws.core.rules.iam_actions import NOT_JUDGED, OWN, PREFIXES, UNLIKE
from naws.core.rules.workflow import Twice, Workflow
from naws.core.rules.workflow_rules import FLOW_RULES, workflow_of

TOKEN = "${Token[Known.0]}"
EXPRESS = {"stateMachineType": "EXPRESS", "loggingConfiguration": {"level": "ALL"}}
LOGGED = {"loggingConfiguration": {"level": "ERROR"}}


def issues(workflow: Workflow) -> list[tuple[str, str, str]]:
    found = [issue for rule in FLOW_RULES for issue in rule.issues(workflow)]
    return [(issue.code.removeprefix("NAWS-"), issue.path, issue.value) for issue in found]


def workflow(*states: dict[str, Any], properties: dict[str, Any] = LOGGED, **more: Any) -> Workflow:
    named = {"ABCDEFG"[index]: each for index, each in enumerate(states or ({"Type": "Succeed"},))}
    definition = {"QueryLanguage": "JSONata", "StartAt": "A", "TimeoutSeconds": 300, "States": named}
    return Workflow(definition=read(definition, more.get("machine", "")), properties=properties, **more)


def call(action: str, arguments: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if arguments is None else {"Arguments": arguments}
    return {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "End": True, **given, **more}


def allow(*actions: str, on: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


@pytest.mark.parametrize("rule", FLOW_RULES, ids=lambda rule: rule.code)
def test_the_example_breaks_this_rule_alone_and_the_fix_none(rule: Rule[Any]) -> None:
    broken, mended = workflow_of(rule.example), workflow_of(rule.fix)
    assert {code for code, _, _ in issues(broken)} == {rule.code.removeprefix("NAWS-")}
    assert issues(mended) == []
    for each in (rule.example, rule.fix):
        found = definition_issues(json.loads(each)["Definition"])
        assert [issue for issue in found if issue.level == "limit"] == []
    assert re.fullmatch(r"NAWS-FLOW-\d{3}", rule.code)
    assert rule.why
    assert rule.source.startswith("https://")


@pytest.mark.parametrize("machine", ["", "lease_reaper."])
def test_paths_are_the_users_spelling(machine: str) -> None:
    given = workflow(call("ecs:runTask.sync"), properties=EXPRESS, machine=machine, triggered=True)
    assert [(code, path) for code, path, _ in issues(given)] == [
        ("FLOW-002", f'{machine}states["A"].Resource'),
        ("FLOW-004", f"{machine}state_machine_type"),
    ]


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        ({"FLOW-002"}, call("sqs:sendMessage.waitForTaskToken")),
        ({"FLOW-002"}, {**call("x"), "Resource": "arn:aws:states:eu-central-1:123456789012:activity:ask"}),
        ({"FLOW-002"}, {"Type": "Map", "End": True, "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"},
                        "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}}),
        ({"FLOW-003"}, {"Type": "Wait", "Seconds": 300, "End": True}),
        (set[str](), {"Type": "Wait", "Seconds": 299, "End": True}),
        (set[str](), call("ecs:runTask", TimeoutSeconds=300)),
        ({"FLOW-018"}, call("ecs:runTask", TimeoutSeconds=301)),
    ],
)  # fmt: skip
def test_what_express_can_do(codes: set[str], state: dict[str, Any]) -> None:
    assert {code for code, _, _ in issues(workflow(state, properties=EXPRESS))} == codes
    assert issues(workflow(state)) == []
    assert issues(workflow(state, properties={**EXPRESS, "stateMachineType": TOKEN})) == []


@pytest.mark.parametrize(
    ("name", "right"),
    [("close", True), (TOKEN, True), (None, True), ("x" * 80, True), ("x" * 81, False), ("a b", False), ("ä", False)],
)
def test_the_name_of_a_machine(name: str | None, *, right: bool) -> None:
    found = issues(workflow(properties={**LOGGED, "stateMachineName": name}))
    assert [code for code, _, _ in found] == ([] if right else ["FLOW-005"])


def test_what_a_step_needs_is_granted_or_reported() -> None:
    step = call("ecs:runTask.sync")
    assert issues(workflow(step)) == []  # nobody knows what the role may do
    assert [code for code, _, _ in issues(workflow(step, statements=[allow("ecs:RunTask")]))] == ["FLOW-007"]
    every = ("ecs:RunTask", "ecs:StopTask", "ecs:DescribeTasks", "events:Put*", "events:DescribeRule")
    assert issues(workflow(step, statements=[allow(*every)])) == []
    assert issues(workflow(step, statements=[{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}])) == []
    assert issues(workflow(step, statements=[{**allow(*every), "Effect": "Deny"}]))[0][0] == "FLOW-007"


@pytest.mark.parametrize(
    ("right", "on"),
    [
        (True, "arn:aws:sns:eu-central-1:123456789012:news"), (True, "arn:aws:sns:*"), (True, {"Ref": "Topic"}),
        (True, [{"Fn::Join": ["", ["x"]]}, "arn:aws:sns:x"]), (False, "arn:aws:sns:eu-central-1:123456789012:other"),
    ],
)  # fmt: skip
def test_a_known_resource_is_compared(on: Any, *, right: bool) -> None:
    step = call("sns:publish", {"TopicArn": "arn:aws:sns:eu-central-1:123456789012:news", "Message": "m"})
    assert (issues(workflow(step, statements=[allow("sns:Publish", on=on)])) == []) is right


@pytest.mark.parametrize(
    ("action", "needs"),
    [
        ("aws-sdk:cloudwatchlogs:putLogEvents", "logs:PutLogEvents"),
        ("aws-sdk:sfn:listExecutions", "states:ListExecutions"),
        ("aws-sdk:bedrockagent:startIngestionJob", "bedrock:StartIngestionJob"),
        ("aws-sdk:mwaa:createEnvironment", "airflow:CreateEnvironment"),
        ("aws-sdk:s3:listObjectsV2", "s3:ListBucket"), ("aws-sdk:s3:headObject", "s3:GetObject"),
        ("dynamodb:putItem", "dynamodb:PutItem"), ("states:startExecution", "states:StartExecution"),
        ("lambda:invoke", "lambda:InvokeFunction"), ("aws-sdk:rds:createDBSnapshot", "rds:CreateDBSnapshot"),
    ],
)  # fmt: skip
def test_the_permission_of_a_call(action: str, needs: str) -> None:
    assert issues(workflow(call(action), statements=[])) == [
        ("FLOW-007", 'states["A"].Resource', f"a role without {needs}")
    ]
    assert issues(workflow(call(action), statements=[allow(needs)])) == []


@pytest.mark.parametrize("action", ["aws-sdk:dynamodb:executeStatement", "aws-sdk:newer:action", "eks:call", "x:y"])
def test_what_is_not_known_is_not_judged(action: str) -> None:
    assert issues(workflow(call(action), statements=[])) == []


def test_a_web_address_needs_the_credentials_of_its_connection() -> None:
    connection = {"ConnectionArn": "arn:aws:events:eu-central-1:123456789012:connection/pay/1"}
    step = call("http:invoke", {"ApiEndpoint": "https://a", "Method": "GET", "Authentication": connection})
    two = ("states:InvokeHTTPEndpoint", "events:RetrieveConnectionCredentials")
    ((code, _, _),) = issues(workflow(step, statements=[allow(*two)]))
    assert code == "FLOW-007"
    every = (*two, "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
    assert issues(workflow(step, statements=[allow(*every)])) == []


def test_credentials_are_assumed() -> None:
    step = call("sqs:sendMessage", Credentials={"RoleArn": "arn:aws:iam::123456789012:role/r"})
    assert issues(workflow(step, statements=[allow("sts:AssumeRole")])) == []
    assert [code for code, _, _ in issues(workflow(step, statements=[allow("sqs:SendMessage")]))] == ["FLOW-007"]


def test_a_distributed_map_reads_and_writes_its_bucket() -> None:
    scope = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "I", "States": {"I": {"Type": "Succeed"}}}
    reader = {"Resource": "arn:aws:states:::s3:listObjectsV2"}
    writer = {"Resource": "arn:aws:states:::s3:putObject"}
    each = {"Type": "Map", "ItemProcessor": scope, "ItemReader": reader, "ResultWriter": writer, "End": True}
    own = ("states:StartExecution", "states:DescribeExecution", "states:StopExecution")
    assert [found[0] for found in issues(workflow(each, statements=[allow(*own)]))] == ["FLOW-008"]
    assert issues(workflow(each, statements=[allow(*own, "s3:ListBucket", "s3:PutObject")])) == []


def test_a_role_may_do_no_more_than_its_steps() -> None:
    sends = call("sqs:sendMessage")
    for wide in ("*", "sqs:*"):
        found = issues(workflow(sends, statements=[allow("sqs:SendMessage"), allow(wide)]))
        assert [code for code, _, _ in found] == ["FLOW-009"]
    more = [allow("sqs:SendMessage", "logs:CreateLogDelivery", "xray:PutTraceSegments"), allow("lambda:InvokeFunction")]
    assert [code for code, _, _ in issues(workflow(sends, statements=more))] == ["FLOW-017"]
    assert issues(workflow(sends, {**call("x"), "Resource": TOKEN}, statements=more)) == []


def test_logs() -> None:
    reads = call("aws-sdk:secretsmanager:getSecretValue")
    told = {"loggingConfiguration": {"level": "ALL", "includeExecutionData": True}}
    assert [code for code, _, _ in issues(workflow(reads, properties=told))] == ["FLOW-012"]
    assert issues(workflow(call("sqs:sendMessage"), properties=told)) == []
    assert [code for code, _, _ in issues(workflow(properties={}))] == ["FLOW-016"]
    assert issues(workflow(properties={"loggingConfiguration": {"level": TOKEN}})) == []


def test_a_chain_of_executions_ends() -> None:
    for own in ("{% $states.context.StateMachine.Id %}", "arn:aws:states:eu-central-1:1:stateMachine:close"):
        again = call("states:startExecution", {"StateMachineArn": own})
        found = issues(workflow(again, properties={**LOGGED, "stateMachineName": "close"}))
        assert [code for code, _, _ in found] == ["FLOW-013"]
    other = call("states:startExecution", {"StateMachineArn": "arn:aws:states:eu-central-1:1:stateMachine:open"})
    assert issues(workflow(other, properties={**LOGGED, "stateMachineName": "close"})) == []


@pytest.mark.parametrize(
    ("alias", "right"),
    [
        ({"name": "live", "routingConfiguration": [{"weight": 100}]}, True),
        ({"name": "live", "deploymentPreference": {"type": "LINEAR"}}, True),
        ({"name": TOKEN, "routingConfiguration": [{"weight": TOKEN}]}, True),
        ({"name": "12", "routingConfiguration": [{"weight": 100}]}, False),
        ({"name": "live", "routingConfiguration": [{"weight": 50}, {"weight": 49}]}, False),
        ({"name": "live", "routingConfiguration": [{"weight": 50}, {"weight": 25}, {"weight": 25}]}, False),
    ],
)
def test_aliases(alias: dict[str, Any], *, right: bool) -> None:
    assert [code for code, _, _ in issues(workflow(aliases=[alias]))] == ([] if right else ["FLOW-014"])


@pytest.mark.parametrize(
    ("given", "written", "right"),
    [(60, 60, True), (60, 61, False), (None, 61, True), (60, None, True), (TOKEN, 1, True)],
)
def test_a_setting_is_given_once(given: Any, written: Any, *, right: bool) -> None:
    found = issues(workflow(twice=[Twice(path="timeout", given=given, written=written)]))
    assert [(code, path) for code, path, _ in found] == ([] if right else [("FLOW-015", "timeout")])


def test_every_permission_exists() -> None:
    """Judged by the list of IAM's actions that cfn-lint has."""
    from cfnlint.data import AdditionalSpecs  # noqa: PLC0415  # of the test alone

    from naws.core.rules import asl_sdk  # noqa: PLC0415

    with (__import__("pathlib").Path(AdditionalSpecs.__file__).with_name("Policies.json")).open() as file:
        iam = {service: set(each["Actions"]) for service, each in json.load(file).items()}
    named = [each for actions in OWN.values() for each in actions] + list(UNLIKE.values())
    assert [each for each in named if each.split(":")[1].lower() not in iam[each.split(":")[0]]] == []
    judged = ((name, action) for name in PREFIXES for action in getattr(asl_sdk.service(name), "actions", ()))
    unknown = [
        f"{name}:{action}"
        for name, action in judged
        if action.lower() not in iam[PREFIXES[name]] and f"{name}:{action}" not in {*NOT_JUDGED, *UNLIKE}
    ]
    assert unknown == []


def test_every_integration_whose_rights_are_known_is_one() -> None:
    for name in OWN:
        service, _, action = name.partition(":")
        action, _, pattern = action.partition(".")
        assert not pattern or pattern in OPTIMISED[service][action]
