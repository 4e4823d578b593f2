from collections.abc import Iterator
from typing import Any

import pytest

from naws.cli.aws import Aws
from naws.cli.destinations import Place
from naws.cli.embedded import EmbeddedAws


@pytest.fixture(scope="session")
def aws(tmp_path_factory: Any) -> Iterator[Aws]:
    with EmbeddedAws.start(tmp_path_factory.mktemp("conformance"), engine="process") as running:
        yield Aws(running.endpoint_url, Place(running.account_id, running.region))
