"""The lines with which the pattern was asked for, as they were written there."""

from collections import Counter
from pathlib import Path

import aws_cdk as cdk
import pytest

from naws import lambda_service
from naws.testing import cdk_app
from naws.testing.synth import template_of

SNIPPETS = Path(__file__).parents[2] / "examples/snippets"
LINES = """
orders = LambdaServiceProps(code=PythonCode("orders"), endpoint=HttpApi(authorizer=Public(reason="the shop's catalogue")))   # synchronous
mails = LambdaServiceProps(code=PythonCode("mails"), triggers=[QueueTrigger()])                                               # asynchronous
LambdaServiceStack(app, "Shop", services={"Orders": orders, "Mails": mails})
"""  # noqa: E501  # as they were written


def test_they_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SNIPPETS)
    app = cdk_app(tmp_path)
    exec(LINES, {**vars(lambda_service), "app": app})
    app.synth()
    (stack,) = (each for each in app.node.children if isinstance(each, cdk.Stack))
    kinds = Counter(each["Type"] for each in template_of(stack)["Resources"].values())
    assert (kinds["AWS::Lambda::Function"], kinds["AWS::ApiGatewayV2::Api"]) == (2, 1)
    assert kinds["AWS::Lambda::EventSourceMapping"] == 1
