"""Leases of concurrent runs: the table that holds them and what gives back those of runs that ended badly."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.authoring import (
    acknowledge_nag,
    allow,
    asked,
    execution_role,
    let_use_key,
    partition_of,
    role_for,
    state_machine,
)
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.plan_runs import ResourceNames
from naws.ecs_task_processor.workflow.lease import KEY
from naws.ecs_task_processor.workflow.reaper import RECONCILE, reaper

_ENDS = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


def build_lease_table(scope: Construct, plan: Plan) -> dynamodb.Table | None:
    """The table with one item, the set of executions that hold a lease; None when any number of runs may work."""
    if plan.props.concurrency is None:
        return None
    key = plan.operations.encryption_key
    table = dynamodb.Table(
        scope,
        "Leases",
        partition_key=dynamodb.Attribute(name=KEY, type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.DEFAULT if key is None else dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=key,
        removal_policy=cdk.RemovalPolicy.DESTROY,  # leases are worth nothing without their runs
    )
    acknowledge_nag(
        table, "AwsSolutions-DDB3", "Leases of running executions are worth nothing at an earlier point in time."
    )
    return table


def allow_leases(role: iam.IRole, table: dynamodb.ITable | None, *more: str) -> None:
    """Let `role` take and give back leases, when there are any, and do `more` with their table."""
    if table is None:
        return
    role.add_to_principal_policy(
        iam.PolicyStatement(sid="Leases", actions=["dynamodb:UpdateItem", *more], resources=[asked(table, "table_arn")])
    )
    let_use_key(role, asked(table, "encryption_key"), "kms:Decrypt", "kms:GenerateDataKey")


def build_lease_reaper(  # noqa: PLR0913  # whose leases are given back
    scope: Construct,
    plan: Plan,
    *,
    processor: str,
    machine: sfn.IStateMachine,
    table: dynamodb.ITable | None,
    dead_letters: sqs.IQueue,
) -> sfn.StateMachine | None:
    """Give back the lease of every run that has ended: one that was aborted cannot do so itself.

    An event that is lost leaves a lease behind; the comparison at every hour finds it.

    Args:
        scope: the processor.
        plan: its plan.
        processor: the dimension under which its workflow counts; the key of its leases.
        machine: its workflow.
        table: its leases. None: it has none, and no reaper.
        dead_letters: where events go that could not start the reaper.
    """
    if table is None:
        return None
    within = Construct(scope, "LeaseReaper")
    names = ResourceNames(partition=partition_of(within), lease_table=asked(table, "table_name"), processor=processor)
    definition = reaper(names, asked(machine, "state_machine_arn"), plan.runs.stop_timeout)
    listing = allow("ListRuns", ["states:ListExecutions"], [asked(machine, "state_machine_arn")])
    role = execution_role(within, "Role", "Gives back leases, nothing else", [listing])
    allow_leases(role, table, "dynamodb:GetItem")  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    acknowledge_nag(role, "AwsSolutions-IAM5[Resource::*]", "X-Ray and log delivery have no resource to name.")
    made = state_machine(within, definition=definition, role=role, operations=plan.operations, logs_id="Logs")
    # One role for both rules, which the target lets start the reaper.
    starter = role_for(within, "StarterRole", "events", "Starts the lease reaper, nothing else")
    start = {"role": starter, "dead_letter_queue": dead_letters}
    events.Rule(
        within,
        "Ends",
        description="Every run that ends gives back its lease",
        event_pattern=_ends_of(machine),
        targets=[_target(made, events.RuleTargetInput.from_event_path("$.detail"), **start)],
    )
    events.Rule(
        within,
        "Hourly",
        description="Finds leases whose runs have ended without a word",
        schedule=events.Schedule.rate(cdk.Duration.hours(1)),
        targets=[_target(made, events.RuleTargetInput.from_object(RECONCILE), **start)],
    )
    return made


def _ends_of(machine: sfn.IStateMachine) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.states"],
        detail_type=["Step Functions Execution Status Change"],
        detail={"stateMachineArn": [asked(machine, "state_machine_arn")], "status": _ENDS},
    )


def _target(reaper_machine: sfn.StateMachine, given: events.RuleTargetInput, **start: Any) -> events.IRuleTarget:
    target: Any = targets.SfnStateMachine(reaper_machine, input=given, **start)  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    return target
