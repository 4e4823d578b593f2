import base64
import io
import json
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config

ACCOUNT = "000000000000"
ECHO = "def handler(event, context):\n    return event"


def archive(code: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as writer:
        writer.writestr("app.py", code)
    return target.getvalue()


class Functions:
    """Functions on the shared embedded AWS, with the few verbs the tests repeat."""

    ECHO = ECHO
    archive = staticmethod(archive)

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        keys = bench.aws.environment()
        self.client = boto3.session.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]).client(
            "lambda",
            region_name=bench.aws.region,
            endpoint_url=bench.aws.endpoint_url,
            config=Config(retries={"total_max_attempts": 1}),  # a throttled call is to be seen
        )
        self.role = self.role_of({"Effect": "Allow", "Action": "*", "Resource": "*"})

    def role_of(self, *statements: Any) -> Any:
        return self.bench.role_of(*statements, trusted=["lambda.amazonaws.com"])

    def request(self, code: str = ECHO, **given: Any) -> dict[str, Any]:
        """What creates a function, under a name of its own."""
        name = f"f-{uuid.uuid4().hex[:8]}"
        settings = {"FunctionName": name, "Runtime": "python3.13", "Handler": "app.handler", "Role": self.role}
        return {**settings, "Code": {"ZipFile": archive(code)}, **given}

    def make(self, code: str = ECHO, **given: Any) -> str:
        """A function with version 1 and the alias `live`; returns its name."""
        name = self.client.create_function(**self.request(code, Publish=True, **given))["FunctionName"]
        self.client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        return name

    def invoke(self, name: str, event: Any = None, *, qualifier: str = "live", **given: Any) -> Any:
        """The answer, with its payload read and the tail of the log in `log`."""
        answer = self.client.invoke(
            FunctionName=name, Qualifier=qualifier, Payload=json.dumps(event), LogType="Tail", **given
        )
        log = base64.b64decode(answer.get("LogResult", "")).decode()
        return {**answer, "payload": json.loads(answer["Payload"].read() or "null"), "log": log.splitlines()}

    def at_once(self, *calls: Any) -> list[Any]:
        with ThreadPoolExecutor(len(calls)) as threads:
            return [each.result() for each in [threads.submit(call) for call in calls]]

    def runs(self, name: str) -> Any:
        return [run for run in self.bench.aws.function_runs() if run.function == name]

    def logged(self, group: str) -> list[str]:
        """The messages of a log group, in their order."""
        logs = self.bench.client("logs")
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        read = [logs.get_log_events(logGroupName=group, logStreamName=each["logStreamName"]) for each in streams]
        return [event["message"] for answer in read for event in answer["events"]]


@pytest.fixture(scope="session")
def functions(bench: Any) -> Functions:
    return Functions(bench)
