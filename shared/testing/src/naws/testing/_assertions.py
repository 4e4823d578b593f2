"""Let pytest show the values in the contracts' failing assertions, as it does in test files."""

import pytest

pytest.register_assert_rewrite(*(f"naws.testing.{name}contract" for name in ("", "template_", "mistake_")))
