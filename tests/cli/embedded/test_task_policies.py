"""The roles of tasks: who may pass them, what the execution role must be allowed, and as whom a task calls."""

import json
import uuid
from typing import Any

import boto3
import pytest

from tests.cli.embedded.policies import allow, as_session, bucket, deny, failure, refusal, session, task

pytestmark = pytest.mark.e2e

ECS = "arn:aws:ecs:us-east-1:000000000000"
WATCH = allow("events:PutTargets", "events:PutRule", "events:DescribeRule", "ecs:DescribeTasks", "ecs:StopTask")
PASS = allow("iam:PassRole", StringEquals={"iam:PassedToService": "ecs-tasks.amazonaws.com"})
NETWORK = {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}}
TRUSTED = "ecs-tasks.amazonaws.com"


def run(bench: Any, role: Any, definition: Any, **arguments: Any) -> Any:
    """A workflow of the role that runs the task to its end."""
    request = {"TaskDefinition": definition, "LaunchType": "FARGATE", "NetworkConfiguration": NETWORK, **arguments}
    return bench.execute(task("ecs:runTask.sync", request), role=role)


def test_running_a_task_is_about_its_definition_in_a_cluster(bench: Any) -> None:
    definition = bench.task_definition()
    in_default = {"ArnEquals": {"ecs:cluster": f"{ECS}:cluster/default"}}
    right = bench.role_of(allow("ecs:RunTask", on=definition, **in_default), PASS, WATCH)
    assert run(bench, right, definition)["status"] == "SUCCEEDED"
    elsewhere = {"ArnEquals": {"ecs:cluster": f"{ECS}:cluster/other"}}
    for wrong in (allow("ecs:RunTask", on=definition, **elsewhere), allow("ecs:RunTask", on=f"{ECS}:cluster/default")):
        error, cause = failure(run(bench, bench.role_of(wrong, PASS, WATCH), definition))
        assert error == "ECS.AccessDeniedException"
        assert f"ecs:RunTask on resource: {definition} because no identity-based policy" in cause
    by_http = session(bench, bench.role_of(allow("ecs:RunTask", on=definition, **in_default), PASS), "ecs")
    assert refusal(lambda: by_http.run_task(taskDefinition=definition, networkConfiguration=bench.network)) is None
    by_family = definition.rpartition(":")[0]
    _, message = refusal(lambda: by_http.run_task(taskDefinition=by_family, networkConfiguration=bench.network))
    assert f"on resource: {by_family}" in message


def test_both_roles_of_a_task_must_be_passed(bench: Any) -> None:
    own, execution = bench.role_of(), bench.role_of()
    definition = bench.task_definition(task_role=own, execution_role=execution)
    for only, missing in ((own, execution), (execution, own)):
        role = bench.role_of(allow("ecs:RunTask"), {**PASS, "Resource": only}, WATCH)
        error, cause = failure(run(bench, role, definition))
        assert error == "ECS.AccessDeniedException"
        assert f"iam:PassRole on resource: {missing}" in cause
    caller = bench.role_of(
        allow("ecs:RunTask"), allow("iam:PassRole", StringEquals={"iam:PassedToService": "ec2.amazonaws.com"})
    )
    code, message = refusal(
        lambda: session(bench, caller, "ecs").run_task(taskDefinition=definition, networkConfiguration=bench.network)
    )
    assert code == "AccessDeniedException"
    assert "iam:PassRole" in message


def test_a_role_given_by_the_run_must_be_passed(bench: Any) -> None:
    definition, other = bench.task_definition(), bench.role_of()
    role = bench.role_of(allow("ecs:RunTask"), {**PASS, "Resource": bench.role}, WATCH)
    assert run(bench, role, definition)["status"] == "SUCCEEDED"
    _, cause = failure(run(bench, role, definition, Overrides={"TaskRoleArn": other}))
    assert f"iam:PassRole on resource: {other}" in cause


def test_waiting_needs_to_describe_the_task(bench: Any) -> None:
    definition = bench.task_definition()
    rule = allow("events:PutTargets", "events:PutRule", "events:DescribeRule")
    error, cause = failure(run(bench, bench.role_of(allow("ecs:RunTask"), PASS, rule), definition))
    assert error == "ECS.AccessDeniedException"
    assert f"ecs:DescribeTasks on resource: {ECS}:task/default/" in cause


def test_tags_need_a_permission_of_their_own(bench: Any) -> None:
    definition = bench.task_definition()
    request = {"taskDefinition": definition, "networkConfiguration": bench.network}
    tagged = {**request, "tags": [{"key": "team", "value": "data"}]}
    rest = (allow("ecs:RunTask"), PASS, WATCH)
    without = session(bench, bench.role_of(*rest), "ecs")
    assert refusal(lambda: without.run_task(**request)) is None
    _, message = refusal(lambda: without.run_task(**tagged))
    assert "ecs:TagResource" in message
    at_start = allow("ecs:TagResource", on=f"{ECS}:task/default/*", StringEquals={"ecs:CreateAction": "RunTask"})
    allowed = session(bench, bench.role_of(*rest, at_start), "ecs")
    assert refusal(lambda: allowed.run_task(**tagged)) is None


def test_a_stop_needs_its_permission(bench: Any) -> None:
    arn = bench.run_task(bench.task_definition(["sleep", "30"]))
    role = bench.role_of(allow("ecs:StopTask", on=f"{ECS}:task/other/*"))
    _, message = refusal(lambda: session(bench, role, "ecs").stop_task(task=arn))
    assert f"ecs:StopTask on resource: {arn}" in message
    own = bench.role_of(allow("ecs:StopTask", on=f"{ECS}:task/default/*"))
    assert refusal(lambda: session(bench, own, "ecs").stop_task(task=arn)) is None


def reason(bench: Any, definition: Any) -> Any:
    """Why the task did not start; the execution role's session is the task's id."""
    stopped = bench.stopped(bench.run_task(definition))
    assert stopped["stopCode"] == "TaskFailedToStart", stopped
    return stopped["stoppedReason"], stopped["taskArn"].rpartition("/")[2]


def test_a_key_is_used_by_its_alias_in_a_condition_and_not_by_the_aliass_arn(bench: Any) -> None:
    kms = bench.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    name = f"alias/{uuid.uuid4().hex}"
    kms.create_alias(AliasName=name, TargetKeyId=key)
    made = bench.client("secretsmanager").create_secret(Name=uuid.uuid4().hex, SecretString="s", KmsKeyId=name)["ARN"]
    read = allow("secretsmanager:GetSecretValue", on=made)
    keys = "arn:aws:kms:us-east-1:000000000000:key/*"
    wrong = allow("kms:Decrypt", on=f"arn:aws:kms:us-east-1:000000000000:{name}")
    others = allow("kms:Decrypt", on=keys, **{"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"{name}-other"}})
    right = allow("kms:Decrypt", on=keys, **{"ForAnyValue:StringEquals": {"kms:ResourceAliases": name}})
    for statement, status in (
        (wrong, "TaskFailedToStart"),
        (others, "TaskFailedToStart"),
        (right, "EssentialContainerExited"),
    ):
        role = bench.role_of(read, statement)
        definition = bench.task_definition(secrets=[{"name": "S", "valueFrom": made}], execution_role=role)
        assert bench.stopped(bench.run_task(definition))["stopCode"] == status


def test_the_execution_role_reads_secrets(bench: Any) -> None:
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    made = bench.client("secretsmanager").create_secret(Name=uuid.uuid4().hex, SecretString="s", KmsKeyId=key)["ARN"]
    secrets = [{"name": "S", "valueFrom": made}]
    none = bench.role_of()
    text, task_id = reason(bench, bench.task_definition(secrets=secrets, execution_role=none))
    assert text.startswith("ResourceInitializationError: unable to pull secrets or registry auth: ")
    assert f"AccessDeniedException: User: {as_session(none, task_id)} is not authorized to perform: " in text
    assert f"secretsmanager:GetSecretValue on resource: {made}" in text
    read = allow("secretsmanager:GetSecretValue", on=made)
    text, _ = reason(bench, bench.task_definition(secrets=secrets, execution_role=bench.role_of(read)))
    assert "AccessDeniedException: Access to KMS is not allowed" in text
    via = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    right = bench.role_of(read, allow("kms:Decrypt", on=key, **via))
    definition = bench.task_definition(secrets=secrets, execution_role=right)
    assert bench.stopped(bench.run_task(definition))["containers"][0]["exitCode"] == 0
    whatever = "arn:aws:kms:us-east-1:000000000000:key/*"
    for secret, status in ((f"{made}-other", "TaskFailedToStart"), (made, "EssentialContainerExited")):
        context = {"StringLike": {"kms:EncryptionContext:SecretARN": [secret]}}
        by_context = bench.role_of(read, allow("kms:Decrypt", on=whatever, **context))
        definition = bench.task_definition(secrets=secrets, execution_role=by_context)
        assert bench.stopped(bench.run_task(definition))["stopCode"] == status


def test_the_execution_role_reads_parameters(bench: Any) -> None:
    name = f"/{uuid.uuid4().hex[:8]}"
    bench.client("ssm").put_parameter(Name=name, Value="v", Type="String")
    secrets = [{"name": "P", "valueFrom": name}]
    text, _ = reason(bench, bench.task_definition(secrets=secrets, execution_role=bench.role_of()))
    assert "unable to retrieve secrets from ssm" in text
    assert f"ssm:GetParameters on resource: arn:aws:ssm:us-east-1:000000000000:parameter{name}" in text


def test_the_execution_role_makes_the_log_stream(bench: Any) -> None:
    group = f"/g/{uuid.uuid4().hex[:8]}"
    bench.client("logs").create_log_group(logGroupName=group)
    options = {"awslogs-group": group, "awslogs-stream-prefix": "run", "awslogs-region": "us-east-1"}
    logging = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
    text, task_id = reason(bench, bench.task_definition(**logging, execution_role=bench.role_of()))
    assert text.startswith("ResourceInitializationError: failed to validate logger args: ")
    stream = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:log-stream:run/main/{task_id}"
    assert f"logs:CreateLogStream on resource: {stream}" in text
    create = allow("logs:CreateLogStream", on=f"arn:aws:logs:*:*:log-group:{group}:*")
    silent = bench.task_definition(["print", "hello"], **logging, execution_role=bench.role_of(create))
    put = allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"arn:aws:logs:*:*:log-group:{group}:*")
    heard = bench.task_definition(["print", "hello"], **logging, execution_role=bench.role_of(put))
    for definition, lines in ((silent, []), (heard, ["started", "half a line", "hello"])):
        stopped = bench.stopped(bench.run_task(definition))
        stream = f"run/main/{stopped['taskArn'].rpartition('/')[2]}"
        events = bench.client("logs").get_log_events(logGroupName=group, logStreamName=stream)["events"]
        assert [event["message"] for event in events] == lines


@pytest.mark.parametrize("missing", ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])
def test_the_execution_role_pulls_from_ecr(bench: Any, missing: Any) -> None:
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/team/job:1"
    repository = "arn:aws:ecr:us-east-1:000000000000:repository/team/job"
    pulls = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
    role = bench.role_of(allow("*"), deny(missing))
    text, _ = reason(bench, bench.task_definition(image=image, execution_role=role))
    assert missing in text
    auth = missing == "ecr:GetAuthorizationToken"
    assert text.startswith("ResourceInitializationError" if auth else "CannotPullContainerError")
    right = bench.role_of(allow(pulls[0]), allow(*pulls[1:], on=repository))
    definition = bench.task_definition(image=image, execution_role=right)
    assert bench.stopped(bench.run_task(definition))["containers"][0]["exitCode"] == 0


def test_ecs_must_be_trusted(bench: Any) -> None:
    foreign = bench.role_of(allow("*"), trusted="states.amazonaws.com")
    for roles in ({"execution_role": foreign}, {"task_role": foreign}):
        text, _ = reason(bench, bench.task_definition(**roles))
        assert text.startswith(f"ECS was unable to assume the role '{foreign}'")
    own = {"StringEquals": {"aws:SourceAccount": "000000000000"}, "ArnLike": {"aws:SourceArn": f"{ECS}:*"}}
    careful = bench.role_of(allow("*"), trusted=TRUSTED, Condition=own)
    definition = bench.task_definition(execution_role=careful, task_role=careful)
    assert bench.stopped(bench.run_task(definition))["containers"][0]["exitCode"] == 0


def keys_of(bench: Any, definition: Any) -> Any:
    """What the container of a task of this definition has as its environment."""
    (started,) = bench.containers(definition.rpartition("/")[2].partition(":")[0])
    return started["environment"]


def test_a_task_calls_as_its_role_while_it_runs(bench: Any, until: Any) -> None:
    where = bucket(bench)
    for key in ("in/a", "out/a"):
        bench.client("s3").put_object(Bucket=where, Key=key, Body=b"x")
    role = bench.role_of(allow("s3:GetObject", on=f"arn:aws:s3:::{where}/in/*"))
    definition = bench.task_definition(["sleep", "30"], task_role=role)
    arn = bench.run_task(definition)
    until(lambda: bench.containers(definition.rpartition("/")[2].partition(":")[0]))
    environment = keys_of(bench, definition)
    client = boto3.session.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
        region_name="us-east-1",
    ).client("s3", endpoint_url=bench.aws.endpoint_url)
    assert refusal(lambda: client.get_object(Bucket=where, Key="in/a")) is None
    code, message = refusal(lambda: client.get_object(Bucket=where, Key="out/a"))
    assert code == "AccessDenied"
    assert as_session(role, arn.rpartition("/")[2]) in message
    bench.ecs.stop_task(task=arn)
    bench.stopped(arn)
    assert refusal(lambda: client.get_object(Bucket=where, Key="in/a"))[0] == "InvalidAccessKeyId"


def test_a_task_without_a_role_has_no_keys(bench: Any) -> None:
    definition = bench.task_definition()
    bench.stopped(bench.run_task(definition))
    assert [
        name for name in keys_of(bench, definition) if "KEY" in name or "TOKEN" in name or "CREDENTIALS" in name
    ] == []


def test_keys_of_the_definition_win(bench: Any) -> None:
    given = [{"name": "AWS_ACCESS_KEY_ID", "value": "AKIAMINE"}]
    definition = bench.task_definition(environment=given, task_role=bench.role_of())
    bench.stopped(bench.run_task(definition))
    assert json.dumps(keys_of(bench, definition)).count("AKIAMINE") == 1
    assert "AWS_SESSION_TOKEN" not in keys_of(bench, definition)
