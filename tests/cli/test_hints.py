"""What a person can paste reaches what was deployed, wherever that is."""

from types import SimpleNamespace
from typing import Any

from naws.cli import hints
from naws.cli.destinations import Place


def stack(name: str, account: str, region: str) -> Any:
    arn = f"arn:aws:states:{region}:{account}:stateMachine:{name}"
    aws = SimpleNamespace(place=Place(account, region), client=lambda _: None)
    artifact = SimpleNamespace(template={})
    return SimpleNamespace(aws=aws, workflows=[arn], of_type=lambda _: {}, artifact=artifact)


def test_each_stack_is_reached_in_its_own_account_and_region() -> None:
    names = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    variables = dict(zip(names, ("http://127.0.0.1:1", "OWN", "secret", "us-east-1"), strict=True))
    embedded = SimpleNamespace(environment=lambda: dict(variables), account_id="000000000000")
    stacks = [
        stack("one", "000000000000", "us-east-1"),
        stack("two", "222222222222", "eu-central-1"),
        stack("three", "222222222222", "eu-central-1"),
        stack("four", "000000000000", "us-east-1"),
    ]

    commands = hints._commands(SimpleNamespace(embedded=embedded), stacks)  # type: ignore[arg-type]

    endpoint, secret = "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_SECRET_ACCESS_KEY=secret"
    own, other = (
        f"export {endpoint} AWS_ACCESS_KEY_ID={key} {secret} AWS_REGION={region}"
        for key, region in (("OWN", "us-east-1"), ("222222222222", "eu-central-1"))
    )
    start = "aws stepfunctions start-execution --state-machine-arn {} --input '{{}}'"
    started = [start.format(each.workflows[0]) for each in stacks]
    assert commands == [own, started[0], other, started[1], started[2], own, started[3]]
