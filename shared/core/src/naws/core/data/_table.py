"""The table of a `DataTable`."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from naws.core.data.base import DataPlan
from naws.core.data.names import prefixed_name
from naws.core.data.table_props import DataTableProps
from naws.core.plans.operations import RETAINED
from naws.core.subnets import chosen

_LONGEST_NAME = 255


def build_table(scope: Construct, plan: DataPlan, props: DataTableProps) -> tuple[dynamodb.Table, dynamodb.CfnTable]:
    """Make the table.

    Args:
        scope: the construct that exposes it.
        plan: what was decided.
        props: its keys and indexes.
    """
    key, policy = plan.operations.encryption_key, plan.removal_policy
    if policy == RETAINED:
        policy = cdk.RemovalPolicy.RETAIN  # of a first deployment that fails, too: what is protected cannot be deleted
    table = dynamodb.Table(
        scope,
        "Table",
        table_name=props.table_name or prefixed_name(scope, plan.context, _LONGEST_NAME),
        partition_key=props.partition_key,
        sort_key=props.sort_key,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        encryption=None if key is None else dynamodb.TableEncryption.CUSTOMER_MANAGED,
        encryption_key=key,
        deletion_protection=plan.protected,
        time_to_live_attribute=props.time_to_live_attribute,
        removal_policy=policy,
    )
    for index in props.global_secondary_indexes:
        table.add_global_secondary_index(**chosen(index))
    return table, cast("dynamodb.CfnTable", table.node.default_child)
