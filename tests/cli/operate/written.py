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


def template(name):
    redriven = {"deadLetterTargetArn": {"Fn::GetAtt": ["WorkLetters", "Arn"]}, "maxReceiveCount": 3}
    common = {"pattern": "tried", "kind": "workflow"}
    anew = {"path": f"{name}/Anew", "failureQueue": "Failures", "deadLetterQueues": ["Letters", "WorkLetters"]}
    return {
        "Resources": {
            "Role": of("IAM::Role", ROLE),
            "Failures": of("SQS::Queue"),
            "Ends": of("SQS::Queue"),
            "Letters": of("SQS::Queue"),
            "WorkLetters": of("SQS::Queue"),
            "Work": of("SQS::Queue", {"RedrivePolicy": redriven}),
            "Anew": machine({**common, **anew, "queues": ["Work"]}),
            "GoesOn": machine({**common, "path": f"{name}/GoesOn", "failureQueue": "Ends", "redrive": "execution"}),
            "Site": of("SQS::Queue", runs={"pattern": "site", "path": f"{name}/Site", "kind": "website"}),
        }
    }
