"""What `naws local` runs is found by the other commands, as long as it runs."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.cli.local_process import APP
from tests.cli.operate.written import template

pytestmark = pytest.mark.e2e

TEMPLATE = template("R") | {"Outputs": {"Url": {"Value": {"Ref": "Failures"}}}}


def test_it_is_found_in_its_folder_and_forgotten_at_its_end(local):
    local.write(APP, TEMPLATE)
    local.start()
    local.until("Ctrl-C ends")
    (url,) = [line.rpartition(" = ")[2] for line in local.text().splitlines() if "Url = " in line]
    local.client("sqs").send_message(QueueUrl=url, MessageBody="{")

    def naws(*arguments):
        command = [sys.executable, "-c", "from naws.cli.main import app; app()", *arguments, "--json"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(local.directory)}
        result = subprocess.run(
            command, cwd=local.directory, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        return result.returncode, json.loads(result.stdout)

    code, document = naws("failures", "Anew", "--state-dir", "state")
    assert (code, document["failed"], document["where"]["embedded"]) == (1, 1, True)
    (local.directory / ".naws").symlink_to(local.directory)  # as `.naws/state` it needs no option
    assert naws("failures", "R/Anew")[0] == 1
    assert local.ended(signal.SIGINT) == 0
    code, document = naws("failures", "R/Anew")
    assert code == 4
    assert "No `naws local` runs in this folder" in document["error"]["detail"]
