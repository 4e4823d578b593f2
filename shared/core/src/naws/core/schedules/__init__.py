"""Schedule expressions and time zones: read, checked, translated to EventBridge Scheduler's form, and computed with.

Pure: no CDK, no clock, no network.
"""

from naws.core.schedules.expression import ParsedSchedule, parse_schedule
from naws.core.schedules.pauses import YearlyLeftOut
from naws.core.schedules.problems import ScheduleProblem, ScheduleSyntaxError
from naws.core.schedules.zones import parse_timezone

__all__ = [
    "ParsedSchedule",
    "ScheduleProblem",
    "ScheduleSyntaxError",
    "YearlyLeftOut",
    "parse_schedule",
    "parse_timezone",
]
