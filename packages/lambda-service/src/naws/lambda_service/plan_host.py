"""A function as the host of a program, before there is one: what bindings may ask, and the variables that they become.

Lambda fills in no secret: a function gets the ARN of one, and the right to read it. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from naws.core import Needs, SecretValue
from naws.core.authoring import KINDS, PARTS_OF_PARAMETERS


class FunctionKind:
    """A function, before there is one."""

    host = "a Lambda function"
    accepts = frozenset((*KINDS, PARTS_OF_PARAMETERS))

    def variables_of(self, needs: Needs) -> tuple[str, ...]:
        """The plain ones, and those that name what is secret."""
        return (*needs.variables, *(name for name, _ in named_secrets(needs.secrets)))


def named_secrets(secrets: Mapping[str, SecretValue]) -> Iterator[tuple[str, str]]:
    """The variables by which a program finds what it reads itself: `<NAME>_PARAMETER_ARN`, `<NAME>_SECRET_ARN`.

    With the field, when it has one. A secret that the program may read anyway is named already.
    """
    for name, value in secrets.items():
        if value.read_by_program:
            continue
        kind = "PARAMETER" if value.kind == "parameter" else "SECRET"
        yield f"{name}_{kind}_ARN", value.arn
        if value.field is not None:
            yield f"{name}_{kind}_FIELD", value.field


def variables_of(needs: Needs) -> dict[str, str]:
    """All variables that a function gets for these needs."""
    return {**needs.variables, **dict(named_secrets(needs.secrets))}


def environment_of(given: Mapping[str, str], needs: Iterable[Needs], service: str) -> dict[str, str]:
    """All variables of a function: Powertools' two names, what is given, and what bindings add.

    Source: https://docs.powertools.aws.dev/lambda/python/latest/#environment-variables
    """
    namespace = re.sub(r"[^A-Za-z0-9_./#:-]+", "-", service)
    own = {"POWERTOOLS_SERVICE_NAME": service, "POWERTOOLS_METRICS_NAMESPACE": namespace}
    bound = {name: value for each in needs for name, value in variables_of(each).items()}
    return {**own, **given, **bound}
