"""What a Task state calls: the services that Step Functions has integrations of its own for, and how they are called.

arn:aws:states:::sqs:sendMessage.waitForTaskToken     its own integration, by a pattern
arn:aws:states:::aws-sdk:s3:getObject                 any other action, as an SDK calls it
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from naws.core.rules.asl_scopes import State, is_object
from naws.core.rules.values import Field, is_text
from naws.core.tokens import has_token

SYNC, SYNC_2, TOKEN = "sync", "sync:2", "waitForTaskToken"
_INTEGRATION = re.compile(r"arn:([^:]+):states:::(aws-sdk:)?([\w-]+):([A-Za-z]\w*)(?:\.([\w:-]*))?")
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_TASK = re.compile(
    r"arn:[^:]+:states:[^:]*:[^:]*:(?:activity:.+|(?:aws-sdk:)?[\w-]+:[A-Za-z]\w*(?:\.[\w:-]*)?)"
    r"|arn:[^:]+:lambda:[^:]*:[^:]*:function:.+"
)
_ACTIVITY = re.compile(r"arn:[\w-]+:states:[\w-]*:\d*:activity:.+")
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:(.+)")

_TABLE = """
apigateway        invoke.waitForTaskToken
athena            startQueryExecution.sync stopQueryExecution getQueryExecution getQueryResults
batch             submitJob.sync
bedrock           invokeModel.waitForTaskToken createModelCustomizationJob.sync,waitForTaskToken
codebuild         startBuild.sync stopBuild batchDeleteBuilds batchGetReports startBuildBatch.sync stopBuildBatch
codebuild         retryBuildBatch.sync deleteBuildBatch
databrew          startJobRun.sync
dynamodb          getItem putItem updateItem deleteItem
ecs               runTask.sync,waitForTaskToken
eks               createCluster.sync deleteCluster.sync createFargateProfile.sync deleteFargateProfile.sync
eks               createNodegroup.sync deleteNodegroup.sync runJob.sync,waitForTaskToken call.waitForTaskToken
elasticmapreduce  createCluster.sync terminateCluster.sync addStep.sync cancelStep setClusterTerminationProtection
elasticmapreduce  modifyInstanceFleetByName modifyInstanceGroupByName
emr-containers    createVirtualCluster deleteVirtualCluster.sync startJobRun.sync
emr-serverless    createApplication.sync startApplication.sync stopApplication.sync deleteApplication.sync
emr-serverless    startJobRun.sync cancelJobRun.sync
events            putEvents.waitForTaskToken
glue              startJobRun.sync
http              invoke
lambda            invoke.waitForTaskToken
mediaconvert      createJob.sync
sagemaker         createEndpoint createEndpointConfig createModel updateEndpoint createHyperParameterTuningJob.sync
sagemaker         createLabelingJob.sync createProcessingJob.sync createTrainingJob.sync createTransformJob.sync
sns               publish.waitForTaskToken
sqs               sendMessage.waitForTaskToken
states            startExecution.sync,sync:2,waitForTaskToken
"""


def _read(table: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    found: dict[str, dict[str, Sequence[str]]] = {}
    for line in table.split("\n"):
        service, _, actions = line.partition(" ")
        for action, _, patterns in (each.partition(".") for each in actions.split()):
            found.setdefault(service, {})[action] = patterns.split(",") if patterns else ()
    return found


OPTIMISED = _read(_TABLE.strip())
"""The actions of a service that have an integration of their own, and by which patterns besides request and response.

Source: Step Functions Developer Guide, "Integrating optimized services" and the pages of the services below it.
"""
SDK_NAMES: Mapping[str, str] = {
    "elasticmapreduce": "emr",
    "emr-containers": "emrcontainers",
    "emr-serverless": "emrserverless",
    "events": "eventbridge",
    "states": "sfn",
}
"""What `aws-sdk:` calls the same services, where it differs."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "apigateway:invoke": ("ApiEndpoint", "Method"),
    "athena:startQueryExecution": ("QueryString",),
    "batch:submitJob": ("JobDefinition", "JobName", "JobQueue"),
    "bedrock:invokeModel": ("ModelId",),
    "codebuild:startBuild": ("ProjectName",),
    "dynamodb:getItem": ("TableName", "Key"),
    "dynamodb:putItem": ("TableName", "Item"),
    "dynamodb:updateItem": ("TableName", "Key"),
    "dynamodb:deleteItem": ("TableName", "Key"),
    "ecs:runTask": ("TaskDefinition",),
    "events:putEvents": ("Entries",),
    "glue:startJobRun": ("JobName",),
    "http:invoke": ("ApiEndpoint", "Method"),
    "lambda:invoke": ("FunctionName",),
    "sns:publish": ("Message",),
    "sqs:sendMessage": ("QueueUrl", "MessageBody"),
    "states:startExecution": ("StateMachineArn",),
}
"""The arguments that a call cannot do without.

Source: the pages of the services below "Integrating optimized services".
"""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a task calls by an integration.

    Attributes:
        state: the task.
        prefix: of the ARN, up to the service.
        sdk: whether it is called as an SDK calls it.
        service, action: as the ARN has them.
        pattern: `sync`, `sync:2` or `waitForTaskToken`; empty of request and response.
    """

    state: State
    prefix: str
    sdk: bool
    service: str
    action: str
    pattern: str

    @property
    def field(self) -> Field:
        """The field of its ARN, of partition `aws` where only the deployment knows it."""
        return Field(f"{self.state.path}.Resource", self.spelt(self.name))

    @property
    def name(self) -> str:
        """Service and action."""
        return f"{self.service}:{self.action}"

    @property
    def sdk_service(self) -> str:
        """The service's name behind `aws-sdk:`."""
        return self.service if self.sdk else SDK_NAMES.get(self.service, self.service)

    def spelt(self, name: str, *, sdk: bool | None = None, pattern: str | None = None) -> str:
        """The ARN with another service and action, or by another pattern."""
        suffix = self.pattern if pattern is None else pattern
        kind = "aws-sdk:" if (self.sdk if sdk is None else sdk) else ""
        return f"{self.prefix}{kind}{name}{f'.{suffix}' if suffix else ''}"

    @property
    def waits(self) -> bool:
        """Whether it ends when somebody else has done something."""
        return bool(self.pattern)


def call_of(state: State) -> Call | None:
    """What a task calls; None of other states, of functions by their ARN, of activities, and of tokens."""
    given = state.fields.get("Resource")
    match = _INTEGRATION.fullmatch(given) if state.type == "Task" and isinstance(given, str) else None
    if match is None:
        return None
    # Only the deployment knows the partition in what CDK writes; the integrations are the same in each.
    partition, sdk, service, action, pattern = match.groups()
    if partition not in _PARTITIONS and not has_token(partition):
        return None
    prefix = f"arn:{'aws' if has_token(partition) else partition}:states:::"
    return Call(state=state, prefix=prefix, sdk=bool(sdk), service=service, action=action, pattern=pattern or "")


def is_task_arn(text: str) -> bool:
    """Whether a text has the form of an integration's ARN, of a function's or of an activity's."""
    return _TASK.fullmatch(text) is not None


def arguments_of(state: State) -> Field | None:
    """The field with what a task hands over; None when it has none, so that the state's input is handed over."""
    name = "Arguments" if state.language == "JSONata" else "Parameters"
    return state.at(name) if name in state.given else None


def argument(state: State, name: str) -> Field | None:
    """One argument of a task; None when it is not given, or nobody knows whether it is."""
    given = arguments_of(state)
    if given is None or not is_object(given.value):
        return None
    for key in (name, f"{name}.$"):
        if key in given.value:
            return Field(f"{given.path}.{key}", given.value[key])
    return None


def literal(field: Field | None) -> str:
    """The text of an argument that is the same in every execution and known; empty when it is not."""
    if field is None or not is_text(field.value) or field.name == "$":
        return ""
    return "" if field.value.startswith("{%") or has_token(field.value) else field.value


def function_of(state: State) -> Field | None:
    """The field with the function that a task invokes; None when it invokes none."""
    call, given = call_of(state), state.fields.get("Resource")
    if call is not None:
        by_name = call.service == "lambda" and call.action == "invoke"
        return (argument(state, "FunctionName") or Field(state.path)) if by_name else None
    return state.at("Resource") if state.type == "Task" and is_text(given) and _FUNCTION.fullmatch(given) else None


def is_activity(state: State) -> bool:
    """Whether a worker of one's own does the task."""
    given = state.fields.get("Resource")
    return state.type == "Task" and is_text(given) and _ACTIVITY.fullmatch(given) is not None
