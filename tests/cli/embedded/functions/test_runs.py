"""Runs of functions on the embedded AWS: what a caller, a log, a metric and a policy see of them."""

import io
import json
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e
CONTEXT = """
def handler(event, context):
    return [context.invoked_function_arn, context.aws_request_id, context.log_group_name, context.memory_limit_in_mb]
"""
SLOW = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event"
FAILING = """
class OutOfStock(Exception): pass
def handler(event, context):
    print(event)
    raise OutOfStock("no bolts")
"""
LOGS = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}


def metric(bench: Any, name: str, **dimensions: str) -> float:
    """The sum of a metric of the last hour."""
    now = time.time()
    found = bench.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - 1800,
        EndTime=now + 1800,
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


def test_the_context_names_the_alias_and_the_request(functions: Any) -> None:
    name = functions.make(CONTEXT, MemorySize=256)
    answer = functions.invoke(name)
    arn, request_id, group, memory = answer["payload"]
    assert arn == f"arn:aws:lambda:us-east-1:000000000000:function:{name}:live"
    assert request_id == answer["ResponseMetadata"]["RequestId"]
    assert (group, memory, answer["ExecutedVersion"]) == (f"/aws/lambda/{name}", "256", "1")


def test_an_exception_reaches_the_caller_with_its_class(functions: Any) -> None:
    answer = functions.invoke(functions.make(FAILING), "hello")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert answer["payload"]["errorType"] == "OutOfStock"
    assert answer["payload"]["errorMessage"] == "no bolts"
    assert "hello" in answer["log"]


def test_an_exception_of_a_deep_stack_keeps_its_class(functions: Any) -> None:
    answer = functions.invoke(functions.make("def handler(event, context):\n    return handler(event, context)"))
    assert answer["payload"]["errorType"] == "RecursionError"
    assert any("times]" in frame for frame in answer["payload"]["stackTrace"])


def test_the_tail_of_the_log_is_four_kilobytes(functions: Any) -> None:
    code = "def handler(*_):\n    for number in range(1000): print(f'line {number:04}')"
    log = functions.invoke(functions.make(code))["log"]
    assert "line 0999" in log
    assert 3900 <= len("\n".join(log)) <= 4096


def test_a_new_configuration_is_a_new_environment_and_a_version_keeps_its_own(functions: Any) -> None:
    code = "import os\ndef handler(*_):\n    return os.environ['STAGE']"
    name = functions.make(code, Environment={"Variables": {"STAGE": "one"}})
    assert functions.invoke(name, qualifier="$LATEST")["payload"] == "one"
    functions.client.update_function_configuration(FunctionName=name, Environment={"Variables": {"STAGE": "two"}})
    assert functions.invoke(name, qualifier="$LATEST")["payload"] == "two"
    assert functions.invoke(name)["payload"] == "one"


def test_new_code_is_run(functions: Any) -> None:
    name = functions.make("def handler(*_):\n    return 1")
    assert functions.invoke(name, qualifier="$LATEST")["payload"] == 1
    functions.client.update_function_code(
        FunctionName=name, ZipFile=functions.archive("def handler(*_):\n    return 2")
    )
    assert functions.invoke(name, qualifier="$LATEST")["payload"] == 2


def test_a_layer_is_on_the_path(functions: Any) -> None:
    layer = functions.archive("")  # app.py at the top is on no path of a layer
    target = io.BytesIO(layer)
    with zipfile.ZipFile(target, "a") as writer:
        writer.writestr("python/shared.py", "text = 'from the layer'")
    made = functions.client.publish_layer_version(
        LayerName=f"l-{uuid.uuid4().hex[:8]}", Content={"ZipFile": target.getvalue()}
    )
    code = "import shared\ndef handler(*_):\n    return shared.text"
    name = functions.make(code, Layers=[made["LayerVersionArn"]])
    assert functions.invoke(name)["payload"] == "from the layer"


def test_the_role_acts_in_the_handler(functions: Any, bench: Any) -> None:
    url, arn = bench.queue()
    code = f"""
import boto3
from botocore.exceptions import ClientError
def handler(event, context):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl="{url}", MessageBody="x")
    try:
        sqs.purge_queue(QueueUrl="{url}")
    except ClientError as error:
        return [error.response["Error"]["Code"], str(error)]
"""
    role = functions.role_of({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}, LOGS)
    name = functions.make(code, Role=role)
    code_, text = functions.invoke(name)["payload"]
    assert "AccessDenied" in code_
    assert f"assumed-role/{role.rpartition('/')[2]}/{name} is not authorized to perform: sqs:purgequeue" in text
    assert len(bench.messages(url)) == 1


def caller(bench: Any, *statements: Any) -> Any:
    """A client of Lambda that acts as a role with these statements."""
    role = bench.role_of(*statements)
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    bench.client("iam").update_assume_role_policy(RoleName=role.rpartition("/")[2], PolicyDocument=document)
    keys = bench.client("sts").assume_role(RoleArn=role, RoleSessionName="caller")["Credentials"]
    return boto3.session.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name="us-east-1",
    ).client("lambda", endpoint_url=bench.aws.endpoint_url)


def test_who_may_invoke_the_alias_may_not_invoke_the_function(functions: Any, bench: Any) -> None:
    name = functions.make()
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    for resource, allowed, refused in (
        (f"{arn}:live", {"Qualifier": "live"}, [{}, {"Qualifier": "1"}]),
        (arn, {}, [{"Qualifier": "live"}]),
    ):
        client = caller(bench, {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": resource})
        assert client.invoke(FunctionName=name, **allowed)["StatusCode"] == 200
        for qualified in refused:
            with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
                client.invoke(FunctionName=name, **qualified)


def test_text_logs_are_in_the_functions_own_group(functions: Any, bench: Any) -> None:
    group = f"/shop/{uuid.uuid4().hex[:8]}"
    bench.client("logs").create_log_group(logGroupName=group)
    name = functions.make(FAILING, LoggingConfig={"LogGroup": group, "LogFormat": "Text"})
    request = functions.invoke(name, "hello")["ResponseMetadata"]["RequestId"]
    init, start, printed, error, end, report = functions.logged(group)
    assert init.startswith("INIT_START Runtime Version: python:3.")
    assert (start, printed, end) == (f"START RequestId: {request} Version: 1", "hello", f"END RequestId: {request}")
    assert error.startswith("[ERROR] OutOfStock: no bolts\nTraceback (most recent call last):")
    assert report.startswith(f"REPORT RequestId: {request}\tDuration: ")
    assert "\tMemory Size: 128 MB\tMax Memory Used: " in report
    assert "\tInit Duration: " in report
    groups = bench.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert groups == []


def test_json_logs_have_records_of_the_platform_and_levels(functions: Any) -> None:
    code = """
import logging
def handler(event, context):
    logging.getLogger("shop").info("hidden")
    logging.getLogger("shop").warning("shown")
    print('{"level": "DEBUG", "message": "hidden, too"}')
"""
    settings = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "SystemLogLevel": "DEBUG"}
    name = functions.make(code, LoggingConfig=settings)
    request = functions.invoke(name)["ResponseMetadata"]["RequestId"]
    lines = [json.loads(line) for line in functions.logged(f"/aws/lambda/{name}")]
    begun = ["platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.start"]
    assert [line.get("type") for line in lines] == [*begun, None, "platform.runtimeDone", "platform.report"]
    assert {key: lines[4][key] for key in ("level", "message", "logger", "requestId")} == {
        "level": "WARNING",
        "message": "shown",
        "logger": "shop",
        "requestId": request,
    }
    report = lines[-1]["record"]
    assert (report["requestId"], report["status"], report["metrics"]["memorySizeMB"]) == (request, "success", 128)
    assert {"durationMs", "billedDurationMs", "maxMemoryUsedMB", "initDurationMs"} <= set(report["metrics"])


def test_by_default_json_logs_have_information_only(functions: Any) -> None:
    name = functions.make(LoggingConfig={"LogFormat": "JSON"})
    functions.invoke(name)
    types = [json.loads(line)["type"] for line in functions.logged(f"/aws/lambda/{name}")]
    assert types == ["platform.initStart", "platform.start", "platform.report"]


def test_without_permission_there_is_no_log(functions: Any, bench: Any) -> None:
    name = functions.make(FAILING, Role=functions.role_of())
    assert "hello" in functions.invoke(name, "hello")["log"]
    assert bench.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"] == []


def test_metrics_have_the_alias_and_wake_its_alarm(functions: Any, bench: Any, until: Any) -> None:
    name = functions.make(FAILING)
    of_alias = {"FunctionName": name, "Resource": f"{name}:live"}
    alarm = f"a-{uuid.uuid4().hex[:8]}"
    bench.client("cloudwatch").put_metric_alarm(
        AlarmName=alarm,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": key, "Value": value} for key, value in of_alias.items()],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    functions.invoke(name)
    functions.invoke(name, qualifier="$LATEST")

    def woken() -> bool:
        found = bench.client("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
        return found[0]["StateValue"] == "ALARM"

    until(woken)
    for metric_name in ("Invocations", "Errors"):
        assert metric(bench, metric_name, FunctionName=name) == 2
        assert metric(bench, metric_name, **of_alias) == 1
        assert metric(bench, metric_name, **of_alias, ExecutedVersion="1") == 1
    assert metric(bench, "Duration", **of_alias) > 0
    assert metric(bench, "ConcurrentExecutions", FunctionName=name) == 2


def test_what_is_reserved_is_for_all_versions_together(functions: Any, bench: Any, until: Any) -> None:
    name = functions.make(SLOW, Timeout=30)
    functions.client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)

    def refused() -> Any:
        until(lambda: metric(bench, "ConcurrentExecutions", FunctionName=name))
        with pytest.raises(ClientError) as caught:
            functions.invoke(name, 0)
        return caught.value.response

    ran, response = functions.at_once(lambda: functions.invoke(name, 3, qualifier="$LATEST"), refused)
    assert ran["payload"] == 3
    assert response["Error"]["Code"] == "TooManyRequestsException"
    assert response["Error"]["Message"] == "Rate Exceeded."
    assert (response["Reason"], response["Type"]) == ("ReservedFunctionConcurrentInvocationLimitExceeded", "User")
    throttles = metric(bench, "Throttles", FunctionName=name, Resource=f"{name}:live")
    assert throttles >= 1
    assert metric(bench, "Invocations", FunctionName=name) == 1
    assert {run.error_type for run in functions.runs(name)} == {"", "TooManyRequestsException"}
    assert {run.outcome for run in functions.runs(name)} == {"succeeded", "throttled"}


def test_all_attempts_of_an_asynchronous_request_have_its_id(functions: Any, until: Any) -> None:
    name = functions.make(FAILING)
    answer = functions.invoke(name, InvocationType="Event")
    assert answer["StatusCode"] == 202
    until(lambda: len(functions.runs(name)) == 3)
    runs = functions.runs(name)
    assert {run.request_id for run in runs} == {answer["ResponseMetadata"]["RequestId"]}
    assert {(run.kind, run.qualifier, run.outcome, run.error_type) for run in runs} == {
        ("async", "live", "failed", "OutOfStock")
    }
    assert any("no bolts" in line for line in runs[0].log)


@pytest.mark.parametrize(
    ("event", "trigger"),
    [
        ({"requestContext": {"http": {"method": "GET"}}}, "http"),
        ({"Records": [{"eventSource": "aws:sqs", "messageId": "m"}]}, "queue"),
        ({"trigger": "schedule", "id": "schedule-1", "payload": {}}, "schedule"),
        ({"detail-type": "order", "detail": {}}, "event"),
        ({"Records": []}, "invoke"),
        ({"requestContext": None, "trigger": 1}, "invoke"),
        (["trigger"], "invoke"),
        (None, "invoke"),
    ],
)
def test_a_run_is_recorded_with_what_brought_it_and_its_error(functions: Any, event: Any, trigger: str) -> None:
    name = functions.make(FAILING)
    functions.invoke(name, event)
    (run,) = functions.runs(name)
    assert (run.trigger, run.error_type, run.error_message) == (trigger, "OutOfStock", "no bolts")


@pytest.mark.e2e
def test_an_init_of_over_ten_seconds_is_recorded(functions: Any, tmp_path: Path) -> None:
    begun = str(tmp_path / "begun")
    code = f"""
import os, time
if not os.path.exists({begun!r}):
    open({begun!r}, "x")
    time.sleep(20)
def handler(*_): pass
"""
    name = functions.make(code)
    for _ in range(2):
        functions.invoke(name)
    assert [(run.outcome, run.late_init) for run in functions.runs(name)] == [("succeeded", True), ("succeeded", False)]


def test_messages_that_a_function_gives_back_are_counted(functions: Any) -> None:
    name = functions.make("def handler(event, _):\n    return {'batchItemFailures': event.get('answer')}")
    queue = [{"eventSource": "aws:sqs"}]
    for event in ({"Records": queue, "answer": [{"itemIdentifier": "m"}]}, {"Records": queue}, {"answer": [{}]}):
        functions.invoke(name, event)
    assert [run.given_back for run in functions.runs(name)] == [1, 0, 0]


def test_a_run_of_another_language_is_recorded_too(functions: Any) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as writer:
        writer.writestr("app.js", "exports.handler = async () => { throw new RangeError('no bolts') }")
    name = functions.make(Runtime="nodejs22.x", Code={"ZipFile": target.getvalue()})
    functions.invoke(name, {"trigger": "schedule"})
    (run,) = functions.runs(name)
    assert (run.trigger, run.outcome, run.error_message) == ("schedule", "failed", "no bolts")


def test_a_dry_run_runs_nothing(functions: Any) -> None:
    name = functions.make()
    assert functions.invoke(name, InvocationType="DryRun")["StatusCode"] == 204
    assert functions.runs(name) == []


def test_a_chain_of_invocations_is_counted_in_its_lineage(functions: Any) -> None:
    name = functions.make("import os\ndef handler(*_):\n    return os.environ['_X_AMZN_TRACE_ID']")
    assert functions.invoke(name)["payload"].endswith(":1")
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:16"

    def mark(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    events = functions.client.meta.events
    events.register("before-sign.lambda.Invoke", mark)
    try:
        with pytest.raises(ClientError, match="recursive loop"):
            functions.invoke(name)
    finally:
        events.unregister("before-sign.lambda.Invoke", mark)


def test_a_function_invokes_another_while_it_runs(functions: Any) -> None:
    other = functions.make()
    code = f"""
import boto3, json
def handler(event, context):
    answer = boto3.client("lambda").invoke(FunctionName="{other}", Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())
"""
    assert functions.invoke(functions.make(code, Timeout=20), {"n": 1})["payload"] == {"n": 1}


def test_hooks_of_snap_start_run_in_the_environment_of_the_handler(functions: Any, until: Any) -> None:
    code = """
import os
from snapshot_restore_py import register_after_restore
seen = [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]]
register_after_restore(lambda: seen.append("restored"))
def handler(*_):
    return seen
"""
    name = functions.make(code, SnapStart={"ApplyOn": "PublishedVersions"})
    client = functions.client
    until(lambda: client.get_function_configuration(FunctionName=name, Qualifier="1")["State"] == "Active")
    assert functions.invoke(name)["payload"] == ["snap-start", "restored"]
