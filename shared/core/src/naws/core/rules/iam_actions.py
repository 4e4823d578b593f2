"""The IAM actions that a step needs: by Step Functions' own integrations, and by `aws-sdk:`.

Source: Step Functions Developer Guide, "How Step Functions generates IAM policies for integrated services", and the
Service Authorization Reference. Rights without which a call works as well, such as to stop a job, are left out where
AWS CDK does not grant them either.
"""

from collections.abc import Mapping, Sequence

from naws.core.rules.asl_integrations import SYNC, SYNC_2, Call, argument, literal
from naws.core.rules.asl_sdk import pairs

EVENTS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
"""With which a managed rule notices that a job has ended."""
_SECRETS = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
"""With which a connection's credentials are read.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html (IAM permissions to run an HTTP Task)
"""
_SEVERAL = {"EVENTS": EVENTS, "SECRETS": _SECRETS}
_OWN = """
athena:startQueryExecution             athena:StartQueryExecution
athena:startQueryExecution.sync        athena:StartQueryExecution athena:GetQueryExecution
batch:submitJob                        batch:SubmitJob
batch:submitJob.sync                   batch:SubmitJob EVENTS
bedrock:createModelCustomizationJob    bedrock:CreateModelCustomizationJob
bedrock:invokeModel                    bedrock:InvokeModel
codebuild:startBuild.sync              codebuild:StartBuild codebuild:StopBuild codebuild:BatchGetBuilds EVENTS
codebuild:startBuildBatch.sync         codebuild:StartBuildBatch codebuild:BatchGetBuildBatches EVENTS
databrew:startJobRun                   databrew:StartJobRun
databrew:startJobRun.sync              databrew:StartJobRun databrew:ListJobRuns databrew:StopJobRun
ecs:runTask                            ecs:RunTask
ecs:runTask.sync                       ecs:RunTask ecs:StopTask ecs:DescribeTasks EVENTS
elasticmapreduce:addStep               elasticmapreduce:AddJobFlowSteps
elasticmapreduce:addStep.sync          elasticmapreduce:AddJobFlowSteps elasticmapreduce:DescribeStep EVENTS
elasticmapreduce:createCluster         elasticmapreduce:RunJobFlow
elasticmapreduce:createCluster.sync    elasticmapreduce:RunJobFlow elasticmapreduce:DescribeCluster EVENTS
elasticmapreduce:terminateCluster      elasticmapreduce:TerminateJobFlows
elasticmapreduce:terminateCluster.sync elasticmapreduce:TerminateJobFlows elasticmapreduce:DescribeCluster EVENTS
emr-containers:startJobRun             emr-containers:StartJobRun
emr-containers:startJobRun.sync        emr-containers:StartJobRun emr-containers:DescribeJobRun
emr-serverless:startJobRun             emr-serverless:StartJobRun
emr-serverless:startJobRun.sync        emr-serverless:StartJobRun emr-serverless:GetJobRun
events:putEvents                       events:PutEvents
glue:startJobRun                       glue:StartJobRun
glue:startJobRun.sync                  glue:StartJobRun glue:GetJobRun glue:GetJobRuns glue:BatchStopJobRun
http:invoke                            states:InvokeHTTPEndpoint events:RetrieveConnectionCredentials SECRETS
lambda:invoke                          lambda:InvokeFunction
mediaconvert:createJob                 mediaconvert:CreateJob
mediaconvert:createJob.sync            mediaconvert:CreateJob mediaconvert:GetJob mediaconvert:CancelJob EVENTS
sagemaker:createTrainingJob.sync       sagemaker:CreateTrainingJob sagemaker:DescribeTrainingJob EVENTS
sagemaker:createTransformJob.sync      sagemaker:CreateTransformJob sagemaker:DescribeTransformJob EVENTS
sns:publish                            sns:Publish
sqs:sendMessage                        sqs:SendMessage
states:startExecution                  states:StartExecution
states:startExecution.sync             states:StartExecution states:DescribeExecution states:StopExecution EVENTS
"""
_SAME_NAMES = """
appflow athena autoscaling backup bedrock cloudformation codebuild codepipeline comprehend config databrew datasync
dynamodb ecr ecs eks fis firehose fsx glacier iam kinesis kms lambda organizations polly ram rds rekognition route53
sagemaker scheduler secretsmanager ses sns sqs ssm sts textract transcribe transfer translate
"""
_OTHER_PREFIXES = """
applicationautoscaling application-autoscaling, bedrockagent bedrock, bedrockruntime bedrock, cloudwatch cloudwatch,
cloudwatchlogs logs, emr elasticmapreduce, emrcontainers emr-containers,
emrserverless emr-serverless, eventbridge events, mwaa airflow, rdsdata rds-data, redshiftdata redshift-data,
redshiftserverless redshift-serverless, sfn states
"""
PREFIXES: Mapping[str, str] = {
    **{name: name for name in _SAME_NAMES.split()},
    **pairs(_OTHER_PREFIXES),
}
"""The IAM prefix of a service by what `aws-sdk:` calls it; of others nothing is judged."""
_UNLIKE = """
bedrockruntime:converse bedrock:InvokeModel, bedrockruntime:invokeModel bedrock:InvokeModel,
dynamodb:transactGetItems dynamodb:GetItem, lambda:invoke lambda:InvokeFunction, s3:copyObject s3:PutObject,
s3:deleteObject s3:DeleteObject, s3:deleteObjects s3:DeleteObject, s3:getObject s3:GetObject,
s3:getObjectAttributes s3:GetObjectAttributes, s3:getObjectTagging s3:GetObjectTagging, s3:headBucket s3:ListBucket,
s3:headObject s3:GetObject, s3:listBuckets s3:ListAllMyBuckets, s3:listObjects s3:ListBucket,
s3:listObjectsV2 s3:ListBucket, s3:putObject s3:PutObject, s3:putObjectTagging s3:PutObjectTagging,
sns:publishBatch sns:Publish, sqs:deleteMessageBatch sqs:DeleteMessage, sqs:sendMessageBatch sqs:SendMessage,
sqs:changeMessageVisibilityBatch sqs:ChangeMessageVisibility
"""
UNLIKE = pairs(_UNLIKE)
"""Actions whose permission has another name."""
# Those without a permission of their own name, whose permission depends on what they are given, or is not known.
_NOT_JUDGED = """
cloudwatch:associateDatasetKmsKey cloudwatch:describeAlarmContributors cloudwatch:disassociateDatasetKmsKey
cloudwatchlogs:getLogObject dynamodb:batchExecuteStatement dynamodb:executeStatement dynamodb:executeTransaction
dynamodb:transactWriteItems ecr:listImageReferrers emrcontainers:updateVirtualCluster iam:acquireRole
iam:updateDelegationRequest kms:reEncrypt lambda:getLayerVersionByArn lambda:invokeWithResponseStream
rds:describeServerlessV2PlatformVersions redshiftdata:getStatementResultV2 transcribe:updateLanguageModel
bedrockagent:createVpcConfiguration bedrockagent:deleteVpcConfiguration bedrockagent:getVpcConfiguration
bedrockagent:listVpcConfigurations bedrockruntime:converseStream bedrockruntime:startAsyncInvoke
bedrockruntime:invokeModelWithBidirectionalStream
"""
NOT_JUDGED = frozenset(_NOT_JUDGED.split())
_RESOURCES = {"lambda:invoke": "FunctionName", "sns:publish": "TopicArn", "states:startExecution": "StateMachineArn"}


def _read(table: str) -> Mapping[str, Sequence[str]]:
    lines = (line.split() for line in table.strip().splitlines())
    return {name: [one for each in actions for one in _SEVERAL.get(each, (each,))] for name, *actions in lines}


OWN: Mapping[str, Sequence[str]] = _read(_OWN)
"""The permissions of an integration by its own name and pattern."""


def actions_of(call: Call) -> Sequence[str]:
    """The permissions that a call needs; empty when they are not known."""
    if call.sdk:
        prefix = PREFIXES.get(call.service)
        if call.name in UNLIKE:
            return (UNLIKE[call.name],)
        if prefix is None or call.name in NOT_JUDGED:
            return ()
        return (f"{prefix}:{call.action[:1].upper()}{call.action[1:]}",)
    pattern = SYNC if call.pattern in (SYNC, SYNC_2) else ""
    own = OWN.get(f"{call.name}.{pattern}" if pattern else call.name)
    if own is None and call.service == "dynamodb":
        own = (f"dynamodb:{call.action[:1].upper()}{call.action[1:]}",)
    return own or ()


def resource_of(call: Call) -> str:
    """The ARN of what the first of its permissions is for; empty when only the execution or the deployment knows."""
    name = _RESOURCES.get(call.name)
    found = literal(argument(call.state, name)) if name else ""
    return found if found.startswith("arn:") else ""
