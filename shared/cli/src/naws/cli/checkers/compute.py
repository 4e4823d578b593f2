"""What runs programs: in use, and its images and functions are there."""

import re
from collections.abc import Iterator

from botocore.exceptions import ClientError

from naws.cli.accounts import Place, code_of
from naws.cli.checkers.facts import Fact, Resource, or_none, status

_ECR = re.compile(r"^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com[\w.]*/([^:@]+)(?::([^@]+))?(?:@(sha256:\w+))?$")


def cluster(resource: Resource) -> Iterator[Fact]:
    """ECS."""
    found = resource.client("ecs").describe_clusters(clusters=[resource.id])["clusters"]
    yield status(found[0]["status"], "ACTIVE") if found else Fact("not there", good=False)


def task_definition(resource: Resource) -> Iterator[Fact]:
    """ECS, a task definition, and each of its images."""
    try:
        found = resource.client("ecs").describe_task_definition(taskDefinition=resource.id)["taskDefinition"]
    except ClientError as error:
        if code_of(error) != "ClientException":  # ECS has no other code for one that is not there
            raise
        yield Fact("not there", good=False)
        return
    yield status(found["status"], "ACTIVE")
    for image in dict.fromkeys(each["image"] for each in found["containerDefinitions"]):
        yield _image(resource.place, image)


def _image(place: Place, image: str) -> Fact:
    named = _ECR.match(image)
    shown = image.rsplit("/", 1)[-1]
    if not named or named[1] != place.account:
        return Fact(f"image {shown} is in no repository of this account: not asked")
    _, region, repository, tag, digest = named.groups()
    wanted = {"imageDigest": digest} if digest else {"imageTag": tag or "latest"}
    ecr = Place(place.session, place.account, region).client("ecr")
    there = or_none(lambda: ecr.describe_images(repositoryName=repository, imageIds=[wanted])["imageDetails"])
    return Fact(f"image {shown} in {repository}") if there else Fact(f"image {shown} not in {repository}", good=False)


def state_machine(resource: Resource) -> Iterator[Fact]:
    """Step Functions."""
    found = resource.client("stepfunctions").describe_state_machine(stateMachineArn=resource.id)
    yield status(found["status"], "ACTIVE")
    level = found.get("loggingConfiguration", {}).get("level", "OFF")
    wanted = resource.given("LoggingConfiguration", "Level") or "OFF"
    yield Fact(f"logs {level}", good=wanted in (level, "OFF"))
