import pytest

from naws.testing import MissingExtraError
from naws.testing._extras import optional


def test_a_missing_tool_says_which_line_installs_it() -> None:
    with pytest.raises(MissingExtraError, match=r"no_such_tool .* uv add --dev 'naws-testing\[checkers\]'"):
        optional("no_such_tool.part")
