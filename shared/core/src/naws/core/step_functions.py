"""Limits of Step Functions, each once for rules, workflows and tests.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

YEAR = 31_536_000
"""Seconds that an execution can live. Source: Step Functions quotas, maximum execution time."""
HISTORY_LIMIT = 25_000
"""Events of one execution. Source: Step Functions quotas, maximum execution event history size."""
STATE_LIMIT = 262_144
"""Bytes that an execution, a state or a task takes or gives, or one `Assign` sets.

Source: Step Functions quotas, maximum input or output size for a task, state, or execution.
"""
