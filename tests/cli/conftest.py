import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from naws.cli.engine import DevCommands
from naws.cli.main import app
from tests.cli.local_process import Local


class Assembly:
    """Writes a cloud assembly as the CDK would."""

    def __init__(self, directory) -> None:
        self.directory = directory
        self.manifest = {"version": "55.0.0", "artifacts": {}}

    def stack(self, name, template, *, after=(), metadata=None, separate=False, **properties):
        files, images = (properties.pop(kind, {}) for kind in ("files", "images"))
        assets = {"version": "55.0.0", "files": files, "dockerImages": images}
        self._write(f"{name}.assets.json", assets)
        self._write(f"{name}.template.json", template)
        artifacts = self.manifest["artifacts"]
        artifacts[f"{name}.assets"] = {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}}
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": properties.pop("environment", "aws://unknown-account/unknown-region"),
            "properties": {"templateFile": f"{name}.template.json", **properties},
            "dependencies": [*after, f"{name}.assets"],
            "displayName": name,
        }
        if separate:
            self._write(f"{name}.metadata.json", metadata or {})
            artifacts[name]["additionalMetadataFile"] = f"{name}.metadata.json"
        else:
            artifacts[name]["metadata"] = metadata or {}
        return self.write()

    def stage(self, name):
        nested = Assembly(self.directory / f"assembly-{name}")
        properties = {"directoryName": f"assembly-{name}"}
        self.manifest["artifacts"][f"assembly-{name}"] = {"type": "cdk:cloud-assembly", "properties": properties}
        self.write()
        return nested

    def write(self):
        self._write("manifest.json", self.manifest)
        return self.directory

    def _write(self, name, content):
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / name).write_text(json.dumps(content))


@pytest.fixture
def assembly(tmp_path):
    return Assembly(tmp_path / "cdk.out")


@pytest.fixture(scope="session")
def dev_commands(embedded):
    return DevCommands(Path(embedded.log_file).parent)


@pytest.fixture
def eventually():
    def wait(check, seconds=20.0):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if answer := check():
                return answer
            time.sleep(0.05)
        pytest.fail(f"not within {seconds} s")

    return wait


ELSEWHERE = "222222222222"


@pytest.fixture(scope="session")
def elsewhere(aws):
    """Another account, which was bootstrapped: its look-up role may read, as in CDK's bootstrap template."""
    there = aws.at(ELSEWHERE, "us-east-1")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}}
    never = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
    iam, role = there.client("iam"), {"RoleName": f"cdk-hnb659fds-lookup-role-{ELSEWHERE}-us-east-1"}
    iam.create_role(**role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    iam.attach_role_policy(**role, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_role_policy(
        **role, PolicyName="never", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [never]})
    )
    return there


@pytest.fixture
def naws(embedded, monkeypatch):
    """Runs a command as a shell would, against the embedded AWS; its result has exit_code, stdout and stderr."""
    for name, value in {**embedded.environment(), "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def local(tmp_path):
    made = Local(tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()
