"""What only the built thing can show is reported when the app is synthesised."""

import gc
import json
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs as ecs

from naws.core.rule import Rule
from naws.core.rules.asl import ASL_RULES
from naws.core.rules.task_template import container_with
from naws.core.rules.workflow_rules import FLOW_RULES
from naws.ecs_task_processor import Conventions, EcsTaskProcessor, EcsTaskProcessorProps, PatternValidationError
from naws.ecs_task_processor.checks import CHECKS
from naws.ecs_task_processor.checks_synth import SYNTH_RULES
from naws.testing import cdk_app

Arguments = Callable[..., dict[str, Any]]
PLANNED = {check.rule.code for check in CHECKS}
ONLY_BUILT = [rule for rule in SYNTH_RULES if rule.code not in PLANNED and rule not in (*ASL_RULES, *FLOW_RULES)]
FIXED: list[Any] = [*ONLY_BUILT[:5], *(pytest.param(rule, marks=pytest.mark.exhaustive) for rule in ONLY_BUILT[5:])]
BY_CODE = {rule.code: rule for rule in SYNTH_RULES}


@pytest.fixture
def error_at_synth(
    tmp_path: Path, arguments_of: Arguments, image: ecs.ContainerImage, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Everything that synthesis says of a processor made from source text, errors and warnings."""
    folder = tmp_path / "app/job"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    def error_at_synth(text: str) -> str:
        gc.freeze()  # what other tests left is not looked through again
        app = cdk_app(tmp_path)
        stack = cdk.Stack(app, "Reports", env=cdk.Environment(account="123456789012", region="eu-central-1"))
        cdk.Annotations.of(stack).acknowledge_warning(
            "NAWS-NET-024", "what the network costs is not what is judged here"
        )
        given = arguments_of(text.replace('"job"', repr(str(folder))), stack=stack)
        then, _ = given.pop("then", None), given.pop("env", None)
        given.pop("conventions", Conventions()).apply(app)
        try:
            processor = EcsTaskProcessor(stack, "Nightly", EcsTaskProcessorProps(**{"image": image, **given}))
        except PatternValidationError as error:
            return str(error)
        if then:
            then(processor)
        del processor
        gc.collect()
        try:
            app.synth()
        except RuntimeError as error:
            return str(error)
        return "".join(file.read_text() for file in tmp_path.glob("*.json") if "template" not in file.name)

    return error_at_synth


@pytest.mark.parametrize("rule", ONLY_BUILT, ids=lambda rule: rule.code)
def test_the_example_is_reported(rule: Rule[Any], error_at_synth: Callable[[str], str]) -> None:
    assert rule.code in error_at_synth(rule.example)


@pytest.mark.parametrize("rule", FIXED, ids=lambda rule: rule.code)
def test_the_fix_is_not_reported(rule: Rule[Any], error_at_synth: Callable[[str], str]) -> None:
    assert "NAWS-" not in error_at_synth(rule.fix)


def test_the_key_of_a_topic_is_read_where_cdk_code_has_set_it(error_at_synth: Callable[[str], str]) -> None:
    set_key = 'setattr(made.alarm_topic.node.default_child, "kms_master_key_id", "alias/aws/sns")'

    assert "NAWS-BUILT-027" in error_at_synth(
        f'alarms=Alarms(topic=sns.Topic(stack, "T")), then=lambda made: {set_key}'
    )


@pytest.mark.parametrize(
    ("key", "reported"),
    [
        ('kms.Key.from_key_arn(stack, "K", "arn:aws:kms:eu-central-1:123456789012:key/1234abcd")', True),
        ('kms.Key(stack, "K", enable_key_rotation=True)', False),
    ],
)
def test_an_alias_is_reported_when_its_key_is_imported(
    key: str, error_at_synth: Callable[[str], str], *, reported: bool
) -> None:
    alias = f'kms.Alias(stack, "A", alias_name="alias/a", target_key={key})'

    assert (
        "NAWS-BUILT-028" in error_at_synth(f'alarms=Alarms(topic=sns.Topic(stack, "T", master_key={alias}))')
    ) is reported


def test_a_bucket_that_the_field_has_deleted_is_reported_once(error_at_synth: Callable[[str], str]) -> None:
    destroy = "then=lambda made: cdk.RemovalPolicies.of(made).destroy()"
    own = "then=lambda made: made.node.scope.node.find_child('NawsPayloads').apply_removal_policy"

    assert "NAWS-BUILT-029" not in error_at_synth(f"removal_policy=cdk.RemovalPolicy.DESTROY, {destroy}")
    assert "NAWS-BUILT-029" not in error_at_synth(destroy)
    assert "NAWS-BUILT-029" in error_at_synth(f"{own}(cdk.RemovalPolicy.DESTROY)")


def test_an_error_at_synthesis_reads_like_one_before(error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(
        'then=lambda made: made.task_definition.add_container("big", image=image, memory_limit_mib=4096)'
    )

    assert "[Reports/Nightly]" in error
    assert 'NAWS-BUILT-001 (limit)  task_definition.container["big"].memory_limit_mib = 4096' in error
    assert "    fix        memory_limit_mib=1024  # of the container" in error


def test_a_practice_at_synthesis_is_accepted_with_a_reason(error_at_synth: Callable[[str], str]) -> None:
    rule = next(rule for rule in ONLY_BUILT if rule.level == "practice")

    assert rule.code not in error_at_synth(
        f'{rule.example}, acknowledge={{"{rule.code}": "a transit gateway leads out"}}'
    )


def test_accepting_a_practice_at_synthesis_that_does_not_occur_is_an_issue(
    error_at_synth: Callable[[str], str],
) -> None:
    assert "NAWS-ACK-003" in error_at_synth('acknowledge={"NAWS-BUILT-006": "a transit gateway leads out"}')


INTERFACES = (
    'then=lambda made: [ec2.InterfaceVpcEndpoint(stack, f"E{n}", vpc=VPC, service=s) for n, s in enumerate(['
    "ec2.InterfaceVpcEndpointAwsService.ECR, ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER, "
    "ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS])]"
)


def test_layers_of_an_image_need_the_gateway_of_s3(error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(f"{BY_CODE['NAWS-BUILT-006'].example}, {INTERFACES.replace('VPC', 'made.vpc')}")

    assert "expected   subnets with a way out, or endpoints for s3\n" in error
    assert 'fix        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)\n' in error
    assert "or         vpc=NewVpc()" in error


def test_endpoints_of_another_vpc_do_not_count(error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(
        f"{BY_CODE['NAWS-BUILT-006'].example}, {INTERFACES.replace('VPC', 'ec2.Vpc(stack, str(n))')}"
    )

    assert "or endpoints for ecr.api, ecr.dkr, logs, s3" in error


def test_where_other_subnets_have_a_way_out_they_are_the_remedy(error_at_synth: Callable[[str], str]) -> None:
    kinds = ", ".join(
        f'ec2.SubnetConfiguration(name="{kind}", subnet_type=ec2.SubnetType.{kind})'
        for kind in ("PUBLIC", "PRIVATE_WITH_EGRESS", "PRIVATE_ISOLATED")
    )
    error = error_at_synth(
        f'vpc=ec2.Vpc(stack, "Mixed", subnet_configuration=[{kinds}]), '
        "vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)"
    )

    assert "fix        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)" in error


IMAGES = {
    "public.ecr.aws/docker/library/busybox:1.36": "public.ecr.aws",
    "nginx:1.27": "Docker Hub",
    "library/nginx:1.27": "Docker Hub",
    "ghcr.io/shop/reports:1.0": "ghcr.io",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/reports:1.0": None,
    "123456789012.dkr-ecr.eu-central-1.on.aws/reports:1.0": None,
}


def _image(name: str) -> str:
    return f', image=ecs.ContainerImage.from_registry("{name}")'


def _without_image(text: str) -> str:
    return text[text.index("vpc=") :]


@pytest.mark.parametrize("name", IMAGES)
def test_endpoints_lead_to_private_repositories_only(name: str, error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(_without_image(BY_CODE["NAWS-BUILT-006"].fix) + _image(name))

    if IMAGES[name] is None:
        assert "NAWS-" not in error
    else:
        images = f"expected   subnets with a way out, or images of ECR: no endpoint leads to {IMAGES[name]}\n"
        assert images in error
        assert "fix        vpc=NewVpc()" in error


def test_what_is_missing_beside_the_image_is_reported_with_it(error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(_without_image(BY_CODE["NAWS-BUILT-006"].example) + _image("nginx:1.27"))

    assert error.count("NAWS-BUILT-006 (practice)") == 1
    assert "or images of ECR and endpoints for ecr.api, ecr.dkr, logs, s3: no endpoint leads to Docker Hub" in error


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("Shop/Reports:V1", "shop/reports:V1"),
        ("Reports", "reports"),
        ("Registry.example:5000/Shop/reports:1.0", "Registry.example:5000/shop/reports:1.0"),
        ("registry.example/reports:RC1", None),
    ],
)
def test_a_repository_has_small_letters(name: str, small: str | None, error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(_image(name).lstrip(", "))

    assert ("NAWS-BUILT-004" in error) == (small is not None)
    assert small is None or f'fix        image=ecs.ContainerImage.from_registry("{small}")\n' in error


OWN_CLUSTER = 'cluster=ecs.Cluster(stack, "Own", vpc=ec2.Vpc(stack, "Net"){more})'
ASSOCIATED = (
    'then=lambda made: ecs.CfnClusterCapacityProviderAssociations(made, "Providers", '
    "cluster=made.cluster.cluster_name, capacity_providers={providers}, default_capacity_provider_strategy=[])"
)


@pytest.mark.parametrize(
    ("capacity", "providers", "missing"),
    [
        ("spot", ["FARGATE"], "FARGATE_SPOT"),
        ("spot", ["FARGATE_SPOT"], ""),
        ("spot-then-on-demand", [], "FARGATE_SPOT and FARGATE"),
        ("spot-then-on-demand", ["FARGATE_SPOT"], "FARGATE"),
        ("spot-then-on-demand", ["FARGATE", "FARGATE_SPOT"], ""),
        ("on-demand", [], ""),
    ],
)
def test_a_cluster_of_ones_own_has_the_providers_that_runs_name(
    capacity: str, providers: list[str], missing: str, error_at_synth: Callable[[str], str]
) -> None:
    own = OWN_CLUSTER.format(more="")
    error = error_at_synth(f'capacity="{capacity}", {own}, {ASSOCIATED.format(providers=providers)}')

    assert ("NAWS-BUILT-026" in error) == bool(missing)
    assert not missing or f"cluster = a cluster without {missing}\n" in error


@pytest.mark.parametrize("capacity", ["spot", "spot-then-on-demand"])
def test_the_shared_cluster_and_an_imported_one_pass(capacity: str, error_at_synth: Callable[[str], str]) -> None:
    imported = 'ecs.Cluster.from_cluster_attributes(stack, "Theirs", cluster_name="a", vpc=ec2.Vpc(stack, "Net"))'

    assert "NAWS-" not in error_at_synth(f'capacity="{capacity}"')
    assert "NAWS-" not in error_at_synth(f'capacity="{capacity}", cluster={imported}')


def test_a_sidecar_whose_name_only_the_deployment_knows_passes(error_at_synth: Callable[[str], str]) -> None:
    assert "NAWS-" not in error_at_synth(
        'sidecars=[Sidecar(name=cdk.CfnParameter(stack, "Name").value_as_string, image=image)]'
    )


ONE_ZONE = 'vpc_subnets=ec2.SubnetSelection(availability_zones=["eu-central-1x"])'


def test_a_zone_that_the_made_vpc_does_not_have_leaves_no_subnet(error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(f'vpc=VpcLookup.by_parameter(vpc_id="/n/v", private_subnet_ids="/n/s"), {ONE_ZONE}')

    assert "NAWS-BUILT-021 (limit)  vpc_subnets = no subnets\n" in error
    assert "fix        omit vpc_subnets  # the private ones\n" in error


def test_which_zones_a_made_vpc_has_is_unknown_before_cdk_has_looked(error_at_synth: Callable[[str], str]) -> None:
    assert "NAWS-BUILT-021" not in error_at_synth(ONE_ZONE)


def test_a_created_secret_is_known_to_come_from_secrets_manager(error_at_synth: Callable[[str], str]) -> None:
    example = BY_CODE["NAWS-BUILT-020"].example
    created = example.replace(
        "from_secrets_manager(secret)", 'from_secrets_manager(secretsmanager.Secret(stack, "New"))'
    )

    assert created != example
    assert "NAWS-BUILT-020" in error_at_synth(created)


def test_what_is_true_of_a_stack_is_reported_once(tmp_path: Path, image: ecs.ContainerImage) -> None:
    app = cdk_app(tmp_path)
    stack = cdk.Stack(app, "Reports")
    for name in ("Nightly", "Hourly"):
        EcsTaskProcessor(stack, name, EcsTaskProcessorProps(image=image))
    for number in range(500):
        cdk.CfnResource(stack, f"Topic{number}", type="AWS::SNS::Topic")
    gc.collect()

    with pytest.raises(RuntimeError) as refused:
        app.synth()

    assert str(refused.value).count("NAWS-BUILT-008 (limit)") == 1
    assert "fix        put some of its patterns into another stack" in str(refused.value)


def test_one_processor_with_too_many_triggers_is_not_advised_to_split_its_processors(
    error_at_synth: Callable[[str], str],
) -> None:
    error = error_at_synth(BY_CODE["NAWS-BUILT-008"].example)

    assert "put some of its patterns into another stack" not in error
    assert "triggers=[QueueTrigger()]  # one queue takes what many triggers sent" in error


def _added(count: int = 1, **given: object) -> str:
    every = ", ".join(container_with(f"helper{n}", **given) for n in range(count))
    return f"then=lambda made: [{every}]"


ADDED = {
    "NAWS-TASK-004": (_added(10), _added(9)),
    "NAWS-TASK-006": (_added(2, memory_reservation_mib=1500), _added(2, memory_reservation_mib=500)),
    "NAWS-TASK-007": (_added(user=""), _added()),
    "NAWS-TASK-009": (_added(readonly_root_filesystem=""), _added()),
    "NAWS-ENV-003": (
        'then=lambda made: made.container.add_environment("NAWS_PAYLOAD", "{}")',
        'then=lambda made: made.container.add_environment("REPORT_PAYLOAD", "{}")',
    ),
    "NAWS-ENV-005": (
        'then=lambda made: made.container.add_environment("DB_PASSWORD", "correct horse")',
        'then=lambda made: made.container.add_secret("DB_PASSWORD", ecs.Secret.from_secrets_manager(secret))',
    ),
}


@pytest.mark.parametrize("code", ADDED)
def test_a_rule_of_the_plan_holds_for_what_is_added_to_the_template(
    code: str, error_at_synth: Callable[[str], str]
) -> None:
    wrong, right = ADDED[code]

    assert f"{code} (" in error_at_synth(wrong)
    assert "NAWS-" not in error_at_synth(right)


@pytest.mark.parametrize("given", ["root", "0:0"])
def test_an_added_container_of_root_is_reported_with_both_ways_out(
    given: str, error_at_synth: Callable[[str], str]
) -> None:
    error = error_at_synth(_added(user=repr(given)))

    assert f"NAWS-TASK-007 (practice)  task_definition.container[\"helper0\"].user = '{given}'" in error
    assert "or         sidecars=[Sidecar(…)]  # instead of add_container" in error


def test_what_only_the_template_breaks_may_be_accepted_in_the_props(error_at_synth: Callable[[str], str]) -> None:
    accepted = 'acknowledge={"NAWS-TASK-007": "the agent needs root"}'

    assert "(practice)" not in error_at_synth(f"{_added(user='')}, {accepted}")
    assert "NAWS-ACK-003" in error_at_synth(accepted)


def test_what_the_plan_has_accepted_need_not_occur_at_synthesis(error_at_synth: Callable[[str], str]) -> None:
    assert "NAWS-ACK-003" not in error_at_synth('user="root", acknowledge={"NAWS-TASK-007": "the image needs root"}')


def test_what_was_judged_before_is_not_reported_again(error_at_synth: Callable[[str], str]) -> None:
    accepted = (
        'user="root", readonly_root_filesystem=False, environment={"DB_PASSWORD": "horse"}, '
        'acknowledge={"NAWS-TASK-007": "one", "NAWS-TASK-009": "two", "NAWS-ENV-005": "three"}, '
        'sidecars=[Sidecar(name="agent", image=image, environment={"NAWS_KEY": "x"})], '
        'then=lambda made: made.add_environment("API_KEY", "horse", acknowledge={"NAWS-ENV-005": "a test key"})'
    )

    assert "NAWS-" not in error_at_synth(accepted)


def test_a_practice_at_synthesis_can_be_accepted_where_it_is_added(error_at_synth: Callable[[str], str]) -> None:
    error = error_at_synth(
        'then=lambda made: [made.add_environment("PORT", "8080", acknowledge={"NAWS-BUILT-017": "for a debugger"}), '
        "made.container.add_port_mappings(ecs.PortMapping(container_port=8080))]"
    )

    assert "NAWS-" not in error.replace("naws:acknowledged", "")


def test_what_cannot_be_known_passes(error_at_synth: Callable[[str], str]) -> None:
    number = 'cdk.CfnParameter(stack, "N", type="Number").value_as_number'
    helper = f"then=lambda made: {container_with(memory_reservation_mib=number)}"

    assert number in helper
    assert "NAWS-" not in error_at_synth(helper)


@pytest.mark.parametrize(
    "given",
    [
        (
            "inline_policies={'all': iam.PolicyDocument(statements=[iam.PolicyStatement(not_actions=['iam:*'], "
            "resources=['*'])])}"
        ),
        "managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name('AdministratorAccess')]",
    ],
)
def test_a_role_that_may_do_everything_is_seen_however_it_is_written(
    given: str, error_at_synth: Callable[[str], str]
) -> None:
    tasks = 'iam.ServicePrincipal("ecs-tasks.amazonaws.com")'

    assert "NAWS-BUILT-023" in error_at_synth(f'task_role=iam.Role(stack, "Role", assumed_by={tasks}, {given})')


def _defined(definition: Mapping[str, Any], of: str = "made") -> str:
    """Code that gives a state machine of the processor another definition."""
    machine = f"{of}.node.find_child('StateMachine').node.default_child"
    return f"then=lambda made: setattr({machine}, 'definition_string', {json.dumps(definition)!r})"


def _wrong(**more: Any) -> dict[str, Any]:
    return {"StartAt": "Lod", "TimeoutSeconds": 60, "States": {"Load": {"Type": "Succeed"}}, **more}


def test_the_definition_of_the_workflow_is_judged_with_all_else(error_at_synth: Callable[[str], str]) -> None:
    large = 'made.task_definition.add_container("big", image=image, memory_limit_mib=4096)'
    error = error_at_synth(f"{_defined(_wrong())}, {large}".replace("then=lambda made: ", "then=lambda made: [") + "]")

    assert "NAWS-ASL-001 (limit)  definition.StartAt = 'Lod'" in error
    assert '    fix        "StartAt": "Load"' in error
    assert "NAWS-BUILT-001 (limit)" in error


def test_the_definition_of_the_lease_reaper_is_judged(error_at_synth: Callable[[str], str]) -> None:
    changed = _defined(_wrong(), "made.node.find_child('LeaseReaper')")

    assert "lease_reaper.definition.StartAt" in error_at_synth(f"concurrency=Concurrency(limit=1), {changed}")


def test_a_practice_in_a_definition_is_accepted_with_a_reason(error_at_synth: Callable[[str], str]) -> None:
    endless = _defined(_wrong(StartAt="Load", TimeoutSeconds=None))

    assert "NAWS-FLOW-006 (practice)  definition.TimeoutSeconds" in error_at_synth(endless)
    assert "(practice)" not in error_at_synth(f'{endless}, acknowledge={{"NAWS-FLOW-006": "it waits for people"}}')
    assert "NAWS-ACK-003" in error_at_synth('acknowledge={"NAWS-FLOW-006": "it waits for people"}')
