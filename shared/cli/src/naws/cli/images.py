"""Image assets: built by the local container engine under the name that the task definition uses."""

import contextlib
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from naws.cli.assembly import StackArtifact
from naws.cli.destinations import Target, image_names
from naws.cli.errors import CliError

_STEP = re.compile(r"^(?:\[\d+/\d+\] )?(?:Step|STEP) \d+/\d+ ?: .*")
_LAST_LINES = 15
# A base image may have to be downloaded between two lines of output.
_SILENCE_SECONDS = 600


def build_images(stack: StackArtifact, engine_url: str, target: Target, report: Callable[[str], None]) -> int:
    """Build the stack's image assets.

    Args:
        stack, target: Whose assets, and what their placeholders stand for.
        engine_url: Socket of the container engine.
        report: Is called with each step of a build.

    Returns:
        How many there were.

    Raises:
        CliError: A build failed; the detail is the end of its output.
    """
    images = stack.assets["dockerImages"]
    if not images:
        return 0
    import docker  # noqa: PLC0415  # part of the extra naws-cli[local]
    from docker.errors import DockerException  # noqa: PLC0415  # part of the extra naws-cli[local]

    try:
        with contextlib.closing(docker.DockerClient(base_url=engine_url, timeout=_SILENCE_SECONDS)) as client:
            for asset in images.values():
                _build(client, asset, stack.directory, image_names(asset, target), report)
    except (DockerException, OSError) as error:
        raise CliError("The container engine failed during an image build.", str(error)) from error
    return len(images)


def _build(
    client: Any, asset: dict[str, Any], directory: Path, names: list[str], report: Callable[[str], None]
) -> None:
    source = asset["source"]
    if "directory" not in source:
        raise CliError(f"Image asset {asset.get('displayName', names[0])} is not built from a directory.")
    title = asset.get("displayName", source["directory"])
    report(f"{title}: building")
    output = client.api.build(
        path=str(directory / source["directory"]),
        dockerfile=source.get("dockerFile"),
        buildargs=source.get("dockerBuildArgs"),
        target=source.get("dockerBuildTarget"),
        platform=source.get("platform"),
        network_mode=source.get("networkMode"),
        tag=names[0],
        rm=True,
        decode=True,
    )
    _follow(title, output, report)
    image = client.images.get(names[0])
    for name in names[1:]:
        image.tag(*name.rsplit(":", 1))


def _follow(title: str, output: Any, report: Callable[[str], None]) -> None:
    last: deque[str] = deque(maxlen=_LAST_LINES)
    failed = False
    # To its end, also after an error: the connection is given back only there.
    for message in output:
        text = str(message.get("stream") or message.get("error") or "").rstrip()
        last.extend(line for line in text.splitlines() if line)
        failed = failed or "error" in message
        if _STEP.match(text):
            report(f"{title}: {text.splitlines()[0]}")
    if failed:
        raise CliError(f"The image {title} was not built.", "\n".join(last))
