"""`naws local` as a process, for the tests that start it."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest

# The assembly is written by hand: synthesis with the CDK takes most of a minute in all, and is tested elsewhere.
APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
here = pathlib.Path(__file__).parent
template = json.loads((here / "template.json").read_text())
metadata = json.loads((here / "metadata.json").read_text())
(out / "R.template.json").write_text(json.dumps(template))
artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "R.template.json"}, "metadata": metadata}
(out / "manifest.json").write_text(json.dumps({"artifacts": {"R": artifact}}))
"""
QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}


def processes_of(directory):
    """Command lines of the processes that name the directory in their command or environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            texts = [(entry / name).read_bytes() for name in ("cmdline", "environ")]
        except OSError:
            continue
        if any(os.fsencode(directory) in text for text in texts) and entry.name != str(os.getpid()):
            found.append(texts[0].replace(b"\0", b" ").decode())
    return found


class Local:
    """One `naws local`."""

    def __init__(self, directory) -> None:
        self.directory = directory
        self.app = directory / "app"
        self.app.mkdir()
        self.output = directory / "output.txt"
        self.write(APP, QUEUE)

    def write(self, script, template=None, command=None):
        (self.app / "app.py").write_text(script)
        (self.app / "template.json").write_text(json.dumps(template or QUEUE))
        task = [{"type": "aws:cdk:logicalId", "data": "Task"}]
        if command:
            task.append({"type": "naws:dev-command", "data": {"container": "main", "command": command}})
        (self.app / "metadata.json").write_text(json.dumps({"/R/Task/Resource": task} if command else {}))

    def start(self, *options):
        command = [sys.executable, "-c", "from naws.cli.main import app; app()", "local", str(self.app)]
        command += ["--engine", "process", "--state-dir", str(self.directory / "state"), *options]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, cwd=self.directory, start_new_session=True
            )
        return self

    def text(self):
        return self.output.read_text()

    def until(self, pattern, seconds=60):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text()):
            if time.monotonic() > deadline or self.process.poll() is not None:
                pytest.fail(f"no {pattern} in:\n{self.text()}")
            time.sleep(0.05)

    def ended(self, number=None):
        if number:
            self.process.send_signal(number)
        code = self.process.wait(60)
        deadline = time.monotonic() + 20
        while (left := processes_of(self.directory)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == []
        return code

    def client(self, service):
        url = re.search(r"http://127\.0\.0\.1:\d+", self.text()).group()
        keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "x"}
        return boto3.client(service, endpoint_url=url, region_name="us-east-1", **keys)
