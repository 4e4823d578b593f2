"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from naws.step_function_executor import PATTERN
from naws.testing import RuleContract


class TestRules(RuleContract):
    pattern = PATTERN
