"""The alias of a function as what schedules, rules and queues start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from naws.core.authoring import (
    RECEIVING,
    Kind,
    QueueSource,
    StartingRoles,
    acknowledge_nag_wildcards,
    allow,
    json_text,
    let,
    queue_arn,
    use_of_key,
)
from naws.lambda_service.plan import AsyncPlan


@dataclass(frozen=True, kw_only=True)
class FunctionTarget:
    """A function that is invoked by its alias.

    Attributes:
        arn: the alias's.
        role: the function's, as which Lambda takes messages.
        rights: what the policies of that role are below.
        batch: how they are taken.
        log_group: the name of where it prints.
        ready: what keeps failures, which is there before anything starts the function.
    """

    arn: str
    role: iam.IRole
    rights: Construct
    batch: AsyncPlan
    log_group: str
    ready: list[cdk.CfnResource] = field(default_factory=list[cdk.CfnResource])
    kind: Kind = "function"
    not_done: str = "is not done"
    takes_events: bool = True

    @property
    def start_command(self) -> str:
        """The command of AWS's command line that invokes it asynchronously; its payload follows."""
        return (
            f"aws lambda invoke --function-name {self.arn} --invocation-type Event "
            "--cli-binary-format raw-in-base64-out /dev/null --payload"
        )

    @property
    def list_command(self) -> str:
        """The command that shows what the function printed last."""
        return f"aws logs tail {self.log_group} --since 1h"

    def waiting_hint(self, queue: str) -> str:
        """The command that shows the state of the queue's mapping, and another reason."""
        return (
            f"`aws lambda list-event-source-mappings --event-source-arn {queue}` says whether its mapping is enabled; "
            "otherwise the function fails again and again, or is throttled."
        )

    def start_statements(self) -> Sequence[Mapping[str, Any]]:
        """The statement that allows the alias to be invoked, and nothing else."""
        return (allow("StartRuns", ["lambda:InvokeFunction"], [self.arn]),)

    def rule_role(self, roles: StartingRoles) -> None:
        """A rule starts a function by the function's own policy.

        Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        """

    def let_rule_start(self, scope: Construct, number: int, rule_arn: str) -> None:
        """One statement of the alias's policy for each rule."""
        permission = lambda_.CfnPermission(
            scope,
            f"Event{number}MayStart",
            action="lambda:InvokeFunction",
            function_name=self.arn,
            principal="events.amazonaws.com",
            source_arn=rule_arn,
        )
        for each in self.ready:
            permission.add_resource_dependency(each)

    def queue_source(self, scope: Construct, source: QueueSource, roles: StartingRoles) -> None:
        """A mapping by which Lambda takes batches of messages as the function's role, and puts back what failed."""
        del roles
        arn, batch = queue_arn(source.queue), self.batch
        let(self.role, allow("TakeMessages", RECEIVING, [arn]), below=self.rights)
        if source.key is not None:
            use = use_of_key(source.key, "kms:Decrypt")
            let(self.role, use.statement, below=self.rights)
            acknowledge_nag_wildcards(self.rights, use.wildcards)
        pattern = source.plan.trigger.filter
        # Lambda refuses a mapping while the role may not take messages: the alias is made when it may.
        lambda_.CfnEventSourceMapping(
            scope,
            f"Queue{source.plan.number}Mapping",
            event_source_arn=arn,
            function_name=self.arn,
            batch_size=batch.batch_size,
            maximum_batching_window_in_seconds=batch.window or None,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=None if batch.max_concurrency is None else {"maximumConcurrency": batch.max_concurrency},
            filter_criteria=None if pattern is None else {"filters": [{"pattern": json_text(scope, pattern)}]},
        )
