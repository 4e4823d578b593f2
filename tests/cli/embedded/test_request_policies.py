"""Who passes a role by a request may pass it, to the service that the request gives it to."""

import io
import uuid
import zipfile
from typing import Any

import pytest

from tests.cli.embedded.policies import ACCOUNT, allow, as_session, refusal, session

pytestmark = pytest.mark.e2e

QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"


def _code() -> Any:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.py", "def b(event, context): pass")
    return archive.getvalue()


def _function(bench: Any) -> Any:
    name = f"f-{uuid.uuid4().hex[:8]}"
    bench.client("lambda").create_function(
        FunctionName=name, Role=bench.role, Code={"ZipFile": _code()}, Handler="a.b", Runtime="python3.12"
    )
    return name


def _schedule(bench: Any) -> Any:
    name = f"s-{uuid.uuid4().hex[:8]}"
    bench.client("scheduler").create_schedule(**_scheduled(name, bench.role))
    return name


def _scheduled(name: Any, role: Any) -> Any:
    return {
        "Name": name,
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": QUEUE, "RoleArn": role},
    }


def _rule(bench: Any) -> Any:
    name = f"r-{uuid.uuid4().hex[:8]}"
    bench.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)")
    return name


def _pipe(bench: Any) -> Any:
    name = f"p-{uuid.uuid4().hex[:8]}"
    source, target = bench.queue()[1], bench.queue()[1]
    bench.client("pipes").create_pipe(
        Name=name, RoleArn=bench.role, Source=source, Target=target, DesiredState="STOPPED"
    )
    return name


# Service, the principal that the role is passed to, what is there before, and the request that passes a role.
PASSING = {
    "scheduler:CreateSchedule": (
        "scheduler",
        "scheduler",
        lambda _: f"s-{uuid.uuid4().hex[:8]}",
        lambda client, name, role: client.create_schedule(**_scheduled(name, role)),
    ),
    "scheduler:UpdateSchedule": (
        "scheduler",
        "scheduler",
        _schedule,
        lambda client, name, role: client.update_schedule(**_scheduled(name, role)),
    ),
    "events:PutRule": (
        "events",
        "events",
        lambda _: f"r-{uuid.uuid4().hex[:8]}",
        lambda client, name, role: client.put_rule(Name=name, ScheduleExpression="rate(1 day)", RoleArn=role),
    ),
    "events:PutTargets": (
        "events",
        "events",
        _rule,
        lambda client, name, role: client.put_targets(
            Rule=name, Targets=[{"Id": "1", "Arn": QUEUE}, {"Id": "2", "Arn": QUEUE, "RoleArn": role}]
        ),
    ),
    "pipes:CreatePipe": (
        "pipes",
        "pipes",
        lambda bench: (bench.queue()[1], bench.queue()[1]),
        lambda client, arns, role: client.create_pipe(
            Name=f"p-{uuid.uuid4().hex[:8]}", RoleArn=role, Source=arns[0], Target=arns[1], DesiredState="STOPPED"
        ),
    ),
    "pipes:UpdatePipe": (
        "pipes",
        "pipes",
        _pipe,
        lambda client, name, role: client.update_pipe(Name=name, RoleArn=role, DesiredState="STOPPED"),
    ),
    "lambda:CreateFunction": (
        "lambda",
        "lambda",
        lambda _: f"f-{uuid.uuid4().hex[:8]}",
        lambda client, name, role: client.create_function(
            FunctionName=name, Role=role, Code={"ZipFile": _code()}, Handler="a.b", Runtime="python3.12"
        ),
    ),
    "lambda:UpdateFunctionConfiguration": (
        "lambda",
        "lambda",
        _function,
        lambda client, name, role: client.update_function_configuration(FunctionName=name, Role=role),
    ),
    "ecs:RegisterTaskDefinition": (
        "ecs",
        "ecs-tasks",
        lambda _: f"t-{uuid.uuid4().hex[:8]}",
        lambda client, name, role: client.register_task_definition(
            family=name, taskRoleArn=role, containerDefinitions=[{"name": "a", "image": "b", "memory": 5}]
        ),
    ),
}


@pytest.mark.parametrize("action", PASSING)
def test_who_passes_a_role_may_pass_it_to_that_service(bench: Any, action: Any) -> None:
    service, principal, prepare, call = PASSING[action]
    there = prepare(bench)
    before = (allow(action), allow("sqs:*"))
    elsewhere = {"iam:PassedToService": "ec2.amazonaws.com"}
    for denied in (bench.role_of(*before), bench.role_of(*before, allow("iam:PassRole", StringEquals=elsewhere))):
        client = session(bench, denied, service)
        code, message = refusal(lambda client=client: call(client, there, bench.role))
        assert code == "AccessDeniedException"
        assert message == (
            f"User: {as_session(denied)} is not authorized to perform: iam:PassRole on resource: {bench.role} "
            "because no identity-based policy allows the iam:PassRole action"
        )
    to = {"iam:PassedToService": f"{principal}.amazonaws.com"}
    passing = bench.role_of(*before, allow("iam:PassRole", on=bench.role, StringEquals=to))
    assert refusal(lambda: call(session(bench, passing, service), there, bench.role)) is None


def test_a_function_whose_role_stays_passes_none(bench: Any) -> None:
    name = _function(bench)
    role = bench.role_of(allow("lambda:UpdateFunctionConfiguration"))
    client = session(bench, role, "lambda")
    assert refusal(lambda: client.update_function_configuration(FunctionName=name, Timeout=9)) is None


def test_a_role_that_a_task_definition_names_without_its_arn_is_passed_too(bench: Any) -> None:
    role = bench.role_of(allow("ecs:RegisterTaskDefinition"))
    containers = [{"name": "a", "image": "b", "memory": 5}]
    name = bench.role.rpartition("/")[2]
    _, message = refusal(
        lambda: session(bench, role, "ecs").register_task_definition(
            family="t", executionRoleArn=name, containerDefinitions=containers
        )
    )
    assert f"iam:PassRole on resource: {bench.role} " in message
