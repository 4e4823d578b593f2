"""Functions as tasks of a workflow: their results, and the names of their errors."""

import uuid
from typing import Any

from naws.cli.embedded.departures.context_objects import failed
from naws.cli.embedded.departures.json_values import compact
from naws.cli.embedded.departures.patching import Original, departure, patch, replace, wrap
from naws.cli.embedded.departures.services import functions, states


@departure(
    "AWS Step Functions Developer Guide, 'Handling errors in Step Functions workflows' (Lambda.Unknown and "
    "Sandbox.Timedout, Lambda.TooManyRequestsException); executions of AWS recorded in localstack/localstack, "
    "tests/aws/services/stepfunctions/v2/error_handling/test_task_service_lambda.snapshot.json"
)
@patch(replace, states, "_call_lambda")
def function_tasks(reference: str, event: Any) -> Any:
    """A task fails with the class name of the handler's exception, and with its payload as the cause.

    A throttled one fails with ``Lambda.TooManyRequestsException``, a missing function with
    ``Lambda.ResourceNotFoundException``.
    """
    func, config, name = functions._get_func_record_for_ref(reference)
    if not func or not config:
        qualifier = functions._resolve_name_and_qualifier(reference)[1] or "$LATEST"
        raise _refused(f"Function not found: {functions._func_arn(name)}:{qualifier}", 404, "ResourceNotFoundException")
    record = functions._execution_record_for_config(func, config)
    result = functions._execute_function_with_config_scope(record, event)
    body = result.get("body")
    if result.get("throttle"):
        raise _refused(body["message"], 429, body["__type"])
    if result.get("error"):
        raise failed(body.get("errorType", "Lambda.Unknown"), compact(body))
    return body


@departure("AWS Step Functions Developer Guide, 'Invoke an AWS Lambda function with Step Functions'")
@patch(wrap, states, "_invoke_resource")
def qualified_tasks(original: Original, resource: str, data: Any) -> Any:
    """The optimized integration takes the alias or version as ``Qualifier``, too."""
    qualifier = data.get("Qualifier") if "states:::lambda:invoke" in resource else None
    return original(resource, {**data, "FunctionName": f"{data['FunctionName']}:{qualifier}"} if qualifier else data)


def _refused(text: str, status: int, code: str) -> Exception:
    more = f"Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {uuid.uuid4()}; Proxy: null"
    return failed(f"Lambda.{code}", f"{text} ({more})")
