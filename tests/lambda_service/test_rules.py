"""Each rule is refused by its example, accepted with its fix and mended by its remedy."""

from naws.lambda_service import PATTERN
from naws.testing import RuleContract


class TestRules(RuleContract):
    pattern = PATTERN
