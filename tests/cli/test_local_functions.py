"""`naws local` with functions, as a user runs it: what is printed to try them, and what they then do."""

import json
import re
import signal
import urllib.request
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

APP = """
from aws_cdk import App
from naws.lambda_service import HttpApi, LambdaServiceProps, LambdaServiceStack, Public, PythonCode, QueueTrigger

app = App()
code = PythonCode("code")
catalogue = HttpApi(routes=["GET /orders/{id}"], authorizer=Public(reason="a test"))
orders = LambdaServiceProps(code=code, endpoint=catalogue)
mails = LambdaServiceProps(code=code, handler="app.mail", triggers=[QueueTrigger()])
LambdaServiceStack(app, "Shop", services={"Orders": orders, "Mails": mails})
app.synth()
"""
CODE = """
import json

class NoAddress(Exception):
    pass

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["pathParameters"])}

def mail(event, context):
    for record in event["Records"]:
        print("sending", record["body"])
        raise NoAddress("nobody is called Ann")
"""
RAISED = r"""failed +queue +Shop/Mails +\d+ ms +NoAddress +[0-9a-f-]{36}
 +NoAddress: nobody is called Ann
 +File "app.py", line 13, in mail
 +raise NoAddress\("nobody is called Ann"\)
 +\| sending to Ann
"""


@pytest.fixture
def shop(local: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NAWS_PACKAGE_CACHE", str(local.directory / "packages"))
    local.write(APP)
    (local.app / "code").mkdir()
    (local.app / "code/app.py").write_text(CODE)
    local.start().until(r"Runs \(", seconds=120)
    return local


def test_a_request_and_a_message_that_fails_are_shown(shop: Any) -> None:
    assert shop.text().count("Handlers run on Python 3.") == 1
    address = re.search(r"^  curl (http://127\.0\.0\.1:\d+/_aws/execute-api/\w+/orders/ID)$", shop.text(), re.MULTILINE)
    assert address
    with urllib.request.urlopen(address[1]) as answer:
        assert json.loads(answer.read()) == {"id": "ID"}
    shop.until(r"\d\d:\d\d:\d\d  200 +http +GET /orders/ID +\d+ ms +Shop/Orders +\S+=\n")

    assert re.search(r"^  naws send Shop/Mails '{}'", shop.text(), re.MULTILINE)
    (queue,) = [
        url for url in shop.client("sqs").list_queues()["QueueUrls"] if "Letters" not in url and "Fail" not in url
    ]
    shop.client("sqs").send_message(QueueUrl=queue, MessageBody="to Ann")
    shop.until(RAISED)

    assert shop.ended(signal.SIGINT) == 0
    shown, _, summary = shop.text().partition("\nFunctions\n")
    assert "succeeded" not in shown
    assert re.search(r"Shop/Mails +queue +1 +1 +0\nShop/Orders +http +1 +0 +0\n", summary)
