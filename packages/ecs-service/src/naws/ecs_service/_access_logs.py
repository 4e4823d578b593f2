"""The access logs of a load balancer: a line of each request, for 90 days."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from naws.core.authoring import access_log_bucket, acknowledge_nag, asked, node_of, stack_of

_WRITER = "logdelivery.elasticloadbalancing.amazonaws.com"
_NONE = "The stack goes with all that it has: a bucket of logs, which is never empty, would keep it."


def log_access(scope: Construct, made: elbv2.ApplicationLoadBalancer, removal: cdk.RemovalPolicy) -> None:
    """Keep them in a bucket that outlives its stack; none where everything goes with the stack.

    CloudFormation deletes no bucket that holds objects, and the load balancer writes the first one when logs are
    switched on: a first deployment that fails could not be taken back. It writes with no key of one's own. The
    attributes are set here because CDK's method asks for a region that is known. The path names the account: that of
    another's load balancer is another one. A condition on its ARN would be more, but nobody knows that it is filled in.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    if removal == cdk.RemovalPolicy.DESTROY:
        acknowledge_nag(made, "AwsSolutions-ELB2", _NONE)
        return
    bucket = access_log_bucket(scope)
    arn, account = asked(bucket, "bucket_arn"), asked(stack_of(scope), "account")
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            sid="LoadBalancersWrite",
            principals=[cast("iam.IPrincipal", iam.ServicePrincipal(_WRITER))],
            actions=["s3:PutObject"],
            resources=[f"{arn}/AWSLogs/{account}/*"],
        )
    )
    made.set_attribute("access_logs.s3.enabled", "true")
    made.set_attribute("access_logs.s3.bucket", bucket.bucket_name)
    node_of(made).add_dependency(cast("IDependable", bucket.policy))
