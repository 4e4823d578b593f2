"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from typing import ClassVar

from aws_cdk import aws_ecs as ecs

from naws.ecs_service import PATTERN
from naws.testing import PropsJudge, RuleContract
from naws.testing.rule_contract import public_names

IMAGE = ecs.ContainerImage.from_registry("public.ecr.aws/shop/orders:1.0")
PARAMETER = 'cdk.CfnParameter(stack, "Age", type="Number").value_as_number'
ALONE = (
    'load_balancer=NoLoadBalancer(reason="it takes its work from a queue"), '
    'health_check=HealthCheck(command=["CMD-SHELL", "test -f /tmp/ready"])'
)
MOVED = (
    ("SCHED-001", '"cron(0 25 * * ? *)"', '"cron(0 5 * * ? *)"'),
    ("SCHED-002", '"@daily", timezone="Europe/Berln"', '"@daily", timezone="Europe/Berlin"'),
    ("SCHED-007", '"at(2020-01-01T00:00:00)"', '"at(2199-01-01T00:00:00)"'),
    ("SCHED-010", '"cron(0/90 * * * ? *)"', '"rate(90 minutes)"'),
    ("SCHED-012", '"cron(30 2 * * ? *)", timezone="Europe/Berlin"', '"cron(30 3 * * ? *)", timezone="Europe/Berlin"'),
)


def schedule(text: str) -> str:
    return f"scaling=Scaling(schedules=[CapacitySchedule({text}, min_capacity=4)])"


class TestRules(RuleContract):
    pattern = PATTERN
    words = frozenset(
        {
            "NAWS-SVC-009",
            "NAWS-LB-007",
            "NAWS-LB-009",
            "NAWS-LB-011",
            "NAWS-LB-020",
            "NAWS-LB-021",
            "NAWS-LB-022",
            "NAWS-LB-029",
        }
    )
    unbreakable: ClassVar = {"NAWS-LB-030": "only services of a ready stack break it, together"}
    examples: ClassVar = {
        "NAWS-TIME-001": (
            f"start_timeout=cdk.Duration.minutes({PARAMETER})",
            f"start_timeout=cdk.Duration.seconds({PARAMETER})",
        ),
        "NAWS-TYPE-001": ('cpu="512"', "cpu=512"),
        "NAWS-SIZE-001": ("cpu=1", "cpu=512"),
        "NAWS-ACK-003": (
            'acknowledge={"NAWS-SIZE-006": "most of it is read once"}',
            'memory_limit_mib=2048, scratch_mib=1536, acknowledge={"NAWS-SIZE-006": "most of it is read once"}',
        ),
        "NAWS-NET-008": (f"vpc=NewVpc(max_azs=1), {ALONE}", f"vpc=NewVpc(max_azs=2), {ALONE}"),
        **{f"NAWS-{code}": (schedule(broken), schedule(mended)) for code, broken, mended in MOVED},
    }

    def judge(self) -> PropsJudge:
        return PropsJudge(self.pattern, public_names(self.pattern), {"image": IMAGE})
