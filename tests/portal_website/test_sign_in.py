"""Sign-in: whom the client of a website lets in."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from folders import SHOP
from websites import THERE

from naws.portal_website import NoAlarms, PortalWebsite, PortalWebsiteProps, SignIn
from naws.testing import cdk_app, synth_template
from naws.testing.templates import of_type


def client_of(stack: cdk.Stack, pool: cognito.IUserPool | None) -> list[Any]:
    """The identity providers of the client."""
    given: dict[str, Any] = {} if pool is None else {"user_pool": pool, "domain_name": "login.example.com"}
    quiet: dict[str, Any] = {"alarms": NoAlarms(reason="it is tried out"), "access_logs": False}
    PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, sign_in=SignIn(**given), **quiet))
    (client,) = of_type(synth_template(stack), "AWS::Cognito::UserPoolClient")
    return client["SupportedIdentityProviders"]


def test_people_of_a_company_sign_in_by_the_provider_of_the_pool() -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=THERE)
    pool = cognito.UserPool(stack, "People")
    cognito.UserPoolIdentityProviderOidc(
        stack, "Entra", user_pool=pool, client_id="1", client_secret="2", issuer_url="https://login.example.com"
    )
    own, entra = client_of(stack, pool)
    assert (own, [*entra]) == ("COGNITO", ["Ref"])


def test_an_imported_pool_has_those_that_are_registered() -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=THERE)
    pool = cognito.UserPool.from_user_pool_id(stack, "Theirs", "eu-central-1_aB3")
    pool.register_identity_provider(cognito.UserPoolIdentityProvider.from_provider_name(stack, "Okta", "Okta"))
    assert client_of(stack, pool) == ["COGNITO", "Okta"]


def test_a_pool_that_is_made_has_its_own_people_alone() -> None:
    assert client_of(cdk.Stack(cdk_app(), "Portal", env=THERE), None) == ["COGNITO"]
