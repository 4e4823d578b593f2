"""`naws new app`: a folder with an app that works from the first minute."""

import re
import shlex
from pathlib import Path
from string import Template
from typing import Any

from naws.cli import console
from naws.cli.errors import CliError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_APP = '''"""$title: a job that runs every day, and for each message of its queue."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs

from naws.core import NewVpc
from naws.ecs_task_processor import EcsTaskProcessorProps, EcsTaskProcessorStack, QueueTrigger, ScheduleTrigger

HERE = Path(__file__).parent


def build(app: cdk.App) -> EcsTaskProcessorStack:
    """The stack with everything that the job needs."""
    job = EcsTaskProcessorProps(
        image=ecs.ContainerImage.from_asset(str(HERE / "job"), platform=ecr_assets.Platform.LINUX_AMD64),
        dev_command=["python", "job/main.py"],  # what `naws local` runs without a container engine
        triggers=[ScheduleTrigger("@daily"), QueueTrigger()],
        vpc=NewVpc(),  # or VpcLookup.by_name("main"): a new one has a NAT gateway, which costs while nothing runs
    )
    return EcsTaskProcessorStack(app, "$title", processors={"Job": job})


if __name__ == "__main__":
    app = cdk.App()
    build(app)
    app.synth()
'''
_JOB = '''"""What is run: read what is asked, do it, end with a code that says how it went."""

import json
import os
import sys


def main() -> int:
    """Do the work of one run; 0 is success."""
    if "NAWS_PAYLOAD_URI" in os.environ:
        print(f"the payload is in {os.environ['NAWS_PAYLOAD_URI']}: this job does not read S3", file=sys.stderr)
        return 1
    payload = json.loads(os.environ.get("NAWS_PAYLOAD", "{}"))
    print(f"run {os.environ.get('NAWS_RUN_ID', 'by hand')}: {payload}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''
_DOCKERFILE = """FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY main.py .
USER 1000:1000
ENTRYPOINT ["python", "main.py"]
"""
_TEST = '''"""The stack is what the app's author has in mind."""

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import assertions

sys.path.insert(0, str(Path(__file__).parents[1]))

from app import build  # noqa: E402


def test_the_job_is_started_every_day_and_by_messages() -> None:
    template = assertions.Template.from_stack(build(cdk.App()))
    template.resource_count_is("AWS::Scheduler::Schedule", 1)
    template.resource_count_is("AWS::Pipes::Pipe", 1)
'''
_FILES = {
    "app.py": _APP,
    "cdk.json": '{\n  "app": "python app.py"\n}\n',
    "job/Dockerfile": _DOCKERFILE,
    "job/main.py": _JOB,
    "tests/test_app.py": _TEST,
    ".gitignore": "cdk.out/\n.naws/\n__pycache__/\n",
}


def new_app(target: Path, *, show: bool) -> tuple[int, Any]:
    """Write an app into a new folder.

    Args:
        target: The folder, whose name is the app's.
        show: Print what was written.

    Raises:
        CliError: The name is none, or the folder has something.
    """
    name = target.name
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        hint = f"naws new app {target.with_name(near)}" if near else "naws new app nightly-report"
        raise CliError(f"{name} is no name: small letters, digits and hyphens.", hint, code=2)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CliError(f"{target} is there, and not empty.", "Name another folder.", code=2)
    title = "".join(part.capitalize() for part in name.split("-"))
    for path, text in _FILES.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(text).safe_substitute(title=title), encoding="utf-8")
    if show:
        for path in _FILES:
            console.line(f"{target / path}")
        console.line(f"next: naws local {shlex.quote(str(target))}")
    return 0, {"folder": str(target), "files": [*_FILES]}
