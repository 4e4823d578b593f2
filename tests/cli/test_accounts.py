"""Where commands ask, and what they say when they cannot."""

import json

import pytest
from botocore import exceptions as botocore
from botocore.session import Session

from naws.cli.accounts import asked
from naws.cli.errors import NO_ACCESS, NOT_FOUND, CliError

ARN = "arn:${AWS::Partition}:iam::222222222222:role/cdk-hnb659fds-lookup-role-222222222222-"


def refused(code):
    return botocore.ClientError({"Error": {"Code": code, "Message": "said AWS"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "title", "detail"),
    [
        (refused("ExpiredToken"), "The session has expired.", "aws sso login --profile dev"),
        (refused("ExpiredTokenException"), "The session has expired.", "aws sso login --profile dev"),
        (botocore.SSOTokenLoadError(error_msg="old"), "The session has expired.", "aws sso login --profile dev"),
        (botocore.UnauthorizedSSOTokenError(), "The session has expired.", "aws sso login --profile dev"),
        (refused("InvalidClientTokenId"), "AWS does not know these credentials.", "aws sso login --profile dev"),
        (botocore.NoCredentialsError(), "There are no AWS credentials.", "aws configure sso"),
        (botocore.NoRegionError(), "There is no region.", "export AWS_REGION="),
        (botocore.ProfileNotFound(profile="dev"), "The config profile (dev) could not be found.", "list-profiles"),
        (botocore.EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be asked: ", "AWS_REGION=eu-west-1"),
        (botocore.InvalidRegionError(region_name="eu_west_1"), "AWS cannot be asked: ", "export AWS_REGION=eu-west-1"),
        (ValueError("Invalid endpoint: nonsense"), "AWS_ENDPOINT_URL is no address.", "unset AWS_ENDPOINT_URL"),
        (refused("AccessDenied"), "An error occurred (AccessDenied) when calling the DescribeStacks", "--lookup-role"),
    ],
)
def test_why_aws_cannot_be_asked(monkeypatch, error, title, detail):
    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.setenv("AWS_REGION", "eu_west_1")
    with pytest.raises(CliError) as told, asked():
        raise error
    assert told.value.title.startswith(title)
    assert detail in told.value.detail
    assert told.value.code == NO_ACCESS


NO_CONNECTION = botocore.EndpointConnectionError(endpoint_url="https://sts.amazonaws.com/")


@pytest.mark.parametrize(
    ("region", "hint"),
    [
        ("us-gov-west-1", "Is there a network, and a way to AWS in us-gov-west-1?"),
        ("cn-north-1", "Is there a network, and a way to AWS in cn-north-1?"),
        ("eu-west-1", "Is there a network, and a way to AWS in eu-west-1?"),
        ("us-gov-wst-1", "export AWS_REGION=us-gov-west-1"),
        ("cn-nroth-1", "export AWS_REGION=cn-north-1"),
        ("cn_northwest_1", "export AWS_REGION=cn-northwest-1"),
        ("eu_west_1", "export AWS_REGION=eu-west-1"),
        ("nonsense", "export AWS_REGION=eu-west-1, or another that AWS has"),
    ],
)
@pytest.mark.parametrize("by", ["AWS_REGION", "AWS_DEFAULT_REGION", "profile"])
def test_a_hint_names_a_region_of_the_same_partition(monkeypatch, tmp_path, region, hint, by):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(f"[profile dev]\nregion = {region}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv(*(("AWS_PROFILE", "dev") if by == "profile" else (by, region)))
    with pytest.raises(CliError) as caught, asked():
        raise NO_CONNECTION
    assert caught.value.detail == hint


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:1/"])
def test_an_endpoint_that_does_not_answer_is_named(monkeypatch, name, url):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv(name, url)
    with pytest.raises(CliError) as caught, asked():
        raise botocore.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")
    assert caught.value.title.startswith(f"{name} is {url}, and AWS cannot be asked there: ")
    assert caught.value.detail == f"naws local APP starts an embedded AWS, or: unset {name}"
    with pytest.raises(CliError) as caught, asked():
        raise botocore.ConnectTimeoutError(endpoint_url="http://127.0.0.1:10/")
    assert caught.value.title.startswith("AWS cannot be asked: ")
    assert caught.value.detail == "Does the embedded AWS still run? naws local APP starts one."
    monkeypatch.setenv(name, "elsewhere")
    with pytest.raises(CliError, match="AWS cannot be asked: "), asked():
        raise botocore.InvalidRegionError(region_name="eu_west_1")


KEY_CODES = {
    "sqs": "KmsAccessDenied",
    "stepfunctions": "KmsAccessDeniedException",
    "lambda": "KMSAccessDeniedException",
    "cloudwatch": "KmsAccessDeniedException",
    "sns": "KMSAccessDeniedException",
}


@pytest.mark.parametrize(("service", "code"), KEY_CODES.items())
def test_a_key_that_may_not_be_used_is_a_permission_that_is_missing(service, code):
    model = Session().get_service_model(service)
    found = [each for each in model.shape_names if "KMSACCESSDENIED" in each.upper()]
    assert found == [code]
    # SQS has its name of old in a header; a query service drops what classes are called.
    written = {"sqs": "KMS.AccessDeniedException", "sns": model.shape_for(code).error_code}
    for each in {code, written.get(service, code)}:
        with pytest.raises(CliError) as caught, asked("It takes sqs:ReceiveMessage."):
            raise refused(each)
        assert caught.value.code == NO_ACCESS
        assert "kms:Decrypt" in caught.value.detail
        assert caught.value.detail.endswith("\nIt takes sqs:ReceiveMessage.")


def test_a_key_that_is_disabled_is_none():
    with pytest.raises(CliError) as caught, asked():
        raise refused("KMS.DisabledException")
    assert caught.value.code == 8


def test_an_error_of_ours_stays_one():
    with pytest.raises(ValueError, match="not an endpoint"), asked():
        raise ValueError("not an endpoint")


def test_another_refusal_has_a_code_of_its_own():
    with pytest.raises(CliError, match="said AWS") as told, asked():
        raise refused("ValidationError")
    assert told.value.code == 8


@pytest.fixture
def without_credentials(naws, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    return naws


@pytest.mark.e2e
@pytest.mark.parametrize("command", [["verify", "Data"], ["guard", "Data", "--change-set", "x"]])
def test_commands_end_with_4_and_the_line_that_helps(without_credentials, command):
    result = without_credentials(*command)
    assert (result.exit_code, result.stdout) == (NO_ACCESS, "")
    assert result.stderr == "error  There are no AWS credentials.\nexport AWS_PROFILE=…, or: aws configure sso\n"
    result = without_credentials(*command, "--json")
    assert json.loads(result.stdout)["error"]["title"] == "There are no AWS credentials."


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "Which stack?"),
        (["Data", "--lookup-role"], 2, "--lookup-role needs --app"),
        (["--app", "nowhere"], NOT_FOUND, "There is no cloud assembly in nowhere."),
    ],
)
@pytest.mark.e2e
def test_what_cannot_be_meant(naws, arguments, code, words):
    result = naws("verify", *arguments)
    assert (result.exit_code, words in result.stderr) == (code, True), result.stderr


@pytest.fixture
def stage(assembly):
    """A stage's stack in another account, and one in a region without bootstrap."""
    nested = assembly.stage("Prod")
    for name, region in {"Data": "us-east-1", "Edge": "us-west-2"}.items():
        nested.stack(
            f"Prod{name}",
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}},
            stackName=f"Prod-{name}",
            environment=f"aws://222222222222/{region}",
            lookupRole={"arn": ARN + region},
        )
    return assembly.directory


@pytest.mark.e2e
def test_a_stack_of_another_account(naws, stage):
    result = naws("verify", "--app", stage)
    assert result.exit_code == NO_ACCESS
    assert "Prod-Data is in account 222222222222; the credentials are of 000000000000." in result.stderr
    result = naws("verify", "--app", stage, "ProdDate")
    assert (result.exit_code, "Did you mean ProdData?" in result.stderr) == (NOT_FOUND, True)


@pytest.mark.e2e
def test_the_lookup_role_of_another_account(naws, stage, elsewhere):
    result = naws("verify", "--app", stage, "Prod-Edge", "--lookup-role")
    assert result.exit_code == NO_ACCESS
    assert "cdk bootstrap --trust-for-lookup 000000000000 aws://222222222222/us-west-2" in result.stderr
    body = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
    elsewhere.client("cloudformation").create_stack(StackName="Prod-Data", TemplateBody=body)
    result = naws("verify", "--app", stage, "Prod-Data", "--lookup-role", "--wait", "10")
    assert result.exit_code == 0, result.stdout + result.stderr
    assert "Prod-Data · account 222222222222 · us-east-1" in result.stdout
