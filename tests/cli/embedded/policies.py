"""What the tests of policies repeat: clients of a role's session, statements, and the errors of calls."""

import json
import uuid
from typing import Any

import boto3
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"


def allow(*actions: Any, on: Any = "*", **condition: Any) -> Any:
    """A statement; conditions as ``StringEquals={...}``."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **_conditions(condition)}


def deny(*actions: Any, on: Any = "*", **condition: Any) -> Any:
    return {**allow(*actions, on=on, **condition), "Effect": "Deny"}


def _conditions(condition: Any) -> Any:
    return {"Condition": condition} if condition else {}


def document(*statements: Any) -> Any:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def session(bench: Any, role: Any, service: Any, *, plain: Any = False) -> Any:
    """A client that acts as the role; with ``plain`` its requests say that they came over HTTP."""
    sts = bench.client("sts")
    iam, name = bench.client("iam"), role.rpartition("/")[2]
    trust = document(
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    )
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    keys = sts.assume_role(RoleArn=role, RoleSessionName="tester")["Credentials"]
    client = boto3.session.Session().client(
        service,
        endpoint_url=bench.aws.endpoint_url,
        region_name=bench.aws.region,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    if plain:
        client.meta.events.register("before-send", _as_plain)
    return client


def _as_plain(request: Any, **_: Any) -> None:
    request.headers["x-forwarded-proto"] = "http"


def refusal(call: Any) -> Any:
    """Code and message of a call that is refused; None when it passes."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return None


def as_session(role: Any, name: Any = "tester") -> Any:
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/{name}"


def bucket(bench: Any) -> Any:
    name = f"b-{uuid.uuid4().hex[:8]}"
    bench.client("s3").create_bucket(Bucket=name)
    return name


def failure(execution: Any) -> Any:
    """Error and cause of a failed execution."""
    assert execution["status"] == "FAILED", execution
    return execution["error"], execution.get("cause", "")


def task(resource: Any, arguments: Any, **more: Any) -> Any:
    """The states of a workflow of one call."""
    call = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Arguments": arguments, "End": True}
    return {"Call": {**call, **more}}
