"""A stage in a pipeline that a team already has, guarded before and verified after its deployment."""

import shlex
from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import pipelines

CHANGE_SET = "PipelineChange"
"""What CDK Pipelines call the change set of every stack."""

INSTALL = ("python3 -m pip install dist/naws_core-*.whl dist/naws_cli-*.whl",)
"""Installs the `naws` command from wheels in the folder `dist` of the repository that the pipeline builds."""

_ASSEMBLY = "naws-assembly"
_PATIENCE = 300
"""Seconds until what was deployed has to be there: AWS is eventually consistent."""


def add_service(  # noqa: PLR0913  # each is an option of the stage's deployment
    pipeline: pipelines.CodePipeline,
    stage: cdk.Stage,
    *,
    approve: bool = False,
    guard: bool = True,
    verify: bool = True,
    install: Sequence[str] = INSTALL,
) -> pipelines.StageDeployment:
    """Add a stage to a pipeline: `naws guard` before each stack is deployed, `naws verify` after all are.

    Both run in CodeBuild, in what the pipeline's synth step begins with, and may assume the look-up role of the
    bootstrap and no other: the stage's account has to trust the pipeline's, by `cdk bootstrap --trust` or by
    `--trust-for-lookup`. They need Python 3.11 or later, which `code_build_defaults` of the pipeline can choose.

    Args:
        pipeline: of CDK Pipelines; it is changed in nothing but the added stage.
        stage: any stage; its stacks have to be in it already.
        approve: a person approves before the first stack is prepared.
        guard: stop when a stack's change set would remove or replace something that holds data.
        verify: fail when something is missing or not as declared once all stacks are deployed.
        install: commands that install `naws`. Omitted: `INSTALL`.

    Returns:
        The stage's deployment, to which more steps may be added.

    Raises:
        TypeError: an argument is of another type; all of them are named, each with the line to write.
    """
    switches = {"approve": approve, "guard": guard, "verify": verify}
    _check(pipeline, stage, switches, install)
    stacks = {shlex.quote(stack.node.path): stack for stack in _stacks(stage)}
    judged = [
        pipelines.StackSteps(
            stack=stack,
            change_set=[_step(pipeline, "Guard", f"guard {path} --change-set {CHANGE_SET}", install)],
        )
        for path, stack in stacks.items()
        if guard
    ]
    asked = f"verify {' '.join(stacks)} --wait {_PATIENCE}"
    return pipeline.add_stage(
        stage,
        pre=[pipelines.ManualApprovalStep("Approve")] if approve else [],
        stack_steps=judged,
        post=[_step(pipeline, "Verify", asked, install)] if verify else [],
    )


def _check(pipeline: object, stage: object, switches: Mapping[str, object], install: object) -> None:
    wrong: list[str] = []
    if not isinstance(pipeline, pipelines.CodePipeline):
        wrong.append("pipeline is a CodePipeline of aws_cdk.pipelines: add_service(pipelines.CodePipeline(…), stage)")
    if not isinstance(stage, cdk.Stage):
        wrong.append('stage is a cdk.Stage with its stacks in it: add_service(pipeline, cdk.Stage(app, "Prod"))')
    wrong += [f"{name}=True or {name}=False" for name, value in switches.items() if not isinstance(value, bool)]
    commands: list[object] = [*install] if isinstance(install, list | tuple) else [None]
    if not all(isinstance(each, str) for each in commands):
        example = [install] if isinstance(install, str) else ["pip install dist/*.whl"]
        wrong.append(f"install is a list of commands: install={example}")
    if wrong:
        raise TypeError("add_service: " + "; ".join(wrong))


def _stacks(stage: cdk.Stage) -> list[cdk.Stack]:
    """Those that are deployed by themselves: a nested one is deployed by its parent."""
    found = (each for each in stage.node.find_all() if isinstance(each, cdk.Stack))
    return [stack for stack in found if stack.nested_stack_resource is None and cdk.Stage.of(stack) is stage]


def _step(pipeline: pipelines.CodePipeline, name: str, command: str, install: Sequence[str]) -> pipelines.CodeBuildStep:
    synth = pipeline.synth
    inputs = synth.inputs if isinstance(synth, pipelines.ShellStep) else []
    assembly = pipeline.cloud_assembly_file_set
    return pipelines.CodeBuildStep(
        name,
        input=inputs[0].file_set if inputs else assembly,
        additional_inputs={_ASSEMBLY: assembly} if inputs else {},
        install_commands=[*install],
        commands=[f"naws {command} --app {_ASSEMBLY if inputs else '.'} --lookup-role"],
        role_policy_statements=[_may_look_up()],
    )


def _may_look_up() -> iam.PolicyStatement:
    role = {"StringEquals": {"iam:ResourceTag/aws-cdk:bootstrap-role": "lookup"}}
    return iam.PolicyStatement(actions=["sts:AssumeRole"], resources=["*"], conditions=role)
