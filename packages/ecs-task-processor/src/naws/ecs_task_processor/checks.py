"""Whether a plan may be built: every rule that a task processor is held to."""

from naws.core.checks import Check
from naws.core.trigger_plans import TriggerPlans
from naws.ecs_task_processor.plan import Plan

CHECKS: tuple[Check[Plan], ...] = ()
TRIGGER_CHECKS: tuple[Check[TriggerPlans], ...] = ()
