"""Every operation that patterns and their tasks call needs an action that AWS has, by cfn-lint's list."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import botocore.session
import cfnlint
import pytest
from ministack.core import iam_actions

from naws.cli.embedded.departures import permissions

LIST = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
# MiniStack's name of the service, botocore's, and the operations of which the list knows no action.
SERVICES = {
    "dynamodb": ("dynamodb", {
        # Transactions are asked for item by item; PartiQL needs actions that depend on the statement.
        "BatchExecuteStatement", "ExecuteStatement", "ExecuteTransaction", "TransactGetItems", "TransactWriteItems",
    }),
    "ecr": ("ecr", {"ListImageReferrers"}),
    "ecs": ("ecs", set()),
    "events": ("events", set()),
    "kms": ("kms", {"ReEncrypt"}),
    "logs": ("logs", {"GetLogObject"}),
    "monitoring": ("cloudwatch", {
        "AssociateDatasetKmsKey", "DescribeAlarmContributors", "DisassociateDatasetKmsKey",
    }),
    "pipes": ("pipes", set()),
    "s3": ("s3", set()),
    "scheduler": ("scheduler", set()),
    "secretsmanager": ("secretsmanager", set()),
    "sns": ("sns", set()),
    "sqs": ("sqs", set()),
    "ssm": ("ssm", set()),
    "states": ("stepfunctions", set()),
    "sts": ("sts", set()),
}  # fmt: skip
_QUERY = ("query", "ec2")


def _request(model: Any, name: Any) -> Any:
    """Path, headers and parameters of an operation's request, as far as the action depends on them."""
    path, _, query = model.operation_model(name).http.get("requestUri", "/").partition("?")
    if model.metadata["protocol"] in _QUERY:
        return path, {}, {"Action": [name]}
    if model.metadata["protocol"] == "smithy-rpc-v2-cbor":
        return f"/service/X/operation/{name}", {}, {}
    headers = {"x-amz-target": f"X.{name}"} if model.metadata["protocol"] == "json" else {}
    pairs = [pair.partition("=") for pair in query.split("&") if pair and not pair.startswith("x-id=")]
    path = path.replace("{Bucket}", "b").replace("{Key+}", "k")
    return path.translate(str.maketrans("", "", "{}+")), headers, {key: [value] for key, _, value in pairs}


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_operation_needs_an_action_of_aws(service: Any) -> None:
    name, unlisted = SERVICES[service]
    known = {
        key: {action.lower() for action in value["Actions"]} for key, value in json.loads(LIST.read_text()).items()
    }
    extract = partial(permissions._mended_action, iam_actions.extract_iam_action)  # no AWS of its own needed
    model = botocore.session.get_session().get_service_model(name)
    unknown = set()
    for operation in model.operation_names:
        path, headers, parameters = _request(model, operation)
        method = model.operation_model(operation).http.get("method", "POST")
        namespace, _, action = (extract(service, method, path, headers, b"", parameters) or ":").partition(":")
        if action.lower() not in known.get(namespace, set()):
            unknown.add(operation)
    assert unknown == unlisted
