"""Workflows that fail in every way there is: what they need to succeed is a row of one table."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.lambda_service import LambdaService, LambdaServiceProps, NoAlarms, PythonCode
from naws.step_function_executor import (
    AslFile,
    QueueBinding,
    QueueTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
)

HERE = Path(__file__).parent
MINUTE = cdk.Duration.minutes(1)
ORDER = (
    "$type($states.input.payload) = 'string' ? $states.input.payload"
    " : $exists($states.input.payload.order) ? $states.input.payload.order : $states.input.order"
)


class Workflows(cdk.Stack):
    """All of them; `version` is what one of them answers."""

    def __init__(self, scope: Construct, construct_id: str, version: str) -> None:
        super().__init__(scope, construct_id)
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        self.table = dynamodb.Table(self, "Table", partition_key=key, removal_policy=cdk.RemovalPolicy.DESTROY)
        self.questions, self.done = sqs.Queue(self, "Questions"), sqs.Queue(self, "Done")
        self.executor("Orders", definition=self.orders, triggers=[QueueTrigger()])
        file = AslFile(HERE / "ask.asl.json", substitutions={"questions": self.questions.queue_url})
        unheard = {"NAWS-ASL-033": "a question that nobody answers and nobody hears of is what is tried"}
        self.executor("Ask", definition=file, bindings=[QueueBinding(self.questions)], acknowledge=unheard)
        self.executor("Brief", definition=self.waiting, timeout=cdk.Duration.seconds(1))
        self.executor("Items", definition=self.items)
        inner = self.executor("Inner", definition=self.reserving)
        self.executor("Outer", definition=sfn.Pass(self, "Begin").next(inner.as_step(self, "Run it")))
        self.executor("Changed", definition=self.answering(version))
        outputs = {"Table": self.table.table_name, "Questions": self.questions.queue_url, "Done": self.done.queue_url}
        for name, value in outputs.items():
            cdk.CfnOutput(self, f"{name}Is", value=value)

    def executor(self, construct_id: str, **given: Any) -> StepFunctionExecutor:
        props = StepFunctionExecutorProps(removal_policy=cdk.RemovalPolicy.DESTROY, **given)
        return StepFunctionExecutor(self, construct_id, props)

    def orders(self, scope: Construct) -> sfn.IChainable:
        """Each order is counted, checked by a function and, third, reserved, which takes a row in the table."""
        code = PythonCode(str(HERE.parent / "functions" / "code"))
        quiet: Any = {"alarms": NoAlarms(reason="a test"), "removal_policy": cdk.RemovalPolicy.DESTROY}
        check = LambdaService(self, "Check", LambdaServiceProps(code=code, **quiet))
        assign = {"order": f"{{% {ORDER} %}}", "given": "{% $states.input %}"}
        counted = self.update(scope, "Count", ORDER, assign=assign)
        checked = check.as_step(scope, "Check it", payload={"order": "{% $order %}"})
        reserved = self.reserved(scope, "$order", outputs="{% $given %}")
        return counted.next(checked).next(reserved)

    def reserving(self, scope: Construct) -> sfn.IChainable:
        """One that is a step of another: by its envelope it reserves what that was given."""
        return self.reserved(scope, "$states.input.payload.order", outputs="{% $states.input.id %}")

    def reserved(self, scope: Construct, order: str, **more: Any) -> tasks.CallAwsService:
        """It fails until the table has a row of this order."""
        return self.update(scope, "Reserve", f"'stock of ' & {order}", condition="attribute_exists(id)", **more)

    def update(
        self, scope: Construct, construct_id: str, row: str, *, condition: str | None = None, **more: Any
    ) -> tasks.CallAwsService:
        """A row's number becomes one more, which says how often the state has worked."""
        parameters = {
            "TableName": self.table.table_name,
            "Key": {"id": {"S": f"{{% {row} %}}"}},
            "UpdateExpression": "ADD times :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
            **({} if condition is None else {"ConditionExpression": condition}),
        }
        return tasks.CallAwsService.jsonata(
            scope,
            construct_id,
            service="dynamodb",
            action="updateItem",
            parameters=parameters,
            iam_resources=[self.table.table_arn],
            task_timeout=sfn.Timeout.duration(MINUTE),
            **more,
        )

    def waiting(self, scope: Construct) -> sfn.IChainable:
        """It waits longer than its workflow may take."""
        return sfn.Wait.jsonata(scope, "Wait", time=sfn.WaitTime.duration(cdk.Duration.minutes(5)))

    def items(self, scope: Construct) -> sfn.IChainable:
        """Each item is sent to a queue, one that has an order once that is reserved; three may fail."""
        body = sfn.TaskInput.from_object({"number": "{% $states.input.number %}"})
        send = tasks.SqsSendMessage.jsonata(
            scope,
            "Send",
            queue=self.done,
            message_body=body,
            task_timeout=sfn.Timeout.duration(MINUTE),
            outputs="{% $states.input.number %}",
        )
        reserved = self.reserved(scope, "$states.input.order", outputs="{% $states.input %}")
        which = sfn.Choice.jsonata(scope, "Which").otherwise(send)
        which.when(sfn.Condition.jsonata("{% $exists($states.input.order) %}"), reserved.next(send))
        each = sfn.DistributedMap.jsonata(
            scope,
            "Each",
            items=sfn.ProvideItems.jsonata("{% $states.input.items %}"),
            max_concurrency=20,
            tolerated_failure_count=3,
        )
        return each.item_processor(which)

    def answering(self, version: str) -> sfn.IChainable:
        """It asks somebody, and its end is the version that asked."""
        ask = tasks.SqsSendMessage.jsonata(
            self,
            "Ask it",
            queue=self.questions,
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            message_body=sfn.TaskInput.from_object(
                {"token": "{% $states.context.Task.Token %}", "name": "{% $states.input.name %}"}
            ),
            heartbeat_timeout=sfn.Timeout.duration(cdk.Duration.minutes(5)),
            task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(10)),
        )
        return ask.next(sfn.Pass.jsonata(self, "Answer", outputs={"version": version}))
