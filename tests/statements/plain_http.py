"""A request without TLS to a queue, topic or bucket, by a role that may do everything else."""

import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from deployed import Missed, Processor

from naws.cli.aws import Aws

_ROLE = "statements-visitor"


class Visitor:
    """Somebody of the account who may do everything by his own policy."""

    def __init__(self, aws: Aws) -> None:
        iam = aws.client("iam")
        trust = {"Effect": "Allow", "Principal": {"AWS": aws.target.account}, "Action": "sts:AssumeRole"}
        every = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        role = iam.create_role(RoleName=_ROLE, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=_ROLE, PolicyName="everything", PolicyDocument=_document(every))
        self._aws = aws
        self._keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="visitor")["Credentials"]

    def refused_without_tls(self, target: str) -> Callable[[Processor], None]:
        """An exercise: the queue, topic or bucket refuses a request without TLS, and answers one with it."""

        def exercise(_: Processor) -> None:
            self._ask(target, plain=False)
            try:
                self._ask(target, plain=True)
            except ClientError as error:
                if "explicit deny" not in str(error):
                    raise
            else:
                raise Missed("a request without TLS was answered")

        exercise.__name__ = "request_without_TLS_is_refused"
        return exercise

    def _ask(self, target: str, *, plain: bool) -> None:
        name = target.rpartition(":")[2]
        match target.split(":")[2]:
            case "s3":
                self._client("s3", plain=plain).list_objects_v2(Bucket=name)
            case "sqs":
                url = self._aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
                self._client("sqs", plain=plain).get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            case service:
                self._client(service, plain=plain).publish(TopicArn=target, Message="from a visitor")

    def _client(self, service: str, *, plain: bool) -> Any:
        client = boto3.client(
            service,
            endpoint_url=self._aws.endpoint_url,
            region_name=self._aws.target.region,
            aws_access_key_id=self._keys["AccessKeyId"],
            aws_secret_access_key=self._keys["SecretAccessKey"],
            aws_session_token=self._keys["SessionToken"],
            config=Config(retries={"max_attempts": 1}, proxies={}),
        )
        if plain:
            client.meta.events.register("before-send", _without_tls)
        return client


def _without_tls(request: Any, **_: Any) -> None:
    request.headers["x-forwarded-proto"] = "http"


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
