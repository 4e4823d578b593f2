"""A stage of a service: its stacks, how they refer to each other, and who may make a disposable one."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from naws.core import Conventions, PatternValidationError
from naws.core.conventions import conventions_of
from naws.core.data import DataBucket, DataBucketProps
from naws.core.rules.removal import STAGE_RULES
from naws.core.stages import ServiceStage, disposable_of, network_stack_of, stage_of
from naws.testing import cdk_app
from naws.testing.synth import recommended_context

PERSONAL, SHARED = "111111111111", "222222222222"
REFERENCES = "@aws-cdk/core:defaultCrossStackReferences"


def env(account: str | None = SHARED, region: str | None = "eu-west-1") -> cdk.Environment:
    return cdk.Environment(account=account, region=region)


def assemblies(app: cdk.App) -> dict[str, dict[str, Any]]:
    """Each stack's entry in the manifest with its template, by its name."""
    found: dict[str, dict[str, Any]] = {}
    for manifest in Path(app.synth().directory).rglob("manifest.json"):
        for artifact in json.loads(manifest.read_text())["artifacts"].values():
            if artifact["type"] == "aws:cloudformation:stack":
                properties = artifact["properties"]
                artifact["template"] = json.loads((manifest.parent / properties["templateFile"]).read_text())
                found[properties["stackName"]] = artifact
    return found


def sales(app: cdk.App, name: str, **options: Any) -> ServiceStage:
    """A service whose program uses what its data stack holds."""
    stage = ServiceStage(app, name, **options)
    bucket = s3.Bucket(stage.data, "Inbox")
    ssm.StringParameter(stage.stack("Reports"), "Reads", string_value=bucket.bucket_arn)
    return stage


def test_stacks_are_called_after_their_stage_and_only_those_that_are_asked_for_are_there() -> None:
    app = cdk.App()
    stage = sales(app, "Prod", env=env())
    assert [each.node.id for each in stage.node.children] == ["Data", "Reports"]
    assert stage.data is stage.data
    sqs.Queue(stage.edge, "Queue")
    assert stage.edge is stage.edge
    made = assemblies(app)
    assert set(made) == {"Prod-Data", "Prod-Reports", "Prod-eu-west-1-Edge"}
    assert {name: each["environment"] for name, each in made.items()} == {
        "Prod-Data": f"aws://{SHARED}/eu-west-1",
        "Prod-Reports": f"aws://{SHARED}/eu-west-1",
        "Prod-eu-west-1-Edge": f"aws://{SHARED}/us-east-1",
    }
    assert ServiceStage(app, "Empty").node.children == []


def test_what_operates_cloudfront_is_in_a_stack_of_its_own_in_us_east_1() -> None:
    stage = ServiceStage(cdk.App(), "Prod", env=env())
    assert stage.edge_operations is stage.edge_operations
    made = stage.edge_operations
    assert (made.stack_name, made.region) == ("Prod-eu-west-1-EdgeOperations", "us-east-1")
    for name in ("EdgeOperations", "eu-west-1-EdgeOperations"):
        with pytest.raises(ValueError, match=r"stage\.edge_operations"):
            stage.stack(name)
    assert stage_of(made) is stage


def test_one_stage_in_two_regions_has_two_stacks_in_us_east_1() -> None:
    regions = {"eu-west-1": "eu-west-1-", "us-west-2": "us-west-2-", "us-east-1": ""}
    for region, named in regions.items():
        stage = ServiceStage(cdk.App(), "Prod", env=env(SHARED, region))
        assert stage.edge.stack_name == f"Prod-{named}Edge"
    assert ServiceStage(cdk.App(), "Prod").edge.stack_name == "Prod-Edge"


def test_a_stack_may_be_elsewhere() -> None:
    stack = ServiceStage(cdk.App(), "Prod", env=env()).stack("Far", env=env(PERSONAL, "us-east-1"))
    assert (stack.account, stack.region) == (PERSONAL, "us-east-1")


@pytest.mark.parametrize("disposable", [False, True])
def test_the_data_stack_is_protected_unless_the_stage_is_disposable(*, disposable: bool) -> None:
    app = cdk.App()
    sales(app, "Prod", env=env(PERSONAL), disposable=disposable, personal_accounts=[PERSONAL])
    protected = {
        name for name, each in assemblies(app).items() if each["properties"].get("terminationProtection") is True
    }
    assert protected == (set() if disposable else {"Prod-Data"})


def test_its_conventions_are_those_of_all_that_is_in_it() -> None:
    stage = ServiceStage(cdk.App(), "Prod", conventions=Conventions(owner="data"))
    assert conventions_of(stage.data).owner == "data"
    assert conventions_of(stage.stack("Reports")).owner == "data"


# references --------------------------------------------------------------------------------------


def reference(app: cdk.App, stage: str = "Prod") -> Any:
    (parameter,) = assemblies(app)[f"{stage}-Reports"]["template"]["Resources"].values()
    return parameter["Properties"]["Value"]


@pytest.mark.parametrize("app_says", [None, "weak", "strong"])
@pytest.mark.parametrize(
    ("references", "function"), [("weak", "Fn::GetStackOutput"), ("strong", "Fn::ImportValue"), (None, None)]
)
def test_references_are_as_the_stage_says_else_as_the_app_does(
    references: Any, function: str | None, app_says: str | None
) -> None:
    app = cdk.App(context={} if app_says is None else {REFERENCES: app_says})
    sales(app, "Prod", env=env(), references=references)
    of_app = {"weak": "Fn::GetStackOutput", "strong": "Fn::ImportValue", None: "Fn::ImportValue"}[app_says]
    assert list(reference(app)) == [function or of_app]


def test_one_stage_does_not_choose_for_another() -> None:
    app = cdk.App()
    sales(app, "Dev", references="weak")
    sales(app, "Prod", references="strong")
    sales(app, "Test")
    kinds = [next(iter(reference(app, each))) for each in ("Dev", "Prod", "Test")]
    assert kinds == ["Fn::GetStackOutput", "Fn::ImportValue", "Fn::ImportValue"]
    assert app.node.try_get_context(REFERENCES) is None


FLAGS: list[Any] = ["none", "recommended"]
FLAGS += [pytest.param(each, marks=pytest.mark.exhaustive) for each in recommended_context()]


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("references", ["weak", "strong"])
def test_two_stages_in_two_accounts_and_regions_are_deployed_data_first(flags: str, references: Any) -> None:
    every = recommended_context()
    given = {"none": {}, "recommended": every}.get(flags, {flags: every.get(flags)})
    app = cdk.App(context=given, analytics_reporting=False)
    sales(app, "Dev", env=env(PERSONAL), references=references, disposable=True, personal_accounts=[PERSONAL])
    prod = sales(app, "Prod", env=env(SHARED, "us-west-2"), references=references)
    certificate = sqs.CfnQueue(prod.edge, "Certificate")
    ssm.StringParameter(prod.stack("Portal"), "Uses", string_value=certificate.attr_arn)
    made = assemblies(app)
    assert set(made) == {"Dev-Data", "Dev-Reports", "Prod-Data", "Prod-Reports", "Prod-Portal", "Prod-us-west-2-Edge"}
    needed = {
        name: " ".join(each for each in found["dependencies"] if "assets" not in each) for name, found in made.items()
    }
    assert needed["Dev-Data"] == needed["Prod-Data"] == ""
    assert needed["Dev-Reports"].startswith("DevData")
    assert needed["Prod-Reports"].startswith("ProdData")
    assert needed["Prod-Portal"].startswith("Produswest2Edge")


# disposable --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "accounts"),
    [(None, [PERSONAL]), (SHARED, [PERSONAL]), (SHARED, []), (cdk.Aws.ACCOUNT_ID, [PERSONAL])],
    ids=["unknown", "another", "none", "token"],
)
def test_a_disposable_stage_is_only_made_in_an_account_that_is_listed(account: str | None, accounts: list[str]) -> None:
    app = cdk.App()
    with pytest.raises(PatternValidationError, match="NAWS-STAGE-003") as refused:
        ServiceStage(app, "Mine", env=env(account), disposable=True, personal_accounts=accounts)
    assert refused.value.where == "Mine"
    assert app.node.children == []


def test_the_account_may_be_that_of_an_outer_stage() -> None:
    outer = cdk.Stage(cdk.App(), "Outer", env=env(PERSONAL))
    assert ServiceStage(outer, "Mine", disposable=True, personal_accounts=[PERSONAL]).disposable


def test_whoever_lists_accounts_need_not_be_disposable() -> None:
    assert not ServiceStage(cdk.App(), "Prod", personal_accounts=[PERSONAL]).disposable


def test_all_that_is_wrong_with_its_arguments_is_told_at_once() -> None:
    wrong: Any = {"references": "week", "personal_accounts": PERSONAL, "conventions": {}, "disposable": True}
    with pytest.raises(PatternValidationError) as refused:
        ServiceStage(cdk.App(), "Mine", **wrong)
    found = [(issue.code, issue.path) for issue in refused.value.issues]
    types = [("NAWS-TYPE-001", each) for each in ("references", "personal_accounts", "conventions")]
    assert found == [*types, ("NAWS-STAGE-003", "disposable")]
    assert '"weak"' in refused.value.issues[0].remedy or "'weak'" in refused.value.issues[0].expected
    with pytest.raises(TypeError, match="did you mean personal_accounts"):
        ServiceStage(cdk.App(), "Mine", accounts=[])


@pytest.mark.parametrize("rule", STAGE_RULES, ids=lambda rule: rule.code)
def test_the_rules_example_is_refused_and_its_fix_is_accepted(rule: Any) -> None:
    def made(text: str) -> ServiceStage:
        given = eval(f"dict({text})", {"cdk": cdk})  # the rule's own text
        given.pop("removal_policy", None)
        return ServiceStage(cdk.App(), "Mine", **given)

    with pytest.raises(PatternValidationError, match=rule.code):
        made(rule.example)
    assert made(rule.fix).disposable


def test_the_nearest_stage_says_whether_what_is_in_it_is_disposable() -> None:
    app = cdk.App()
    mine = ServiceStage(app, "Mine", env=env(PERSONAL), disposable=True, personal_accounts=[PERSONAL])
    assert disposable_of(Construct(mine.data, "Within")) is True
    assert disposable_of(ServiceStage(app, "Prod").stack("Reports")) is False
    assert disposable_of(cdk.Stack(cdk.Stage(app, "Plain"), "Reports")) is None


# network -----------------------------------------------------------------------------------------


def test_the_network_belongs_to_the_data_stack_where_a_stack_can_use_it() -> None:
    app = cdk.App()
    stage = ServiceStage(app, "Prod", env=env())
    near, far = stage.stack("Near"), stage.stack("Far", env=env(region="us-east-1"))
    assert network_stack_of(Construct(near, "Within")).node.path == "Prod/Data"
    assert network_stack_of(stage.data).node.path == "Prod/Data"
    assert network_stack_of(far).node.path == "Prod/Far"
    assert network_stack_of(stage.edge).node.path == "Prod/eu-west-1-Edge"
    plain = cdk.Stack(app, "Plain")
    assert network_stack_of(Construct(plain, "Within")).node.path == "Plain"


def test_it_is_found_when_python_has_let_go_of_the_stage() -> None:
    app = cdk_app()

    def made() -> cdk.Stack:
        return ServiceStage(app, "Prod", env=env()).stack("Reports")

    assert network_stack_of(made()).node.path == "Prod/Data"


# stacks of its own -------------------------------------------------------------------------------


def mine(app: cdk.App, **given: Any) -> ServiceStage:
    return ServiceStage(app, "Mine", env=env(PERSONAL), disposable=True, personal_accounts=[PERSONAL], **given)


def test_no_stack_of_a_disposable_stage_is_in_an_account_that_is_not_listed() -> None:
    app = cdk_app()
    stage = mine(app)
    with pytest.raises(PatternValidationError, match="NAWS-STAGE-003") as refused:
        stage.stack("Far", env=env(SHARED))
    assert (refused.value.where, refused.value.issues[0].path) == ("Mine/Far", 'stack("Far").env')
    assert stage.node.children == []
    assert stage.stack("Near", env=env(PERSONAL, "us-east-1")).account == PERSONAL
    sqs.Queue(cdk.Stack(stage, "Plain", env=env(SHARED)), "Queue")
    with pytest.raises(Exception, match="NAWS-STAGE-003") as at_synthesis:
        app.synth()
    assert "Mine/Plain: env" in str(at_synthesis.value)


@pytest.mark.parametrize("accounts", [[111111111111], [None]])
def test_an_account_that_is_no_text_is_told_as_such(accounts: Any) -> None:
    with pytest.raises(PatternValidationError) as refused:
        ServiceStage(cdk.App(), "Mine", env=env(PERSONAL), disposable=True, personal_accounts=accounts)
    (issue,) = refused.value.issues
    assert (issue.code, issue.path) == ("NAWS-TYPE-001", "personal_accounts[0]")
    assert accounts == [None] or issue.remedy == '"111111111111"'


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Data", "stage.data"),
        ("Edge", "stage.edge"),
        ("Taken", 'taken = stage.stack("Taken")'),
        ("my stack", 'stage.stack("my-stack")'),
        ("", 'stage.stack("Reports")'),
    ],
)
def test_a_name_that_no_stack_can_have_is_answered_with_the_line_to_paste(name: str, line: str) -> None:
    stage = ServiceStage(cdk.App(), "Prod", env=env())
    stage.stack("Taken")
    with pytest.raises(ValueError, match=rf'^stack\("{name}"\)') as refused:
        stage.stack(name)
    assert str(refused.value).endswith(line)


def test_a_region_alone_is_no_environment() -> None:
    wrong: Any = "eu-west-1"
    with pytest.raises(PatternValidationError) as refused:
        ServiceStage(cdk.App(), "Prod").stack("Far", env=wrong)
    assert [(issue.code, issue.path) for issue in refused.value.issues] == [("NAWS-TYPE-001", "env")]


def needed(app: cdk.App, name: str) -> list[str]:
    return [each for each in assemblies(app)[name]["dependencies"] if "assets" not in each]


def test_between_accounts_data_are_deployed_first_too() -> None:
    app = cdk_app()
    stage = ServiceStage(app, "Prod", env=env(), references="weak")
    queue = sqs.CfnQueue(stage.data, "Queue")
    far = stage.stack("Far", env=env(PERSONAL))
    ssm.StringParameter(far, "Uses", string_value=queue.attr_arn)
    sqs.CfnQueue(stage.stack("Alone"), "Queue")
    made = assemblies(app)
    depends = {name: [each for each in found["dependencies"] if "assets" not in each] for name, found in made.items()}
    assert [each[:8] for each in depends["Prod-Far"]] == ["ProdData"]
    assert depends["Prod-Data"] == depends["Prod-Alone"] == []


def test_data_that_wait_for_another_account_are_not_waited_for() -> None:
    app = cdk_app()
    stage = ServiceStage(app, "Prod", env=env())
    far, near = stage.stack("Far", env=env(PERSONAL)), stage.stack("Near")
    for each in (far, near, stage.data):
        sqs.CfnQueue(each, "Queue")
    near.add_dependency(far)
    stage.data.add_dependency(near)
    assert needed(app, "Prod-Far") == []


# two keys of plain CDK ---------------------------------------------------------------------------

DESTROY = cdk.RemovalPolicy.DESTROY


def test_data_of_plain_cdk_are_removed_with_two_keys_too() -> None:
    app = cdk_app()
    stage = ServiceStage(app, "Prod", env=env())
    s3.Bucket(stage.data, "Inbox", removal_policy=DESTROY)
    with pytest.raises(Exception, match="NAWS-STAGE-001") as refused:
        app.synth()
    text = str(refused.value)
    assert "Prod/Data/Inbox/Resource: removal_policy" in text
    assert "or accept" not in text


def test_both_keys_and_what_is_kept_or_accepted_pass() -> None:
    app = cdk_app()
    s3.Bucket(mine(app).data, "Inbox", removal_policy=DESTROY)
    prod = ServiceStage(app, "Prod", env=env())
    s3.Bucket(prod.data, "Kept")
    accepted = s3.Bucket(prod.data, "Accepted", removal_policy=DESTROY).node.default_child
    assert isinstance(accepted, cdk.CfnResource)
    accepted.add_metadata("naws:acknowledged", {"NAWS-STAGE-001": "copies that are made again each night"})
    secretsmanager.Secret(prod.data, "Token")
    vpc = ec2.Vpc(prod.data, "Vpc", restrict_default_security_group=False)
    rds.DatabaseCluster(
        prod.data,
        "Facts",
        vpc=vpc,
        engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_4),
        writer=rds.ClusterInstance.serverless_v2("Writer"),
    )
    s3.Bucket(cdk.NestedStack(prod.data, "Nested"), "Kept")
    DataBucket(
        prod.data,
        "Ours",
        DataBucketProps(removal_policy=DESTROY, acknowledge={"NAWS-STAGE-001": "judged by its own rule, and accepted"}),
    )
    s3.Bucket(cdk.Stack(app, "Outside"), "Inbox", removal_policy=DESTROY)
    app.synth()


def test_what_a_nested_stack_holds_counts() -> None:
    app = cdk_app()
    nested = cdk.NestedStack(ServiceStage(app, "Prod", env=env()).data, "Nested")
    s3.Bucket(nested, "Inbox", removal_policy=DESTROY)
    with pytest.raises(Exception, match="NAWS-STAGE-001"):
        app.synth()
