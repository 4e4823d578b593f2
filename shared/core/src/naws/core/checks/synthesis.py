"""Checks of what will be deployed, when CDK synthesises and nothing is added any more.

Each group is by the name of the view that it judges; a pattern takes those of the bases that it has.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from naws.core.rule import Rule
from naws.core.rules import containers
from naws.core.rules.asl import ASL_RULES
from naws.core.rules.environment import ADDED_VARIABLE_RULES
from naws.core.rules.image_names import IMAGE_NAME_RULES
from naws.core.rules.image_platforms import IMAGE_RULES
from naws.core.rules.name_clashes import CONVENTION_RULES, NAME_RULES, TRIGGER_NAME_RULES
from naws.core.rules.new_vpc import two_zones
from naws.core.rules.repeated_steps import STEP_RULES
from naws.core.rules.role_permissions import ROLE_RULES
from naws.core.rules.stack_size import STACK_RULES
from naws.core.rules.task_network import CLUSTER_RULES, TASK_NETWORK_RULES
from naws.core.rules.task_owners import PULL_RULES, TRUST_RULES
from naws.core.rules.task_template import TASK_TEMPLATE_RULES
from naws.core.rules.topic_key import TOPIC_RULES
from naws.core.rules.workflow_rules import FLOW_RULES

SynthChecks = Mapping[str, Sequence[Rule[Any]]]

ROLE_SYNTH_CHECKS: SynthChecks = {"role": ROLE_RULES, "trusts": TRUST_RULES}
"""Of what has a role that a program works as."""
TASK_SYNTH_CHECKS: SynthChecks = {
    **ROLE_SYNTH_CHECKS,
    "task": (*TASK_TEMPLATE_RULES, *IMAGE_NAME_RULES),
    "containers": containers.TOGETHER_RULES,
    "users": (containers.not_root,),
    "root_filesystems": (containers.readonly_root,),
    "variables": ADDED_VARIABLE_RULES,
    "images": IMAGE_RULES,
    "network": TASK_NETWORK_RULES,
    "zones": (two_zones,),
    "cluster": CLUSTER_RULES,
    "pulled": PULL_RULES,
}
"""Of `TaskPattern`: what ordinary CDK code added to a task, and what only the template shows."""
OPERATED_SYNTH_CHECKS: SynthChecks = {"topics": TOPIC_RULES, "names": NAME_RULES, "conventions": CONVENTION_RULES}
"""Of `OperatedPattern`."""
TRIGGERED_SYNTH_CHECKS: SynthChecks = {**OPERATED_SYNTH_CHECKS, "trigger_names": TRIGGER_NAME_RULES}
"""Of `TriggeredPattern`."""
WORKFLOW_SYNTH_CHECKS: SynthChecks = {"steps": STEP_RULES, "definitions": ASL_RULES, "workflows": FLOW_RULES}
"""Of `WorkflowPattern`: the definition of each of its state machines, and each as it will be deployed."""


def rules_of(checks: SynthChecks) -> tuple[Rule[Any], ...]:
    """All of these, with those on the stack."""
    every = (rule for rules in (*checks.values(), STACK_RULES) for rule in rules)
    return (*{rule.code: rule for rule in every}.values(),)
