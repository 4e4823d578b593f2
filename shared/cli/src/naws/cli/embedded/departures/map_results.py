"""The result of a Distributed Map: a failure when too many items fail, else their outputs or where those are."""

import json
import uuid
from typing import Any

from naws.cli.embedded.departures.map_runs import DistributedMapRun
from naws.cli.embedded.departures.sdk_calls import put_object
from naws.cli.embedded.departures.services import states
from naws.cli.embedded.departures.shapes import pascal
from naws.cli.embedded.departures.state_fields import StateFields


def result_of(map_run: DistributedMapRun, fields: StateFields) -> Any:
    """The state's result; the results are written before it is judged.

    Raises:
        _ExecutionError: ``States.ResultWriterFailed`` or ``States.ExceedToleratedFailureThreshold``.
    """
    writer = fields.state.get("ResultWriter")
    written = None if writer is None else _written(map_run, fields.arguments(writer))
    if not _tolerated(fields, map_run):
        map_run.end("FAILED")
        cause = "The specified tolerated failure threshold was exceeded"
        raise states._ExecutionError("States.ExceedToleratedFailureThreshold", cause)
    map_run.end("SUCCEEDED")
    return [json.loads(child["output"]) for child in _ended(map_run, "SUCCEEDED")] if written is None else written


def _tolerated(fields: StateFields, map_run: DistributedMapRun) -> bool:
    percentage, count = fields.number("ToleratedFailurePercentage"), fields.number("ToleratedFailureCount")
    failed, total = map_run.failures(), map_run.record["itemCounts"]["total"]
    if percentage is None and count is None:
        return failed == 0
    within = percentage is None or failed * 100 <= percentage * total
    return within and (count is None or failed <= count)


def _written(map_run: DistributedMapRun, where: dict[str, Any]) -> dict[str, Any]:
    folder = "/".join(part for part in (where.get("Prefix", "").strip("/"), str(uuid.uuid4())) if part)
    files = {
        "FAILED": [*_ended(map_run, "FAILED"), *_ended(map_run, "TIMED_OUT"), *_ended(map_run, "ABORTED")],
        "PENDING": [],
        "SUCCEEDED": _ended(map_run, "SUCCEEDED"),
    }
    try:
        result_files = {
            status: [_file(where["Bucket"], f"{folder}/{status}_0.json", children)] if children else []
            for status, children in files.items()
        }
        manifest = {"DestinationBucket": where["Bucket"], "MapRunArn": map_run.arn, "ResultFiles": result_files}
        put_object({"Bucket": where["Bucket"], "Key": f"{folder}/manifest.json", "Body": json.dumps(manifest)})
    except states._ExecutionError as error:
        map_run.end("FAILED")
        raise states._ExecutionError("States.ResultWriterFailed", error.cause) from error
    map_run.record["itemCounts"]["resultsWritten"] = map_run.record["itemCounts"]["total"]
    details = {"Bucket": where["Bucket"], "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": map_run.arn, "ResultWriterDetails": details}


def _ended(map_run: DistributedMapRun, status: str) -> list[dict[str, Any]]:
    return [child for child in map_run.children() if child["status"] == status]


def _file(bucket: str, key: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    text = json.dumps([_listed(child) for child in children])
    put_object({"Bucket": bucket, "Key": key, "Body": text})
    return {"Key": key, "Size": len(text.encode())}


def _listed(child: dict[str, Any]) -> dict[str, Any]:
    names = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "input", "output")
    return {pascal(name): child[name] for name in (*names, "error", "cause") if child.get(name) is not None}
