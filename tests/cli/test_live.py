"""A permission that is missing is told once, whichever task it was missing for."""

from types import SimpleNamespace
from typing import Any

from naws.cli.embedded import Denial
from naws.cli.live import LiveRuns


def denial(session: str, resource: str, action: str = "ecs:DescribeTasks") -> Denial:
    principal = f"arn:aws:sts::000000000000:assumed-role/Workflow/{session}"
    return Denial(principal=principal, action=action, resource=resource, sentence=f"no {action} on {resource}", at=0)


def test_a_denial_is_told_once_however_often_and_for_whichever_task(capsys: Any) -> None:
    task, stream = "arn:aws:ecs:us-east-1:000000000000:task/Cluster/", "arn:aws:logs:us-east-1:000000000000:log-group:L"
    told = [
        denial("a", f"{task}0123456789abcdef0123456789abcdef"),
        denial("b", f"{task}fedcba9876543210fedcba9876543210"),
        denial("a", f"{stream}:log-stream:run/main/d4493c6f-0931-4c7b-9062-3adb6f10ab47", "logs:PutLogEvents"),
        denial("b", f"{stream}:log-stream:run/main/a1b2c3d4-0931-4c7b-9062-3adb6f10ab47", "logs:PutLogEvents"),
        denial("a", "arn:aws:sqs:us-east-1:000000000000:failures", "sqs:SendMessage"),
        denial("a", "arn:aws:sqs:us-east-1:000000000000:letters", "sqs:SendMessage"),
    ]
    live = LiveRuns(SimpleNamespace(read=list), lambda: told)  # type: ignore[arg-type]

    live.look()
    live.look()

    assert list(live.denied.values()) == [told[0].sentence, told[2].sentence, told[4].sentence, told[5].sentence]
    assert capsys.readouterr().out.count("denied") == 4
