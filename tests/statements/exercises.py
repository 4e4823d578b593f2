"""What a deployed processor does for its users, one function for each thing; each raises `Missed` when it does not."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from deployed import MISSING, Missed, Processor

Exercise = Callable[[Processor], None]
EXERCISES: dict[str, Exercise] = {}
"""Every exercise by its name, which is its function's; `of` says which a processor has."""

_ONLY: dict[str, tuple[str, ...]] = {}


def exercise(*processors: str) -> Callable[[Exercise], Exercise]:
    """Register an exercise for the given processors; none given: for all."""

    def register(function: Exercise) -> Exercise:
        name = function.__name__.replace("_", " ")
        EXERCISES[name] = function
        _ONLY[name] = processors
        return function

    return register


def of(processor: str) -> list[str]:
    """Names of a processor's exercises."""
    return [name for name in EXERCISES if not _ONLY[name] or processor in _ONLY[name]]


@exercise()
def run_by_hand(processor: Processor) -> None:
    run, mark = processor.start()
    processor.succeeded(run)
    processor.seen(mark)


@exercise()
def large_payload(processor: Processor) -> None:
    run, mark = processor.start(text="x" * 100_000)
    processor.succeeded(run)
    if "NAWS_PAYLOAD_URI" not in processor.seen(mark):
        raise Missed("the payload did not go through S3")


@exercise()
def failure_is_kept(processor: Processor) -> None:
    run, mark = processor.start("exit")
    processor.kept(mark, "Naws.TaskFailed", '"envelope"', run=run)


@exercise()
def outcomes_are_counted(processor: Processor) -> None:
    def counted(name: str) -> float:
        cloudwatch, total = processor.client("cloudwatch"), 0.0
        owner = {"Name": "Processor", "Value": f"{processor.name}/{processor.name}"}
        for metric in cloudwatch.list_metrics(Namespace="NAWS/EcsTaskProcessor", MetricName=name)["Metrics"]:
            if owner in metric["Dimensions"]:
                span = {"StartTime": time.time() - 7200, "EndTime": time.time() + 60, "Period": 10_800}
                points = cloudwatch.get_metric_statistics(**metric, **span, Statistics=["Sum"])["Datapoints"]
                total += sum(point["Sum"] for point in points)
        return total

    for do, name in (("succeed", "RunsSucceeded"), ("exit", "AttemptsNotSucceeded")):
        before = counted(name)
        processor.start(do)
        processor.until(lambda n=name, b=before: counted(n) > b, f"{name} was not counted", 25)


@exercise()
def attempt_times_out(processor: Processor) -> None:
    run, mark = processor.start("hang")
    processor.kept(mark, "Naws.AttemptTimedOut", seconds=60, run=run)
    processor.idle()
    if not any("the attempt took longer" in task.get("stoppedReason", "") for task in processor.tasks()):
        raise Missed("no task says that its attempt took too long")


@exercise()
def aborted_run_is_kept(processor: Processor) -> None:
    run, mark = processor.start("hang")
    processor.seen(mark)
    processor.client("stepfunctions").stop_execution(executionArn=run)
    processor.kept(run, "ABORTED")
    processor.idle()


@exercise()
def alarm_is_told(processor: Processor) -> None:
    cloudwatch, mark = processor.client("cloudwatch"), uuid.uuid4().hex
    for state in ("INSUFFICIENT_DATA", "ALARM"):
        cloudwatch.set_alarm_state(AlarmName=processor.outputs["Alarm"], StateValue=state, StateReason=mark)
    processor.kept(mark, "ALARM", queue="Verbatim", seconds=15)


@exercise()
def workflow_can_be_updated(processor: Processor) -> None:
    """What a deployment needs: the role is trusted, ends of tasks are learnt, logs are delivered."""
    states = processor.client("stepfunctions")
    for machine in processor.machines:
        was = states.describe_state_machine(stateMachineArn=machine)
        states.update_state_machine(stateMachineArn=machine, definition=was["definition"], roleArn=was["roleArn"])


@exercise()
def traces_are_written(processor: Processor) -> None:
    """Traces are lost without a word to the run; only what was refused tells."""
    run, _ = processor.start()
    processor.succeeded(run)
    for reaper in (each for each in processor.machines if each != processor.machine):
        states = processor.client("stepfunctions")
        processor.succeeded(states.start_execution(stateMachineArn=reaper, input='{"reconcile": true}')["executionArn"])
    lost = [sentence for sentence in processor.refused() if "xray:" in sentence]
    if lost:
        raise Missed(f"the trace was lost: {lost[-1]}")


@exercise()
def end_that_cannot_be_kept_is_a_dead_letter(processor: Processor) -> None:
    with processor.lost_target(processor.resource("AWS::Events::Rule", "UnhandledEnds")):
        run, mark = processor.start("hang")
        processor.seen(mark)
        processor.client("stepfunctions").stop_execution(executionArn=run)
        processor.kept("ABORTED", run, queue="DeadLetters")


@exercise()
def log_group_under_the_key(processor: Processor) -> None:
    logs, name = processor.client("logs"), f"statements/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=name, kmsKeyId=processor.shared["Key"])
    logs.delete_log_group(logGroupName=name)


@exercise("Nightly")
def schedule_fires(processor: Processor) -> None:
    name = processor.resource("AWS::Scheduler::Schedule", "Schedule1").rpartition("/")[2]
    processor.embedded.fire_schedule("default", name)
    processor.succeeded(processor.begun("schedule-1@"))


@exercise("Nightly")
def schedule_that_cannot_start_is_a_dead_letter(processor: Processor) -> None:
    scheduler = processor.client("scheduler")
    name = processor.resource("AWS::Scheduler::Schedule", "Schedule1").rpartition("/")[2]
    was = scheduler.get_schedule(Name=name)
    kept = {each: was[each] for each in _OF_A_SCHEDULE if each in was}
    mark = uuid.uuid4().hex
    lost = {"Arn": f"{was['Target']['Arn']}{MISSING}", "Input": json.dumps({"mark": mark})}
    scheduler.update_schedule(**{**kept, "Target": {**was["Target"], **lost}})
    try:
        processor.embedded.fire_schedule("default", name)
        processor.kept(mark, queue="DeadLetters", seconds=15)
    finally:
        scheduler.update_schedule(**kept)


_OF_A_SCHEDULE = (
    *("Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow"),
    *("State", "Target"),
)


def _new_object(processor: Processor) -> str:
    key = f"sales/in/{uuid.uuid4().hex}.csv"
    processor.client("s3").put_object(Bucket=processor.shared["Bucket"], Key=key, Body=b"1")
    return key


def _event(processor: Processor) -> str:
    mark = uuid.uuid4().hex
    entry = {"Source": "statements", "DetailType": "Exercised", "Detail": json.dumps({"mark": mark})}
    processor.client("events").put_events(Entries=[entry])
    return mark


@exercise("Nightly")
def object_starts_a_run(processor: Processor) -> None:
    processor.succeeded(processor.begun(_new_object(processor)))


@exercise("Nightly")
def object_that_cannot_start_is_a_dead_letter(processor: Processor) -> None:
    with processor.lost_target(processor.resource("AWS::Events::Rule", "Event1")):
        processor.kept(_new_object(processor), queue="DeadLetters", seconds=15)


@exercise("Nightly")
def event_starts_a_run(processor: Processor) -> None:
    processor.succeeded(processor.begun(_event(processor)))


@exercise("Nightly")
def event_that_cannot_start_is_a_dead_letter(processor: Processor) -> None:
    with processor.lost_target(processor.resource("AWS::Events::Rule", "Event2")):
        processor.kept(_event(processor), queue="DeadLetters", seconds=15)


@exercise("Nightly")
def message_starts_a_run(processor: Processor) -> None:
    mark = uuid.uuid4().hex
    body = json.dumps({"kind": "report", "mark": mark})
    processor.client("sqs").send_message(QueueUrl=processor.outputs["Queue"], MessageBody=body)
    processor.succeeded(processor.begun(mark))


@exercise("Nightly")
def message_that_cannot_start_is_a_dead_letter(processor: Processor) -> None:
    pipes, sqs, mark = processor.client("pipes"), processor.client("sqs"), uuid.uuid4().hex
    pipe = pipes.describe_pipe(Name=processor.resource("AWS::Pipes::Pipe", "Queue1"))
    change = {"Name": pipe["Name"], "RoleArn": pipe["RoleArn"]}
    source, dead_letters = processor.outputs["Queue"], processor.resource("AWS::SQS::Queue", "Queue1DeadLetters")
    kept = sqs.get_queue_attributes(QueueUrl=source, AttributeNames=["VisibilityTimeout"])["Attributes"]
    # A pipe is given only what is there; afterwards it goes.
    states = processor.client("stepfunctions")
    own = states.describe_state_machine(stateMachineArn=pipe["Target"])
    request = {"definition": own["definition"], "roleArn": own["roleArn"]}
    gone = states.create_state_machine(name=f"{mark}{MISSING}", **request)["stateMachineArn"]
    pipes.update_pipe(**change, Target=gone)
    states.delete_state_machine(stateMachineArn=gone)
    sqs.set_queue_attributes(QueueUrl=source, Attributes={"VisibilityTimeout": "1"})
    try:
        body = json.dumps({"kind": "report", "mark": mark})
        sqs.send_message(QueueUrl=source, MessageBody=body)
        processor.until(lambda: processor.mail.holds(dead_letters, mark), "the message is no dead letter", 40)
    finally:
        sqs.set_queue_attributes(QueueUrl=source, Attributes=kept)
        pipes.update_pipe(**change, Target=pipe["Target"])


@exercise("Nightly")
def memory_grows(processor: Processor) -> None:
    run, _ = processor.start("allocate", mib=600)
    output = processor.succeeded(run)
    if output["attempts"] != 2:  # the second has more memory
        raise Missed(f"the run took {output['attempts']} attempts, not two")


@exercise("Nightly")
def program_uses_what_it_is_bound_to(processor: Processor) -> None:
    processor.client("s3").put_object(Bucket=processor.shared["Bucket"], Key="rates/today", Body=b"1")
    run, mark = processor.start("use")
    processor.succeeded(run)
    seen = processor.seen(mark)
    if seen["secret"] != "hunter2":
        raise Missed("the secret did not come")
    for name, told in seen["bound"].items():
        wanted = "AccessDenied" if "neighbour" in name or "refused" in name else "ok"
        if wanted not in told:
            raise Missed(f"the program's {name}: {told}")


def _holders(processor: Processor) -> tuple[dict[str, Any], list[str]]:
    table = processor.resource("AWS::DynamoDB::Table", "Leases")
    lease = {"TableName": table, "Key": {"processor": {"S": f"{processor.name}/{processor.name}"}}}
    item = processor.client("dynamodb").get_item(**lease, ConsistentRead=True).get("Item", {})
    return lease, item.get("holders", {}).get("SS", [])


@exercise("Leased")
def keeper_gives_back_a_lease(processor: Processor) -> None:
    run, mark = processor.start("hang")
    processor.seen(mark)
    if not _holders(processor)[1]:
        raise Missed("a run worked without a lease")
    processor.client("stepfunctions").stop_execution(executionArn=run)
    processor.until(lambda: not _holders(processor)[1], "the lease was not given back", 30)


@exercise("Leased")
def end_that_cannot_start_the_keeper_is_a_dead_letter(processor: Processor) -> None:
    with processor.lost_target(processor.resource("AWS::Events::Rule", "LeaseReaper/Ends")):
        run, _ = processor.start()
        processor.succeeded(run)
        processor.kept(run, "SUCCEEDED", queue="DeadLetters", seconds=15)


@exercise("Leased")
def reaper_reconciles(processor: Processor) -> None:
    lease, _ = _holders(processor)
    lost = {":lost": {"SS": ["run-that-ended-long-ago"]}}
    processor.client("dynamodb").update_item(
        **lease, UpdateExpression="ADD holders :lost", ExpressionAttributeValues=lost
    )
    reaper = next(each for each in processor.machines if each != processor.machine)
    states = processor.client("stepfunctions")
    processor.succeeded(states.start_execution(stateMachineArn=reaper, input='{"reconcile": true}')["executionArn"])
    if _holders(processor)[1]:
        raise Missed("the lost lease is still there")


@exercise("Objects", "Rows")
def results_are_written(processor: Processor) -> None:
    run, _ = processor.start()
    output = processor.succeeded(run)
    bucket, _, key = output["results"].removeprefix("s3://").partition("/")
    manifest = json.loads(processor.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    if not manifest["ResultFiles"]["SUCCEEDED"]:
        raise Missed("the manifest names no results")
