"""The folders and platforms of the images that the app builds itself.

CDK keeps them from everybody but the stack's synthesizer, so that one is asked that builds nothing:

    from_asset               -> a container of a stack that is thrown away -> its synthesizer gets the platform
    from_docker_image_asset  -> the asset's own stack, synthesised apart -> its manifest has the platform
"""

import contextlib
import json
import platform
import re
import tempfile
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import cx_api
from constructs import Construct

from naws.core.issues import PatternValidationError
from naws.core.plans.task import ContainerPlan, TaskPlan
from naws.core.rules.image_platforms import ImageView, folder_exists
from naws.core.rules.task_template import TaskView

_NOT_STAGED = {"aws:cdk:disable-asset-staging": True}
"""The folder is not copied."""
_OF_ASSET = re.compile(r":([0-9a-f]{64})\b")
"""The tag that CDK gives to an image that it builds: the asset's hash."""
_MISSING = re.compile(r"Cannot find (?:image directory|file) at (.+)")


def image_views(scope: Construct, task: TaskView, plan: TaskPlan) -> Iterator[ImageView]:
    """The images that are built of folders; what others are for is unknown."""
    built = {each.get("name"): str(each.get("image")) for each in task.containers}
    for each in plan.containers:
        if isinstance(each.image, ecs.AssetImage):
            platforms = _bound(each.image, plan).platforms
        elif isinstance(each.image, ecs.RepositoryImage | ecs.EcrImage):
            platforms = []
        else:
            platforms = _of_made_asset(scope, built.get(each.name, ""))
        yield from (_view(each, built_for, task.architecture) for built_for in platforms)


def given_images(plan: TaskPlan) -> Iterator[ImageView]:
    """The same before anything is built, and the images whose folders are missing."""
    for each in plan.containers:
        if isinstance(each.image, ecs.ContainerImage):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            bound = _bound(each.image, plan)
            yield from (_view(each, built_for, bound.architecture) for built_for in bound.platforms)
            if bound.missing:
                yield _view(each, None, "", bound.missing)


@contextlib.contextmanager
def missing_folders_as_issues(where: str, plan: TaskPlan) -> Generator[None]:
    """Report what CDK refuses to build images of, all of it, as issues of ours.

    CDK reads a folder only when the container is made. To ask before would read every folder twice.
    """
    try:
        yield
    except RuntimeError:
        issues = [issue for each in given_images(plan) for issue in folder_exists.issues(each)]
        if not issues:
            raise
        raise PatternValidationError(where, issues) from None


def _view(container: ContainerPlan, built_for: str | None, architecture: str, missing: str = "") -> ImageView:
    machine, path = platform.machine(), container.at("image")
    return ImageView(path=path, platform=built_for, architecture=architecture, machine=machine, missing=missing)


def _bound(image: ecs.ContainerImage, plan: TaskPlan) -> "_Synthesizer":
    """Add an image to a container of a throw-away stack, and return the synthesizer, which has seen its asset."""
    synthesizer: Any = _Synthesizer()
    with tempfile.TemporaryDirectory() as folder:
        # Started by the CDK's command, an app would otherwise be synthesised when the process ends.
        app = cdk.App(auto_synth=False, outdir=folder, context=_NOT_STAGED)
        stack = cdk.Stack(app, "Stack", synthesizer=synthesizer)
        architecture = plan.given.cpu_architecture or ecs.CpuArchitecture.X86_64
        task = ecs.FargateTaskDefinition(
            stack, "Task", runtime_platform=ecs.RuntimePlatform(cpu_architecture=architecture)
        )
        resource: Any = task.node.default_child
        synthesizer.architecture = str(stack.resolve(resource.runtime_platform).get("cpuArchitecture"))
        try:
            task.add_container("main", image=image)
        except RuntimeError as refused:
            # Of what else fails here nothing is known: it may well be built without fault by the app.
            found = _MISSING.search(str(refused))
            synthesizer.missing = found[1].strip() if found else ""
    return synthesizer


def _of_made_asset(scope: Construct, image: str) -> list[str | None]:
    """The platform of an image asset that the app made by itself; nothing when the image is no such asset."""
    tag = _OF_ASSET.search(image)
    if tag is None:
        return []
    for each in scope.node.root.node.find_all():
        if isinstance(each, ecr_assets.DockerImageAsset) and each.asset_hash == tag[1]:
            return platforms_of(each)
    return []


def platforms_of(asset: ecr_assets.DockerImageAsset) -> list[str | None]:
    """The platform that an image of the app is built for, None when it has none; nothing when nobody says.

    Args:
        asset: the image, which is in a stack.
    """
    images, tag = _manifest(cdk.Stack.of(asset)), asset.asset_hash
    return [images[tag]["source"].get("platform")] if tag in images else []


def _manifest(stack: cdk.Stack) -> Mapping[str, Any]:
    """The images of a stack's asset manifest, by their hashes; none of a synthesizer that writes no manifest."""
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    images: dict[str, Any] = {}
    # CDK itself reports a stack that cannot be synthesised.
    with contextlib.suppress(RuntimeError), tempfile.TemporaryDirectory() as folder:
        session: Any = _Session(folder)
        stack.synthesizer.synthesize(session)
        for manifest in Path(folder).glob("*.assets.json"):
            images |= json.loads(manifest.read_text()).get("dockerImages", {})
    return images


@jsii.implements(cdk.ISynthesisSession)
class _Session:
    """A synthesis whose output is thrown away."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._assembly = cx_api.CloudAssemblyBuilder(folder)

    @property
    def outdir(self) -> str:
        """The folder that files are written to."""
        return self._folder

    @property
    def assembly(self) -> cx_api.CloudAssemblyBuilder:
        """The builder of the assembly that artifacts are added to."""
        return self._assembly

    @property
    def validate_on_synth(self) -> bool:
        """Rules are not asked again."""
        return False


class _Synthesizer(cdk.StackSynthesizer):
    """Keeps what it gets of images."""

    def __init__(self) -> None:
        super().__init__()
        self.platforms: list[str | None] = []
        self.architecture = self.missing = ""

    def add_docker_image_asset(self, asset: Any) -> cdk.DockerImageAssetLocation:  # pyright: ignore[reportIncompatibleMethodOverride] - Node hands over a struct
        self.platforms.append(asset.platform)
        return cdk.DockerImageAssetLocation(image_uri="registry/image:tag", repository_name="image")

    def add_file_asset(self, asset: Any) -> cdk.FileAssetLocation:  # pyright: ignore[reportIncompatibleMethodOverride] - Node hands over a struct
        raise NotImplementedError(asset)

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        """Nothing is written."""
