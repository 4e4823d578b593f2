"""Which deployed stacks a name stands for, and those that CloudFormation has and that are not deployed."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from naws.cli.accounts import Place
from naws.cli.assembly import StackArtifact
from naws.cli.errors import NO_ACCESS, NOT_FOUND, CliError
from naws.cli.operate.deployed import find_deployed
from naws.cli.operate.where import Where
from naws.core.runs import METADATA, Runs

ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:Import"
NOTED = Runs(pattern="a", path="Shop/Import", kind="workflow").metadata()
TEMPLATE = {"Resources": {"Import": {"Type": "AWS::StepFunctions::StateMachine", "Metadata": {METADATA: NOTED}}}}


class CloudFormation:
    """A stack that is deployed, and one in a state, with GetTemplate's answer of it."""

    account, region = "111122223333", "eu-west-1"

    def __init__(self, state, body=None):
        self.state, self.body, self.stacks = state, body, {"Shop": "UPDATE_COMPLETE", "Other": state}

    def client(self, _):
        return self

    def of_stack(self, stack, **_):
        return Place(None, self.account, self.region).of_stack(stack, lookup_role=False) and self

    def get_paginator(self, name):
        return SimpleNamespace(paginate=lambda **asked: [getattr(self, name)(**asked)])

    def describe_stacks(self, StackName=None):  # noqa: N803  # AWS's name
        if StackName not in (None, *self.stacks):
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": "Stack does not exist"}}, "DescribeStacks"
            )
        chosen = [StackName] if StackName else self.stacks
        return {"Stacks": [{"StackName": name, "StackStatus": self.stacks[name]} for name in chosen]}

    def get_template(self, StackName, **_):  # noqa: N803  # AWS's name
        if StackName == "Shop":
            return {"TemplateBody": TEMPLATE}
        return {"StagesAvailable": [], **({} if self.body is None else {"TemplateBody": self.body})}

    def list_stack_resources(self, StackName):  # noqa: N803  # AWS's name
        status = "CREATE_COMPLETE" if StackName == "Shop" else "DELETE_COMPLETE"
        one = {"LogicalResourceId": "Import", "PhysicalResourceId": ARN, "ResourceStatus": status}
        return {"StackResourceSummaries": [{**one, "ResourceType": "AWS::StepFunctions::StateMachine"}]}


REVIEW = ("REVIEW_IN_PROGRESS", "a change set waits for review")
STATES = [
    pytest.param(REVIEW, None, id="without a template"),
    pytest.param(REVIEW, "", id="with an empty one"),
    pytest.param(
        ("ROLLBACK_COMPLETE", "its creation failed and was rolled back"), json.dumps(TEMPLATE), id="rolled back"
    ),
    pytest.param(("DELETE_COMPLETE", "it was deleted"), json.dumps(TEMPLATE), id="deleted"),
]


def where(answers, *, bound, tmp_path):
    (tmp_path / "template.json").write_text(json.dumps({"Resources": {}}))
    artifact = {"properties": {"templateFile": "template.json"}}
    stacks = tuple(StackArtifact(name, tmp_path, artifact) for name in ("Shop", "Other"))
    return Where((answers,), "account 111122223333", stacks=stacks if bound else (), bound=bound)


@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize(("state", "body"), STATES)
def test_it_is_left_out_and_explained_where_it_is_named(state, body, bound, tmp_path):
    status, words = state
    here = where(CloudFormation(status, body), bound=bound, tmp_path=tmp_path)
    assert [each.runs.path for each in find_deployed(here, ())] == ["Shop/Import"]
    assert [each.arn for each in find_deployed(here, ["Import"])] == [ARN]
    for name in ("Other", *(() if bound else ("Other/Nightly",))):
        with pytest.raises(CliError) as found:
            find_deployed(here, [name])
        assert found.value.title == f"Other is not deployed in account 111122223333: {words}."
        assert (found.value.detail, found.value.code) == ("npx cdk deploy Other", NOT_FOUND)


DEV, PROD, PROD_US = "aws://444455556666/eu-west-1", "aws://111122223333/eu-west-1", "aws://111122223333/us-east-1"


class OneStack(CloudFormation):
    """The stack of one stage; `Shop` is what all of them name it."""

    def __init__(self, region="eu-west-1"):
        super().__init__("UPDATE_COMPLETE")
        self.region, self.stacks = region, {"Shop": "UPDATE_COMPLETE"}


def stages(tmp_path, answers, *, bound=False, **environments):
    (tmp_path / "template.json").write_text(json.dumps({"Resources": {}}))
    found = [
        StackArtifact(
            stage,
            tmp_path,
            {
                "displayName": f"{stage}/Jobs",
                "environment": environment,
                "properties": {"templateFile": "template.json", "stackName": "Shop"},
            },
        )
        for stage, environment in environments.items()
    ]
    return Where((answers,), "account 111122223333", stacks=tuple(found), bound=bound)


@pytest.mark.parametrize(("other", "bound"), [(DEV, False), (DEV, True), (PROD_US, False)])
def test_a_path_is_the_stack_where_its_stage_is_and_no_other_of_its_name(other, bound, tmp_path):
    here = stages(tmp_path, OneStack(), bound=bound, Dev=other, Prod=PROD)
    assert [each.arn for each in find_deployed(here, ["Prod/Jobs"])] == [ARN]
    assert [each.arn for each in find_deployed(here, ["Shop"])] == [ARN]
    with pytest.raises(CliError, match=r"^Dev/Jobs is in ") as found:
        find_deployed(here, ["Dev/Jobs"])
    assert found.value.code == NO_ACCESS


def test_of_an_assembly_that_was_asked_for_other_accounts_are_left_out(tmp_path):
    here = stages(tmp_path, OneStack(), bound=True, Dev=DEV, Prod=PROD)
    assert [each.arn for each in find_deployed(here, ())] == [ARN]
    alone = stages(tmp_path, OneStack(), bound=True, Dev=DEV)
    for names in ((), ["Shop"], ["Dev/Jobs"]):
        with pytest.raises(CliError, match="credentials are of 111122223333") as found:
            find_deployed(alone, names)
        assert (found.value.code, found.value.detail) == (NO_ACCESS, "export AWS_PROFILE=… of that account.")


def test_the_path_of_a_stage_is_all_patterns_in_it_and_no_other_name_that_begins_so(tmp_path, capsys):
    answers = OneStack()
    body = {
        path: {
            "Type": "AWS::StepFunctions::StateMachine",
            "Metadata": {METADATA: Runs(pattern="a", path=path, kind="workflow").metadata()},
        }
        for path in ("Prod/Jobs/Import", "Prod/Web/Mails", "Production/Import", "Other/Import")
    }
    answers.get_template = lambda **_: {"TemplateBody": {"Resources": body}}
    listed = [
        {"LogicalResourceId": path, "PhysicalResourceId": path, "ResourceStatus": "", "ResourceType": ""}
        for path in body
    ]
    answers.list_stack_resources = lambda **_: {"StackResourceSummaries": listed}
    here = stages(tmp_path, answers, Prod=PROD, Dev=DEV)
    assert [each.arn for each in find_deployed(here, ["Prod"])] == ["Prod/Jobs/Import", "Prod/Web/Mails"]
    with pytest.raises(CliError, match=r"^Dev/Jobs is in account ") as found:
        find_deployed(here, ["Dev"])
    assert found.value.code == NO_ACCESS
    noted = json.dumps({"Resources": {"Import": TEMPLATE["Resources"]["Import"]}})
    elsewhere = stages(tmp_path, answers, Prod=PROD_US)
    (tmp_path / "template.json").write_text(noted)
    assert len(find_deployed(elsewhere, ["Prod"])) == 2
    assert "left out: Prod/Jobs is in us-east-1, and not in eu-west-1." in capsys.readouterr().err
    body["Mails/A"] = {**body["Other/Import"], "Metadata": {METADATA: {**NOTED, "path": "Mails/A"}}}
    listed.append({**listed[0], "LogicalResourceId": "Mails/A", "PhysicalResourceId": "Mails/A"})
    with pytest.raises(CliError, match="Mails is several patterns"):
        find_deployed(here, ["Mails"])
