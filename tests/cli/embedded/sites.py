"""Archives of files, and CDK's custom resource that deploys them."""

import io
import json
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any

ROOT = "arn:aws:iam::000000000000:root"
READS = ["s3:GetObject*", "s3:GetBucket*", "s3:List*"]
WRITES = ["s3:DeleteObject*", "s3:PutObject*", "s3:Abort*"]


def archive(files: dict[str, bytes | str]) -> bytes:
    """A zip of files by their paths."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return made.getvalue()


@dataclass
class Deployments:
    """An asset bucket, a destination, and a function whose role may deploy from one into the other."""

    bench: Any
    destination: str = field(default_factory=lambda: f"site-{uuid.uuid4().hex[:8]}")
    assets: str = field(default_factory=lambda: f"assets-{uuid.uuid4().hex[:8]}")
    function: str = ""

    def __post_init__(self) -> None:
        self.s3 = self.bench.client("s3")
        for bucket in (self.assets, self.destination):
            self.s3.create_bucket(Bucket=bucket)
        allow = self.bench.permissions.allow
        read = allow(*READS, on=[f"arn:aws:s3:::{self.assets}", f"arn:aws:s3:::{self.assets}/*"])
        write = allow(*READS, *WRITES, on=[f"arn:aws:s3:::{self.destination}", f"arn:aws:s3:::{self.destination}/*"])
        invalidate = allow("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation")
        self.function = self.handler(read, write, invalidate)

    def handler(self, *statements: Any, **settings: Any) -> str:
        """A function with a role of its own; what is in it never runs."""
        made = self.bench.client("lambda").create_function(
            FunctionName=f"handler-{uuid.uuid4().hex[:8]}",
            Role=self.bench.role_of(*statements),
            Runtime="python3.13",
            Handler="index.handler",
            Code={"ZipFile": archive({"index.py": "handler = None"})},
            **settings,
        )
        return made["FunctionArn"]

    def asset(self, files: dict[str, bytes | str]) -> str:
        """Upload an archive and return its key."""
        key = f"{uuid.uuid4().hex}.zip"
        self.s3.upload_fileobj(io.BytesIO(archive(files)), self.assets, key)
        return key

    def properties(self, *files: dict[str, bytes | str], **more: Any) -> dict[str, Any]:
        keys = [self.asset(each) for each in files]
        return {
            "ServiceToken": self.function,
            "SourceBucketNames": [self.assets] * len(keys),
            "SourceObjectKeys": keys,
            "DestinationBucketName": self.destination,
            **more,
        }

    def stack(self, properties: dict[str, Any]) -> tuple[Any, Any]:
        """A new stack, and the outputs of its deployment."""
        outputs = {"Keys": {"Value": {"Fn::Join": [",", {"Fn::GetAtt": ["Deployment", "SourceObjectKeys"]}]}}}
        return self.bench.deploy(self._resources(properties), outputs)

    def slow_stack(self, properties: dict[str, Any]) -> str:
        """The status of a new stack that may take minutes."""
        cloudformation, name = self.bench.client("cloudformation"), f"s-{uuid.uuid4().hex[:8]}"
        body = json.dumps({"Resources": self._resources(properties)})
        cloudformation.create_stack(StackName=name, TemplateBody=body)
        return self._ended(name, seconds=300)["StackStatus"]

    def update(self, stack: Any, properties: dict[str, Any]) -> str:
        """Deploy again, and return the stack's status."""
        cloudformation, name = self.bench.client("cloudformation"), stack["StackName"]
        body = json.dumps({"Resources": self._resources(properties)})
        cloudformation.update_stack(StackName=name, TemplateBody=body)
        return self._ended(name)["StackStatus"]

    def delete(self, stack: Any) -> str:
        self.bench.client("cloudformation").delete_stack(StackName=stack["StackName"])
        return self._ended(stack["StackId"])["StackStatus"]

    def failure(self, stack: Any) -> str:
        """Why the deployment of a stack failed first."""
        events = self.bench.client("cloudformation").describe_stack_events(StackName=stack["StackId"])["StackEvents"]
        failed = [each for each in events if each["ResourceStatus"].endswith("FAILED")]
        return next(
            each["ResourceStatusReason"] for each in reversed(failed) if each["LogicalResourceId"] == "Deployment"
        )

    def objects(self, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.destination, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def text(self, key: str) -> str:
        return self.s3.get_object(Bucket=self.destination, Key=key)["Body"].read().decode()

    @staticmethod
    def _resources(properties: dict[str, Any]) -> dict[str, Any]:
        return {"Deployment": {"Type": "Custom::CDKBucketDeployment", "Properties": properties}}

    def _ended(self, name: str, seconds: float = 20) -> Any:
        from tests.cli.embedded.conftest import eventually  # noqa: PLC0415  # a plugin of pytest

        def ended() -> Any:
            stack = self.bench.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
            return stack if not stack["StackStatus"].endswith("IN_PROGRESS") else None

        return eventually(ended, seconds=seconds)
