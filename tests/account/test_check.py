"""The command: whom it asks, what it says first, its exit codes."""

import io
from typing import Any

import pytest
from rich.console import Console

import check
from stubs import (
    SECRET,
    change_set_answers,
    stack_answers,
    stubbed,
)


class Session:
    """boto3's, with stubbed clients."""

    def __init__(self, *, region: str | None = "eu-west-1", credentials: bool = True, **clients: Any) -> None:
        self.region_name = region
        self._credentials = credentials
        self._clients = clients

    def get_credentials(self) -> object | None:
        return object() if self._credentials else None

    def client(self, name: str) -> Any:
        return self._clients.get(name) or stubbed(name)[0]


def run(session: Any, *arguments: str) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=200)
    code = check.main(arguments, session, console)
    text: str = console.file.getvalue()
    assert SECRET not in text
    assert "Traceback" not in text
    return code, text


def somebody() -> Any:
    sts, stub = stubbed("sts")
    stub.add_response("get_caller_identity", {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/me"})
    return sts


class TestCommand:
    def test_without_credentials(self) -> None:
        code, text = run(Session(credentials=False))
        assert (code, text.count("\n")) == (2, 1)
        assert "There are no AWS credentials" in text

    def test_without_a_region(self) -> None:
        code, text = run(Session(region=None))
        assert code == 2
        assert "There is no region" in text

    @pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
    def test_either_variable_names_the_region(self, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        monkeypatch.delenv("AWS_REGION", raising=False)
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        monkeypatch.setenv(variable, "eu-north-1")
        assert check.found_session().region_name == "eu-north-1"

    def test_with_credentials_that_are_not_accepted(self) -> None:
        sts, stub = stubbed("sts")
        stub.add_client_error("get_caller_identity", "ExpiredToken", "The security token is expired")
        code, text = run(Session(sts=sts))
        assert code == 2
        assert "not accepted" in text

    def test_a_profile_that_does_not_exist(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody-has-this-profile")
        code, text = run(None)
        assert code == 2
        assert "nobody-has-this-profile" in text

    def test_it_says_first_what_it_makes_and_does_nothing_without_consent(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        code, text = run(Session(sts=somebody()), "--only", "ecs_task_processor/schedule", "--judge", "templates")
        assert code == 2
        assert "NawsAccountCheck-ecs-task-processor-schedule-" in text
        assert "Nothing was made" in text
        assert "It costs nothing" in text

    @pytest.mark.parametrize(("result", "code"), [("OK", 0), ("FAIL", 1)])
    def test_the_exit_code_is_the_verdict(self, result: str, code: int) -> None:
        states, stub = stubbed("stepfunctions")
        stub.add_response("validate_state_machine_definition", {"result": result, "diagnostics": []})
        said = run(
            Session(sts=somebody(), stepfunctions=states),
            "--only",
            "ecs_task_processor/schedule",
            "--judge",
            "definitions",
        )
        assert said[0] == code
        assert "ValidateStateMachineDefinition" in said[1]

    def test_a_scenario_that_is_not_there(self) -> None:
        code, text = run(Session(sts=somebody()), "--only", "yearly")
        assert code == 2
        assert "There is no scenario yearly" in text

    def test_what_is_left_behind_is_told_and_an_error(self) -> None:
        cloudformation, stub = stubbed("cloudformation")
        change_set_answers(stub)
        stack_answers(stub, "REVIEW_IN_PROGRESS")
        stub.add_client_error("delete_change_set", "AccessDenied", "not you")
        session = Session(sts=somebody(), cloudformation=cloudformation)
        code, text = run(session, "--yes", "--only", "ecs_task_processor/schedule", "--judge", "templates")
        assert code == 1
        assert "LEFT BEHIND: stack NawsAccountCheck-ecs-task-processor-schedule-" in text
