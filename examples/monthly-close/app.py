"""The close of a month: sums by region, checked, approved by a person and reported; or removed again."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from naws.core import Conventions, NewVpc, ServiceStage
from naws.core.data import DataBucket, DataTable, DataTableProps
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.lambda_service import LambdaService, LambdaServiceProps, PythonCode
from naws.step_function_executor import (
    RETRY_AWS,
    QueueTrigger,
    ScheduleTrigger,
    StepFunctionExecutor,
    StepFunctionExecutorProps,
)

HERE = Path(__file__).parent
REGIONS = ["north", "south", "west"]
MONTH = dynamodb.Attribute(name="month", type=dynamodb.AttributeType.STRING)
REGION = dynamodb.Attribute(name="region", type=dynamodb.AttributeType.STRING)
TAKEN_WITHIN, ANSWERED_WITHIN = cdk.Duration.days(1), cdk.Duration.days(5)
SEND_ERRORS = ["SQS.AmazonSQSException", "SQS.SdkClientException"]

LAST_MONTH = """(
  $time := $exists($states.input.time) ? $states.input.time : $states.context.Execution.StartTime;
  $fromMillis($toMillis($substring($time, 0, 7) & '-01T00:00:00.000Z') - 86400000, '[Y0001]-[M01]')
)"""


def given(name: str, otherwise: str) -> str:
    """A field of the payload, or else another expression."""
    return f"{{% $exists($states.input.payload.{name}) ? $states.input.payload.{name} : {otherwise} %}}"


app = cdk.App()
prod = Conventions(service="sales", stage="prod", owner="team-sales", vpc=NewVpc())
stage = ServiceStage(app, "Prod", references="weak", conventions=prod)
sales = DataBucket(stage.data, "Sales")
sums = DataTable(stage.data, "Sums", DataTableProps(partition_key=MONTH, sort_key=REGION))

close = stage.stack("Close")
image = ecs.ContainerImage.from_asset(str(HERE), file="jobs/Dockerfile", exclude=["*", "!jobs", "**/__pycache__"])
load = EcsTaskProcessor(
    close,
    "Load",
    EcsTaskProcessorProps(
        image=image,
        command=["jobs.load"],
        bindings=[sales.binding(prefix="sales/"), sums.binding(access="write")],
        dev_command=["python", "-m", "jobs.load"],
    ),
)
check = LambdaService(
    close, "Check", LambdaServiceProps(code=PythonCode(str(HERE / "check")), bindings=[sums.binding()])
)
report = EcsTaskProcessor(
    close,
    "Report",
    EcsTaskProcessorProps(
        image=image,
        command=["jobs.report"],
        bindings=[sales.binding(access="write", prefix="reports/"), sums.binding()],
        dev_command=["python", "-m", "jobs.report"],
    ),
)
approvals = sqs.Queue(
    close, "Approvals", encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True, retention_period=ANSWERED_WITHIN
)


def steps(scope: Construct) -> sfn.IChainable:
    """The month's sums are loaded, checked, approved and reported; what is not approved or reported is removed."""
    month = {"month": "{% $month %}"}
    begin = sfn.Pass.jsonata(
        scope,
        "Choose the month",
        assign={"month": given("month", LAST_MONTH), "regions": given("regions", str(REGIONS))},
    )
    regions = sfn.Map.jsonata(scope, "Load regions", items=sfn.ProvideItems.jsonata("{% $regions %}"))
    regions.item_processor(load.as_step(scope, "Load region", payload={**month, "region": "{% $states.input %}"}))
    checked = check.as_step(scope, "Check sums", payload={**month, "regions": "{% $regions %}"})
    approval = ask(scope)
    written = report.as_step(scope, "Write report", payload={**month, "approved_by": "{% $states.input.approved_by %}"})
    removed = remove(scope)
    removed.next(sfn.Fail.jsonata(scope, "Not closed", error="NotClosed", cause="{% $month & ': ' & $reason %}"))
    why = {"reason": "{% $states.errorOutput.Error & ' ' & $states.errorOutput.Cause %}"}
    approval.add_catch(removed, assign=why)
    written.add_catch(removed, assign=why)
    return begin.next(regions).next(checked).next(approval).next(written).next(sfn.Succeed(scope, "Closed"))


def ask(scope: Construct) -> tasks.SqsSendMessage:
    """A person is asked, and answers with the token. A refusal is an error, which no retrier may name."""
    state = tasks.SqsSendMessage.jsonata(
        scope,
        "Ask for approval",
        queue=approvals,
        integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
        message_body=sfn.TaskInput.from_object(
            {"token": "{% $states.context.Task.Token %}", "month": "{% $month %}", "sums": "{% $states.input %}"}
        ),
        heartbeat_timeout=sfn.Timeout.duration(TAKEN_WITHIN),
        task_timeout=sfn.Timeout.duration(ANSWERED_WITHIN),
        outputs={"approved_by": "{% $exists($states.result.approved_by) ? $states.result.approved_by : 'not named' %}"},
    )
    state.add_retry(**{**RETRY_AWS, "errors": SEND_ERRORS})
    return state


def remove(scope: Construct) -> sfn.Map:
    """The compensation: the month's rows are deleted, by the service itself."""
    each = sfn.Map.jsonata(scope, "Remove sums", items=sfn.ProvideItems.jsonata("{% $regions %}"))
    delete = tasks.CallAwsService.jsonata(
        scope,
        "Remove sum",
        service="dynamodb",
        action="deleteItem",
        parameters={
            "TableName": sums.table.table_name,
            "Key": {"month": {"S": "{% $month %}"}, "region": {"S": "{% $states.input %}"}},
        },
        iam_resources=[sums.table.table_arn],
        task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(1)),
    )
    delete.add_retry(**RETRY_AWS)
    return each.item_processor(delete)


StepFunctionExecutor(
    close,
    "Close",
    StepFunctionExecutorProps(
        definition=steps,
        timeout=cdk.Duration.days(7),
        triggers=[ScheduleTrigger("0 6 2 * *", timezone="Europe/Berlin"), QueueTrigger()],
        acknowledge={"NAWS-ALARM-007": "who approves asks on the third of each month"},
    ),
)
cdk.CfnOutput(stage.data, "SalesBucket", value=sales.bucket.bucket_name)
cdk.CfnOutput(stage.data, "SumsTable", value=sums.table.table_name)
cdk.CfnOutput(close, "ApprovalsUrl", value=approvals.queue_url)
app.synth()
