from pathlib import Path

import pytest

from naws.testing import MissingExtraError, build_wheel
from naws.testing._extras import optional

PROJECT = Path(__file__).parents[2] / "shared/testing"


def test_a_missing_tool_says_which_line_installs_it(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError) as caught:
        optional("no_such_tool.part")
    text = str(caught.value)
    assert text.startswith("no_such_tool is not installed")
    assert f"pip install 'dist/{build_wheel(PROJECT, tmp_path).name}[checkers]'" in text
