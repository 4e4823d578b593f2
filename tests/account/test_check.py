"""The check's own logic, offline: requests and answers are held to botocore's models by its Stubber."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import aws_ec2 as ec2
from botocore.stub import ANY, Stubber
from rich.console import Console

import check
from change_sets import INLINE_BYTES, Clients, Plan, judged_templates, planned
from judges import judged_definitions, judged_policies
from naws.cli.embedded import EmbeddedAws
from simulation import answer, beside, concrete_action, questions
from subjects import TESTS, Document, Place, Subject, scenarios, subject
from verdicts import Leftovers, Verdict

PLACE = Place("111122223333", "eu-west-1")
STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Stack/1"
CHANGE_SET_ID = "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/account-check/1"
SECRET = "never-to-be-shown"


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(service, region_name=PLACE.region, aws_access_key_id="test", aws_secret_access_key=SECRET)
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def small(**parts: Any) -> Subject:
    given = {"template": {"Resources": {}}, "definitions": {}, "documents": [], "roles": {}, **parts}
    return Subject(scenario="daily", **given)


@pytest.fixture(scope="module")
def every() -> dict[str, Subject]:
    return {name: subject(name, scenario, PLACE) for name, scenario in scenarios().items()}


def statements(content: Any) -> Iterator[Any]:
    """Every policy document in a template, found by its looks."""
    if isinstance(content, dict):
        if "Statement" in content:
            yield content
        for part in content.values():
            yield from statements(part)
    elif isinstance(content, list):
        for part in content:
            yield from statements(part)


class TestSubjects:
    def test_every_pattern_with_scenarios_takes_part(self) -> None:
        patterns = {path.parent.name for path in TESTS.glob("*/conftest.py") if "SCENARIOS" in path.read_text()}
        assert patterns == {"ecs_task_processor"}
        assert {"minimal", "production", "hard", "fan_out"} <= scenarios().keys()

    def test_a_new_pattern_has_nothing_to_register(self, tmp_path: Path) -> None:
        for pattern in ("first", "second"):
            (tmp_path / pattern).mkdir()
            (tmp_path / pattern / "conftest.py").write_text("SCENARIOS = {'minimal': lambda app: None}\n")
        assert sorted(scenarios(tmp_path)) == ["minimal", "second/minimal"]

    def test_templates_are_of_the_account_and_region(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            texts = one.body + json.dumps([one.definitions, one.roles, [d.content for d in one.documents]])
            assert "123456789012" not in texts
            assert "us-east-1" not in texts
        assert "arn:aws:kms:eu-west-1:111122223333:key/" in every["production"].body

    def test_templates_ask_for_no_bootstrap_and_leave_zones_to_cloudformation(self, every: dict[str, Subject]) -> None:
        assert all("BootstrapVersion" not in one.body for one in every.values())
        assert "Fn::GetAZs" in every["minimal"].body

    def test_nothing_is_overlooked(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            kinds = [resource["Type"] for resource in one.template["Resources"].values()]
            assert len(one.definitions) == kinds.count("AWS::StepFunctions::StateMachine")
            assert len(one.documents) == len(list(statements(one.template["Resources"])))
            assert sum(map(len, one.roles.values())) == len(
                [document for document in one.documents if document.kind == "IDENTITY_POLICY"]
            )
            assert "Fn::" not in json.dumps([one.definitions, one.roles, [d.content for d in one.documents]])

    def test_another_partition(self) -> None:
        china = subject("schedule", scenarios()["schedule"], Place("111122223333", "cn-north-1", "aws-cn"))
        assert "arn:aws:" not in json.dumps([china.definitions, china.roles])

    def test_a_scenario_that_looks_something_up_is_refused(self) -> None:
        def looking(app: cdk.App) -> cdk.Stack:
            stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
            cdk.CfnOutput(stack, "Found", value=ec2.Vpc.from_lookup(stack, "Vpc", vpc_id="vpc-1").vpc_id)
            cdk.CfnResource(stack, "Topic", type="AWS::SNS::Topic")
            return stack

        with pytest.raises(ValueError, match="looks something up"):
            subject("looking", looking, PLACE)


class TestDefinitions:
    @pytest.mark.parametrize(
        ("result", "severities", "level"),
        [
            ("OK", [], "ok"),
            ("OK", ["WARNING"], "warning"),
            ("FAIL", ["WARNING", "ERROR"], "error"),
            ("FAIL", [], "error"),
        ],
    )
    def test_diagnostics(self, result: str, severities: list[str], level: str) -> None:
        states, stub = stubbed("stepfunctions")
        found = [
            {"severity": severity, "code": f"{severity}_CODE", "message": "why", "location": "/States/A"}
            for severity in severities
        ]
        definition = {"StartAt": "A", "States": {}}
        expected = {"definition": json.dumps(definition), "type": "STANDARD"}
        stub.add_response("validate_state_machine_definition", {"result": result, "diagnostics": found}, expected)
        (said,) = judged_definitions(small(definitions={"Machine": definition}), states)
        assert (said.what, said.judge, said.level) == ("Machine", "states:ValidateStateMachineDefinition", level)
        if found:
            assert said.finding == f"{'ERROR' if level == 'error' else 'WARNING'}_CODE: why at /States/A"

    def test_a_judge_that_cannot_be_asked_is_an_error(self) -> None:
        states, stub = stubbed("stepfunctions")
        stub.add_client_error("validate_state_machine_definition", "AccessDeniedException", "not you")
        (said,) = judged_definitions(small(definitions={"Machine": {}}), states)
        assert said.level == "error"
        assert "could not be asked" in said.finding
        assert "not you" in said.finding

    def test_real_definitions_are_within_what_the_operation_takes(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            states, stub = stubbed("stepfunctions")
            for _ in one.definitions:
                stub.add_response("validate_state_machine_definition", {"result": "OK", "diagnostics": []})
            assert [said.level for said in judged_definitions(one, states)] == ["ok"] * len(one.definitions)


def finding(kind: str) -> dict[str, Any]:
    return {
        "findingType": kind,
        "issueCode": f"{kind}_CODE",
        "findingDetails": "why",
        "learnMoreLink": "https://docs.aws.amazon.com/",
        "locations": [],
    }


class TestPolicies:
    @pytest.mark.parametrize(
        ("kinds", "level"),
        [
            ([], "ok"),
            (["SUGGESTION"], "warning"),
            (["WARNING"], "warning"),
            (["SUGGESTION", "SECURITY_WARNING"], "error"),
            (["WARNING", "ERROR"], "error"),
        ],
    )
    def test_findings_of_every_page(self, kinds: list[str], level: str) -> None:
        analyzer, stub = stubbed("accessanalyzer")
        document = Document("Trust", "RESOURCE_POLICY", "AWS::IAM::AssumeRolePolicyDocument", {"Statement": []})
        asked = {
            "policyDocument": json.dumps(document.content),
            "policyType": "RESOURCE_POLICY",
            "validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument",
        }
        stub.add_response("validate_policy", {"findings": [finding(one) for one in kinds[:1]], "nextToken": "2"}, asked)
        stub.add_response(
            "validate_policy", {"findings": [finding(one) for one in kinds[1:]]}, {**asked, "nextToken": "2"}
        )
        (said,) = judged_policies(small(documents=[document]), analyzer, None)
        assert said.level == level
        if kinds:
            assert said.finding == f"{kinds[-1]} {kinds[-1]}_CODE: why"

    def test_the_kinds_of_the_scenarios_are_kinds_that_the_operation_knows(self, every: dict[str, Subject]) -> None:
        model = boto3.client("accessanalyzer", region_name="eu-west-1").meta.service_model
        members = model.operation_model("ValidatePolicy").input_shape.members
        documents = [document for one in every.values() for document in one.documents]
        assert {document.kind for document in documents} <= set(members["policyType"].enum)
        types = {document.resource_type for document in documents} - {None}
        assert types <= set(members["validatePolicyResourceType"].enum)
        assert "AWS::IAM::AssumeRolePolicyDocument" in types


QUEUE = "arn:aws:sqs:eu-west-1:111122223333:work"
SENDING = {"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}]}


def decision(action: str, resource: str, said: str) -> dict[str, Any]:
    return {
        "EvaluationResults": [{"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": said}],
        "IsTruncated": False,
    }


class TestSimulation:
    @pytest.mark.parametrize(
        ("own", "beside_it", "level"),
        [("allowed", "implicitDeny", "ok"), ("implicitDeny", None, "error"), ("allowed", "allowed", "error")],
    )
    def test_the_resource_is_allowed_and_its_neighbour_not(self, own: str, beside_it: str | None, level: str) -> None:
        iam, stub = stubbed("iam")
        asked = {"PolicyInputList": [json.dumps(SENDING)], "ActionNames": ["sqs:SendMessage"], "ContextEntries": []}
        stub.add_response(
            "simulate_custom_policy", decision("sqs:SendMessage", QUEUE, own), {**asked, "ResourceArns": [QUEUE]}
        )
        neighbour = "arn:aws:sqs:eu-west-1:111122223333:neighbour-of-work"
        if beside_it:
            answered = decision("sqs:SendMessage", neighbour, beside_it)
            stub.add_response("simulate_custom_policy", answered, {**asked, "ResourceArns": [neighbour]})
        said, why = answer(iam, [SENDING])
        assert said == level
        if level == "error":
            assert "sqs:SendMessage" in why
        stub.assert_no_pending_responses()

    def test_what_has_no_single_question_is_told(self) -> None:
        everything = {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}
        said, why = answer(None, [everything])
        assert said == "warning"
        assert why.startswith("not simulated: NotAction")

    def test_no_neighbour_where_another_statement_allows_it(self) -> None:
        anything = {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
        asked = list(questions([SENDING, anything]))
        assert asked[0].neighbours == {"sqs:SendMessage": ()}
        assert asked[1].resources == ()

    def test_conditions_are_met(self) -> None:
        condition = {"ArnLike": {"ecs:cluster": "arn:aws:ecs:*:1:cluster/c"}, "Bool": {"aws:SecureTransport": "true"}}
        statement = {"Effect": "Allow", "Action": "ecs:RunTask", "Resource": "*", "Condition": condition}
        (question,) = questions([{"Statement": statement}])
        assert [(one["ContextKeyValues"], one["ContextKeyType"]) for one in question.context] == [
            (["arn:aws:ecs:account-check:1:cluster/c"], "string"),
            (["true"], "boolean"),
        ]

    @pytest.mark.parametrize(
        ("arn", "neighbour"),
        [
            ("arn:aws:s3:::bucket/runs/1", "arn:aws:s3:::neighbour-of-bucket/runs/1"),
            ("arn:aws:iam::1:role/task", "arn:aws:iam::1:role/neighbour-of-task"),
            ("arn:aws:states:r:1:execution:m/Items:x", "arn:aws:states:r:1:execution:neighbour-of-m/Items:x"),
            ("arn:aws:sns:r:1:topic", "arn:aws:sns:r:1:neighbour-of-topic"),
            ("arn:aws:ssm:r:1:parameter/a/b", "arn:aws:ssm:r:1:parameter/neighbour-of-a/b"),
        ],
    )
    def test_neighbours(self, arn: str, neighbour: str) -> None:
        assert beside(arn) == neighbour

    def test_wildcards_become_an_action(self) -> None:
        assert concrete_action("kms:GenerateDataKey*") == "kms:generatedatakey"
        assert concrete_action("sqs:SendMessage") == "sqs:SendMessage"

    def test_every_role_of_the_scenarios_can_be_asked_about(self, every: dict[str, Subject]) -> None:
        for one in every.values():
            for policies in one.roles.values():
                for question in questions(policies):
                    assert not any(letter in text for text in question.resources for letter in "*?")
                    assert all(entry["ContextKeyValues"] for entry in question.context)


def change_set_answers(stub: Stubber, status: str = "CREATE_COMPLETE", **source: Any) -> None:
    """A change set that comes to `status`; then nobody's hand but the check's takes it away."""
    stack = {"StackName": ANY, "ChangeSetName": "account-check"}
    stub.add_response(
        "create_change_set",
        {"Id": CHANGE_SET_ID, "StackId": STACK_ID},
        {
            **stack,
            "ChangeSetType": "CREATE",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            **(source or {"TemplateBody": ANY}),
        },
    )
    stub.add_response("describe_change_set", {"Status": "CREATE_IN_PROGRESS", "ChangeSetId": CHANGE_SET_ID}, stack)
    stub.add_response(
        "describe_change_set", {"Status": status, "StatusReason": "refused", "ChangeSetId": CHANGE_SET_ID}, stack
    )


def stack_answers(stub: Stubber, status: str) -> None:
    stack = {"StackName": "s", "StackId": STACK_ID, "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": status}
    stub.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": ANY})


def removal_answers(stub: Stubber) -> None:
    stack_answers(stub, "REVIEW_IN_PROGRESS")
    stub.add_response("delete_change_set", {}, {"StackName": ANY, "ChangeSetName": "account-check"})
    stub.add_response("delete_stack", {}, {"StackName": ANY})
    stack_answers(stub, "DELETE_COMPLETE")


def no_pause(_: float) -> None:
    """The answers are there already."""


def judged(
    subjects: list[Subject],
    plan: Plan,
    cloudformation: Any,
    s3: Any,
    pause: Callable[[float], None] = no_pause,
) -> tuple[list[Verdict], Leftovers]:
    left = Leftovers()
    with left:
        said = list(judged_templates(subjects, plan, Clients(cloudformation, s3), left, pause))
    return said, left


class TestChangeSets:
    def test_a_template_is_judged_and_everything_taken_away(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, TemplateBody=small().body)
        removal_answers(stub)
        said, left = judged([small()], planned([small()], PLACE, None), cloudformation, None)
        assert ([one.level for one in said], left.kept) == (["ok"], [])
        stub.assert_no_pending_responses()

    def test_a_refused_template_names_what_was_found(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, "FAILED")
        events = [
            {"LogicalResourceId": "Queue", "ValidationStatusReason": "extraneous key", "EventType": "VALIDATION_ERROR"}
        ]
        asked = {"ChangeSetName": CHANGE_SET_ID, "Filters": {"FailedEvents": True}}
        stub.add_response("describe_events", {"OperationEvents": events}, asked)
        removal_answers(stub)
        (said,), _ = judged([small()], planned([small()], PLACE, None), cloudformation, None)
        assert (said.level, said.finding) == ("error", "Queue extraneous key")
        stub.assert_no_pending_responses()

    def test_a_request_that_is_refused_leaves_nothing_and_the_next_goes_on(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        stub.add_client_error("create_change_set", "ValidationError", "Template format error")
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id s does not exist")
        change_set_answers(stub)
        removal_answers(stub)
        both = [small(), Subject("second", {"Resources": {}}, {}, [], {})]
        said, left = judged(both, planned(both, PLACE, None), cloudformation, None)
        assert [one.level for one in said] == ["error", "ok"]
        assert "Template format error" in said[0].finding
        assert left.kept == []

    def test_ctrl_c_takes_everything_away(self) -> None:
        def impatient(_: float) -> None:
            raise KeyboardInterrupt

        cloudformation, stub = stubbed("cloudformation")
        stub.add_response("create_change_set", {"Id": CHANGE_SET_ID, "StackId": STACK_ID})
        stub.add_response("describe_change_set", {"Status": "CREATE_PENDING", "ChangeSetId": CHANGE_SET_ID})
        removal_answers(stub)
        with pytest.raises(KeyboardInterrupt):
            judged([small()], planned([small()], PLACE, None), cloudformation, None, impatient)
        stub.assert_no_pending_responses()

    def test_a_stack_that_is_more_than_a_review_is_not_touched(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub)
        stack_answers(stub, "CREATE_COMPLETE")
        _, left = judged([small()], planned([small()], PLACE, None), cloudformation, None)
        assert len(left.kept) == 1
        assert "CREATE_COMPLETE" in left.kept[0]
        stub.assert_no_pending_responses()

    def test_a_large_template_goes_into_the_bootstrap_bucket_and_no_version_stays(self) -> None:
        large = small(template={"Resources": {}, "Description": "x" * INLINE_BYTES})
        s3, stored = stubbed("s3")
        bucket = "cdk-hnb659fds-assets-111122223333-eu-west-1"
        stored.add_response("head_bucket", {}, {"Bucket": bucket, "ExpectedBucketOwner": "111122223333"})
        plan = planned([large], PLACE, s3)
        assert (plan.bucket, plan.own_bucket) == (bucket, False)
        (key,) = plan.uploads.values()
        put = {"Bucket": bucket, "Key": key, "Body": large.body.encode(), "ExpectedBucketOwner": "111122223333"}
        stored.add_response("put_object", {"VersionId": "v1"}, put)
        stored.add_response("delete_object", {}, {"Bucket": bucket, "Key": key, "VersionId": "v1"})
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, TemplateURL=f"https://s3.eu-west-1.amazonaws.com/{bucket}/{key}")
        removal_answers(stub)
        said, left = judged([large], plan, cloudformation, s3)
        assert ([one.level for one in said], left.kept) == (["ok"], [])
        stored.assert_no_pending_responses()

    @pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
    def test_without_a_bootstrap_a_bucket_is_made_and_removed(self, region: str) -> None:
        large = small(template={"Resources": {}, "Description": "x" * INLINE_BYTES})
        s3, stored = stubbed("s3")
        stored.add_client_error("head_bucket", "404")
        plan = planned([large], PLACE._replace(region=region), s3)
        assert plan.own_bucket
        assert f"the bucket {plan.bucket}" in plan.told()
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        stored.add_response("create_bucket", {}, {"Bucket": plan.bucket, **where})
        stored.add_response("put_object", {})
        stored.add_response("delete_object", {}, {"Bucket": plan.bucket, "Key": ANY})
        stored.add_response("delete_bucket", {}, {"Bucket": plan.bucket})
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub, TemplateURL=ANY)
        removal_answers(stub)
        judged([large], plan, cloudformation, s3)
        stored.assert_no_pending_responses()

    def test_names_of_the_scenarios_are_names_that_the_operation_takes(self, every: dict[str, Subject]) -> None:
        model = boto3.client("cloudformation", region_name="eu-west-1").meta.service_model
        pattern = model.operation_model("CreateChangeSet").input_shape.members["StackName"].metadata["pattern"]
        s3, stored = stubbed("s3")
        stored.add_response("head_bucket", {})
        plan = planned(list(every.values()), PLACE, s3)
        for name in plan.stacks.values():
            assert len(name) <= 128
            assert re.fullmatch(pattern, name)


class Session:
    """boto3's, with stubbed clients."""

    def __init__(self, *, region: str | None = "eu-west-1", credentials: bool = True, **clients: Any) -> None:
        self.region_name = region
        self._credentials = credentials
        self._clients = clients

    def get_credentials(self) -> object | None:
        return object() if self._credentials else None

    def client(self, name: str) -> Any:
        return self._clients.get(name) or stubbed(name)[0]


def run(session: Any, *arguments: str) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=200)
    code = check.main(arguments, session, console)
    text: str = console.file.getvalue()
    assert SECRET not in text
    assert "Traceback" not in text
    return code, text


def somebody() -> Any:
    sts, stub = stubbed("sts")
    stub.add_response("get_caller_identity", {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/me"})
    return sts


class TestCommand:
    def test_without_credentials(self) -> None:
        code, text = run(Session(credentials=False))
        assert (code, text.count("\n")) == (2, 1)
        assert "There are no AWS credentials" in text

    def test_without_a_region(self) -> None:
        code, text = run(Session(region=None))
        assert code == 2
        assert "There is no region" in text

    @pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
    def test_either_variable_names_the_region(self, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        monkeypatch.delenv("AWS_REGION", raising=False)
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        monkeypatch.setenv(variable, "eu-north-1")
        assert check.found_session().region_name == "eu-north-1"

    def test_with_credentials_that_are_not_accepted(self) -> None:
        sts, stub = stubbed("sts")
        stub.add_client_error("get_caller_identity", "ExpiredToken", "The security token is expired")
        code, text = run(Session(sts=sts))
        assert code == 2
        assert "not accepted" in text

    def test_a_profile_that_does_not_exist(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody-has-this-profile")
        code, text = run(None)
        assert code == 2
        assert "nobody-has-this-profile" in text

    def test_it_says_first_what_it_makes_and_does_nothing_without_consent(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        code, text = run(Session(sts=somebody()), "--only", "schedule", "--judge", "templates")
        assert code == 2
        assert "NawsAccountCheck-schedule-" in text
        assert "Nothing was made" in text
        assert "It costs nothing" in text

    @pytest.mark.parametrize(("result", "code"), [("OK", 0), ("FAIL", 1)])
    def test_the_exit_code_is_the_verdict(self, result: str, code: int) -> None:
        states, stub = stubbed("stepfunctions")
        stub.add_response("validate_state_machine_definition", {"result": result, "diagnostics": []})
        said = run(Session(sts=somebody(), stepfunctions=states), "--only", "schedule", "--judge", "definitions")
        assert said[0] == code
        assert "ValidateStateMachineDefinition" in said[1]

    def test_a_scenario_that_is_not_there(self) -> None:
        code, text = run(Session(sts=somebody()), "--only", "yearly")
        assert code == 2
        assert "There is no scenario yearly" in text

    def test_what_is_left_behind_is_told_and_an_error(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub)
        stack_answers(stub, "REVIEW_IN_PROGRESS")
        stub.add_client_error("delete_change_set", "AccessDenied", "not you")
        session = Session(sts=somebody(), cloudformation=cloudformation)
        code, text = run(session, "--yes", "--only", "schedule", "--judge", "templates")
        assert code == 1
        assert "LEFT BEHIND: stack NawsAccountCheck-schedule-" in text


@pytest.mark.e2e
def test_on_the_embedded_aws(tmp_path: Path) -> None:
    script = [sys.executable, str(TESTS / "account/check.py"), "--yes", "--judge", "templates"]
    chosen = ["--only", "schedule", "--only", "fan_out"]  # the second is too large to be sent inline
    with EmbeddedAws.start(tmp_path, engine="process") as aws:
        environment = {**os.environ, **aws.environment(), "COLUMNS": "200"}
        ended = subprocess.run([*script, *chosen], env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert ended.stdout.count("CreateChangeSet") == 2
        stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
        assert {one["StackStatus"] for one in stacks} <= {"DELETE_COMPLETE"}
        assert aws.client("s3").list_buckets()["Buckets"] == []
        assert aws.client("stepfunctions").list_state_machines()["stateMachines"] == []
