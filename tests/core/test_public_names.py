import subprocess
import sys

import pytest

import naws.core


@pytest.mark.parametrize("name", naws.core.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(getattr(naws.core, name), "__name__", name) == name


def test_the_list_is_in_order_and_is_all_that_is_public() -> None:
    assert naws.core.__all__ == sorted(naws.core.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        naws.core.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_of_cdk() -> None:
    code = "import sys, naws.core; sys.exit('aws_cdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
