"""Two stacks that would wait for each other: a website's, and that of an API which takes tokens of a pool in it."""

from collections.abc import Iterator

from constructs import Construct

from naws.core import HttpEndpoint, Jwt
from naws.core.authoring import id_of, path_of, stack_of, targets_of


def refuse_circle(website: Construct, path: str, endpoint: HttpEndpoint) -> None:
    """Refuse an endpoint of another stack whose tokens are of the website's own: CDK names neither of the two.

    Args:
        website: the website.
        path: the path pattern that leads to it.
        endpoint: what answers.

    Raises:
        ValueError: the two stacks would wait for each other.
    """
    who, own = endpoint.authorizer, path_of(stack_of(website))
    if not isinstance(who, Jwt):
        return
    others = [each for each in _stacks_of(endpoint.url) if each != own]
    if others and any(own in _stacks_of(each) for each in (who.issuer, *who.audience)):
        raise ValueError(
            f'api["{path}"]: {endpoint.name} of the stack {others[0]} takes tokens of {own}, whose website leads to '
            f"it: each stack would wait for the other. Put {endpoint.name} and {id_of(website)} into one stack, or "
            'make the pool in a stack before both, and give domain_names=["www.example.com"], '
            'sign_in=SignIn(user_pool=pool, domain_name="login.example.com")'
        )


def _stacks_of(text: str) -> Iterator[str]:
    """The stacks whose resources a text refers to."""
    return (path_of(stack_of(each)) for each in targets_of(text))
