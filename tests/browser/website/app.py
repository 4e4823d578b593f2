"""Three websites of one stack: an app with an API and a service, one behind a password, and pages."""

import hashlib
import os
import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_

from naws.ecs_service import EcsService, EcsServiceProps, FixedCount, NewVpc, NoAlarms, Route
from naws.lambda_service import HttpApi, LambdaService, LambdaServiceProps, Public
from naws.portal_website import Password, PortalWebsiteProps, PortalWebsiteStack

VERSION = os.environ["VERSION"]
ANSWERS = """
import json

def handler(event, context):
    body = json.dumps({"path": event["rawPath"]})
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}
"""
SERVER = Path(__file__).parents[2] / "e2e" / "services" / "server.py"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>%(title)s</title><link rel="icon" href="data:,">%(head)s</head>
<body><main><h1>%(title)s</h1><p id="place">%(version)s</p><button type="button">More</button></main></body></html>
"""


def hashed(folder: Path, name: str, text: str) -> str:
    """Write a file with a hash in its name, which is returned."""
    stem, _, suffix = name.partition(".")
    named = f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.{suffix}"
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    (folder / "assets" / named).write_text(text)
    return named


def app_of(folder: Path) -> str:
    """A single-page app whose button loads a chunk of this version."""
    chunk = hashed(folder, "chunk.js", f'export const more = "more of {VERSION}";')
    script = f"""
const place = document.getElementById("place");
place.textContent = "{VERSION} at " + location.pathname;
document.querySelector("button").onclick = async () => {{ place.textContent = (await import("./{chunk}")).more; }};
"""
    head = f'<script type="module" src="/assets/{hashed(folder, "app.js", script)}"></script>'
    (folder / "index.html").write_text(PAGE % {"title": "App", "version": VERSION, "head": head})
    return str(folder)


def pages_of(folder: Path) -> str:
    """Pages in folders, redirects, and one for what is not there."""
    for name, title in {
        "index.html": "Home",
        "about/index.html": "About",
        "größe/index.html": "Größe",
        "404.html": "Nothing here",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(PAGE % {"title": title, "version": VERSION, "head": ""})
    (folder / "help.txt").write_text("help")
    (folder / "_redirects").write_text(
        "/old /about/ 301\n/blog/* /about/?from=:splat 302\n/über /größe/ 301\n/help* /about/index.html 200\n"
    )
    return str(folder)


built, app = Path("built"), cdk.App()
stack = PortalWebsiteStack(
    app,
    "Sites",
    websites={
        "App": PortalWebsiteProps(source=app_of(built / "app"), strip_prefix=["/api/*"]),
        "Draft": PortalWebsiteProps(
            source=app_of(built / "draft"), password=Password("team", sha256=hashlib.sha256(b"sesame").hexdigest())
        ),
        "Docs": PortalWebsiteProps(source=pages_of(built / "docs"), kind="pages"),
    },
)
api = LambdaService(
    stack,
    "Api",
    LambdaServiceProps(
        code=lambda_.Code.from_inline(ANSWERS),
        handler="index.handler",
        endpoint=HttpApi(routes=["GET /hello"], authorizer=Public(reason="it says what everybody may know")),
    ),
)
stack.websites["App"].add_api("/api/*", api.endpoint)
service = EcsService(
    stack,
    "Catalogue",
    EcsServiceProps(
        image=ecs.ContainerImage.from_registry("docker.io/library/python:3.13-slim"),
        vpc=NewVpc(),
        command=["python3", "-c", SERVER.read_text()],
        dev_command=[sys.executable, str(SERVER)],
        environment={"VERSION": VERSION, "HOW": "well"},
        scaling=FixedCount(1),
        acknowledge={"NAWS-SCALE-002": "a test needs one"},
        route=Route(paths=["/catalogue", "/catalogue/*"]),
        alarms=NoAlarms(reason="a test"),
    ),
)
stack.websites["App"].add_api("/catalogue/*", service.endpoint)
app.synth()
