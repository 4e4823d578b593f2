"""A stack with a workflow whose failed runs are started anew, and one whose executions go on, written by hand."""

import json

TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
ROLE = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUST]}}
FAILS = {"Condition": "{% $states.input.payload.fail = true %}", "Next": "No"}
WAITS = {"Condition": "{% $states.input.payload.wait = true %}", "Next": "Long"}
DEFINITION = {
    "QueryLanguage": "JSONata",
    "StartAt": "Which",
    "States": {
        "Which": {"Type": "Choice", "Choices": [FAILS, WAITS], "Default": "Yes"},
        "No": {"Type": "Fail", "Error": "No.Paper", "Cause": "no paper"},
        "Long": {"Type": "Wait", "Seconds": 600, "Next": "Yes"},
        "Yes": {"Type": "Succeed"},
    },
}


def of(kind, properties=None, runs=None):
    made = {"Type": f"AWS::{kind}", "Properties": properties or {}}
    return made | ({"Metadata": {"naws:runs": runs}} if runs else {})


def machine(runs):
    properties = {"DefinitionString": json.dumps(DEFINITION), "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    return of("StepFunctions::StateMachine", properties, runs)


def scheduled():
    """What a schedule needs that starts the first workflow on New Year's Day, with a time in its input; one is off."""
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    given = {
        "trigger": "schedule",
        "id": "yearly@<aws.scheduler.scheduled-time>",
        "payload": {"kind": "yearly", "by": "<aws.scheduler.schedule-arn>"},
    }
    target = {"Arn": {"Ref": "Anew"}, "RoleArn": {"Fn::GetAtt": ["Starter", "Arn"]}, "Input": json.dumps(given)}
    properties = {
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ScheduleExpression": "cron(0 3 1 1 ? *)",
        "ScheduleExpressionTimezone": "Europe/London",
        "Target": target,
    }
    alarm = {
        "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:nobody"],
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Failures", "QueueName"]}}],
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "EvaluationPeriods": 1, "Period": 60, "Statistic": "Maximum", "Threshold": 1,
    }  # fmt: skip
    return {
        "Starter": of("IAM::Role", {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}}),
        "Yearly": of("Scheduler::Schedule", properties),
        "Hourly": of(
            "Scheduler::Schedule", {**properties, "ScheduleExpression": "cron(0 * * * ? *)", "State": "DISABLED"}
        ),
        "Alarm": of("CloudWatch::Alarm", alarm),
    }


def template(name, *, more=None):
    redriven = {"deadLetterTargetArn": {"Fn::GetAtt": ["WorkLetters", "Arn"]}, "maxReceiveCount": 3}
    common = {"pattern": "tried", "kind": "workflow"}
    schedules = [each for each, resource in (more or {}).items() if resource["Type"] == "AWS::Scheduler::Schedule"]
    anew = {"path": f"{name}/Anew", "failureQueue": "Failures", "deadLetterQueues": ["Letters", "WorkLetters"]}
    return {
        "Resources": {
            "Role": of("IAM::Role", ROLE),
            "Failures": of("SQS::Queue"),
            "Ends": of("SQS::Queue"),
            "Letters": of("SQS::Queue"),
            "WorkLetters": of("SQS::Queue"),
            "Work": of("SQS::Queue", {"RedrivePolicy": redriven}),
            "Anew": machine({**common, **anew, "queues": ["Work"], "schedules": schedules}),
            "GoesOn": machine({**common, "path": f"{name}/GoesOn", "failureQueue": "Ends", "redrive": "execution"}),
            **(more or {}),
            "Site": of("SQS::Queue", runs={"pattern": "site", "path": f"{name}/Site", "kind": "website"}),
        }
    }
