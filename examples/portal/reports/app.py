"""Reports over HTTP: one is started, and shown when it is done."""

import json
import os
import uuid
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError

FIELDS = {"report", "region", "from", "to"}
LONGEST = 80
app = APIGatewayHttpResolver()
logger = Logger()
runs = boto3.client("stepfunctions")
bucket = boto3.client("s3")


@app.get("/reports")
def what() -> dict[str, Any]:
    """What a report can be asked for; nothing lists those that there are."""
    return {"fields": sorted(FIELDS)}


@app.post("/reports")
def started() -> tuple[dict[str, Any], int]:
    """Start a run; its id is the execution's name, which names the folder of what it writes, too."""
    wanted, run = asked_for(app.current_event.decoded_body), f"portal-{uuid.uuid4()}"
    runs.start_execution(
        stateMachineArn=os.environ["REPORT_STATE_MACHINE_ARN"], name=run, input=json.dumps(wanted, ensure_ascii=False)
    )
    logger.info("report started", run=run)
    return {"id": run, "status": "RUNNING"}, 202


@app.get("/reports/<run>")
def one(run: str) -> dict[str, Any]:
    """How a run is doing; with what it found when it has succeeded."""
    arn = os.environ["REPORT_STATE_MACHINE_ARN"].replace(":stateMachine:", ":execution:")
    try:
        found = runs.describe_execution(executionArn=f"{arn}:{run}")
    except (runs.exceptions.ExecutionDoesNotExist, runs.exceptions.InvalidArn) as error:
        raise NotFoundError(f"there is no report {run}") from error
    shown: dict[str, Any] = {"id": run, "status": found["status"]}
    if found["status"] == "SUCCEEDED":
        made = bucket.get_object(Bucket=os.environ["SALES_BUCKET"], Key=f"reports/{run}/summary.json")
        shown["summary"] = json.load(made["Body"])
    elif "error" in found:
        shown["why"] = found["error"]
    return shown


def asked_for(body: str | None) -> dict[str, str]:
    """What a report is asked for, or 400 with what is expected."""
    try:
        given = json.loads(body or "")
    except ValueError as error:
        raise BadRequestError("expected JSON") from error
    if not isinstance(given, dict) or not given.keys() <= FIELDS or not all(map(short, given.values())):
        raise BadRequestError(f"expected texts of up to {LONGEST} characters: {', '.join(sorted(FIELDS))}")
    return given


def short(value: object) -> bool:
    """Whether a value is a text that a report can have."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request."""
    return app.resolve(event, context)
