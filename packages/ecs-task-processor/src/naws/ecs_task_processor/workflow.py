"""The workflow of one run, as data: a pure function from settings to Amazon States Language (JSONata).

    Receive ─ Measure ─ Fits? ──────────────┐
                          └ Store payload ──┤
        ┌───────────────────────────────────┴─> Run task ── Judge ── Succeeded? ── Note success ── Succeeded
        │                                          │ timeout              │
        │                              Find task ─ Stop task ──── Count failure ─ Note failure ─ Again?
        └───────────────────────────── Wait <───────────────────────────────────────────────────┤
                                                                          Failed ── Keep failure ┘

Every outcome is judged here, because a trigger that starts a task directly never learns of it.
"""

import json
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk

from naws.core.tokens import has_token

OVERRIDE_LIMIT = 8192
"""Characters that RunTask takes for all overrides, formatting included. Source: ECS API, RunTask, overrides."""
_MARGIN = 256
_YEAR = 31_536_000
_OVERHEAD = 600  # seconds per attempt for the calls around the task, their own retries included
_LONGEST_EXECUTION_NAME = 80
_LARGEST_INLINE_PAYLOAD = 150_000
_NO_STATES: dict[str, Any] = {}

ENVIRONMENT_NAMES = (
    "NAWS_RUN_ID",
    "NAWS_TRIGGER",
    "NAWS_ATTEMPT",
    "NAWS_EXECUTION",
    "NAWS_PAYLOAD",
    "NAWS_PAYLOAD_URI",
)
"""What the workflow tells the program; a user's own variables may not have these names."""

_STARTED_BY = "$envelope.trigger = 'schedule' ? $substringBefore($envelope.id, '@') : $envelope.trigger"
"""Each schedule is counted by itself, so that one that stopped is not hidden by another."""

METRIC_NAMESPACE = "NAWS/EcsTaskProcessor"

_INFRASTRUCTURE_STOPS = (
    "TaskFailedToStart",
    "SpotInterruption",
    "TerminationNotice",
    "InfrastructureHealth",
    "ServiceSchedulerInitiated",
)
"""Source: ECS API, Task, stopCode."""


@dataclass(frozen=True, kw_only=True)
class WorkflowSettings:
    """What the workflow has to know; ARNs and names may be tokens, times are seconds."""

    partition: str
    cluster_arn: str
    task_definition_arn: str
    family: str
    container: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    payload_bucket: str
    failure_queue_url: str
    processor: str
    attempt_timeout: float
    stop_timeout: float
    infrastructure_attempts: int
    task_attempts: int
    interval: float
    backoff_rate: float
    max_interval: float


def workflow(settings: WorkflowSettings) -> dict[str, Any]:
    """The state machine's definition."""
    return {
        "Comment": "One run of a task processor: attempts, their outcomes, and where a failed run is kept",
        "QueryLanguage": "JSONata",
        "StartAt": "Receive",
        "TimeoutSeconds": longest_run(settings),
        "States": {
            **_receive(settings),
            **_run(settings),
            **_judge(settings),
            **_stop(settings),
            **_repeat(settings),
            **_end(settings),
        },
    }


def longest_run(settings: WorkflowSettings) -> int:
    """Seconds that a run can take at the most: every attempt to its timeout, every wait at its longest.

    A year at most. Source: Step Functions quotas, maximum execution time.
    """
    if has_token([settings.attempt_timeout, settings.stop_timeout, settings.max_interval]):
        return _YEAR
    attempts = settings.infrastructure_attempts + settings.task_attempts - 1
    one = settings.attempt_timeout + settings.stop_timeout + settings.max_interval + _OVERHEAD
    return int(min(attempts * one, _YEAR))


def _expression(text: str) -> str:
    return "{% " + text + " %}"


def _number(value: float) -> str:
    """A number inside an expression; a token stays one."""
    return cdk.Token.as_string(value) if has_token(value) else f"{value:g}"


def _receive(settings: WorkflowSettings) -> dict[str, Any]:
    """Read the envelope, whichever trigger sent it: a pipe hands over an array of one, a person whatever they like."""
    envelope = """(
        $batch := $type($states.input) = 'array' and $count($states.input) = 1;
        $first := $batch ? $states.input[0] : $states.input;
        $isEnvelope := $type($first) = 'object' and $exists($first.trigger) and $exists($first.id);
        $in := $isEnvelope ? $first : $states.input;
        $time := $isEnvelope and $exists($in.time) ? $string($in.time) : $states.context.Execution.StartTime;
        $isEnvelope
            ? {'trigger': $string($in.trigger), 'id': $string($in.id),
               'time': $contains($time, /^[0-9]+$/) ? $fromMillis($number($time)) : $time,
               'payload': $exists($in.payload) ? $in.payload : {}}
            : {'trigger': 'manual', 'id': $states.context.Execution.Name, 'time': $time,
               'payload': $exists($in) ? $in : {}}
    )"""
    # $string() leaves the quotes of a plain string out; inside an object every payload becomes JSON.
    payload_text = "($text := $string({'p': $envelope.payload}); $substring($text, 5, $length($text) - 6))"
    run = "$states.context.Execution.Name"
    uri = f"'s3://{settings.payload_bucket}/runs/' & {run} & '.json'"
    return {
        "Receive": {
            "Type": "Pass",
            "Assign": {
                "envelope": _expression(" ".join(envelope.split())),
                "attempt": 1,
                "infrastructureFailures": 0,
                "taskFailures": 0,
            },
            "Next": "Measure",
        },
        "Measure": {"Type": "Pass", "Assign": {"payloadText": _expression(payload_text)}, "Next": "Fits?"},
        "Fits?": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": _expression(
                        f"$length($string([$payloadText, $envelope.id])) <= {payload_budget(settings.container)}"
                    ),
                    "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD", "Value": _expression("$payloadText")}},
                    "Next": "Run task",
                }
            ],
            "Default": "Store payload",
        },
        "Store payload": {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::aws-sdk:s3:putObject",
            "Arguments": {
                "Bucket": settings.payload_bucket,
                "Key": _expression(f"'runs/' & {run} & '.json'"),
                "Body": _expression("$envelope.payload"),
                "ContentType": "application/json",
            },
            "Assign": {"payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": _expression(uri)}},
            "Retry": [_retry("States.ALL", attempts=4)],
            "Catch": [
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {
                        "verdict": _expression(_verdict("infrastructure", "Naws.PayloadNotStored")),
                        "payloadVariable": {"Name": "NAWS_PAYLOAD_URI", "Value": "not stored"},
                    },
                    "Next": "Keep failure",
                }
            ],
            "Next": "Run task",
        },
    }


def payload_budget(container: str) -> int:
    """Characters that the payload and the run's id may take, as JSON strings in an array, before S3 is used."""
    values = {"NAWS_TRIGGER": "schedule", "NAWS_ATTEMPT": "100", "NAWS_EXECUTION": "x" * _LONGEST_EXECUTION_NAME}
    environment = [{"Name": name, "Value": values.get(name, "")} for name in ENVIRONMENT_NAMES]
    fixed = {"ContainerOverrides": [{"Name": container, "Environment": environment}]}
    return OVERRIDE_LIMIT - len(json.dumps(fixed)) - _MARGIN


def _run(settings: WorkflowSettings) -> dict[str, Any]:
    # AWS cuts a cause after 32,768 characters: then it is no JSON any more.
    described = "$substring($states.errorOutput.Cause, 0, 1) = '{' and $substring($states.errorOutput.Cause, -1) = '}'"
    return {
        "Run task": {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::ecs:runTask.sync",
            "TimeoutSeconds": settings.attempt_timeout,
            "Arguments": {
                "Cluster": settings.cluster_arn,
                "TaskDefinition": settings.task_definition_arn,
                "LaunchType": "FARGATE",
                "Group": _expression("$states.context.Execution.Name"),
                "PropagateTags": "TASK_DEFINITION",
                "EnableECSManagedTags": True,
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {
                        "AssignPublicIp": "DISABLED",
                        "Subnets": list(settings.subnet_ids),
                        "SecurityGroups": list(settings.security_group_ids),
                    }
                },
                "Overrides": {"ContainerOverrides": [{"Name": settings.container, "Environment": _environment()}]},
            },
            "Assign": {"task": _expression(_essentials("$states.result")), "error": "", "cause": ""},
            "Catch": [
                {
                    "ErrorEquals": ["States.Timeout"],
                    "Assign": {
                        "verdict": {
                            "kind": "task",
                            "outcome": "TimedOut",
                            "error": "Naws.AttemptTimedOut",
                            "reason": f"the attempt took longer than {_number(settings.attempt_timeout)} seconds",
                        },
                        "page": _NO_STATES,
                    },
                    "Next": "Find task",
                },
                {
                    "ErrorEquals": ["States.ALL"],
                    "Assign": {
                        "task": _expression(
                            f"{described} ? ($task := $parse($states.errorOutput.Cause); {_essentials('$task')}) : {{}}"
                        ),
                        "error": _expression("$states.errorOutput.Error"),
                        "cause": _expression("$states.errorOutput.Cause"),
                    },
                    "Next": "Judge",
                },
            ],
            "Next": "Judge",
        }
    }


def _environment() -> list[Any]:
    values = {
        "NAWS_RUN_ID": "$envelope.id",
        "NAWS_TRIGGER": "$envelope.trigger",
        "NAWS_ATTEMPT": "$string($attempt)",
        "NAWS_EXECUTION": "$states.context.Execution.Name",
    }
    variables = [{"Name": name, "Value": _expression(value)} for name, value in values.items()]
    return [*variables, _expression("$payloadVariable")]


def _essentials(task: str) -> str:
    """The part of a task's description that is judged; the rest can be large."""
    return (
        f"{{'TaskArn': {task}.TaskArn, 'StopCode': {task}.StopCode, 'StoppedReason': {task}.StoppedReason, "
        f"'Containers': [{task}.Containers.{{'Name': Name, 'ExitCode': ExitCode, 'Reason': Reason}}]}}"
    )


def _judge(settings: WorkflowSettings) -> dict[str, Any]:
    stops = ", ".join(f"'{code}'" for code in _INFRASTRUCTURE_STOPS)
    verdict = f"""(
        $exit := $task.Containers[Name = '{settings.container}'].ExitCode;
        $reasons := $join($append([], [$task.StoppedReason, $task.Containers.Reason]), '; ');
        $outOfMemory := $contains($reasons, 'OutOfMemory')
            or ($exit = 137 and $task.StopCode = 'EssentialContainerExited');
        $notStarted := $task.StopCode in [{stops}] or ($error != '' and $error != 'States.TaskFailed')
            or $not($exists($exit) or $outOfMemory or $task.StopCode = 'UserInitiated');
        $outcome := $notStarted ? 'NotStarted' : $outOfMemory ? 'OutOfMemory'
            : $exit = 0 ? 'Succeeded' : $task.StopCode = 'UserInitiated' ? 'Stopped' : 'Failed';
        {{
            'kind': $outcome = 'Succeeded' ? 'succeeded' : $outcome = 'NotStarted' ? 'infrastructure' : 'task',
            'outcome': $outcome,
            'error': $outcome = 'NotStarted' ? 'Naws.InfrastructureFailed' : $outcome = 'OutOfMemory'
                ? 'Naws.OutOfMemory' : $outcome = 'Stopped' ? 'Naws.TaskStopped' : 'Naws.TaskFailed',
            'reason': $reasons != '' ? $reasons
                : $error != '' ? $error & ': ' & $substring($cause, 0, 1000) : 'exit code ' & $string($exit),
            'exitCode': $exit,
            'taskArn': $task.TaskArn
        }}
    )"""
    return {
        "Judge": {
            "Type": "Pass",
            "Assign": {"verdict": _expression(" ".join(verdict.split()))},
            "Next": "Succeeded?",
        },
        "Succeeded?": {
            "Type": "Choice",
            "Choices": [{"Condition": _expression("$verdict.kind = 'succeeded'"), "Next": "Note success"}],
            "Default": "Count failure",
        },
    }


def _stop(settings: WorkflowSettings) -> dict[str, Any]:
    """Stop the task of an attempt that timed out: Step Functions does not promise to.

    The task is found by its group, which is the execution's name. Not finding it must not lose the run.
    """
    give_up = [{"ErrorEquals": ["States.ALL"], "Next": "Count failure"}]
    listing = f"{{'Cluster': '{settings.cluster_arn}', 'Family': '{settings.family}', 'DesiredStatus': 'RUNNING'}}"
    ours = "$states.result.Tasks[Group = $states.context.Execution.Name].TaskArn"
    next_page = "$exists($states.result.NextToken) ? {'NextToken': $states.result.NextToken} : {}"

    def call(action: str, arguments: Any, assign: dict[str, Any], after: str) -> dict[str, Any]:
        return {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::aws-sdk:ecs:{action}",
            "Arguments": arguments,
            "Assign": assign,
            "Retry": [_retry("States.ALL", attempts=4)],
            "Catch": give_up,
            "Next": after,
        }

    return {
        "Find task": call(
            "listTasks",
            _expression(f"$merge([{listing}, $page])"),
            {"taskArns": _expression("[$states.result.TaskArns]"), "page": _expression(next_page)},
            "Any tasks?",
        ),
        "Any tasks?": {
            "Type": "Choice",
            "Choices": [{"Condition": _expression("$count($taskArns) > 0"), "Next": "Describe tasks"}],
            "Default": "Count failure",
        },
        "Describe tasks": call(
            "describeTasks",
            {"Cluster": settings.cluster_arn, "Tasks": _expression("$taskArns")},
            {"taskArns": _expression(f"[{ours}]")},
            "Found?",
        ),
        "Found?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": _expression("$count($taskArns) > 0"), "Next": "Stop task"},
                {"Condition": _expression("$exists($page.NextToken)"), "Next": "Find task"},
            ],
            "Default": "Count failure",
        },
        "Stop task": call(
            "stopTask",
            {
                "Cluster": settings.cluster_arn,
                "Task": _expression("$taskArns[0]"),
                "Reason": _expression("$verdict.reason"),
            },
            {"verdict": _expression("$merge([$verdict, {'taskArn': $taskArns[0]}])")},
            "Count failure",
        ),
    }


def _repeat(settings: WorkflowSettings) -> dict[str, Any]:
    failures = "$verdict.kind = 'infrastructure' ? $infrastructureFailures : $taskFailures"
    growing = f"{_number(settings.interval)} * $power({_number(settings.backoff_rate)}, $failures - 1)"
    longest = f"$min([{_number(settings.max_interval)}, {growing}])"
    # After a timeout the stopped task may still be finishing: two attempts of one run must not overlap.
    least = f"$verdict.outcome = 'TimedOut' ? {_number(settings.stop_timeout)} : 1"
    wait = f"($failures := {failures}; $max([{least}, $ceil($random() * {longest})]))"
    again = (
        f"$verdict.kind = 'infrastructure' ? $infrastructureFailures < {_number(settings.infrastructure_attempts)} "
        f": $taskFailures < {_number(settings.task_attempts)}"
    )
    counted = {
        "infrastructureFailures": "$infrastructureFailures + ($verdict.kind = 'infrastructure' ? 1 : 0)",
        "taskFailures": "$taskFailures + ($verdict.kind = 'task' ? 1 : 0)",
    }
    return {
        "Count failure": {
            "Type": "Pass",
            "Assign": {name: _expression(text) for name, text in counted.items()},
            "Next": "Note failure",
        },
        "Note failure": _note(settings, "AttemptsNotSucceeded", "Outcome", "$verdict.outcome", "Again?"),
        "Again?": {
            "Type": "Choice",
            "Choices": [{"Condition": _expression(again), "Next": "Wait"}],
            "Default": "Keep failure",
        },
        "Wait": {
            "Type": "Wait",
            "Seconds": _expression(wait),
            "Assign": {"attempt": _expression("$attempt + 1")},
            "Next": "Run task",
        },
    }


def _end(settings: WorkflowSettings) -> dict[str, Any]:
    # A message holds 1 MiB, a state's input 256 KiB: a payload that would not fit is named instead.
    kept = (
        f"$length($payloadText) <= {_LARGEST_INLINE_PAYLOAD} ? $envelope : "
        "{'trigger': $envelope.trigger, 'id': $envelope.id, 'time': $envelope.time, "
        "'payload_uri': $payloadVariable.Value}"
    )
    failure = (
        "{'error': $verdict.error, 'reason': $verdict.reason, 'exit_code': $verdict.exitCode, 'attempts': $attempt, "
        "'task': $verdict.taskArn, 'execution': $states.context.Execution.Id}"
    )
    return {
        "Note success": _note(settings, "RunsSucceeded", "Trigger", _STARTED_BY, "Succeeded"),
        "Succeeded": {
            "Type": "Succeed",
            "Output": _expression(
                "{'id': $envelope.id, 'trigger': $envelope.trigger, 'attempts': $attempt, "
                "'exit_code': $verdict.exitCode, 'task': $verdict.taskArn}"
            ),
        },
        "Keep failure": {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::sqs:sendMessage",
            "Arguments": {
                "QueueUrl": settings.failure_queue_url,
                "MessageBody": _expression(f"{{'envelope': {kept}, 'failure': {failure}}}"),
            },
            "Retry": [_retry("States.ALL", attempts=8)],
            "Next": "Failed",
        },
        "Failed": {
            "Type": "Fail",
            "Error": _expression("$verdict.error"),
            "Cause": _expression("$verdict.reason & ' (attempt ' & $string($attempt) & ', run ' & $envelope.id & ')'"),
        },
    }


def _note(settings: WorkflowSettings, metric: str, dimension: str, value: str, after: str) -> dict[str, Any]:
    """Count something for the alarms; a count that fails must not fail the run."""
    dimensions = [
        {"Name": "Processor", "Value": settings.processor},
        {"Name": dimension, "Value": _expression(value)},
    ]
    return {
        "Type": "Task",
        "Resource": f"arn:{settings.partition}:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": {
            "Namespace": METRIC_NAMESPACE,
            "MetricData": [{"MetricName": metric, "Dimensions": dimensions, "Value": 1, "Unit": "Count"}],
        },
        "Retry": [_retry("States.ALL", attempts=2)],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": after}],
        "Next": after,
    }


def _verdict(kind: str, error: str) -> str:
    reason = "$states.errorOutput.Error & ': ' & $substring($states.errorOutput.Cause, 0, 1000)"
    return f"{{'kind': '{kind}', 'outcome': 'NotStarted', 'error': '{error}', 'reason': {reason}}}"


def _retry(error: str, *, attempts: int) -> dict[str, Any]:
    return {
        "ErrorEquals": [error],
        "IntervalSeconds": 2,
        "MaxAttempts": attempts,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "JitterStrategy": "FULL",
    }
