"""`naws shell` into tasks as their patterns are deployed, at a pseudo-terminal."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from probed import until

from naws.cli.assembly import read_stacks
from naws.cli.deploy import Deployer
from naws.cli.engine import DevCommands
from naws.cli.errors import NOT_FOUND
from naws.cli.progress import Progress
from naws.cli.running import note
from naws.cli.session import session
from naws.cli.stacks import EmbeddedStack
from naws.ecs_service import EcsService, EcsServiceProps, FixedCount, NewVpc
from naws.ecs_task_processor import EcsTaskProcessor, EcsTaskProcessorProps, RetryPolicy
from naws.lambda_service import LambdaService, LambdaServiceProps, NoAlarms, PythonCode
from naws.testing.synth import cdk_app
from tests.ptys import COLUMNS, LINES, Terminal

pytestmark = pytest.mark.e2e

HERE = Path(__file__).parent
PROGRAM = HERE / "services" / "server.py"
QUIET = {"alarms": NoAlarms(reason="a test"), "removal_policy": cdk.RemovalPolicy.DESTROY}
OPEN: dict[str, Any] = {
    "enable_execute_command": True,
    "readonly_root_filesystem": False,
    "acknowledge": {"NAWS-TASK-009": "for a look into a running task"},
}
IMAGE = "docker.io/library/python:3.13-slim"
NOT_ENABLED = "execute command was not enabled when the task was run"


def job(**more: Any) -> EcsTaskProcessorProps:
    command = ["python3", "-c", "import time; time.sleep(120)"]
    return EcsTaskProcessorProps(
        **QUIET,
        **more,
        image=ecs.ContainerImage.from_registry(IMAGE),
        command=command,
        dev_command=command,
        environment={"COLOUR": "blue"},
        stop_timeout=cdk.Duration.seconds(2),
        retry=RetryPolicy(task_attempts=1),
    )


def write(folder: Path) -> None:
    """The app: a processor with ECS Exec, one without, a service with it, a function."""
    app = cdk_app(folder / "cdk.out")
    stack = cdk.Stack(app, "Entered")
    EcsTaskProcessor(stack, "Open", job(**OPEN))
    EcsTaskProcessor(stack, "Closed", job())
    served = EcsServiceProps(
        **QUIET,
        **OPEN,
        image=ecs.ContainerImage.from_registry(IMAGE),
        vpc=NewVpc(),
        command=["python3", "-c", PROGRAM.read_text()],
        dev_command=[sys.executable, str(PROGRAM)],
        environment={"VERSION": "7", "HOW": "well"},
        scaling=FixedCount(2),
    )
    EcsService(stack, "Site", served)
    LambdaService(stack, "Mails", LambdaServiceProps(**QUIET, code=PythonCode(str(HERE / "functions" / "code"))))
    app.synth()


@dataclass(frozen=True)
class Entered:
    """The deployed app, and what a test does with it."""

    stack: EmbeddedStack
    folder: Path
    engine: str

    def client(self, service: str) -> Any:
        return self.stack.aws.client(service)

    def output(self, beginning: str) -> str:
        (found,) = [value for name, value in self.stack.outputs.items() if name.startswith(beginning)]
        return found

    def start(self, processor: str) -> str:
        """The id of a run that is going."""
        machine = self.output(f"{processor}StateMachineArn")
        arn = self.client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        run = arn.rpartition(":")[2]
        until(lambda: self._runs(run))
        return run

    def end(self, processor: str, run: str) -> None:
        machine = self.output(f"{processor}StateMachineArn").replace(":stateMachine:", ":execution:")
        self.client("stepfunctions").stop_execution(executionArn=f"{machine}:{run}")

    def _runs(self, name: str) -> bool:
        client = self.client("ecs")
        for cluster in client.list_clusters()["clusterArns"]:
            arns = client.list_tasks(cluster=cluster)["taskArns"]
            tasks = client.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
            if any(task["group"] == name and task["lastStatus"] == "RUNNING" for task in tasks):
                return True
        return False

    def shell(self, *arguments: str) -> Terminal:
        return Terminal(["shell", *arguments], str(self.folder))


@pytest.fixture(
    scope="module", params=["process", pytest.param("container", marks=pytest.mark.container)], ids=lambda kind: kind
)
def entered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entered]:
    if request.param == "container":
        subprocess.run([sys.executable, str(HERE / "base_image.py")], check=True, capture_output=True)
    folder = tmp_path_factory.mktemp("entered")
    write(folder)
    state = folder / ".naws" / "local"
    with Progress() as progress, session(state, port=None, engine=request.param) as running:
        deployer = Deployer(running.aws, running.engine, DevCommands(state), folder, progress)
        (stack,) = deployer.deploy(read_stacks(folder / "cdk.out"))
        note(state, running.embedded.endpoint_url, [stack.aws.target])
        yield Entered(stack, folder, request.param)


@pytest.fixture(scope="module")
def run(entered: Entered) -> str:
    return entered.start("Open")


def test_a_command_has_a_terminal_in_the_task_and_no_shell_reads_it(entered: Entered, run: str) -> None:
    script = "test -t 0 && test -t 1 && echo $COLOUR $TERM of $NAWS_RUN_ID in $PWD; exit 3"
    code, text = entered.shell(run, "--command", f"sh -c '{script}'").ended()
    where = entered.folder if entered.engine == "process" else "/"
    assert f"blue xterm-256color of {run} in {where}\n" in text
    assert text.startswith("embedded AWS at ")
    assert "\nStarting session with SessionId: ecs-execute-command-" in text
    assert "\n\nExiting session with sessionId: ecs-execute-command-" in text
    assert code == 0  # as on AWS, whatever the command's is
    literal = "python3 -c 'import os, sys; print(os.getuid(), *sys.argv)' $COLOUR && exit"
    who = os.getuid() if entered.engine == "process" else 0
    assert f"{who} -c $COLOUR && exit\n" in entered.shell(run, "--command", literal).ended()[1]


def test_every_byte_of_what_is_quick_is_there(entered: Entered, run: str) -> None:
    for number in range(5):
        command = f"sh -c 'echo {number} is quick'"
        assert f"\n{number} is quick\n" in entered.shell(run[:8], "--command", command).ended()[1]


def test_a_shell_is_typed_into_and_ctrl_c_is_for_what_runs_in_it(entered: Entered, run: str) -> None:
    shell = entered.shell(run)
    shell.until(r"[#$] $")
    shell.type("trap 'echo cau''ght' INT; python3 -c 'import time; print(\"be\" \"gun\"); time.sleep(60)'\n")
    shell.until(r"begun\n")
    shell.type("\x03")
    shell.until(r"caught\n")
    shell.type("python3 -c 'import os; print(os.get_terminal_size())'; exit\n")
    code, text = shell.ended()
    assert (code, f"columns={COLUMNS}, lines={LINES}" in text) == (0, True)
    assert "\nExiting session with sessionId:" in text


def test_what_is_no_program_is_not_started(entered: Entered, run: str) -> None:
    for command, reason in (("no-such-program", "no-such-program"), ("sh 'unclosed", "No closing quotation")):
        code, text = entered.shell(run, "--command", command).ended()
        # What cannot be parsed is not given to anybody; what is not there is said by whoever looks for it.
        assert (code, "start" in text.partition("SessionId:")[2], reason in text) == (0, True, True), text


def test_a_service_is_entered_by_its_path(entered: Entered) -> None:
    assert "version 7\n" in entered.shell("Site", "--command", "sh -c 'echo version $VERSION'").ended()[1]


def test_a_role_without_the_channels_is_not_connected(entered: Entered, run: str) -> None:
    iam = entered.client("iam")
    roles = entered.stack.of_type("AWS::IAM::Role")
    (role,) = [role for name, role in roles.items() if name.startswith("OpenTaskRole")]
    denied = {"Effect": "Deny", "Action": "ssmmessages:OpenDataChannel", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    iam.put_role_policy(RoleName=role, PolicyName="none", PolicyDocument=document)
    try:
        code, text = entered.shell(run).ended()
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="none")
    assert code == 8
    assert "(TargetNotConnectedException)" in text
    assert "The execute command failed due to an internal error. Try again later." in text
    assert "OpenDataChannel" in text


def test_a_run_without_ecs_exec_is_refused_as_on_aws(entered: Entered) -> None:
    run = entered.start("Closed")
    code, text = entered.shell(run).ended()
    entered.end("Closed", run)
    assert (code, NOT_ENABLED in text) == (8, True)
    assert "enable_execute_command=True in the props of Entered/Closed" in text


def test_what_is_no_run_or_none_of_a_task_is_refused(entered: Entered, run: str) -> None:
    code, text = entered.shell(run[:-1] + ("0" if run[-1] != "0" else "1")).ended()
    assert (code, f"Did you mean {run}?" in text) == (6, True)
    client = entered.client("lambda")
    code, text = entered.shell("Entered/Sit").ended()
    assert (code, "Did you mean Entered/Site?" in text) == (6, True)
    code, text = entered.shell("Closed").ended()
    assert (code, "Which run of Closed?" in text, "naws runs Closed" in text) == (2, True, True)
    (function,) = entered.stack.of_type("AWS::Lambda::Function").values()
    request = client.invoke(FunctionName=function, Payload=b"{}")["ResponseMetadata"]["RequestId"]
    # Its report comes after the answer.
    code, text = until(lambda: (found := entered.shell(request).ended())[0] != NOT_FOUND and found)
    assert (code, "is of a function, which has no container to enter." in text) == (2, True), text


def test_without_a_terminal_nothing_is_started(entered: Entered, run: str) -> None:
    command = [sys.executable, "-c", "from naws.cli.main import app; app()", "shell", run]
    result = subprocess.run(
        command, cwd=entered.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )
    assert (result.returncode, "Standard input is no terminal." in result.stderr) == (2, True)


def test_a_session_ends_with_its_task(entered: Entered) -> None:
    run = entered.start("Open")
    shell = entered.shell(run, "--command", "sh -c 'echo here; exec python3 -c \"import time; time.sleep(100)\"'")
    shell.until("here\n")
    entered.end("Open", run)
    began = time.monotonic()
    assert shell.ended()[0] == 0
    assert time.monotonic() - began < 30
    code, text = entered.shell(run).ended()
    assert (code, f"The run {run} has ended." in text) == (6, True)
