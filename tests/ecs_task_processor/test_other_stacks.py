"""What is in another stack is reached without the two stacks waiting for each other."""

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_rds as rds

from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps
from naws.testing import cdk_app

GUIDE = Path(__file__).parents[2] / "docs" / "patterns" / "ecs-task-processor.md"
IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")


@pytest.fixture
def stacks() -> tuple[cdk.App, EcsTaskProcessor, rds.DatabaseInstance]:
    app = cdk_app()
    shared, reports = cdk.Stack(app, "Shared"), cdk.Stack(app, "Reports")
    vpc = ec2.Vpc(shared, "Vpc", restrict_default_security_group=False)
    engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16)
    database = rds.DatabaseInstance(shared, "Orders", engine=engine, vpc=vpc)
    return app, EcsTaskProcessor(reports, "Nightly", EcsTaskProcessorProps(image=IMAGE, vpc=vpc)), database


def test_a_database_of_another_stack_is_reached_as_the_guide_says(
    stacks: tuple[cdk.App, EcsTaskProcessor, rds.DatabaseInstance],
) -> None:
    app, processor, database = stacks
    (code,) = re.findall(r"`(processor\.[^`]*\bdatabase\b[^`]*)`", GUIDE.read_text())
    eval(code, {"database": database, "processor": processor})

    assembly = app.synth()
    rules: dict[str, list[dict[str, Any]]] = {
        name: [each for each in template["Resources"].values() if each["Type"].startswith("AWS::EC2::SecurityGroup")]
        for name in ("Shared", "Reports")
        for template in [assembly.get_stack_by_name(name).template]
    }
    assert [each["Type"] for each in rules["Reports"]].count("AWS::EC2::SecurityGroupIngress") == 1
    assert [each["Type"] for each in rules["Shared"]].count("AWS::EC2::SecurityGroupIngress") == 0


def test_the_other_direction_is_a_cycle(stacks: tuple[cdk.App, EcsTaskProcessor, rds.DatabaseInstance]) -> None:
    """Why the guide does not say it: the database's stack would wait for the processor's."""
    app, processor, database = stacks
    database.connections.allow_default_port_from(processor)

    with pytest.raises(RuntimeError, match="cyclic"):
        app.synth()
