"""Stop the task of an attempt that timed out: Step Functions does not promise to."""

from typing import Any

from naws.ecs_task_processor.workflow.expressions import States, expression, retry
from naws.ecs_task_processor.workflow.settings import WorkflowSettings


def stop(settings: WorkflowSettings) -> States:
    """Find the task by its group, which is the execution's name. Not finding it must not lose the run."""
    give_up = [{"ErrorEquals": ["States.ALL"], "Next": "Count failure"}]
    listing = f"{{'Cluster': '{settings.cluster_arn}', 'Family': '{settings.family}', 'DesiredStatus': 'RUNNING'}}"
    ours = "$states.result.Tasks[Group = $states.context.Execution.Name].TaskArn"
    next_page = "$exists($states.result.NextToken) ? {'NextToken': $states.result.NextToken} : {}"

    def call(action: str, arguments: Any, assign: dict[str, Any], after: str) -> States:
        return {
            "Type": "Task",
            "Resource": f"arn:{settings.partition}:states:::aws-sdk:ecs:{action}",
            "Arguments": arguments,
            "Assign": assign,
            "Retry": retry(attempts=4),
            "Catch": give_up,
            "Next": after,
        }

    return {
        "Find task": call(
            "listTasks",
            expression(f"$merge([{listing}, $page])"),
            {"taskArns": expression("[$states.result.TaskArns]"), "page": expression(next_page)},
            "Any tasks?",
        ),
        "Any tasks?": {
            "Type": "Choice",
            "Choices": [{"Condition": expression("$count($taskArns) > 0"), "Next": "Describe tasks"}],
            "Default": "Count failure",
        },
        "Describe tasks": call(
            "describeTasks",
            {"Cluster": settings.cluster_arn, "Tasks": expression("$taskArns")},
            {"taskArns": expression(f"[{ours}]")},
            "Found?",
        ),
        "Found?": {
            "Type": "Choice",
            "Choices": [
                {"Condition": expression("$count($taskArns) > 0"), "Next": "Stop task"},
                {"Condition": expression("$exists($page.NextToken)"), "Next": "Find task"},
            ],
            "Default": "Count failure",
        },
        "Stop task": call(
            "stopTask",
            {
                "Cluster": settings.cluster_arn,
                "Task": expression("$taskArns[0]"),
                "Reason": expression("$verdict.reason"),
            },
            {"verdict": expression("$merge([$verdict, {'taskArn': $taskArns[0]}])")},
            "Count failure",
        ),
    }
