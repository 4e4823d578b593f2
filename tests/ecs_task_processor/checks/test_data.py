"""Names by which data is found, reported where they were given."""

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager

from naws.core.issues import Issue, PatternValidationError
from naws.core.triggers import EventTrigger, prefix_of
from naws.ecs_task_processor import BucketBinding, EcsTaskProcessor, EcsTaskProcessorProps, SecretBinding

Judge = Callable[..., list[Issue]]
ArgumentsOf = Callable[[str], dict[str, Any]]
BUCKET = 's3.Bucket(stack, "In")'
SECRET = "ecs.Secret.from_secrets_manager"

ISSUES: dict[str, list[tuple[str, str]]] = {
    f'bindings=[BucketBinding({BUCKET}, prefix="/in/*")]': [
        ("NAWS-DATA-010", "bindings[0].prefix"),
    ],
    f'bindings=[BucketBinding({BUCKET}, prefix="in/?")]': [("NAWS-DATA-010", "bindings[0].prefix")],
    f'bindings=[BucketBinding({BUCKET}, prefix="${{aws:userid}}/")]': [("NAWS-DATA-010", "bindings[0].prefix")],
    f'bindings=[BucketBinding({BUCKET}, prefix="ä" * 513)]': [("NAWS-DATA-012", "bindings[0].prefix")],
    f'bindings=[BucketBinding({BUCKET}, prefix="/in/")]': [("NAWS-DATA-011", "bindings[0].prefix")],
    f'bindings=[BucketBinding({BUCKET}, prefix="s3://inbox/in/")]': [("NAWS-DATA-011", "bindings[0].prefix")],
    f'fan_out=FanOut(ObjectsUnder({BUCKET}, "in/*.csv"))': [("NAWS-DATA-010", "fan_out.over.prefix")],
    f'fan_out=FanOut(ObjectsUnder({BUCKET}, "/in/"))': [("NAWS-DATA-011", "fan_out.over.prefix")],
    f'fan_out=FanOut(RowsOf({BUCKET}, "in/*.csv"))': [("NAWS-DATA-010", "fan_out.over.key")],
    f'fan_out=FanOut(RowsOf({BUCKET}, "/in/rows.csv"))': [("NAWS-DATA-011", "fan_out.over.key")],
    f'triggers=[EventTrigger.object_created({BUCKET}, prefix="/in/")]': [("NAWS-DATA-011", "triggers[0].prefix")],
    f'triggers=[EventTrigger.object_created({BUCKET}, prefix="/in/", suffix=".csv")]': [
        ("NAWS-DATA-011", "triggers[0].prefix")
    ],
    'bindings=[SecretBinding(secret, field="a:b")]': [("NAWS-DATA-013", "bindings[0].field")],
    f'secrets={{"KEY": {SECRET}(secret, "a:b")}}': [("NAWS-DATA-013", 'secrets["KEY"]')],
    f'sidecars=[Sidecar(name="a", image=image, secrets={{"KEY": {SECRET}(secret, "a:b")}})]': [
        ("NAWS-DATA-013", 'sidecars[0].secrets["KEY"]')
    ],
    'triggers=[EventTrigger.object_created(s3.Bucket.from_bucket_name(stack, "In", "sales-inbox"))]': [
        ("NAWS-DATA-014", "triggers[0].bucket")
    ],
}
FINE = (
    f'bindings=[BucketBinding({BUCKET}, prefix="in/2026-01/ä b+(c)")]',
    f"bindings=[BucketBinding({BUCKET}, prefix=cdk.Fn.ref('Prefix'))]",
    f"bindings=[BucketBinding({BUCKET})]",
    f'fan_out=FanOut(ObjectsUnder({BUCKET}, ""))',
    f'triggers=[EventTrigger.object_created({BUCKET}, suffix="/")]',
    'bindings=[SecretBinding(secret, field="a.b-c d")]',
    f'secrets={{"KEY": {SECRET}(secret, "password"), "WHOLE": {SECRET}(secret)}}',
    (
        'secrets={"KEY": ecs.Secret.from_secrets_manager_version(secret, '
        'ecs.SecretVersionInfo(version_stage="AWSCURRENT"), "password")}'
    ),
    (
        'secrets={"KEY": ecs.Secret.from_secrets_manager(secretsmanager.Secret.from_secret_complete_arn(stack, "S", '
        '"arn:aws:secretsmanager:eu-central-1:123456789012:secret:db/main-AbCdEf"), "password")}'
    ),
    (
        'secrets={"KEY": ecs.Secret.from_ssm_parameter('
        'ssm.StringParameter.from_secure_string_parameter_attributes(stack, "P", parameter_name="/a/b"))}'
    ),
)


@pytest.mark.parametrize("text", ISSUES)
def test_it_is_reported_where_it_was_given(text: str, issues: Judge, arguments_of: ArgumentsOf) -> None:
    assert [(issue.code, issue.path) for issue in issues(**arguments_of(text))] == ISSUES[text]


@pytest.mark.parametrize("text", FINE)
def test_what_is_right_or_unknown_passes(text: str, issues: Judge, arguments_of: ArgumentsOf) -> None:
    assert issues(**arguments_of(text)) == []


def test_a_secret_by_a_known_arn_is_read_too(issues: Judge, arguments_of: ArgumentsOf) -> None:
    arn = '"arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf"'
    secret = f'secretsmanager.Secret.from_secret_complete_arn(stack, "S", {arn})'
    (issue,) = issues(**arguments_of(f'secrets={{"KEY": {SECRET}({secret}, "a:b")}}'))
    assert (issue.code, issue.path) == ("NAWS-DATA-013", 'secrets["KEY"]')


@pytest.mark.parametrize("prefix", ["", "in/", "/in", "a*b", "a\\b", "a\\*b/"])
@pytest.mark.parametrize("suffix", ["", ".csv", "*"])
def test_the_prefix_of_a_trigger_is_what_it_was_given(prefix: str, suffix: str) -> None:
    bucket = s3.Bucket(cdk.Stack(), "In")
    assert prefix_of(EventTrigger.object_created(bucket, prefix=prefix, suffix=suffix)) == prefix


def test_what_is_added_later_is_held_to_the_same(image: ecs.ContainerImage) -> None:
    stack = cdk.Stack()
    bucket = s3.Bucket(stack, "In")
    secret: Any = secretsmanager.Secret(stack, "Secret")
    made = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=image))
    for add, code, path in (
        (lambda: made.add_binding(BucketBinding(bucket, prefix="in/*")), "NAWS-DATA-010", "binding.prefix"),
        (lambda: made.add_binding(SecretBinding(secret, field="a:b")), "NAWS-DATA-013", "binding.field"),
        (
            lambda: made.add_secret("KEY", ecs.Secret.from_secrets_manager(secret, "a:b")),
            "NAWS-DATA-013",
            'secrets["KEY"]',
        ),
    ):
        with pytest.raises(PatternValidationError) as refused:
            add()
        assert [(issue.code, issue.path) for issue in refused.value.issues] == [(code, path)]
