from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_s3 as s3

from naws.ecs_task_processor import (
    BucketBinding,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    Needs,
    PatternContext,
    RawBinding,
)


@dataclass(frozen=True)
class PutOn:
    """Records for a stream. The program finds it in `<NAME>_STREAM`."""

    stream: kinesis.IStream
    name: str

    def needs(self, context: PatternContext) -> Needs:
        """The right to put records, and the stream's name."""
        may_put = {"Effect": "Allow", "Action": "kinesis:PutRecords", "Resource": self.stream.stream_arn}
        return Needs(statements=[may_put], variables={f"{self.name}_STREAM": self.stream.stream_name})


app = cdk.App()
stack = cdk.Stack(app, "Reports")
sales = s3.Bucket(stack, "Sales", enforce_ssl=True)
clicks = kinesis.Stream(stack, "Clicks")

may_translate = {"Effect": "Allow", "Action": "translate:TranslateText", "Resource": "*"}
props = EcsTaskProcessorProps(
    image=ecs.ContainerImage.from_asset("job"),
    bindings=[
        RawBinding(Needs(statements=[may_translate], variables={"LANGUAGE": "de"})),  # once
        PutOn(clicks, "CLICKS"),  # a source that several programs use
        BucketBinding(sales, prefix="in/", variables={"bucket": "SOURCE", "prefix": None}),  # SOURCE, and no prefix
    ],
)
EcsTaskProcessor(stack, "Nightly", props)
app.synth()
