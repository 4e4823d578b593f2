"""`naws diagram`: by purpose, across stacks."""

import json

from typer.testing import CliRunner

from naws.cli.main import app

RUNS = {
    "pattern": "tried",
    "path": "Jobs/Nightly",
    "kind": "workflow",
    "failureQueue": "Failures",
    "schedules": ["Daily"],
    "rules": ["Upload"],
    "queues": ["Work"],
}
OTHER = {"pattern": "tried", "path": "Jobs/Mails", "kind": "function"}
RULE = {"EventPattern": {"source": ["aws.s3"], "detail-type": ["Object Created"]}}
REFERRED = [{"Fn::ImportValue": "Data:Sales"}, {"Fn::GetStackOutput": {"StackName": "Data", "OutputName": "Rates"}}]
JOBS = {
    "Resources": {
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Metadata": {"naws:runs": RUNS}},
        "Alias": {"Type": "AWS::Lambda::Alias", "Metadata": {"naws:runs": OTHER}},
        "Daily": {"Type": "AWS::Scheduler::Schedule", "Properties": {"ScheduleExpression": "cron(0 3 * * ? *)"}},
        "Upload": {"Type": "AWS::Events::Rule", "Properties": RULE},
        "Work": {"Type": "AWS::SQS::Queue"},
        "Failures": {"Type": "AWS::SQS::Queue"},
        "Payloads": {"Type": "AWS::S3::Bucket"},
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"Of": [*REFERRED, {"Ref": "Alias"}, {"Ref": "Payloads"}, {"Fn::GetAtt": ["Work", "Arn"]}]},
        },
    }
}
TAKEN = {"Pipes::Pipe": ("Source", "Target"), "Lambda::EventSourceMapping": ("EventSourceArn", "FunctionName")}
DATA = {
    "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}, "Table": {"Type": "AWS::DynamoDB::Table"}},
    "Outputs": {
        "Sales": {"Value": {"Fn::GetAtt": ["Bucket", "Arn"]}, "Export": {"Name": "Data:Sales"}},
        "Rates": {"Value": {"Ref": "Table"}},
    },
}


def named(**paths):
    return {f"/{path}": [{"type": "aws:cdk:logicalId", "data": name}] for name, path in paths.items()}


def test_triggers_lead_to_patterns_and_these_to_what_they_use(assembly):
    assembly.stack("Data", DATA, metadata=named(Bucket="Data/Sales/Bucket/Resource", Table="Data/Rates/Table/Resource"))
    own = {name: f"Jobs/Nightly/{name}/Resource" for name in ("Daily", "Upload", "Work", "Failures", "Policy")}
    directory = assembly.stack("Jobs", JOBS, metadata=named(**own, Payloads="Jobs/NawsPayloads/Resource"))
    result = CliRunner().invoke(app, ["diagram", str(directory)])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "flowchart LR",
        '    subgraph n1["Jobs"]',
        '        n2["Nightly<br>tried"]',
        '        n3["Mails<br>tried"]',
        "    end",
        '    n4(["at 03:00 every day, in UTC"])',
        '    n5>"Object Created, aws.s3"]',
        '    n6[/"Work (queue)"/]',
        '    n7[/"failure queue"/]',
        '    n8[("Sales (bucket)")]',
        '    n9[("Rates (table)")]',
        "    n4 --> n2",
        "    n5 --> n2",
        "    n6 --> n2",
        "    n2 -.->|failed| n7",
        "    n2 --- n8",
        "    n2 --- n9",
        "    n2 -->|starts| n3",
    ]


def test_a_queue_of_another_stack_leads_to_the_pattern_that_takes_from_it(assembly):
    exported = {"Value": {"Fn::GetAtt": ["Own", "Arn"]}, "Export": {"Name": "Data:Own"}}
    data = {"Resources": {"Own": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"Own": exported}}
    own, split = {"Fn::ImportValue": "Data:Own"}, ["arn:", {"Ref": "AWS::Partition"}, ":sqs:eu-west-1:1:theirs"]
    stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/s"

    def taken(kind, source, target):
        return {"Type": f"AWS::{kind}", "Properties": dict(zip(TAKEN[kind], (source, {"Ref": target}), strict=True))}

    jobs = {
        "Resources": {
            "Machine": {**JOBS["Resources"]["Machine"], "Metadata": {"naws:runs": {**OTHER, "path": "Jobs/Nightly"}}},
            "Alias": JOBS["Resources"]["Alias"],
            "Pipe": taken("Pipes::Pipe", own, "Machine"),
            "Joined": taken("Pipes::Pipe", {"Fn::Join": ["", split]}, "Machine"),
            "Mapping": taken("Lambda::EventSourceMapping", "arn:aws:sqs:eu-west-1:111122223333:imported", "Alias"),
            "Stream": taken("Lambda::EventSourceMapping", stream, "Alias"),
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"Of": own}},
        }
    }
    assembly.stack("Data", data, metadata=named(Own="Data/Own/Resource"))
    directory = assembly.stack("Jobs", jobs, metadata=named(Policy="Jobs/Nightly/Policy/Resource"))
    result = CliRunner().invoke(app, ["diagram", str(directory)])
    assert result.stdout.splitlines()[5:] == [
        '    n4[/"Own (queue)"/]',
        '    n5[/"theirs (queue)"/]',
        '    n6[/"imported (queue)"/]',
        "    n4 --> n2",
        "    n5 --> n2",
        "    n6 --> n3",
    ]


def lines(directory):
    result = CliRunner().invoke(app, ["diagram", str(directory)])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_stages_whose_stacks_have_one_name_are_drawn_apart(assembly):
    for stage, account in (("Dev", "111122223333"), ("Prod", "444455556666")):
        inner = assembly.stage(stage)
        alias = {"Type": "AWS::Lambda::Alias", "Metadata": {"naws:runs": {**OTHER, "path": f"{stage}/Jobs/Mails"}}}
        jobs = {"Alias": alias, "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"Of": REFERRED}}}
        data = {"Bucket": f"{stage}/Data/Sales/Resource", "Table": f"{stage}/Data/Rates/Resource"}
        policy = {"Policy": f"{stage}/Jobs/Mails/Policy/Resource"}
        for name, template, own in (("Data", DATA, data), ("Jobs", {"Resources": jobs}, policy)):
            home = {"environment": f"aws://{account}/eu-west-1", "stackName": name}
            inner.stack(f"{stage}{name}", template, metadata=named(**own), **home)
            inner.manifest["artifacts"][f"{stage}{name}"]["displayName"] = f"{stage}/{name}"
        inner.write()
    assert lines(assembly.directory)[1:] == [
        '    subgraph n1["Dev/Jobs"]',
        '        n2["Mails<br>tried"]',
        "    end",
        '    subgraph n3["Prod/Jobs"]',
        '        n4["Mails<br>tried"]',
        "    end",
        '    n5[("Sales (bucket)")]',
        '    n6[("Rates (table)")]',
        '    n7[("Sales (bucket)")]',
        '    n8[("Rates (table)")]',
        "    n2 --- n5",
        "    n2 --- n6",
        "    n4 --- n7",
        "    n4 --- n8",
    ]


def test_patterns_of_nested_stacks_are_drawn_with_what_they_use_outside(assembly):
    inner = {
        "Parameters": {"Passed": {"Type": "String"}},
        "Resources": {
            "Alias": {"Type": "AWS::Lambda::Alias", "Metadata": {"naws:runs": {**OTHER, "path": "Shop/Jobs/Mails"}}},
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"Of": {"Ref": "Passed"}}},
        },
    }
    where = {"TemplateURL": "https://s3/assets/inner.json", "Parameters": {"Passed": {"Ref": "Bucket"}}}
    outer = {"Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": where}, **DATA["Resources"]}
    paths = {"Nested": "Shop/Jobs.NestedStack/Jobs.NestedStackResource", "Bucket": "Shop/Sales/Resource"}
    files = {"inner": {"source": {"path": "inner.json"}, "destinations": {"here": {"objectKey": "inner.json"}}}}
    metadata = named(**paths, Policy="Shop/Jobs/Mails/Policy/Resource")
    directory = assembly.stack("Shop", {"Resources": outer}, files=files, metadata=metadata)
    (directory / "inner.json").write_text(json.dumps(inner))
    assert lines(directory)[1:] == [
        '    subgraph n1["Shop/Jobs"]',
        '        n2["Mails<br>tried"]',
        "    end",
        '    n3[("Sales (bucket)")]',
        "    n2 --- n3",
    ]
    (account,) = json.loads(CliRunner().invoke(app, ["cost", str(directory), "--json"]).stdout)["patterns"]
    assert account["path"] == "Shop/Jobs/Mails"
