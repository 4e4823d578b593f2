from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    Needs,
    PatternContext,
    RawBinding,
)


@dataclass(frozen=True)
class SendTo:
    """Messages to a queue. The program finds it in `<NAME>_QUEUE_URL`."""

    queue: sqs.IQueue
    name: str

    def needs(self, context: PatternContext) -> Needs:
        """The right to send, and the queue's URL."""
        may_send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": self.queue.queue_arn}
        return Needs(statements=[may_send], variables={f"{self.name}_QUEUE_URL": self.queue.queue_url})


app = cdk.App()
stack = cdk.Stack(app, "Reports")
sales = s3.Bucket(stack, "Sales", enforce_ssl=True)
mails = sqs.Queue(stack, "Mails", enforce_ssl=True)
key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
orders = dynamodb.Table(stack, "Orders", partition_key=key)

may_read = {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": orders.table_arn}
props = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_asset("job"),
    bindings=[
        RawBinding(Needs(statements=[may_read], variables={"ORDERS_TABLE": orders.table_name})),  # once
        SendTo(mails, "MAIL"),  # a source that several programs use
        BucketBinding(sales, prefix="in/", variables={"bucket": "SOURCE", "prefix": None}),  # SOURCE, and no prefix
    ],
)
EcsTaskProcessor(stack, "Nightly", props)
app.synth()
