"""Requests of Application Auto Scaling, of which MiniStack has none."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from naws.cli.embedded.departures import autoscaling
from naws.cli.embedded.departures.patching import departure
from naws.cli.embedded.departures.refusals import RefusedError
from naws.cli.embedded.departures.request_shapes import check_model
from naws.cli.embedded.departures.services import app, here, iam_actions, responses, router

_NAME = "application-autoscaling"


@departure(
    "botocore application-autoscaling (the operations and their members); what is refused was measured on AWS: "
    "badmintoncryer/cdk-preflight, rules/applicationautoscaling (2026-09-24); 'ECS service doesn't exist' and "
    "'No scalable target registered for': Terraform's provider for AWS (internal/service/appautoscaling/target.go), "
    "cloudposse/terraform-aws-ecs-cloudwatch-autoscaling pull 36; one policy a metric: issue 41179 of that provider; "
    "tags: terraform-aws-rds-aurora pull 420; 'No scalable target found' and 'No scaling policy found': getmoto/moto "
    "models/applicationautoscaling; the words for what a new target or action lacks are not AWS's"
)
def autoscaling_requests() -> None:
    """Targets are registered, get policies and scheduled actions, and all is described.

    An ECS service must be there and active, and its count is brought between minimum and maximum. A service that is
    deleted leaves its target behind, which does nothing any more: what AWS does with it is not known.
    """
    router.SERVICE_PATTERNS[_NAME] = {
        "host_patterns": [r"application-autoscaling\."],
        "target_prefixes": ["AnyScaleFrontendService"],
    }
    iam_actions.SERVICE_TO_IAM_NAMESPACE[_NAME] = _NAME
    app.SERVICE_HANDLERS[_NAME] = _handle


async def _handle(_method: str, _path: str, headers: dict[str, str], body: bytes, _query: Any) -> Any:
    name = headers.get("x-amz-target", "").rpartition(".")[2]
    if name not in _ANSWERS:
        text = f"The embedded AWS has no {name} of Application Auto Scaling"
        return responses.error_response_json("UnknownOperationException", text)
    try:
        request = json.loads(body or b"{}")
        check_model(_NAME, name, request)
        answer = _ANSWERS[name](request)
    except RefusedError as error:
        return responses.error_response_json(error.code, str(error), error.status)
    return responses.json_response(answer)


def _register(request: dict[str, Any]) -> dict[str, Any]:
    return {"ScalableTargetARN": autoscaling.register(request).info["ScalableTargetARN"]}


def _put_policy(request: dict[str, Any]) -> dict[str, Any]:
    policy = autoscaling.put_policy(request)
    return {name: policy[name] for name in ("PolicyARN", "Alarms")}


def _silently(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        change(request)
        return {}

    return answer


def _found(request: dict[str, Any]) -> list[autoscaling.Target]:
    """The targets of the namespace, and of the resource and dimension when they are given."""
    resources = request.get("ResourceIds") or [request[name] for name in ("ResourceId",) if request.get(name)]
    namespace, dimension = request["ServiceNamespace"], request.get("ScalableDimension")
    return [
        target
        for key, target in autoscaling.targets.items()
        if key[:2] == (here(), namespace) and (not resources or key[2] in resources) and dimension in (None, key[3])
    ]


def _paged(name: str, request: dict[str, Any], items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    first, most = int(request.get("NextToken") or 0), request.get("MaxResults") or 50
    found = [*items]
    more = {"NextToken": str(first + most)} if len(found) > first + most else {}
    return {name: found[first : first + most], **more}


def _policies(request: dict[str, Any]) -> dict[str, Any]:
    names: list[str] = request.get("PolicyNames") or []
    found = (item for target in _found(request) for item in target.policies.values())
    return _paged("ScalingPolicies", request, (item for item in found if not names or item["PolicyName"] in names))


def _actions(request: dict[str, Any]) -> dict[str, Any]:
    names: list[str] = request.get("ScheduledActionNames") or []
    found = (item for target in _found(request) for item in target.actions.values())
    wanted = (item for item in found if not names or item["ScheduledActionName"] in names)
    return _paged("ScheduledActions", request, wanted)


def _activities(request: dict[str, Any]) -> dict[str, Any]:
    """The activities, the newest first."""
    found = [item for target in _found(request) for item in reversed(target.activities)]
    return _paged("ScalingActivities", request, sorted(found, key=lambda item: -item["StartTime"]))


def _tagged(request: dict[str, Any]) -> autoscaling.Target:
    arn = request["ResourceARN"]
    for target in autoscaling.targets.values():
        if target.key[0] == here() and target.info["ScalableTargetARN"] == arn:
            return target
    raise RefusedError(f"No scalable target found for ARN: {arn}", "ResourceNotFoundException")


def _tag(request: dict[str, Any]) -> dict[str, Any]:
    _tagged(request).tags.update(request["Tags"])
    return {}


def _untag(request: dict[str, Any]) -> dict[str, Any]:
    for name in request["TagKeys"]:
        _tagged(request).tags.pop(name, None)
    return {}


_ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "RegisterScalableTarget": _register,
    "DeregisterScalableTarget": _silently(autoscaling.deregister),
    "DescribeScalableTargets": lambda request: _paged(
        "ScalableTargets", request, (target.info for target in _found(request))
    ),
    "PutScalingPolicy": _put_policy,
    "DeleteScalingPolicy": _silently(autoscaling.delete_policy),
    "DescribeScalingPolicies": _policies,
    "PutScheduledAction": _silently(autoscaling.put_action),
    "DeleteScheduledAction": _silently(autoscaling.delete_action),
    "DescribeScheduledActions": _actions,
    "DescribeScalingActivities": _activities,
    "ListTagsForResource": lambda request: {"Tags": _tagged(request).tags},
    "TagResource": _tag,
    "UntagResource": _untag,
}
