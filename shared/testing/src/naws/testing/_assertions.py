"""Let pytest show the values in the contract's failing assertions, as it does in test files."""

import pytest

pytest.register_assert_rewrite("naws.testing.contract")
