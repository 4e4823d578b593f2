from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm

from naws.core.bindings import (
    Access,
    Bindable,
    Binding,
    BucketBinding,
    EcsTask,
    HostKind,
    Mount,
    Needs,
    ParameterBinding,
    RawBinding,
    Reach,
    SecretBinding,
    SecretValue,
    variable_name,
)
from naws.core.build.task_host import TaskHost
from naws.core.checks.program import PROGRAM_CHECKS
from naws.core.context import PatternContext
from naws.core.issues import Issue
from naws.core.plans.program import ProgramPlan, plan_program
from naws.core.rules.environment import VARIABLE_RULES, Environment, aws_name, set_once
from naws.testing import synth_template


def host(stack: cdk.Stack) -> TaskHost:
    task = ecs.FargateTaskDefinition(stack, "Task")
    vpc = ec2.Vpc(stack, "Vpc", restrict_default_security_group=False)
    group = ec2.SecurityGroup(stack, "Group", vpc=vpc, allow_all_outbound=False)
    return TaskHost(
        task=task,
        container=task.add_container("main", image=ecs.ContainerImage.from_registry("busybox:1.36")),
        task_role=task.task_role,
        connectable=group,
    )


def statements(stack: cdk.Stack) -> list[dict[str, Any]]:
    found = synth_template(stack)["Resources"].values()
    policies = [part["Properties"]["PolicyDocument"] for part in found if part["Type"] == "AWS::IAM::Policy"]
    return [statement for policy in policies for statement in policy["Statement"]]


def bound(stack: cdk.Stack, binding: Binding) -> TaskHost:
    target = host(stack)
    target.take(binding.needs(PatternContext.of(stack, "It")))
    return target


def container(stack: cdk.Stack) -> dict[str, Any]:
    found = synth_template(stack)["Resources"].values()
    (task,) = (each["Properties"] for each in found if each["Type"] == "AWS::ECS::TaskDefinition")
    return task["ContainerDefinitions"][0]


def plain(stack: cdk.Stack) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in container(stack).get("Environment", ())}


def filled(stack: cdk.Stack) -> dict[str, Any]:
    return {each["Name"]: each["ValueFrom"] for each in container(stack).get("Secrets", ())}


@pytest.mark.parametrize(
    ("access", "may", "may_not"),
    [
        ("read", {"s3:GetObject", "s3:ListBucket"}, {"s3:PutObject", "s3:DeleteObject"}),
        ("write", {"s3:PutObject", "s3:DeleteObject"}, {"s3:GetObject", "s3:ListBucket"}),
        ("read-write", {"s3:GetObject", "s3:ListBucket", "s3:PutObject"}, set[str]()),
        ("append", {"s3:PutObject"}, {"s3:DeleteObject", "s3:GetObject", "s3:ListBucket"}),
    ],
)
def test_a_bucket_grants_what_was_asked(access: Access, may: set[str], may_not: set[str]) -> None:
    stack = cdk.Stack()
    bound(stack, BucketBinding(s3.Bucket(stack, "Sales"), access=access))
    actions: set[str] = set()
    for statement in statements(stack):
        action = statement["Action"]
        actions.update([action] if isinstance(action, str) else action)
    assert may <= actions
    assert not may_not & actions


def test_a_prefix_narrows_objects_and_listing() -> None:
    stack = cdk.Stack()
    bucket = s3.Bucket(stack, "Sales")
    bound(stack, BucketBinding(bucket, prefix="in/", name="DATA"))
    assert set(plain(stack)) == {"DATA_BUCKET", "DATA_PREFIX"}
    assert plain(stack)["DATA_PREFIX"] == "in/"
    objects, listing = statements(stack)
    assert objects["Resource"]["Fn::Join"][1][-1] == "/in/*"
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["in/", "in/*"]}}


def test_the_key_behind_a_bucket_is_granted() -> None:
    stack = cdk.Stack()
    key = kms.Key(stack, "Key")
    bound(stack, BucketBinding(s3.Bucket(stack, "Sales", encryption_key=key)))
    assert "kms:Decrypt" in [statement["Action"] for statement in statements(stack)]


def test_a_secret_is_filled_in_by_ecs() -> None:
    stack = cdk.Stack()
    secret = secretsmanager.Secret(stack, "Warehouse")
    bound(stack, SecretBinding(secret, field="password"))
    assert set(filled(stack)) == {"WAREHOUSE_PASSWORD"}


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"bucket": "SOURCE"}, {"SOURCE", "SALES_PREFIX"}),
        ({"prefix": None}, {"SALES_BUCKET"}),
    ],
)
def test_a_variable_gets_another_name_or_is_left_out(variables: dict[str, str | None], names: set[str]) -> None:
    stack = cdk.Stack()
    bound(stack, BucketBinding(s3.Bucket(stack, "Sales"), prefix="in/", variables=variables))
    assert set(plain(stack)) == names


def test_the_program_may_read_the_secret_again() -> None:
    stack = cdk.Stack()
    secret = secretsmanager.Secret(stack, "Warehouse")
    bound(stack, SecretBinding(secret))
    assert plain(stack) == {"WAREHOUSE_SECRET_ARN": stack.resolve(secret.secret_arn)}
    template = synth_template(stack)["Resources"].items()
    policies = {name: str(part["Properties"]) for name, part in template if part["Type"] == "AWS::IAM::Policy"}
    assert sorted(name[:12] for name, text in policies.items() if "GetSecretValue" in text) == [
        "TaskExecutio",
        "TaskTaskRole",
    ]


def test_a_program_that_may_not_read_the_secret_has_no_right_and_no_arn() -> None:
    stack = cdk.Stack()
    needs = SecretBinding(secretsmanager.Secret(stack, "Warehouse"), variables={"secret_arn": None}).needs(
        PatternContext.of(stack, "It")
    )
    assert (list(needs.statements), dict(needs.variables), [*needs.secrets]) == ([], {}, ["WAREHOUSE"])
    assert needs.kinds == {"secrets"}, "a host that fills in nothing gives none"


def test_a_secret_gets_another_name() -> None:
    stack = cdk.Stack()
    secret = secretsmanager.Secret(stack, "Warehouse")
    bound(stack, SecretBinding(secret, field="password", variables={"secret": "PGPASSWORD"}))
    assert set(filled(stack)) == {"PGPASSWORD"}


ARN = "arn:aws:{}:eu-central-1:123456789012:{}"
KEY = ARN.format("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")


@pytest.mark.parametrize(
    ("value", "reference", "reading"),
    [
        (SecretValue(arn=ARN.format("secretsmanager", "secret:db"), field="user", key_arn=KEY),
         ARN.format("secretsmanager", "secret:db:user::"), "secretsmanager:GetSecretValue"),
        (SecretValue(arn=ARN.format("ssm", "parameter/db/host"), kind="parameter", key_arn=KEY),
         ARN.format("ssm", "parameter/db/host"), "ssm:GetParameters"),
    ],
)  # fmt: skip
def test_a_secret_by_its_arn_is_read_and_decrypted(value: SecretValue, reference: str, reading: str) -> None:
    stack = cdk.Stack()
    bound(stack, RawBinding(Needs(secrets={"IT": value})))
    assert filled(stack) == {"IT": reference}
    service = reading.partition(":")[0]
    decrypt, read = statements(stack)
    assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", KEY)
    assert decrypt["Condition"] == {"StringLike": {"kms:ViaService": f"{service}.eu-central-1.amazonaws.com*"}}
    assert read["Action"] == reading


def test_needs_of_every_kind_are_taken() -> None:
    stack = cdk.Stack()
    vpc = ec2.Vpc(stack, "Other", restrict_default_security_group=False)
    database = ec2.SecurityGroup(stack, "Database", vpc=vpc)
    files = efs.FileSystem(stack, "Files", vpc=vpc)
    needs = Needs(
        statements=[iam.PolicyStatement(actions=["sts:GetCallerIdentity"], resources=["*"])],
        variables={"MODE": "a"},
        reach=[Reach(to=database, port=ec2.Port.tcp(5432), why="the orders")],
        mounts=[Mount(file_system=files, access_point=files.add_access_point("Door"), path="/mnt/data")],
    )
    assert needs.kinds == {"statements", "variables", "reach", "mounts"}
    assert needs.kinds <= bound(stack, RawBinding(needs)).accepts
    caller, mounting = statements(stack)
    assert caller["Action"] == "sts:GetCallerIdentity"
    assert mounting["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert plain(stack) == {"MODE": "a"}
    (mount,) = container(stack)["MountPoints"]
    assert mount == {"ContainerPath": "/mnt/data", "ReadOnly": False, "SourceVolume": "mnt-data"}
    found = list(synth_template(stack)["Resources"].values())
    (out,) = (each["Properties"] for each in found if each["Type"] == "AWS::EC2::SecurityGroupEgress")
    assert (out["FromPort"], out["Description"]) == (5432, "the orders")
    (task,) = (each["Properties"] for each in found if each["Type"] == "AWS::ECS::TaskDefinition")
    volume = task["Volumes"][0]["EFSVolumeConfiguration"]
    assert volume["TransitEncryption"] == "ENABLED"
    assert volume["AuthorizationConfig"]["IAM"] == "ENABLED"


class Steps:
    """A host of few words, as a workflow is one: it has a role, and neither variables nor a file system."""

    host = "a workflow"
    accepts = frozenset({"statements", "variables"})

    def variables_of(self, needs: Needs) -> tuple[str, ...]:
        del needs
        return ()


def planned(needs: Needs, kind: HostKind) -> ProgramPlan:
    return plan_program({}, {}, [RawBinding(needs)], PatternContext.of(cdk.Stack(), "It"), kind)


def found(needs: Needs, kind: HostKind) -> list[Issue]:
    plan = planned(needs, kind)
    return [issue for check in PROGRAM_CHECKS for issue in check.run(plan)]


def files() -> Mount:
    stack = cdk.Stack()
    system = efs.FileSystem(stack, "Files", vpc=ec2.Vpc(stack, "Vpc", restrict_default_security_group=False))
    return Mount(file_system=system, access_point=system.add_access_point("Door"), path="/mnt/data")


ASKED: dict[str, Callable[[], Needs]] = {
    "secrets": lambda: Needs(secrets={"KEY": SecretValue(arn=ARN.format("secretsmanager", "secret:db"))}),
    "mounts": lambda: Needs(mounts=[files()]),
    "reach": lambda: Needs(reach=[Reach(to=ec2.Peer.any_ipv4(), port=ec2.Port.tcp(5432), why="the orders")]),
}


@pytest.mark.parametrize("kind", ASKED)
def test_what_a_host_does_not_give_is_an_issue_and_what_it_gives_is_none(kind: str) -> None:
    (issue,) = found(ASKED[kind](), Steps())
    assert (issue.code, issue.level, issue.path, issue.value) == ("NAWS-DATA-016", "limit", "bindings[0]", kind)
    assert issue.expected == "statements or variables: what a workflow gives"
    assert found(ASKED[kind](), EcsTask()) == []


def test_every_need_that_is_not_given_is_told() -> None:
    both = Needs(**vars(ASKED["mounts"]()) | {"secrets": ASKED["secrets"]().secrets})
    assert [issue.value for issue in found(both, Steps())] == ["mounts", "secrets"]


def test_the_variables_are_those_that_the_host_sets() -> None:
    needs = Needs(variables={"MODE": "a"}, secrets={"KEY": SecretValue(arn="arn")})
    assert [each.name for each in planned(needs, EcsTask()).variables] == ["MODE", "KEY"]
    assert planned(needs, Steps()).variables == ()


def test_no_host_takes_a_field_out_of_a_parameter() -> None:
    arn = ARN.format("ssm", "parameter/db")
    (issue,) = found(Needs(secrets={"HOST": SecretValue(arn=arn, kind="parameter", field="host")}), EcsTask())
    assert (issue.code, issue.value) == ("NAWS-DATA-016", "fields of parameters")
    assert issue.expected.endswith("what an ECS task gives; it takes a parameter whole")
    assert found(Needs(secrets={"HOST": SecretValue(arn=arn, kind="parameter")}), EcsTask()) == []


def test_what_the_owner_of_a_resource_adds_is_advice_with_the_statement() -> None:
    statement = 'to the table\'s policy {"Effect": "Allow", "Action": "dynamodb:GetItem"}'
    (issue,) = found(Needs(owner_must=[statement]), EcsTask())
    assert (issue.code, issue.level, issue.path) == ("NAWS-DATA-017", "advice", "bindings[0]")
    assert issue.expected == f"what its owner adds {statement}"


def test_a_binding_of_ones_own_that_forgets_to_return_is_told_so() -> None:
    class Forgetful:
        def needs(self, context: PatternContext) -> Needs:
            del context
            return None  # type: ignore[return-value]  # the mistake

    with pytest.raises(TypeError, match=r"Forgetful.needs\(context\) returns Needs\(…\), not None"):
        plan_program({}, {}, [Forgetful()], PatternContext.of(cdk.Stack(), "It"), EcsTask())


@pytest.mark.parametrize(
    ("name", "variable"),
    [("Sales", "SALES"), ("SalesData", "SALES_DATA"), ("sales-data", "SALES_DATA"), ("data.2", "DATA_2")],
)
def test_names_become_variables(name: str, variable: str) -> None:
    assert variable_name(name) == variable


def program(stack: cdk.Stack, *bindings: Binding | Bindable) -> ProgramPlan:
    return plan_program({}, {}, bindings, PatternContext.of(stack, "It"), EcsTask())


@dataclass(frozen=True)
class Inbox:
    """What knows its own binding."""

    bucket: s3.IBucket

    def binding(self) -> BucketBinding:
        return BucketBinding(self.bucket, name="INBOX")


def test_what_has_a_binding_stands_for_it() -> None:
    stack = cdk.Stack(cdk.App(), "S")
    plan = program(stack, Inbox(s3.Bucket(stack, "B")))
    assert [variable.name for variable in plan.variables] == ["INBOX_BUCKET"]
    assert [type(binding) for _, binding in plan.bindings] == [BucketBinding]


@pytest.mark.parametrize("alias", ["", "alias/data"])
def test_the_key_behind_a_parameter_is_used_through_its_service(alias: str) -> None:
    stack = cdk.Stack(cdk.App(), "S")
    key = kms.Alias.from_alias_name(stack, "A", alias) if alias else kms.Key(stack, "Key")
    secure = ssm.StringParameter.from_secure_string_parameter_attributes(stack, "Token", parameter_name="/token")
    bound(stack, ParameterBinding(secure, key=key))
    assert [*filled(stack)] == ["TOKEN"]
    reading, decryption = sorted(statements(stack), key=lambda each: each["Action"], reverse=True)
    assert (reading["Action"], decryption["Action"]) == ("ssm:GetParameters", "kms:Decrypt")
    condition = {"StringLike": {"kms:ViaService": "ssm.*.amazonaws.com*"}}
    named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    assert decryption["Condition"] == {**condition, **(named if alias else {})}


def test_what_has_needs_is_a_binding_whatever_else_it_has() -> None:
    class Own(Inbox):
        def needs(self, context: PatternContext) -> Needs:  # noqa: ARG002  # the protocol's
            return Needs(variables={"OWN": "1"})

    stack = cdk.Stack(cdk.App(), "S")
    plan = program(stack, Own(s3.Bucket(stack, "B")))
    assert [variable.name for variable in plan.variables] == ["OWN"]


def test_two_bindings_may_agree_on_a_variable() -> None:
    stack = cdk.Stack(cdk.App(), "S")
    bucket, secret = s3.Bucket(stack, "B"), secretsmanager.Secret(stack, "Token")
    both = (BucketBinding(bucket, prefix="in/"), BucketBinding(bucket, access="write", prefix="in/"))
    plan = program(stack, *both, SecretBinding(secret), SecretBinding(secret))
    assert [variable.name for variable in plan.variables] == ["B_BUCKET", "B_PREFIX", "TOKEN_SECRET_ARN", "TOKEN"]
    assert [len(needs.statements) for needs in plan.needs[:2]] == [2, 1]
    target = host(stack)
    for needs in plan.needs:
        target.take(needs)
    assert len(filled(stack)) == 1


@pytest.mark.parametrize(("name", "better"), [("aws-data", 'name="DATA"'), ("ECS_AWS_X", 'name="X"')])
def test_a_binding_keeps_away_from_names_of_aws(name: str, better: str) -> None:
    stack = cdk.Stack(cdk.App(), "S")
    (variable,) = program(stack, BucketBinding(s3.Bucket(stack, "B"), name=name)).variables
    (issue,) = aws_name.issues(variable)
    assert (issue.code, issue.path, issue.remedy) == ("NAWS-ENV-004", "bindings[0].name", better)


def judged(*bindings: Binding) -> list[Issue]:
    plan = program(cdk.Stack(cdk.App(), "Of"), *bindings)
    whole = Environment(path="environment", variables=plan.variables)
    names = [issue for rule in VARIABLE_RULES for each in plan.variables for issue in rule.issues(each)]
    return [*(issue for check in PROGRAM_CHECKS for issue in check.run(plan)), *names, *set_once.issues(whole)]


def sales() -> s3.Bucket:
    return s3.Bucket(cdk.Stack(cdk.App(), "S"), "Sales")


def test_two_parts_of_a_binding_are_not_one_variable() -> None:
    (issue,) = judged(BucketBinding(sales(), prefix="a/", variables={"bucket": "X", "prefix": "X"}))
    assert (issue.code, issue.path, issue.value) == ("NAWS-ENV-006", "bindings[0].variables", "'X'")
    assert issue.remedy == 'variables={"prefix": "X_2"}'


def test_another_name_for_a_binding_is_one_to_paste() -> None:
    first, second = s3.Bucket(cdk.Stack(), "Sales"), s3.Bucket(cdk.Stack(), "Sales")
    (issue,) = judged(BucketBinding(first), BucketBinding(second, access="write"))
    assert issue.remedy == 'name="SALES_2"  # another name for this binding'
    (issue,) = judged(RawBinding(Needs(variables={"X": "a"})), RawBinding(Needs(variables={"X": "b"})))
    assert issue.remedy == '"X_2": …\nremove one of the two'
    (issue,) = judged(BucketBinding(first, variables={"bucket": "my-bucket"}))
    assert issue.remedy == 'variables={"bucket": "MY_BUCKET"}'
    (issue,) = judged(RawBinding(Needs(variables={"my-bucket": "a"})))
    assert issue.remedy == '"MY_BUCKET": …'


@pytest.mark.parametrize(("name", "better"), [("Öl", "OL"), ("---", "DATA"), ("日報", "DATA"), ("", "DATA")])
def test_a_name_is_not_cut_in_silence(name: str, better: str) -> None:
    (issue,) = [each for each in judged(BucketBinding(sales(), name=name)) if each.code == "NAWS-DATA-047"]
    assert (issue.path, issue.remedy) == ("bindings[0].name", f'name="{better}"')
    (of_id,) = judged(BucketBinding(s3.Bucket(cdk.Stack(), "Größe")))
    assert (of_id.code, of_id.remedy) == ("NAWS-DATA-047", 'name="GROE"')
    assert judged(BucketBinding(sales(), name="sales data-1")) == []


def test_a_part_without_a_value_gets_no_name() -> None:
    (issue,) = judged(BucketBinding(sales(), variables={"prefix": "X", "bucket": "SOURCE"}))
    assert (issue.code, issue.value, issue.remedy) == (
        "NAWS-DATA-015",
        "'prefix'",
        'variables={"bucket": "SOURCE"}',
    )
    (issue,) = judged(BucketBinding(sales(), variables={"prefix": "X"}))
    assert issue.remedy == "omit variables"
    same = s3.Bucket(cdk.Stack(), "Sales")
    renamed = {"prefix": "X"}
    twice = [BucketBinding(same, prefix="in/", access=each, variables=renamed) for each in ("read", "write")]
    assert judged(*twice) == [], "what both agree on is set by the first"


def test_a_prefix_without_its_variable_has_no_folder_without_a_name() -> None:
    (issue,) = judged(BucketBinding(sales(), prefix="in/${aws:username}/"))
    assert issue.remedy == 'prefix="in/"'
    (issue,) = judged(BucketBinding(sales(), prefix="in/2026-*/"))
    assert issue.remedy == 'prefix="in/2026-/"'


def test_needs_of_ones_own_are_judged_all_at_once() -> None:
    bad = RawBinding(
        Needs(
            statements=[{"Effect": "Allow", "Action": "s3:GetObject"}, {"Effect": "Allow", "Resource": "*"}],
            secrets={
                "A": SecretValue(arn="mysecret"),
                "B": SecretValue(arn=ARN.format("secretsmanager", "secret:db"), key_arn="alias/x"),
            },
        )
    )
    assert [(each.code, each.path) for each in judged(bad)] == [
        ("NAWS-DATA-048", "bindings[0].statements[0]"),
        ("NAWS-DATA-048", "bindings[0].statements[1]"),
        ("NAWS-DATA-048", 'bindings[0].secrets["A"].arn'),
        ("NAWS-DATA-048", 'bindings[0].secrets["B"].key_arn'),
    ]
    token = secretsmanager.Secret(cdk.Stack(), "It").secret_arn
    statement = {"Effect": "Allow", "NotAction": "s3:*", "NotResource": "*"}
    assert judged(RawBinding(Needs(statements=[statement], secrets={"A": SecretValue(arn=token)}))) == []
