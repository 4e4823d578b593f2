"""Where asynchronous invocations go that failed in all their attempts: a queue, on the alias.

A configuration of the function itself does not apply to invocations of its alias.
Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from naws.core.authoring import (
    SENDING,
    acknowledge_nag_wildcards,
    allow,
    asked,
    build_failure_queue,
    let,
    node_of,
    queue_arn,
    use_of_key,
)
from naws.lambda_service._function import ALIAS, Function
from naws.lambda_service.plan import Plan


def keep_failures(
    scope: Construct, plan: Plan, made: Function, *, function_name: str
) -> tuple[sqs.Queue, cdk.CfnResource]:
    """The queue, the right to send to it, and the configuration of asynchronous invocations that names it.

    Args:
        scope: the pattern.
        plan: what was decided.
        made: the function.
        function_name: its name.
    """
    queue = build_failure_queue(scope, plan.operations, plan.context)
    let(made.role, allow("KeepFailures", ["sqs:SendMessage"], [queue_arn(queue)]), below=made.rights)
    key = plan.operations.encryption_key
    if key is not None:
        use = use_of_key(key, *SENDING)
        let(made.role, use.statement, below=made.rights)
        acknowledge_nag_wildcards(made.rights, use.wildcards)
    config = lambda_.CfnEventInvokeConfig(
        scope,
        "Failures",
        function_name=function_name,
        qualifier=ALIAS,
        maximum_retry_attempts=plan.asynchronous.retry_attempts,
        maximum_event_age_in_seconds=plan.asynchronous.max_event_age,
        destination_config={"onFailure": {"destination": queue_arn(queue)}},
    )
    # The alias is named by its name alone. It is made after the function, and that when its role may send.
    config.add_resource_dependency(asked(node_of(made.alias), "default_child"))
    return queue, config
