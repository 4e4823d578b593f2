"""Definitions of workflows with a mistake each, as a file has them; both libraries are given the same."""

from typing import Any

_SEND = "arn:aws:states:::sqs:sendMessage"
_QUEUE = {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/news", "MessageBody": "closed"}
_DONE: dict[str, Any] = {"Type": "Succeed"}
_AGAIN = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]


def _task(**fields: Any) -> dict[str, Any]:
    sends = {"Type": "Task", "Resource": _SEND, "Arguments": _QUEUE, "TimeoutSeconds": 60, "Retry": _AGAIN}
    return {**sends, **({} if "Next" in fields else {"End": True}), **fields}


def _states(first: dict[str, Any], language: str = "JSONata", **more: dict[str, Any]) -> dict[str, Any]:
    return {"QueryLanguage": language, "StartAt": "First", "TimeoutSeconds": 3600, "States": {"First": first, **more}}


def _gives(expression: str) -> dict[str, Any]:
    return _states({"Type": "Pass", "Output": expression, "End": True})


def _map(**fields: Any) -> dict[str, Any]:
    item = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "One"}
    return _states({"Type": "Map", "ItemProcessor": {**item, "States": {"One": _DONE}}, "End": True, **fields})


NO_MISTAKE = _states(_task(Next="Done"), Done=_DONE)
WORKFLOW_MISTAKES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a state that leads to none", _states(_task(Next="Dnoe"), Done=_DONE)),
    ("a state that nothing leads to", _states(_task(), Done=_DONE)),
    ("a workflow that never ends", _states({"Type": "Wait", "Seconds": 60, "Next": "First"})),
    ("no first state", {**NO_MISTAKE, "StartAt": "Frist"}),
    ("a branch that leads out of its state", _states(
        {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Done"}}}],
         "Next": "Done"}, Done=_DONE)),
    ("two states of one name", _states(
        {"Type": "Map", "ItemProcessor": {"StartAt": "First", "States": {"First": _DONE}}, "End": True})),
    ("a misspelt field of a retrier", _states(_task(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempt": 3}]))),
    ("a retrier behind one that takes everything", _states(_task(Retry=[*_AGAIN, {"ErrorEquals": ["App.Busy"]}]))),
    ("an error that there is not", _states(_task(Retry=[{"ErrorEquals": ["States.TimeOut"]}]))),
    ("an error that nobody can catch", _states(_task(Retry=[{"ErrorEquals": ["States.Runtime"]}]))),
    ("a timeout in quotes", _states(_task(TimeoutSeconds="60"))),
    ("a heartbeat as long as the timeout", _states(_task(HeartbeatSeconds=60))),
    ("JSONPath in a JSONata state", _states({"Type": "Pass", "Parameters": {"id.$": "$.id"}, "End": True})),
    ("an expression that is not closed", _gives("{% $states.input.id")),
    ("an expression without its delimiters", _gives("$states.input.id")),
    ("an expression in the middle of a text", _gives("Month {% $states.input.month %}")),
    ("a bracket too few", _gives("{% $sum($states.input.prices %}")),
    ("an operator of a later JSONata", _gives("{% $states.input.id ?? 0 %}")),
    ("a function that there is not", _gives("{% $uppercas($states.input.id) %}")),
    ("a bare name for a field of the input", _gives("{% {'id': id} %}")),
    ("a variable that nothing assigns", _gives("{% $month %}")),
    ("a path without its $", _states({"Type": "Pass", "Parameters": {"id.$": "order.id"}, "End": True}, "JSONPath")),
    ("text to compare a number with", _states(
        {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": "1", "Next": "Done"}], "Default": "Done"},
        "JSONPath", Done=_DONE)),
    ("an action that a service has not", _states(_task(Resource="arn:aws:states:::sqs:sendMesage"))),
    ("boto3's name of a service", _states(
        _task(Resource="arn:aws:states:::aws-sdk:events:listRules", Arguments={}))),
    ("a job's end that cannot be waited for", _states(_task(Resource=f"{_SEND}.sync"))),
    ("a small letter in an argument", _states(_task(Arguments={**_QUEUE, "delaySeconds": 5}))),
    ("an argument that is missing", _states(_task(Arguments={"QueueUrl": _QUEUE["QueueUrl"]}))),
    ("a token that is not handed over", _states(
        _task(Resource=f"{_SEND}.waitForTaskToken", HeartbeatSeconds=30))),
    ("a token without a heartbeat", _states(_task(
        Resource=f"{_SEND}.waitForTaskToken",
        Arguments={**_QUEUE, "MessageBody": "{% $states.context.Task.Token %}"}))),
    ("a permission that the role lacks", _states(_task(
        Resource="arn:aws:states:::dynamodb:putItem", Arguments={"TableName": "t", "Item": {"id": {"S": "1"}}}))),
    ("a map's mode in other letters", _map(
        ItemProcessor={"ProcessorConfig": {"Mode": "Distributed"}, "StartAt": "One", "States": {"One": _DONE}})),
    ("more than all failures tolerated", _map(ToleratedFailurePercentage=101)),
    ("a text of 300 KiB", _gives("x" * 300_000)),
    ("a function that does not exist", _states(_task(
        Resource="arn:aws:states:::lambda:invoke", Arguments={"FunctionName": "nobody:live"}))),
    ("a queue of another name", _states(_task(Arguments={**_QUEUE, "QueueUrl": f"{_QUEUE['QueueUrl']}-2"}))),
    ("an error's name that the service does not use", _states(
        _task(Retry=[{"ErrorEquals": ["SQS.QueueDoesNotExist"]}]))),
)  # fmt: skip
"""What is wrong, and the definition."""
