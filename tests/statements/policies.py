"""Every policy of deployed stacks, and how one statement of it is taken out and put back, all through AWS's APIs."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from naws.cli.stacks import EmbeddedStack

Document = dict[str, Any]

# A trust policy and a key's policy always have a statement; this one lets nobody do anything.
_NOTHING = {"Sid": "Nothing", "Effect": "Deny", "Principal": {"AWS": "*"}}


@dataclass(frozen=True)
class Policy:
    """A policy document where it is.

    Attributes:
        stack: Name of its stack.
        kind: `role`, `trust`, `managed`, `queue`, `topic`, `bucket` or `key`.
        path: Construct path of what it belongs to.
        target: ARN of the role, queue, topic, bucket or key.
        read: The document as it is now.
        write: Puts a document in its place.
    """

    stack: str
    kind: str
    path: str
    target: str
    read: Callable[[], Document]
    write: Callable[[Document], None]

    @contextmanager
    def changed(self, statements: list[Document]) -> Generator[None]:
        """Have other statements for a while."""
        was = self.read()
        self.write({**was, "Statement": statements})
        try:
            if len(self.read()["Statement"]) != max(len(statements), self.kind in {"trust", "key"}):
                raise RuntimeError(f"{self.path}: the statement was not taken out")
            yield
        finally:
            self.write(was)
            if self.read() != was:
                raise RuntimeError(f"{self.path}: the statement was not put back")


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, or one action of it.

    Attributes:
        policy: Which.
        number: Its place.
        action: The action alone; empty for the whole statement.
    """

    policy: Policy
    number: int
    document: Document
    action: str = ""

    @property
    def name(self) -> str:
        """Its Sid, or what it is about."""
        if self.action:
            return f"{self.document.get('Sid', '')} {self.action}".strip()
        text = ", ".join(actions(self.document))
        condition = ", ".join(key for test in self.document.get("Condition", {}).values() for key in test)
        named = self.document.get("Sid") or (text if len(text) < 60 else f"{text[:57]}…")  # of a table's cell
        denied = f"Deny {named} ({condition})"
        return denied if self.document["Effect"] == "Deny" else named

    @contextmanager
    def removed(self) -> Generator[None]:
        """Have it out of its policy for a while."""
        statements = list(self.policy.read()["Statement"])
        taken = statements.pop(self.number)
        if self.action:
            left = [each for each in actions(taken) if each != self.action]
            statements.insert(self.number, {**taken, "Action": left})
        with self.policy.changed(statements):
            yield


def actions(document: Document) -> list[str]:
    """The actions of a statement."""
    value = document.get("Action", [])
    return [value] if isinstance(value, str) else list(value)


def statements(policies: list[Policy], *, single_actions: bool = False) -> Iterator[Statement]:
    """Every statement of the policies, or every action of those that have several."""
    for policy in policies:
        for number, document in enumerate(policy.read()["Statement"]):
            if not single_actions:
                yield Statement(policy, number, document)
            elif len(actions(document)) > 1:
                yield from (Statement(policy, number, document, action) for action in actions(document))


def policies_of(stack: EmbeddedStack) -> list[Policy]:
    """Every policy of a stack's roles, queues, topics, buckets and keys."""
    found: list[Policy] = []
    for logical, (kind, physical) in sorted(stack.resources.items()):
        path = stack.artifact.paths.get(logical, logical).strip("/").removesuffix("/Resource")
        make = _KINDS.get(kind)
        if make is not None:
            found += make(stack, path, physical)
    return found


def _of_role(stack: EmbeddedStack, path: str, physical: str) -> Iterator[Policy]:
    iam, role = stack.aws.client("iam"), physical.rpartition("/")[2]
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]

    def trust(document: Document) -> None:
        kept = document["Statement"] or [{**_NOTHING, "Action": "sts:TagSession"}]
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps({**document, "Statement": kept}))

    def inline(name: str, document: Document) -> None:
        if document["Statement"]:
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
        else:
            iam.delete_role_policy(RoleName=role, PolicyName=name)

    def read(name: str) -> Document:
        try:
            return iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        except iam.exceptions.NoSuchEntityException:
            return {"Statement": []}

    yield Policy(
        *(stack.artifact.name, "trust", path, arn),
        lambda: iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"],
        trust,
    )
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield Policy(stack.artifact.name, "role", path, arn, partial(read, name), partial(inline, name))
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        yield _managed(stack, path, role, arn, attached["PolicyArn"])


def _managed(stack: EmbeddedStack, path: str, role: str, role_arn: str, arn: str) -> Policy:
    """A managed policy is one statement here: it is attached or not."""
    iam = stack.aws.client("iam")

    def read() -> Document:
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return {"Statement": [{"Sid": arn, "Effect": "Allow"} for each in attached if each["PolicyArn"] == arn]}

    def write(document: Document) -> None:
        change = iam.attach_role_policy if document["Statement"] else iam.detach_role_policy
        change(RoleName=role, PolicyArn=arn)

    return Policy(stack.artifact.name, "managed", path, role_arn, read, write)


def _of_queue(stack: EmbeddedStack, path: str, physical: str) -> Iterator[Policy]:
    sqs = stack.aws.client("sqs")

    def read() -> Document:
        given = sqs.get_queue_attributes(QueueUrl=physical, AttributeNames=["Policy"]).get("Attributes", {})
        return json.loads(given.get("Policy") or '{"Statement": []}')

    def write(document: Document) -> None:
        text = json.dumps(document) if document["Statement"] else ""
        sqs.set_queue_attributes(QueueUrl=physical, Attributes={"Policy": text})

    if read()["Statement"]:
        arn = sqs.get_queue_attributes(QueueUrl=physical, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        yield Policy(stack.artifact.name, "queue", path, arn, read, write)


def _of_topic(stack: EmbeddedStack, path: str, physical: str) -> Iterator[Policy]:
    sns = stack.aws.client("sns")

    def write(document: Document) -> None:
        sns.set_topic_attributes(TopicArn=physical, AttributeName="Policy", AttributeValue=json.dumps(document))

    def read() -> Document:
        return json.loads(sns.get_topic_attributes(TopicArn=physical)["Attributes"]["Policy"])

    yield Policy(stack.artifact.name, "topic", path, physical, read, write)


def _of_bucket(stack: EmbeddedStack, path: str, physical: str) -> Iterator[Policy]:
    s3 = stack.aws.client("s3")

    def read() -> Document:
        try:
            return json.loads(s3.get_bucket_policy(Bucket=physical)["Policy"])
        except s3.exceptions.ClientError:
            return {"Statement": []}

    def write(document: Document) -> None:
        if document["Statement"]:
            s3.put_bucket_policy(Bucket=physical, Policy=json.dumps(document))
        else:
            s3.delete_bucket_policy(Bucket=physical)

    if read()["Statement"]:
        yield Policy(stack.artifact.name, "bucket", path, f"arn:aws:s3:::{physical}", read, write)


def _of_key(stack: EmbeddedStack, path: str, physical: str) -> Iterator[Policy]:
    kms = stack.aws.client("kms")

    def write(document: Document) -> None:
        kept = document["Statement"] or [{**_NOTHING, "Action": "kms:ReplicateKey", "Resource": "*"}]
        text = json.dumps({**document, "Statement": kept})
        kms.put_key_policy(KeyId=physical, PolicyName="default", Policy=text, BypassPolicyLockoutSafetyCheck=True)

    def read() -> Document:
        return json.loads(kms.get_key_policy(KeyId=physical, PolicyName="default")["Policy"])

    arn = kms.describe_key(KeyId=physical)["KeyMetadata"]["Arn"]
    yield Policy(stack.artifact.name, "key", path, arn, read, write)


_KINDS: dict[str, Callable[[EmbeddedStack, str, str], Iterator[Policy]]] = {
    "AWS::IAM::Role": _of_role,
    "AWS::SQS::Queue": _of_queue,
    "AWS::SNS::Topic": _of_topic,
    "AWS::S3::Bucket": _of_bucket,
    "AWS::KMS::Key": _of_key,
}
