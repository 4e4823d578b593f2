"""Queries of Athena get the workgroup, the tables of one database, their objects and the place of results."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from naws.core.bindings import BucketBinding, EcsTask, Needs, QueryBinding
from naws.core.checks.program import PROGRAM_CHECKS
from naws.core.context import PatternContext
from naws.core.issues import Issue
from naws.core.plans.program import plan_program
from naws.testing import synth_template


def binding(stack: cdk.Stack, results: s3.IBucket | None = None, **given: Any) -> QueryBinding:
    results = results or s3.Bucket(stack, "Results")
    return QueryBinding("analysis", results=results, **{"database": "sales", "results_prefix": "athena/", **given})


def needs(asked: QueryBinding) -> Needs:
    return asked.needs(PatternContext.of(cdk.Stack(), "It"))


def allowed(stack: cdk.Stack, asked: Needs) -> dict[str, list[str]]:
    """The resources by action, as a policy of the stack has them."""
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    for each in asked.statements:
        assert isinstance(each, dict)
        role.add_to_principal_policy(iam.PolicyStatement.from_json(each))
    (policy,) = [r for r in synth_template(stack)["Resources"].values() if r["Type"] == "AWS::IAM::Policy"]
    found: dict[str, list[str]] = {}
    for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            of_action = found.setdefault(action, [])
            of_action += map(ending, resources if isinstance(resources, list) else [resources])
    return found


def ending(resource: Any) -> str:
    """The last words of an ARN, or the construct that it belongs to."""
    match resource:
        case {"Fn::Join": [_, [*parts]]}:
            return "".join(ending(part) for part in parts).split(":")[-1]
        case {"Fn::GetAtt": [name, _]}:
            return name[:-8]
        case {"Ref": name}:
            return name
        case _:
            return str(resource)


def issues(asked: QueryBinding) -> list[Issue]:
    plan = plan_program({}, {}, [asked], PatternContext.of(cdk.Stack(), "It"), EcsTask())
    return [issue for check in PROGRAM_CHECKS for issue in check.run(plan)]


def test_the_variables_are_the_database_the_workgroup_and_the_place_of_results() -> None:
    stack = cdk.Stack()
    asked = needs(binding(stack))
    assert set(asked.variables) == {"QUERY_DATABASE", "QUERY_WORKGROUP", "QUERY_OUTPUT"}
    assert (asked.variables["QUERY_DATABASE"], asked.variables["QUERY_WORKGROUP"]) == ("sales", "analysis")
    scheme, bucket, prefix = stack.resolve(asked.variables["QUERY_OUTPUT"])["Fn::Join"][1]
    assert (scheme, list(bucket), prefix) == ("s3://", ["Ref"], "/athena/")
    renamed = needs(binding(cdk.Stack(), name="lake", variables={"output": "OUT", "workgroup": None}))
    assert set(renamed.variables) == {"LAKE_DATABASE", "OUT"}


def test_each_action_is_for_what_a_query_needs_alone() -> None:
    stack = cdk.Stack()
    data = BucketBinding(s3.Bucket(stack, "Lake"), prefix="orders/")
    found = allowed(stack, needs(binding(stack, data=[data])))
    assert found["athena:StartQueryExecution"] == ["workgroup/analysis"]
    assert found["glue:GetTable"] == ["catalog", "database/sales", "table/sales/*"]
    assert sorted(set(found["glue:GetDatabase"])) == ["catalog", "database/default", "database/sales", "table/sales/*"]
    assert found["glue:CreateDatabase"] == ["catalog", "database/default"]
    assert found["s3:PutObject"] == ["Results/athena/*"]
    assert sorted(found["s3:GetObject"]) == ["Lake/orders/*", "Results/athena/*"]
    assert found["s3:GetBucketLocation"] == ["Results"]
    assert not {"s3:DeleteObject", "glue:DeleteTable", "glue:UpdateTable", "athena:UpdateWorkGroup"} & set(found)


def test_the_keys_of_data_and_results_are_granted() -> None:
    stack = cdk.Stack()
    keys = [kms.Key(stack, f"Key{n}") for n in range(2)]
    results = s3.Bucket(stack, "Results", encryption_key=keys[0])
    lake = s3.Bucket(stack, "Lake", encryption_key=keys[1])
    found = allowed(stack, needs(binding(stack, results=results, data=[BucketBinding(lake)])))
    assert len(set(found["kms:Decrypt"])) == 2
    assert len(found["kms:GenerateDataKey"]) == 1


def test_what_lake_formation_asks_is_told() -> None:
    (issue,) = issues(binding(cdk.Stack()))
    assert (issue.code, issue.level) == ("NAWS-DATA-017", "advice")
    assert "DESCRIBE on sales and SELECT on its tables" in issue.expected
    assert '"Action": "lakeformation:GetDataAccess"' in issue.expected


def test_names_and_prefixes_are_literal() -> None:
    stack = cdk.Stack()
    data = [BucketBinding(s3.Bucket(stack, "Lake"), prefix="in/*")]
    wrong = binding(stack, database="sales*", results_prefix="out/*", data=data)
    found = [(issue.code, issue.path) for issue in issues(wrong) if issue.level != "advice"]
    assert found == [
        ("NAWS-DATA-010", "bindings[0].results_prefix"),
        ("NAWS-DATA-010", "bindings[0].data[0].prefix"),
        ("NAWS-DATA-045", "bindings[0].database"),
    ]
    assert codes_of("a/b") == ["NAWS-DATA-045"]
    assert codes_of(cdk.Fn.import_value("Workgroup")) == []


def codes_of(workgroup: str) -> list[str]:
    given = QueryBinding(workgroup, database="sales", results=s3.Bucket(cdk.Stack(), "Results"))
    return [issue.code for issue in issues(given) if issue.level != "advice"]


def test_whose_each_bucket_is_is_asked() -> None:
    stack = cdk.Stack()
    lake = s3.Bucket.from_bucket_attributes(stack, "Lake", bucket_name="lake", account="210987654321")
    sources = needs(binding(stack, data=[BucketBinding(lake)])).sources
    assert [(each.field, each.home.account) for each in sources] == [
        ("results", None),
        ("data[0].bucket", "210987654321"),
    ]
