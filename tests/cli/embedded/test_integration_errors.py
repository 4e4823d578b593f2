"""Names of what services refuse; the kinds that tests/conformance/step_functions.json has not."""

from typing import Any

import botocore.exceptions
import pytest

pytestmark = pytest.mark.e2e
SDK = "arn:aws:states:::aws-sdk"
TOPIC = "arn:aws:sns:us-east-1:000000000000:none"


@pytest.mark.parametrize(
    ("resource", "arguments", "error"),
    [
        ("arn:aws:states:::sns:publish", {"TopicArn": TOPIC, "Message": "m"}, "SNS.NotFoundException"),
        (f"{SDK}:dynamodb:putItem", {"TableName": "/no/table", "Item": {}}, "DynamoDb.DynamoDbException"),
        (f"{SDK}:s3:listObjectsV2", {"Bucket": "no-such-bucket"}, "S3.NoSuchBucketException"),
        (f"{SDK}:sfn:describeExecution", {"ExecutionArn": "none"}, "Sfn.InvalidArnException"),
    ],
)
def test_the_name_of_a_refusal(bench: Any, resource: str, arguments: Any, error: str) -> None:
    call = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}
    ended = bench.execute({"Call": call})
    assert ended["error"] == error, ended


@pytest.mark.parametrize(
    ("token", "code"), [("none", "InvalidToken"), ("a0000000-0000-4000-8000-000000000000", "TaskTimedOut")]
)
def test_a_token_of_no_waiting_task(bench: Any, token: str, code: str) -> None:
    for send, more in (
        (bench.sfn.send_task_success, {"output": "{}"}),
        (bench.sfn.send_task_failure, {}),
        (bench.sfn.send_task_heartbeat, {}),
    ):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            send(taskToken=token, **more)
        assert caught.value.response["Error"]["Code"] == code
