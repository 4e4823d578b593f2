"""What is reported of images: another processor's, and references that no engine can pull."""

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from naws.ecs_task_processor import (
    Alarms,
    EcsTaskProcessor,
    EcsTaskProcessorProps,
    EcsTaskProcessorStack,
    NewVpc,
    PatternValidationError,
    Sidecar,
)
from naws.testing import cdk_app

ARM64, X86_64 = ecs.CpuArchitecture.ARM64, ecs.CpuArchitecture.X86_64
GIVEN = {"arm": assets.Platform.LINUX_ARM64, "amd": assets.Platform.LINUX_AMD64}
FIXED = ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.36.1")
DIGEST = "a" * 64


@pytest.fixture
def folder(tmp_path: Path) -> str:
    job = tmp_path / "app/job"
    job.mkdir(parents=True)
    (job / "Dockerfile").write_text("FROM scratch\n")
    return str(job)


@pytest.fixture
def issues_of(tmp_path: Path) -> Callable[..., list[tuple[str, str]]]:
    """Codes and paths of what synthesis says of a processor, errors and warnings."""

    def issues_of(make: Callable[[cdk.Stack], dict[str, Any]]) -> list[tuple[str, str]]:
        app = cdk_app(tmp_path / "out")
        stack = cdk.Stack(app, "Reports")
        EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(**{"image": FIXED, "vpc": NewVpc(), **make(stack)}))
        try:
            app.synth()
        except RuntimeError as error:
            lines = [line.split() for line in str(error).splitlines() if line.strip().startswith("NAWS-")]
            return [(line[0], line[2]) for line in lines]
        metadata = json.loads((tmp_path / "out/Reports.metadata.json").read_text())
        texts = [each["data"] for entries in metadata.values() for each in entries if each["type"] == "aws:cdk:warning"]
        return [(text.rpartition("[ack: ")[2].rstrip("]"), text.partition(" = ")[0].split()[-1]) for text in texts]

    return issues_of


def from_folder(folder: str, given: str | None) -> ecs.ContainerImage:
    return ecs.ContainerImage.from_asset(folder, platform=None if given is None else GIVEN[given])


@pytest.mark.parametrize(
    ("given", "machine", "task", "codes"),
    [
        ("arm", "x86_64", X86_64, ["NAWS-TASK-012"]),
        ("amd", "x86_64", ARM64, ["NAWS-TASK-012"]),
        pytest.param("arm", "x86_64", ARM64, [], marks=pytest.mark.exhaustive),
        pytest.param("amd", "arm64", X86_64, [], marks=pytest.mark.exhaustive),
        pytest.param(None, "x86_64", X86_64, [], marks=pytest.mark.exhaustive),
        pytest.param(None, "arm64", ARM64, [], marks=pytest.mark.exhaustive),
        (None, "arm64", X86_64, ["NAWS-TASK-013"]),
        pytest.param(None, "aarch64", None, ["NAWS-TASK-013"], marks=pytest.mark.exhaustive),
        pytest.param(None, "AMD64", ARM64, ["NAWS-TASK-013"], marks=pytest.mark.exhaustive),
        pytest.param(None, "riscv64", X86_64, [], marks=pytest.mark.exhaustive),
    ],
)
def test_an_image_for_another_processor_is_reported(  # noqa: PLR0913, PLR0917  # a table's columns
    given: str | None,
    machine: str,
    task: ecs.CpuArchitecture | None,
    codes: list[str],
    folder: str,
    issues_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    image = from_folder(folder, given)
    sidecar = Sidecar(name="side", image=image)
    main = issues_of(lambda _: {"image": image, "cpu_architecture": task})
    assert main == [(code, "image") for code in codes]
    assert issues_of(lambda _: {"cpu_architecture": task, "sidecars": [sidecar]}) == [
        (code, "sidecars[0].image") for code in codes
    ]


def test_every_such_image_is_reported_at_once(folder: str, issues_of: Callable[..., Any]) -> None:
    image = from_folder(folder, "arm")
    sidecars = [Sidecar(name="a", image=FIXED), Sidecar(name="b", image=image)]
    assert issues_of(lambda _: {"image": image, "sidecars": sidecars}) == [
        ("NAWS-TASK-012", "image"),
        ("NAWS-TASK-012", "sidecars[1].image"),
    ]


def own_stack(stack: cdk.Stack) -> cdk.Stack:
    return stack


def other_stack(stack: cdk.Stack) -> cdk.Stack:
    return cdk.Stack(stack.node.root, "Images")  # pyright: ignore[reportArgumentType] - the root is a construct


def nested_stack(stack: cdk.Stack) -> cdk.Stack:
    return cdk.NestedStack(other_stack(stack), "Nested")


@pytest.mark.parametrize(
    "stack_of", [own_stack, *(pytest.param(each, marks=pytest.mark.exhaustive) for each in (other_stack, nested_stack))]
)
@pytest.mark.parametrize(
    ("given", "task", "codes"),
    [
        ("arm", None, ["NAWS-TASK-012"]),
        ("amd", ARM64, ["NAWS-TASK-012"]),
        ("arm", ARM64, []),
        (None, ARM64, ["NAWS-TASK-013"]),
        (None, None, []),
    ],
)
def test_an_asset_that_the_app_made_by_itself_is_reported_too(  # noqa: PLR0913, PLR0917  # a table's columns
    stack_of: Callable[[cdk.Stack], cdk.Stack],
    given: str | None,
    task: ecs.CpuArchitecture | None,
    codes: list[str],
    folder: str,
    issues_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    def made_before(stack: cdk.Stack) -> dict[str, Any]:
        platform_given = None if given is None else GIVEN[given]
        asset = assets.DockerImageAsset(stack_of(stack), "Asset", directory=folder, platform=platform_given)
        image = ecs.ContainerImage.from_docker_image_asset(asset)
        return {"image": image, "cpu_architecture": task, "sidecars": [Sidecar(name="side", image=image)]}

    paths = ("image", "sidecars[0].image")
    assert issues_of(made_before) == [(code, path) for path in paths for code in codes]


def test_what_is_not_known_passes(folder: str, issues_of: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "app/image.tar").write_bytes(b"")
    token = ecs.CpuArchitecture.of(cdk.Fn.ref("AWS::Region"))
    assert issues_of(lambda _: {"image": ecs.ContainerImage.from_tarball(str(tmp_path / "app/image.tar"))}) == []
    assert issues_of(lambda _: {"image": from_folder(folder, "arm"), "cpu_architecture": token}) == []


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        pytest.param("registry.example/a@sha256:abc", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param("registry.example/a:1@sha256:abc", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param(f"registry.example/a@sha256:{DIGEST}0", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param(f"registry.example/a@sha256:{DIGEST[1:]}G", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param(f"registry.example/a@md5:{DIGEST}", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        ("registry.example/A/b:1", "NAWS-BUILT-004"),
        pytest.param("registry.example/a:1 0", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param("registry.example/a:.1", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param("registry.example/a:", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param(f"registry.example/a:{'1' * 129}", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param("registry.example:5000/a", "NAWS-BUILT-005", marks=pytest.mark.exhaustive),
        ("localhost/a:latest", "NAWS-BUILT-005"),
        pytest.param(f"registry.example:5000/a@sha256:{DIGEST}", None, marks=pytest.mark.exhaustive),
        pytest.param(f"registry.example/a:1.0@sha256:{DIGEST}", None, marks=pytest.mark.exhaustive),
        pytest.param("Registry.example:5000/a/b_c:V1.0-rc_1", None, marks=pytest.mark.exhaustive),
    ],
)
def test_a_reference_that_no_engine_pulls_is_reported(
    reference: str, code: str | None, issues_of: Callable[..., Any]
) -> None:
    image = ecs.ContainerImage.from_registry(reference)
    assert issues_of(lambda _: {"image": image}) == ([(code, "image")] if code else [])


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        (None, "NAWS-BUILT-005"),
        ("latest", "NAWS-BUILT-005"),
        pytest.param("sha256:abc", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param("a b", "NAWS-BUILT-004", marks=pytest.mark.exhaustive),
        pytest.param(f"sha256:{DIGEST}", None, marks=pytest.mark.exhaustive),
        pytest.param("1.0", None, marks=pytest.mark.exhaustive),
        ("token", None),
    ],
)
def test_an_image_of_a_repository_is_read_as_far_as_it_is_known(
    tag: str | None, code: str | None, issues_of: Callable[..., Any]
) -> None:
    def of(stack: cdk.Stack, repository: Any) -> dict[str, Any]:
        given = cdk.CfnParameter(stack, "Tag").value_as_string if tag == "token" else tag
        return {"image": ecs.ContainerImage.from_ecr_repository(repository, given)}

    expected = [(code, "image")] if code else []
    assert issues_of(lambda stack: of(stack, ecr.Repository(stack, "Made"))) == expected
    assert issues_of(lambda stack: of(stack, ecr.Repository.from_repository_name(stack, "Known", "known"))) == expected


def test_a_reference_that_only_the_deployment_knows_passes(issues_of: Callable[..., Any]) -> None:
    def parameter(stack: cdk.Stack) -> str:
        return cdk.CfnParameter(stack, "Image").value_as_string

    assert issues_of(lambda stack: {"image": ecs.ContainerImage.from_registry(parameter(stack))}) == []
    assert issues_of(lambda stack: {"image": ecs.ContainerImage.from_registry(f"{parameter(stack)}/a:1.0")}) == []
    assert issues_of(lambda stack: {"image": ecs.ContainerImage.from_registry(f"a@{parameter(stack)}")}) == []


def test_what_is_known_before_is_reported_with_the_rest(folder: str) -> None:
    """Image, role and topic are looked at when the app is synthesised, and at once where an error is due anyway."""
    stack = cdk.Stack(cdk_app(), "Reports")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    key = kms.Alias.from_alias_name(stack, "Key", "alias/aws/sns")
    topic = sns.Topic(stack, "Topic", master_key=key)
    wrong = EcsTaskProcessorProps(
        image=from_folder(folder, "arm"), cpu=1, task_role=role, alarms=Alarms(topic=topic), vpc=NewVpc()
    )
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(stack, "Nightly", wrong)
    codes = ["NAWS-SIZE-001", "NAWS-TASK-012", "NAWS-OWNER-007", "NAWS-BUILT-027"]
    assert [issue.code for issue in refused.value.issues if issue.level == "limit"] == codes

    good = EcsTaskProcessorProps(image=from_folder(folder, "amd"), vpc=NewVpc())
    fair = EcsTaskProcessorProps(image=from_folder(folder, "arm"), vpc=NewVpc())
    with pytest.raises(PatternValidationError) as all_refused:
        EcsTaskProcessorStack(cdk_app(), "Ready", processors={"A": wrong, "B": good, "C": fair})
    found = [(issue.code, issue.path) for issue in all_refused.value.issues]
    assert ("NAWS-TASK-012", 'processors["C"].image') in found
    assert not [path for _, path in found if "B" in path]


def missing(folder: str) -> list[tuple[dict[str, Any], list[str]]]:
    """Props with images that cannot be built, and where."""
    nowhere, good = ecs.ContainerImage.from_asset("nowhere"), ecs.ContainerImage.from_asset(folder)
    without_dockerfile = ecs.ContainerImage.from_asset(str(Path(folder).parent))
    tarball = ecs.ContainerImage.from_tarball("nowhere.tar")
    return [
        ({"image": nowhere}, ["image"]),
        ({"image": without_dockerfile}, ["image"]),
        ({"image": tarball}, ["image"]),
        ({"image": good, "sidecars": [Sidecar(name="side", image=nowhere)]}, ["sidecars[0].image"]),
        (
            {"image": nowhere, "sidecars": [Sidecar(name="side", image=without_dockerfile)]},
            ["image", "sidecars[0].image"],
        ),
    ]


@pytest.mark.parametrize("case", range(5))
def test_an_image_whose_folder_is_missing_is_an_issue_and_leaves_nothing(case: int, folder: str) -> None:
    props, paths = missing(folder)[case]
    stack = cdk.Stack(cdk_app(), "Reports")
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(**props, vpc=NewVpc()))
    assert [(issue.code, issue.path) for issue in refused.value.issues] == [("NAWS-TASK-015", path) for path in paths]
    assert "what does not exist" in refused.value.issues[0].value
    assert stack.node.children == []
    EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(image=FIXED, vpc=NewVpc()))


@pytest.mark.parametrize(
    ("image", "expected", "call"),
    [
        ('from_asset("nowhere")', "a folder that exists and has the Dockerfile", 'from_asset({}"nowhere"))'),
        ('from_asset("job/Dockerfile")', "the folder of Dockerfile, not the file", 'from_asset({}"job"))'),
        (
            'from_asset("job", file="Dockerfile.prod")',
            "a folder with its Dockerfile.prod",
            'from_asset({}"job"), file="Dockerfile")',
        ),
        ('from_asset("empty")', "a folder with its Dockerfile", 'from_asset({}"empty"), file="…")'),
        ('from_tarball("it.tar")', "a tarball that exists, as docker save writes it", 'from_tarball({}"it.tar"))'),
    ],
)
def test_what_is_missing_of_an_image_has_its_own_remedy(
    image: str, expected: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("job", "empty"):
        (tmp_path / each).mkdir()
    (tmp_path / "job/Dockerfile").touch()
    monkeypatch.chdir(tmp_path)
    whole = image if "tar" in image else image.replace('("', f'("{tmp_path}/')  # Node stays in its own folder
    given = eval(f"ecs.ContainerImage.{whole}", {"ecs": ecs})  # the text stands above
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(cdk.Stack(cdk_app(), "R"), "P", EcsTaskProcessorProps(image=given, vpc=NewVpc()))
    (issue,) = refused.value.issues
    remedy = f"image=ecs.ContainerImage.{call.format('str(Path(__file__).parent / ')}"
    assert (issue.expected, issue.remedy) == (expected, remedy)


def test_an_image_whose_folder_is_missing_is_reported_with_all_else() -> None:
    nowhere = ecs.ContainerImage.from_asset("nowhere")
    wrong = EcsTaskProcessorProps(image=nowhere, cpu=1, vpc=NewVpc())
    with pytest.raises(PatternValidationError) as refused:
        EcsTaskProcessor(cdk.Stack(cdk_app(), "Reports"), "Nightly", wrong)
    assert [issue.code for issue in refused.value.issues if issue.level == "limit"] == [
        "NAWS-SIZE-001",
        "NAWS-TASK-015",
    ]

    alone = EcsTaskProcessorProps(image=nowhere, vpc=NewVpc())
    app = cdk_app()
    with pytest.raises(PatternValidationError) as of_stack:
        EcsTaskProcessorStack(app, "Ready", processors={"A": alone})
    assert [issue.code for issue in of_stack.value.issues] == ["NAWS-TASK-015"]
    assert app.node.try_find_child("Ready") is None
