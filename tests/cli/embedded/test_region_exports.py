"""References of CDK between stacks in two regions."""

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ssm as ssm

from naws.cli.aws import Aws
from naws.cli.destinations import Target
from naws.cli.stacks import EmbeddedStack

pytestmark = pytest.mark.e2e


def test_a_certificate_of_another_region_is_known(
    deploy: Callable[[Path], list[EmbeddedStack]], aws: Aws, tmp_path: Path
) -> None:
    app = cdk.App(outdir=str(tmp_path / "out"))
    account = "000000000000"
    edge = cdk.Stack(
        app, "EdgeUs", env=cdk.Environment(account=account, region="us-east-1"), cross_region_references=True
    )
    home = cdk.Stack(
        app, "HomeEu", env=cdk.Environment(account=account, region="eu-central-1"), cross_region_references=True
    )
    validation = acm.CertificateValidation.from_dns()
    certificate = acm.Certificate(edge, "Certificate", domain_name="regions.example.com", validation=validation)
    ssm.StringParameter(home, "Name", parameter_name="/tried/arn", string_value=certificate.certificate_arn)
    deploy(Path(app.synth().directory))
    client = Aws(aws.endpoint_url, Target(account, "eu-central-1")).client("ssm")
    assert client.get_parameter(Name="/tried/arn")["Parameter"]["Value"].startswith("arn:aws:acm:us-east-1:")
