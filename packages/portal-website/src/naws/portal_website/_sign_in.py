"""Sign-in by Cognito: a pool of users, its sign-in page, and a public client with PKCE.

    pool ──> client ──> the distribution's name, unless the site has names of its own
      │        │
      └────────┴──> an API's authorizer

An API that takes the tokens needs pool and client, and the distribution needs the API. That is no circle: of an API
the distribution needs the address alone, and its authorizer stands apart. In one stack this holds always; an API in
another stack needs `domain_names`, and a pool that is made before both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from naws.core import Jwt
from naws.core.authoring import acknowledge_nag, asked, of_this_stack, path_of, shortened, stack_of
from naws.portal_website.plan import Plan
from naws.portal_website.plan_prefixes import LONGEST_PREFIX, prefix_of
from naws.portal_website.props import SignIn

_PASSWORD = 12
_HOUR, _REFRESH_DAYS = 60, 30
_MFA = "People choose a second factor themselves: none is asked of those who have no device for it."
_PLUS = "Protection against taken over accounts is a plan that is paid for each user: the pool's owner chooses it."


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """How people sign in.

    Attributes:
        given: as it is given.
        pool: who may.
        page: the address of the sign-in page, without a path.
        issuer: of the tokens.
    """

    given: SignIn
    pool: cognito.IUserPool
    page: str
    issuer: str


def build_pool(scope: Construct, plan: Plan) -> SignedIn | None:
    """The pool and its sign-in page; those of a pool that is given are its owner's. None: nobody signs in."""
    given = plan.sign_in
    if given is None:
        return None
    if given.user_pool is not None:
        pool = given.user_pool
        region = pool.env.region
        page = f"https://{given.domain_name}"
        return SignedIn(given=given, pool=pool, page=page, issuer=_issuer(region, pool.user_pool_id))
    region = asked(stack_of(scope), "region")
    made = _pool(scope, plan)
    pool_id = asked(made, "user_pool_id")
    prefix = given.domain_prefix or of_this_stack(scope, _prefix(scope), LONGEST_PREFIX)
    cognito.CfnUserPoolDomain(scope, "SignInPage", domain=prefix, user_pool_id=pool_id)
    page = f"https://{prefix}.auth.{region}.amazoncognito.com"
    return SignedIn(given=given, pool=cast("cognito.IUserPool", made), page=page, issuer=_issuer(region, pool_id))


def build_client(place: Construct, signed_in: SignedIn, domain_name: str) -> cognito.CfnUserPoolClient:
    """The site's client: public, so that it has no secret, and only with a code that PKCE protects.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html

    Args:
        place: its parent.
        signed_in: the pool.
        domain_name: the site's.
    """
    given = signed_in.given
    sites = (f"https://{domain_name}", *(each.rstrip("/") for each in given.local))
    return cognito.CfnUserPoolClient(
        place,
        "Client",
        user_pool_id=asked(signed_in.pool, "user_pool_id"),
        generate_secret=False,
        allowed_o_auth_flows_user_pool_client=True,
        allowed_o_auth_flows=["code"],
        allowed_o_auth_scopes=list(given.scopes),
        callback_ur_ls=[f"{site}{given.callback_path}" for site in sites],
        logout_ur_ls=[f"{site}{given.sign_out_path}" for site in sites],
        supported_identity_providers=["COGNITO", *(each.provider_name for each in _providers(given))],
        explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
        prevent_user_existence_errors="ENABLED",
        enable_token_revocation=True,
        access_token_validity=_HOUR,
        id_token_validity=_HOUR,
        refresh_token_validity=_REFRESH_DAYS,
        token_validity_units=cast("Any", {"accessToken": "minutes", "idToken": "minutes", "refreshToken": "days"}),
    )


def _providers(given: SignIn) -> list[cognito.IUserPoolIdentityProvider]:
    """Those of a pool that is given, such as a company's own; as CDK's own client has them."""
    return [] if given.user_pool is None else given.user_pool.identity_providers


def config_of(signed_in: SignedIn, client_id: str) -> Mapping[str, Any]:
    """What the site finds of it in `/config.json`."""
    given = signed_in.given
    return {
        "issuer": signed_in.issuer,
        "clientId": client_id,
        "scopes": " ".join(given.scopes),
        "authorizeUrl": f"{signed_in.page}/oauth2/authorize",
        "tokenUrl": f"{signed_in.page}/oauth2/token",
        "logoutUrl": f"{signed_in.page}/logout",
        "callbackPath": given.callback_path,
        "signOutPath": given.sign_out_path,
    }


def authorizer_of(signed_in: SignedIn, client_id: str) -> Jwt:
    """What lets those in who signed in, by pages of the site's own domain unless developers have others."""
    return Jwt(issuer=signed_in.issuer, audience=[client_id], same_origin=not signed_in.given.local)


def _pool(scope: Construct, plan: Plan) -> cognito.UserPool:
    goes = plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY
    pool = cognito.UserPool(
        scope,
        "UserPool",
        self_sign_up_enabled=False,
        sign_in_aliases=cognito.SignInAliases(email=True),
        sign_in_case_sensitive=False,
        auto_verify=cognito.AutoVerifiedAttrs(email=True),
        keep_original=cognito.KeepOriginalAttrs(email=True),
        account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
        password_policy=cognito.PasswordPolicy(
            min_length=_PASSWORD,
            require_digits=True,
            require_lowercase=True,
            require_uppercase=True,
            require_symbols=True,
        ),
        mfa=cognito.Mfa.OPTIONAL,
        mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
        deletion_protection=not goes,
        # It stays when a first deployment fails, too: CloudFormation could not delete what is protected.
        removal_policy=cdk.RemovalPolicy.DESTROY if goes else cdk.RemovalPolicy.RETAIN,
    )
    acknowledge_nag(pool, "AwsSolutions-COG2", _MFA)
    acknowledge_nag(pool, "AwsSolutions-COG8", _PLUS)
    return pool


def _prefix(scope: Construct) -> str:
    """Letters of the path; Cognito takes none with names of AWS in it."""
    return prefix_of(shortened(path_of(scope), LONGEST_PREFIX - 10)) or "site"


def _issuer(region: str, pool_id: str) -> str:
    return f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"
