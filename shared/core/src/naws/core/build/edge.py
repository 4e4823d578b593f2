"""CloudFront in a network: the addresses that it sends requests from, as a prefix list that AWS keeps in a region."""

from collections.abc import Mapping
from typing import Any, cast

import aws_cdk as cdk
from constructs import Construct

from naws.core.shared import shared
from naws.core.stacks import region_of, stack_of
from naws.core.tokens import known

MAPPING_ID = "NawsEdgePrefixLists"
ORIGIN_FACING: Mapping[str, str] = {
    "ap-northeast-1": "pl-58a04531",
    "ap-northeast-2": "pl-22a6434b",
    "ap-northeast-3": "pl-31a14458",
    "ap-south-1": "pl-9aa247f3",
    "ap-southeast-1": "pl-31a34658",
    "ap-southeast-2": "pl-b8a742d1",
    "ca-central-1": "pl-38a64351",
    "eu-central-1": "pl-a3a144ca",
    "eu-north-1": "pl-fab65393",
    "eu-west-1": "pl-4fa04526",
    "eu-west-2": "pl-93a247fa",
    "eu-west-3": "pl-75b1541c",
    "sa-east-1": "pl-5da64334",
    "us-east-1": "pl-3b927c52",
    "us-east-2": "pl-b6a144df",
    "us-west-1": "pl-4ea04527",
    "us-west-2": "pl-82a045eb",
}
"""The ids of `com.amazonaws.global.cloudfront.origin-facing` by region.

Source: https://aws.amazon.com/blogs/networking-and-content-delivery/limit-access-to-your-origins-using-the-aws-managed-prefix-list-for-amazon-cloudfront/
"""


def edge_prefix_list(scope: Construct) -> str:
    """The id of the list in the region of `scope`; of one that only the deployment knows, looked up in the template.

    Raises:
        RuntimeError: no list is known here of this region.
    """
    region = region_of(scope)
    if not known(region):
        mapping: Any = shared(stack_of(scope), MAPPING_ID, _mapping)
        return cast("cdk.CfnMapping", mapping).find_in_map(region, "id")
    if region not in ORIGIN_FACING:
        raise RuntimeError(
            f"no prefix list of CloudFront is known in {region}: let its addresses in yourself, and use "
            "HttpEndpoint.of_domain(…)"
        )
    return ORIGIN_FACING[region]


def _mapping(stack: cdk.Stack) -> cdk.CfnMapping:
    return cdk.CfnMapping(stack, MAPPING_ID, mapping={region: {"id": each} for region, each in ORIGIN_FACING.items()})
