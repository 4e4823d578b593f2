"""Rules on images that the app builds: their folders, and the CPU architecture of their tasks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from naws.core.dockerfiles import Ports
from naws.core.rule import Finding, advice, limit
from naws.core.rules.values import Field, is_text

_ASSETS = "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecr_assets-readme.html"
_OF_PLATFORM = {"linux/amd64": "X86_64", "linux/x86_64": "X86_64", "linux/arm64": "ARM64", "linux/arm64/v8": "ARM64"}
_OF_MACHINE = {"x86_64": "X86_64", "amd64": "X86_64", "arm64": "ARM64", "aarch64": "ARM64"}
_CONSTANT = {"X86_64": "LINUX_AMD64", "ARM64": "LINUX_ARM64"}


@dataclass(frozen=True, kw_only=True)
class ImageView(Field):
    """An image that is built from a folder when the app is deployed.

    Attributes:
        platform: what it is built for; None when it is not given: the platform of the machine that builds.
        architecture: the task's, as ECS names it.
        machine: what this machine is called, which probably builds.
        missing: the folder or file of it that does not exist; empty when all is there.
        exposed: the TCP ports of its Dockerfile's `EXPOSE`; nothing when there is none, or one that is not known.
    """

    platform: str | None
    architecture: str
    machine: str
    missing: str = ""
    exposed: Ports = ()

    @property
    def built_for(self) -> str | None:
        """The architecture of its platform; None of another platform than Linux on one of the two."""
        return _OF_PLATFORM.get(self.platform or "")

    @property
    def wrong(self) -> bool:
        """Whether its platform is another than the one that it will run on."""
        return is_text(self.platform) and self.architecture in _CONSTANT and self.built_for != self.architecture

    @property
    def here(self) -> str | None:
        """This machine's architecture, when an image without a platform would be for it and could not run."""
        here = _OF_MACHINE.get(self.machine.lower())
        unfit = self.platform is None and self.architecture in _CONSTANT and here != self.architecture
        return here if unfit else None

    @property
    def fitting(self) -> str:
        """The argument that gives it the platform that it will run on."""
        return f"platform=ecr_assets.Platform.{_CONSTANT[self.architecture]}"

    @property
    def mended(self) -> str:
        """The image with the task's platform."""
        return f"from_asset(…, {self.fitting})"


@limit(
    code="NAWS-TASK-012",
    title="An image is built for the task's CPU architecture",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html",
    example='image=ecs.ContainerImage.from_asset("job", platform=ecr_assets.Platform.LINUX_ARM64)',
    fix='image=ecs.ContainerImage.from_asset("job", platform=ecr_assets.Platform.LINUX_ARM64), '
    "cpu_architecture=ecs.CpuArchitecture.ARM64",
)
def same_architecture(image: ImageView) -> Iterator[Finding]:
    """Fargate cannot run programs of another one: the task stops with `exec format error`, or pulls nothing."""
    if image.wrong:
        turn = f"cpu_architecture=ecs.CpuArchitecture.{image.built_for}\n" if image.built_for else ""
        yield image.finding(
            f"an image for the task's CPU architecture, {image.architecture}",
            f"{turn}image=ecs.ContainerImage.{image.mended}",
            shown=f"an image for {image.platform}",
        )


@advice(
    code="NAWS-TASK-013",
    title="An image that is built on another CPU architecture has a platform",
    source=_ASSETS,
    example='image=ecs.ContainerImage.from_asset("job"), cpu_architecture=ecs.CpuArchitecture.ARM64',
    fix='image=ecs.ContainerImage.from_asset("job", platform=ecr_assets.Platform.LINUX_ARM64), '
    "cpu_architecture=ecs.CpuArchitecture.ARM64",
)
def built_elsewhere(image: ImageView) -> Iterator[Finding]:
    """Without a platform an image is for the machine that builds it, whose CPU architecture is not the task's here.

    Deployed from here, the task would stop with `exec format error`.
    """
    if image.here:
        yield image.finding(
            f"a platform, since the task is for {image.architecture} and this machine is {image.here}",
            f"image=ecs.ContainerImage.{image.mended}",
            shown="an image without a platform",
        )


@limit(
    code="NAWS-TASK-015",
    title="The folder of an image exists and has its Dockerfile",
    source=_ASSETS,
    example='image=ecs.ContainerImage.from_asset("nowhere")',
    fix='image=ecs.ContainerImage.from_asset("job")',
)
def folder_exists(image: ImageView) -> Iterator[Finding]:
    """CDK reads it when it synthesises. A relative path begins at the folder in which the app is run.

    `Path(__file__).parent / "job"` begins at the file that has the line.
    """
    if image.missing:
        expected, call = _instead(Path(image.missing))
        yield image.finding(expected, f"image=ecs.ContainerImage.{call}", shown=f"what does not exist: {image.missing}")


def _instead(missing: Path) -> tuple[str, str]:
    """What has to exist in place of a path that does not, and the call for an image of it."""
    folder = missing.parent
    if not missing.is_absolute() or ".tar" in missing.suffixes or missing.suffix == ".tgz":
        return "a tarball that exists, as docker save writes it", f"from_tarball({_beside(missing)})"
    if folder.is_file():
        return f"the folder of {folder.name}, not the file", f"from_asset({_beside(folder.parent)})"
    if folder.is_dir() and missing.name.startswith("Dockerfile"):
        name = next((each.name for each in sorted(folder.glob("*Dockerfile*"))), "…")
        return f"a folder with its {missing.name}", f'from_asset({_beside(folder)}, file="{name}")'
    return "a folder that exists and has the Dockerfile", f"from_asset({_beside(missing)})"


def _beside(path: Path) -> str:
    """A path from the file that has the line, which probably lies where the app is run."""
    near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else Path(path.name)
    return f'str(Path(__file__).parent / "{near.as_posix()}")'


IMAGE_RULES = (same_architecture, built_elsewhere, folder_exists)
