"""What is built: one snapshot and one list of logical ids per scenario, and what has to hold in all of them."""

from typing import ClassVar

from naws.testing import TemplateContract


class TestTemplates(TemplateContract):
    tags: ClassVar = {"service": "shop", "stage": "prod", "owner": "sales", "naws:pattern": "portal-website"}
    untagged: ClassVar = {"AWS::CloudFront::Function": "CloudFront is reported to refuse functions that have tags"}
    forbidden = ("AWS::EC2::VPC", "AWS::CloudFront::CloudFrontOriginAccessIdentity")
