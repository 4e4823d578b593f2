"""What happens to data when its stack goes."""

import aws_cdk as cdk

RETAINED = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
"""The default: data outlive their stack, but a first deployment that fails leaves none behind.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""
