"""What the images are built for that the app builds itself.

CDK keeps it from everybody but the stack's synthesizer, so that one is asked that builds nothing:

    from_asset               -> a container of a stack that is thrown away -> its synthesizer is told the platform
    from_docker_image_asset  -> the asset's own stack, synthesised for a look -> its manifest names the platform
"""

import contextlib
import json
import platform
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import cx_api

from naws.core.rules.built_images import BuiltImage
from naws.ecs_task_processor._task import container_id
from naws.ecs_task_processor.checks_containers import sidecars
from naws.ecs_task_processor.plan import CONTAINER, Plan

_OF_FOLDER = "AssetImage"
"""The id under a container that CDK gives to an image of a folder."""
_NOT_STAGED = {"aws:cdk:disable-asset-staging": True}
"""The folder is not copied for a look."""
_OF_ASSET = re.compile(r":([0-9a-f]{64})\b")
"""The tag that CDK gives to an image that it builds: the asset's hash."""


def built_images(task: ecs.FargateTaskDefinition, plan: Plan) -> Iterator[BuiltImage]:
    """The images that are built of folders; what others are for is unknown."""
    given = [("image", CONTAINER, plan.props.image)]
    given += [(f"{path}.image", container_id(each.name), each.image) for path, each in sidecars(plan)]
    for path, child, image in given:
        container = task.node.try_find_child(child)
        if not isinstance(container, ecs.ContainerDefinition):
            continue
        of_folder = container.node.try_find_child(_OF_FOLDER) is not None
        for each in [asset.platform for asset in _assets(image)] if of_folder else _of_made_asset(container):
            yield _built_image(path, each, task)


def given_images(plan: Plan) -> Iterator[BuiltImage]:
    """The same of the props alone."""
    task = ecs.FargateTaskDefinition(
        cdk.Stack(cdk.App(auto_synth=False), "Look"),
        "Task",
        runtime_platform=ecs.RuntimePlatform(cpu_architecture=plan.cpu_architecture),
    )
    for path, image in [("image", plan.props.image), *((f"{path}.image", each.image) for path, each in sidecars(plan))]:
        for asset in _assets(image) if isinstance(image, ecs.ContainerImage) else ():  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a mismatch
            yield _built_image(path, asset.platform, task)


def _built_image(path: str, built_for: str | None, task: ecs.FargateTaskDefinition) -> BuiltImage:
    resource: Any = task.node.default_child
    runtime: Mapping[str, object] = cdk.Stack.of(task).resolve(resource.runtime_platform) or {}
    architecture = str(runtime.get("cpuArchitecture"))
    return BuiltImage(path=path, platform=built_for, architecture=architecture, machine=platform.machine())


def _assets(image: ecs.ContainerImage) -> list[Any]:
    told: Any = _Synthesizer()
    # What fails here has been built without fault by the app; it is only not known then.
    with contextlib.suppress(RuntimeError), tempfile.TemporaryDirectory() as folder:
        # Started by the CDK's command, an app would otherwise be synthesised when the process ends.
        app = cdk.App(auto_synth=False, outdir=folder, context=_NOT_STAGED)
        stack = cdk.Stack(app, "Look", synthesizer=told)
        ecs.FargateTaskDefinition(stack, "Task").add_container("main", image=image)
    return told.assets


def _of_made_asset(container: ecs.ContainerDefinition) -> list[str | None]:
    """The platform of an image asset that the app made by itself; nothing when the image is no such asset."""
    tag = _OF_ASSET.search(str(cdk.Stack.of(container).resolve(container.image_name)))
    if tag is None:
        return []
    for each in container.node.root.node.find_all():
        if isinstance(each, ecr_assets.DockerImageAsset) and each.asset_hash == tag[1]:
            images = _manifest(cdk.Stack.of(each))
            return [images[tag[1]]["source"].get("platform")] if tag[1] in images else []
    return []


def _manifest(stack: cdk.Stack) -> Mapping[str, Any]:
    """The images of a stack's asset manifest, by their hashes; none of a synthesizer that writes no manifest."""
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    images: dict[str, Any] = {}
    # A stack that cannot be synthesised is told of by CDK itself.
    with contextlib.suppress(RuntimeError), tempfile.TemporaryDirectory() as folder:
        look: Any = _Session(folder)
        stack.synthesizer.synthesize(look)
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
        """Where files are written."""
        return self._folder

    @property
    def assembly(self) -> cx_api.CloudAssemblyBuilder:
        """What the artifacts are added to."""
        return self._assembly

    @property
    def validate_on_synth(self) -> bool:
        """Rules are not asked again."""
        return False


class _Synthesizer(cdk.StackSynthesizer):
    """Keeps what it is told of images."""

    def __init__(self) -> None:
        super().__init__()
        self.assets: list[Any] = []

    def add_docker_image_asset(self, asset: Any) -> cdk.DockerImageAssetLocation:  # pyright: ignore[reportIncompatibleMethodOverride] - Node hands over a struct
        self.assets.append(asset)
        return cdk.DockerImageAssetLocation(image_uri="registry/image:tag", repository_name="image")

    def add_file_asset(self, asset: Any) -> cdk.FileAssetLocation:  # pyright: ignore[reportIncompatibleMethodOverride] - Node hands over a struct
        raise NotImplementedError(asset)

    def synthesize(self, session: cdk.ISynthesisSession) -> None:
        """Nothing is written."""
