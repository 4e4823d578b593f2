"""Whether a text that everybody will read refers to a secret."""

import json
import re
from typing import Any, cast

import aws_cdk as cdk
from constructs import Construct

from naws.core.authoring import has_token

_SECRET = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")


def refers_to_secret(text: str, scope: Construct | None) -> bool:
    """Whether CloudFormation would fill in a secret of Secrets Manager or Parameter Store; not of plain parameters.

    Args:
        text: what is given, tokens too.
        scope: where it is going to be used. None: nowhere yet.
    """
    if _SECRET.search(text):
        return True
    tokens = cdk.Tokenization.reverse_string(text).tokens if has_token(text) else []
    return any(isinstance(each, cdk.SecretValue) or _is_secret(each, scope) for each in tokens)


def _is_secret(token: object, scope: Construct | None) -> bool:
    """Whether a dynamic reference is one; what it is in a template shows it, and without a scope any counts."""
    if not isinstance(token, cdk.CfnDynamicReference):
        return False
    if scope is None:
        return True
    resolver = cast("Any", cdk.DefaultTokenResolver(cdk.StringConcat()))
    written = cdk.Tokenization.resolve(token, resolver=resolver, scope=scope, preparing=False)
    return _SECRET.search(json.dumps(written)) is not None
