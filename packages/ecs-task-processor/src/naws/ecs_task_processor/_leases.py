"""Leases of concurrent runs: the table that holds them and what gives back those of runs that ended badly."""

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from naws.core.build.roles import role_for
from naws.core.json_text import json_text
from naws.core.key_access import let_use_key
from naws.core.nag import acknowledge_nag, acknowledge_nag_wildcard
from naws.ecs_task_processor._logs import workflow_logs
from naws.ecs_task_processor.plan import Plan
from naws.ecs_task_processor.workflow import LEASE_KEY, SWEEP, ReaperSettings, reaper

_ENDS = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Whose leases are given back.

    Attributes:
        processor: the dimension under which its workflow counts; the key of its leases.
        machine: its workflow.
        table: its leases.
        dead_letters: where events go that could not start the reaper.
    """

    processor: str
    machine: sfn.IStateMachine
    table: dynamodb.ITable
    dead_letters: sqs.IQueue


def build_lease_table(scope: Construct, plan: Plan) -> dynamodb.Table | None:
    """The table with one item, the set of executions that hold a lease; None when any number of runs may work."""
    if plan.props.concurrency is None:
        return None
    key = plan.operations.encryption_key
    table = dynamodb.Table(
        scope,
        "Leases",
        partition_key=dynamodb.Attribute(name=LEASE_KEY, type=dynamodb.AttributeType.STRING),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.DEFAULT if key is None else dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=key,
        removal_policy=cdk.RemovalPolicy.DESTROY,  # leases are worth nothing without their runs
    )
    acknowledge_nag(
        table, "AwsSolutions-DDB3", "Leases of running executions are worth nothing at an earlier point in time."
    )
    return table


def allow_leases(role: iam.IRole, table: dynamodb.ITable, *more: str) -> None:
    """Let `role` take and give back leases, and do `more` with their table."""
    role.add_to_principal_policy(
        iam.PolicyStatement(sid="Leases", actions=["dynamodb:UpdateItem", *more], resources=[table.table_arn])
    )
    let_use_key(role, table.encryption_key, "kms:Decrypt", "kms:GenerateDataKey")


def build_lease_reaper(scope: Construct, plan: Plan, watched: Watched) -> sfn.StateMachine:
    """Give back the lease of every run that has ended: one that was aborted cannot do so itself.

    An event that is lost leaves a lease behind; the comparison at every hour finds it.
    """
    place = Construct(scope, "LeaseReaper")
    keeping = _reaper(place, plan, watched)
    # One role for both rules, which the target lets start the reaper.
    role = role_for(place, "StarterRole", "events", "Starts the lease reaper, nothing else")
    start = _Starting(place=place, reaper=keeping, role=role, dead_letters=watched.dead_letters)
    start.by(
        "Ends",
        events.RuleTargetInput.from_event_path("$.detail"),
        description="Every run that ends gives back its lease",
        event_pattern=events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={"stateMachineArn": [watched.machine.state_machine_arn], "status": _ENDS},
        ),
    )
    start.by(
        "Hourly",
        events.RuleTargetInput.from_object(SWEEP),
        description="Finds leases whose runs have ended without a word",
        schedule=events.Schedule.rate(cdk.Duration.hours(1)),
    )
    return keeping


@dataclass(frozen=True, kw_only=True)
class _Starting:
    """What the reaper's rules have in common."""

    place: Construct
    reaper: sfn.StateMachine
    role: iam.Role
    dead_letters: sqs.IQueue

    def by(self, construct_id: str, given: events.RuleTargetInput, **settings: Any) -> None:
        """Start the reaper by a rule, with `given`; what cannot be delivered is kept."""
        rule = events.Rule(self.place, construct_id, **settings)
        rule.add_target(
            targets.SfnStateMachine(  # pyright: ignore[reportArgumentType]  # jsii renames parameters
                self.reaper,
                input=given,
                role=self.role,  # pyright: ignore[reportArgumentType]  # jsii renames parameters
                dead_letter_queue=self.dead_letters,
            )
        )


def _reaper(place: Construct, plan: Plan, watched: Watched) -> sfn.StateMachine:
    stack = cdk.Stack.of(place)
    role = role_for(place, "Role", "states", "Gives back leases, nothing else")
    allow_leases(role, watched.table, "dynamodb:GetItem")  # pyright: ignore[reportArgumentType]  # jsii renames parameters
    role.add_to_policy(
        iam.PolicyStatement(
            sid="ListRuns", actions=["states:ListExecutions"], resources=[watched.machine.state_machine_arn]
        )
    )
    acknowledge_nag_wildcard(role, "*", "X-Ray and log delivery have no resource to name.")
    definition = reaper(
        ReaperSettings(
            partition=stack.partition,
            table_name=watched.table.table_name,
            processor=watched.processor,
            state_machine_arn=watched.machine.state_machine_arn,
            stop_timeout=plan.stop_timeout,
        )
    )
    return sfn.StateMachine(
        place,
        "StateMachine",
        definition_body=sfn.DefinitionBody.from_string(json_text(place, definition)),
        role=role,  # pyright: ignore[reportArgumentType]  # jsii renames parameters
        tracing_enabled=True,
        logs=workflow_logs(place, plan, "Logs", role),
    )
