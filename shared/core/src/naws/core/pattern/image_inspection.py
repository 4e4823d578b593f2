"""The folders, platforms and exposed ports of the images that the app builds itself.

CDK keeps them from everybody but the stack's synthesizer, so that one is asked that builds nothing:

    from_asset               -> a container of a stack that is thrown away -> its synthesizer gets platform and folder
    from_docker_image_asset  -> the asset's own stack, synthesised apart -> its manifest has platform and folder

The folder has the Dockerfile, which is read.
"""

import contextlib
import json
import platform
import re
import tempfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import cx_api
from constructs import Construct

from naws.core.dockerfiles import Ports, read_exposed
from naws.core.issues import PatternValidationError
from naws.core.plans.task import ContainerPlan, TaskPlan
from naws.core.rules.image_platforms import ImageView, folder_exists
from naws.core.rules.task_template import TaskView

_NOT_STAGED = {"aws:cdk:disable-asset-staging": True}
"""The folder is not copied."""
_OF_ASSET = re.compile(r":([0-9a-f]{64})\b")
"""The tag that CDK gives to an image that it builds: the asset's hash."""
_MISSING = re.compile(r"Cannot find (?:image directory|file) at (.+)")


@dataclass(frozen=True, kw_only=True)
class _Build:
    """How an image is built.

    Attributes:
        platform: what for; None when it is not given.
        folder: what has the Dockerfile; None: something else than Docker builds it.
        file: the Dockerfile in it; None: the usual one.
        target: the stage; None: the last one.
        arguments: what `ARG` is given.
    """

    platform: str | None
    folder: Path | None = None
    file: str | None = None
    target: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def exposed(self) -> Ports:
        """The TCP ports that its Dockerfile exposes, as far as they are known."""
        if self.folder is None:
            return ()
        return read_exposed(self.folder, self.file or "Dockerfile", target=self.target, arguments=self.arguments)


def image_views(scope: Construct, task: TaskView, plan: TaskPlan) -> Iterator[ImageView]:
    """The images that are built of folders; what others are for is unknown."""
    built = {each.get("name"): str(each.get("image")) for each in task.containers}
    for each in plan.containers:
        if isinstance(each.image, ecs.AssetImage):
            builds = _bound(each.image, plan).builds
        elif isinstance(each.image, ecs.RepositoryImage | ecs.EcrImage):
            builds = []
        else:
            builds = _of_made_asset(scope, built.get(each.name, ""))
        yield from (_view(each, build, task.architecture) for build in builds)


def given_images(plan: TaskPlan) -> Iterator[ImageView]:
    """The same before anything is built, and the images whose folders are missing."""
    for each in plan.containers:
        if isinstance(each.image, ecs.ContainerImage):  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            bound = _bound(each.image, plan)
            yield from (_view(each, build, bound.architecture) for build in bound.builds)
            if bound.missing:
                yield _view(each, _Build(platform=None), "", bound.missing)


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


def _view(container: ContainerPlan, build: _Build, architecture: str, missing: str = "") -> ImageView:
    return ImageView(
        path=container.at("image"),
        platform=build.platform,
        architecture=architecture,
        machine=platform.machine(),
        missing=missing,
        exposed=build.exposed,
    )


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


def _of_made_asset(scope: Construct, image: str) -> list[_Build]:
    """How an image asset is built that the app made by itself; nothing when the image is no such asset."""
    tag = _OF_ASSET.search(image)
    if tag is None:
        return []
    for each in scope.node.root.node.find_all():
        if isinstance(each, ecr_assets.DockerImageAsset) and each.asset_hash == tag[1]:
            return _builds_of(each)
    return []


def platforms_of(asset: ecr_assets.DockerImageAsset) -> list[str | None]:
    """The platform that an image of the app is built for, None when it has none; nothing when nobody says.

    Args:
        asset: the image, which is in a stack.
    """
    return [each.platform for each in _builds_of(asset)]


def _builds_of(asset: ecr_assets.DockerImageAsset) -> list[_Build]:
    stack, tag = cdk.Stack.of(asset), asset.asset_hash
    images = _manifest(stack)
    if tag not in images:
        return []
    source: Mapping[str, Any] = images[tag]["source"]
    folder, stage = source.get("directory"), cdk.Stage.of(stack)
    return [
        _Build(
            platform=source.get("platform"),
            folder=Path(stage.outdir, folder) if folder and stage is not None else None,
            file=source.get("dockerFile"),
            target=source.get("dockerBuildTarget"),
            arguments=source.get("dockerBuildArgs") or {},
        )
    ]


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
        self.builds: list[_Build] = []
        self.architecture = self.missing = ""

    def add_docker_image_asset(self, asset: Any) -> cdk.DockerImageAssetLocation:  # pyright: ignore[reportIncompatibleMethodOverride] - Node hands over a struct
        self.builds.append(
            _Build(
                platform=asset.platform,
                folder=Path(asset.directory_name) if asset.directory_name else None,
                file=asset.docker_file,
                target=asset.docker_build_target,
                arguments=asset.docker_build_args or {},
            )
        )
        return cdk.DockerImageAssetLocation(image_uri="registry/image:tag", repository_name="image")

    def add_file_asset(self, asset: Any) -> cdk.FileAssetLocation:  # pyright: ignore[reportIncompatibleMethodOverride] - Node hands over a struct
        raise NotImplementedError(asset)

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        """Nothing is written."""
