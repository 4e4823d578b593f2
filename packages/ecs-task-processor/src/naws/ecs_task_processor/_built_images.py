"""What the images are built for that the app builds itself.

CDK keeps it from everybody but the stack's synthesizer, so that one is asked that builds nothing:

    the image -> a container of a stack that is thrown away -> its synthesizer is told the platform
"""

import contextlib
import platform
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs

from naws.core.rules.built_images import BuiltImage
from naws.ecs_task_processor._task import container_id
from naws.ecs_task_processor.checks_containers import sidecars
from naws.ecs_task_processor.plan import CONTAINER, Plan

_OF_FOLDER = "AssetImage"
"""The id under a container that CDK gives to an image of a folder."""
_NOT_STAGED = {"aws:cdk:disable-asset-staging": True}
"""The folder is not copied for a look."""


def built_images(task: ecs.FargateTaskDefinition, plan: Plan) -> Iterator[BuiltImage]:
    """The images that are built of folders; what others are for is unknown."""
    given = [("image", CONTAINER, plan.props.image)]
    given += [(f"{path}.image", container_id(each.name), each.image) for path, each in sidecars(plan)]
    for path, child, image in given:
        container = task.node.try_find_child(child)
        if container is None or container.node.try_find_child(_OF_FOLDER) is None:
            continue
        for asset in _assets(image):
            yield _built_image(path, asset, task)


def given_images(plan: Plan) -> Iterator[BuiltImage]:
    """The same of the props alone."""
    task = ecs.FargateTaskDefinition(
        cdk.Stack(cdk.App(auto_synth=False), "Look"),
        "Task",
        runtime_platform=ecs.RuntimePlatform(cpu_architecture=plan.cpu_architecture),
    )
    for path, image in [("image", plan.props.image), *((f"{path}.image", each.image) for path, each in sidecars(plan))]:
        for asset in _assets(image) if isinstance(image, ecs.ContainerImage) else ():  # pyright: ignore[reportUnnecessaryIsInstance] - None stands in for a misfit
            yield _built_image(path, asset, task)


def _built_image(path: str, asset: Any, task: ecs.FargateTaskDefinition) -> BuiltImage:
    resource: Any = task.node.default_child
    runtime: Mapping[str, object] = cdk.Stack.of(task).resolve(resource.runtime_platform) or {}
    architecture = str(runtime.get("cpuArchitecture"))
    return BuiltImage(path=path, platform=asset.platform, architecture=architecture, machine=platform.machine())


def _assets(image: ecs.ContainerImage) -> list[Any]:
    told: Any = _Synthesizer()
    # What fails here has been built without fault by the app; it is only not known then.
    with contextlib.suppress(RuntimeError), tempfile.TemporaryDirectory() as folder:
        # Started by the CDK's command, an app would otherwise be synthesised when the process ends.
        app = cdk.App(auto_synth=False, outdir=folder, context=_NOT_STAGED)
        stack = cdk.Stack(app, "Look", synthesizer=told)
        ecs.FargateTaskDefinition(stack, "Task").add_container("main", image=image)
    return told.assets


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
