"""Functions of the tests, which write what they are given into a journal."""

import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

ROLE_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage", "kms:*")
WRITE = """
import json, os, time


def write(event, context):
    line = {"event": event, "request": context.aws_request_id, "arn": context.invoked_function_arn}
    with open(os.environ["JOURNAL"], "a") as journal:
        journal.write(json.dumps(line) + "\\n")


"""
FAILS = """def handler(event, context):
    write(event, context)
    if event.get("fails"):
        raise ValueError("no luck")
    return {"done": event}
"""


class Function:
    """A function with a published version and the alias ``live``; ``lines`` are what it wrote."""

    def __init__(self, bench: Any, folder: Path, source: str, *, role: Any = None, **settings: Any) -> None:
        self.bench, self.client, self.name = bench, bench.client("lambda"), f"f-{uuid.uuid4().hex[:8]}"
        self.journal = folder / f"{self.name}.jsonl"
        permissions = bench.permissions
        everything = permissions.allow(*ROLE_ACTIONS, "lambda:*", "sns:*", "events:*")
        self.role = role or permissions.role("lambda.amazonaws.com", everything)
        made = self.client.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Role=self.role,
            Handler="app.handler",
            Code={"ZipFile": zipped(WRITE + source)},
            Timeout=settings.pop("Timeout", 3),
            Environment={"Variables": {"JOURNAL": str(self.journal)}},
            **settings,
        )
        self.arn = made["FunctionArn"]
        version = self.client.publish_version(FunctionName=self.name)["Version"]
        self.alias = self.client.create_alias(FunctionName=self.name, Name="live", FunctionVersion=version)["AliasArn"]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text().splitlines()] if self.journal.exists() else []

    @property
    def taken_by(self) -> list[str]:
        """What took the work of each run, in their order."""
        return [run.taken_by for run in self.bench.aws.function_runs() if run.function == self.name]

    def configure(self, qualifier: str | None = "live", **settings: Any) -> Any:
        named = {"Qualifier": qualifier} if qualifier else {}
        return self.client.put_function_event_invoke_config(FunctionName=self.name, **named, **settings)

    def send(self, event: Any, arn: Any = None) -> None:
        """Invoke asynchronously, by the alias when no other ARN is given."""
        self.client.invoke(FunctionName=arn or self.alias, InvocationType="Event", Payload=json.dumps(event))

    def allow(self, principal: str, source: str, qualifier: str | None = "live") -> None:
        named = {"Qualifier": qualifier} if qualifier else {}
        self.client.add_permission(
            FunctionName=self.name,
            StatementId=uuid.uuid4().hex,
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source,
            **named,
        )

    def update(self, source: str) -> None:
        self.client.update_function_code(FunctionName=self.name, ZipFile=zipped(WRITE + source))

    def map(self, queue_arn: str, arn: Any = None, **settings: Any) -> str:
        """Map a queue to the alias, or to another ARN; the mapping's id."""
        made = self.client.create_event_source_mapping(
            EventSourceArn=queue_arn, FunctionName=arn or self.alias, **settings
        )
        return made["UUID"]

    def measured(self, metric: str, **dimensions: str) -> float:
        """The sum of a metric of the function's."""
        found = self.bench.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime="2020-01-01T00:00:00Z",
            EndTime="2040-01-01T00:00:00Z",
            Period=86400,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])


def zipped(source: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("app.py", source)
    return data.getvalue()
