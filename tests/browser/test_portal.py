"""The example of a portal in a real browser: signing in, orders, a report that is started and shown."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from naws.cli.aws import Aws
from naws.cli.stacks import EmbeddedStack

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples"
WHO, PASSWORD = "anna@example.com", "Right-horse-7-battery"
COLUMNS = "date,shop,region,category,quantity,unit_price,currency,returned"
SALES = f"{COLUMNS}\n2026-01-05,Kiel 01,North,lamps,2,10.00,EUR,false\n"


@dataclass(frozen=True)
class Portal:
    """The deployed example."""

    url: str
    data: EmbeddedStack
    shop: EmbeddedStack


@pytest.fixture(scope="module")
def portal(
    deploy: Callable[[Path], list[EmbeddedStack]], aws: Aws, executable: str, tmp_path_factory: pytest.TempPathFactory
) -> Portal:
    """The example, packed for this machine, with somebody who may sign in."""
    assert executable
    out = tmp_path_factory.mktemp("portal")
    variables = {**os.environ, "CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps({"naws:local-packages": True})}
    subprocess.run([sys.executable, "app.py"], cwd=EXAMPLES / "portal", env=variables, check=True)
    data, shop = deploy(out)
    (pool,) = shop.of_type("AWS::Cognito::UserPool").values()
    cognito = aws.client("cognito-idp")
    cognito.admin_create_user(
        UserPoolId=pool, Username=WHO, UserAttributes=[{"Name": "email", "Value": WHO}], MessageAction="SUPPRESS"
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=WHO, Password=PASSWORD, Permanent=True)
    (url,) = (value for name, value in shop.outputs.items() if name.startswith("PortalUrl"))
    return Portal(local(url, aws), data, shop)


def local(url: str, aws: Aws) -> str:
    """The address that `naws local` prints: a browser finds what ends in localhost, and sign-in leads back there."""
    port = aws.endpoint_url.rpartition(":")[2]
    return url.replace("https://", "http://").replace(".cloudfront.net", f".cloudfront.localhost:{port}")


def signed_in(opened: Any, portal: Portal, path: str) -> None:
    """Go to a page, and sign in where it asks."""
    opened.page.goto(portal.url + path)
    opened.page.get_by_role("button", name="Sign in").first.click()
    opened.page.locator("input[name=username]").wait_for()
    assert ".amazoncognito." in opened.page.url
    opened.page.locator("input[name=username]").fill(WHO)
    opened.page.locator("input[name=password]").fill(PASSWORD)
    opened.page.locator("button[type=submit], input[type=submit]").first.click()
    opened.page.get_by_role("button", name="Sign out").wait_for()


def test_who_is_not_signed_in_is_asked_to(portal: Portal, tab: Any, axe: str) -> None:
    opened = tab()
    views = {"/": "The shop at a glance", "/x": "There is no such page"}
    views |= dict.fromkeys(("/orders", "/orders/1", "/reports", "/reports/1"), "Please sign in")
    for width in (1200, 360):
        opened.page.set_viewport_size({"width": width, "height": 700})
        for path, title in views.items():
            opened.page.goto(portal.url + path)
            opened.page.get_by_role("heading", name=title, level=1).wait_for()
            assert (opened.too_wide(), opened.inaccessible(axe)) == (0, []), path
    assert opened.problems == []  # no endpoint was asked, so that the browser has no 401 to report
    assert opened.ask("/shop/orders")["status"] == 401


def test_the_version_shown_is_that_of_the_page(portal: Portal, tab: Any) -> None:
    opened = tab()
    opened.page.goto(portal.url)
    opened.page.get_by_role("heading", name="The shop at a glance").wait_for()
    script = opened.page.locator("script[type=module]").get_attribute("src")
    shown = opened.page.locator("footer").inner_text()
    assert shown == f"Version {script.removesuffix('.js').rpartition('-')[2]}"


def answering(**answer: Any) -> Callable[[Any], None]:
    """What answers each request in the place of an endpoint."""
    return lambda route: route.fulfill(**answer)


RUNNING, FAILED = {"id": "one", "status": "RUNNING"}, {"id": "one", "status": "FAILED", "why": "States.TaskFailed"}


@pytest.mark.parametrize(
    "view",
    [
        ("/orders", "**/shop/**", {"Nothing was ordered yet.": {"orders": []}}),
        ("/orders/1", "**/shop/**", {"lamp": {"id": "1", "item": "lamp", "quantity": 2}}),
        ("/reports", "**/sums/**", {"Sums of the sales": {"fields": []}}),
        ("/reports/one", "**/sums/**", {"is being made": RUNNING, "States.TaskFailed": FAILED}),
    ],
)
def test_states_of_a_view(portal: Portal, tab: Any, axe: str, view: tuple[str, str, dict[str, Any]]) -> None:
    (path, asked, answers), opened, held = view, tab(), list[Any]()
    signed_in(opened, portal, "/")
    page = opened.page
    page.set_viewport_size({"width": 360, "height": 700})

    def seen(words: str, answer: Callable[[Any], None]) -> None:
        page.route(asked, answer)
        page.goto(portal.url + path, wait_until="commit")
        page.get_by_text(words).first.wait_for()
        assert (opened.too_wide(), opened.inaccessible(axe)) == (0, []), words
        for route in held:
            route.fulfill(json=next(iter(answers.values())))  # else the browser would go on with it, and ask for it
        held.clear()
        page.unroute(asked)

    seen("Loading", lambda route: held.append(route))  # noqa: PLW0108  # Playwright takes no built-in method
    for words, body in answers.items():
        seen(words, answering(json=body))
    assert opened.problems == []
    seen("closed for an hour", answering(status=503, json={"message": "closed for an hour"}))
    assert [each for each in opened.problems if "503" not in each] == []  # the browser's own line


def test_orders_of_whoever_signed_in(portal: Portal, tab: Any, axe: str) -> None:
    opened = tab()
    signed_in(opened, portal, "/orders")
    page = opened.page
    page.get_by_role("heading", name="Orders", exact=True).wait_for()
    assert page.url == f"{portal.url}/orders"  # back where the sign-in began, without code and state
    assert page.locator("#account").inner_text().startswith(WHO)
    page.get_by_label("Item").fill("reading lamp")
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("button", name="Place it").click()
    page.get_by_role("heading", name="Order", exact=True).wait_for()
    placed = page.url
    page.get_by_role("link", name="All orders").click()
    page.get_by_role("link", name="reading lamp").wait_for()
    page.goto(placed)  # a deep link, in a tab that is signed in
    page.get_by_text("reading lamp").wait_for()
    for width in (1200, 360):
        page.set_viewport_size({"width": width, "height": 700})
        for path in ("/", "/orders", "/reports"):
            page.goto(portal.url + path)
            page.get_by_role("heading", level=1).wait_for()
            assert (opened.too_wide(), opened.inaccessible(axe)) == (0, [])
            if path == "/orders":
                opened.picture(f"portal-orders-{width}")
    assert [each for each in opened.problems if "401" not in each] == []


def test_an_endpoint_answers_as_itself(portal: Portal, tab: Any) -> None:
    opened = tab()
    signed_in(opened, portal, "/")
    token = opened.page.evaluate("JSON.parse(sessionStorage.session).access_token")
    found = opened.ask("/shop/orders/none", headers={"authorization": f"Bearer {token}"})
    assert (found["status"], json.loads(found["text"])["message"]) == (404, "there is no order none")
    assert found["headers"]["content-type"].startswith("application/json")
    assert "strict-transport-security" in found["headers"]


def loaded(aws: Aws, portal: Portal) -> None:
    """Wait for the run that the rates started."""
    (machine,) = portal.shop.of_type("AWS::StepFunctions::StateMachine").values()
    asked = {"stateMachineArn": machine, "statusFilter": "SUCCEEDED"}
    until = time.monotonic() + 60
    while not aws.client("stepfunctions").list_executions(**asked)["executions"]:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_report_is_started_and_shown(portal: Portal, aws: Aws, tab: Any) -> None:
    (bucket,) = portal.data.of_type("AWS::S3::Bucket").values()
    s3 = aws.client("s3")
    s3.put_object(Bucket=bucket, Key="sales/one.csv", Body=SALES.encode())
    s3.put_object(Bucket=bucket, Key="rates/rates.csv", Body=b"currency,euros\nEUR,1\n")
    loaded(aws, portal)
    opened = tab()
    signed_in(opened, portal, "/reports")
    opened.page.get_by_label("Title").fill("January")
    opened.page.get_by_role("button", name="Start the report").click()
    opened.page.get_by_role("heading", name="January").wait_for(timeout=60_000)
    opened.page.get_by_role("cell", name="North").wait_for()
    assert "€20.00" in opened.page.locator("main").inner_text()
    opened.picture("portal-report")


def test_signing_out(portal: Portal, tab: Any) -> None:
    opened = tab()
    signed_in(opened, portal, "/")
    opened.page.get_by_role("button", name="Sign out").click()
    opened.page.get_by_role("button", name="Sign in").wait_for()
    assert opened.page.url.rstrip("/") == portal.url
    opened.page.goto(portal.url + "/orders")
    opened.page.get_by_role("heading", name="Please sign in").wait_for()


def test_a_token_that_ended(portal: Portal, tab: Any) -> None:
    opened = tab()
    signed_in(opened, portal, "/orders")
    for more, title in (({}, "Orders"), ({"refresh_token": "none"}, "Please sign in")):
        change = "more => { sessionStorage.session = JSON.stringify({...JSON.parse(sessionStorage.session), ...more}) }"
        opened.page.evaluate(change, {"until": 0, **more})
        opened.page.reload()
        opened.page.get_by_role("heading", name=title, exact=True).wait_for()
    assert opened.problems == []
