"""What a variable may be called and hold; what is reported of a secret."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest

from naws.core.issues import Issue

Judge = Callable[..., list[Issue]]


def codes(found: list[Issue]) -> list[str]:
    return [issue.code for issue in found]


def test_a_token_is_a_value_and_no_name(issues: Judge) -> None:
    token = cdk.CfnParameter(cdk.Stack(), "Name").value_as_string
    assert issues(environment={"DB_PASSWORD": token}) == []
    (found,) = issues(environment={token: "x"})
    assert (found.code, found.path, found.value) == ("NAWS-ENV-001", "environment", "a token for a name")


@pytest.mark.parametrize("name", ["TOKENIZER", "PASSWORD_POLICY", "SECRET_ROTATION"])
def test_what_says_something_of_a_secret_is_none(name: str, issues: Judge) -> None:
    assert issues(environment={name: "bert-base"}) == []


@pytest.mark.parametrize("name", ["DB_PWD", "PGPASS", "DB_PASS", "SSH_KEY", "REDIS_AUTH"])
def test_a_short_name_of_a_secret_is_known(name: str, issues: Judge) -> None:
    (found,) = issues(environment={name: "hunter2"})
    assert found.code == "NAWS-ENV-005"
    assert "hunter2" not in found.render()


@pytest.mark.parametrize(
    "arguments_of",
    [
        {"environment": {"DB_PASSWORD": 5555}},
        {"environment": [("DB_PASSWORD", "5555")]},
        {"environment": [{"name": "DB_PASSWORD", "value": "5555"}]},
        {"environment": {"PASSWORD=5555": "x"}},
        {"command": "psql --password 5555"},
        {"command": "curl -H 'Authorization: Bearer 5555' x"},
        {"dev_command": "run --token 5555"},
        {"image": "user:5555@registry/x"},
    ],
)
def test_no_error_tells_a_secret(arguments_of: dict[str, object], issues: Judge) -> None:
    found = issues(**arguments_of)
    assert found
    assert "5555" not in "".join(issue.render() for issue in found)


def test_a_name_is_impossible_or_only_unwise(issues: Judge) -> None:
    assert codes(issues(environment={"A B": "x"})) == ["NAWS-ENV-002"]
    assert codes(issues(environment={"A\tB": "x"})) == ["NAWS-ENV-002"]
    assert codes(issues(environment={"A=B": "x"})) == ["NAWS-ENV-001"]
    assert codes(issues(environment={"A\0": "x"})) == ["NAWS-ENV-001"]
    (found,) = issues(environment={"\ud800": "x"})
    assert found.code == "NAWS-ENV-001"
    assert found.render().encode()


@pytest.mark.parametrize("value", ["a\0b", "a\ud800b"])
def test_a_value_that_no_process_can_have_is_refused(value: str, issues: Judge) -> None:
    (found,) = issues(environment={"A": value})
    assert found.code == "NAWS-ENV-008"
    assert found.expected.endswith("which is character 2")


def test_only_what_can_fit_into_no_task_definition_is_refused_before_it_is_built(issues: Judge) -> None:
    assert issues(environment={"A": "x" * 65_535}) == []
    assert codes(issues(environment={"A": "x" * 65_536})) == ["NAWS-ENV-007"]
    assert issues(environment={"A": "ü" * 32_767}) == []
    assert codes(issues(environment={"A": "ü" * 32_768})) == ["NAWS-ENV-007"]


@pytest.mark.parametrize(("one", "two"), [("ReportData", "report-data"), ("report data", "Report_Data"), ("a", "A")])
def test_names_of_bindings_that_meet_as_variables_are_reported_with_both_fields(
    one: str, two: str, issues: Judge, arguments_of: Callable[[str], dict[str, object]]
) -> None:
    buckets = [f's3.Bucket.from_bucket_name(stack, "{name}", "bucket-{n}")' for n, name in enumerate((one, two))]
    bindings = [f"BucketBinding({each})" for each in buckets]
    (found,) = issues(**arguments_of(f"bindings=[{', '.join(bindings)}]"))
    assert (found.code, found.path) == ("NAWS-ENV-006", "bindings[1]")
    assert "bindings[0]" in found.expected
