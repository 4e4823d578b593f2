"""How a release comes to be shown: what CloudFormation asks for, and in which order."""

import json
import shutil
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from folders import PAGES, SHOP
from websites import HERE, THERE

from naws.portal_website import NoAlarms, PortalWebsite, PortalWebsiteProps, SignIn
from naws.portal_website._publisher import CODE
from naws.testing import cdk_app, synth_template
from naws.testing.rules import resources_of
from naws.testing.templates import of_type

OLD = "0123456789ab"


def website(env: cdk.Environment | None = HERE, **given: Any) -> PortalWebsite:
    props = PortalWebsiteProps(**{"source": SHOP, **given})
    return PortalWebsite(cdk.Stack(cdk_app(), "Portal", env=env), "Shop", props)


def template_of(made: PortalWebsite) -> dict[str, Any]:
    return synth_template(cdk.Stack.of(made))


def waits_for(template: dict[str, Any], logical_id: str) -> set[str]:
    """All that a resource waits for, by what it names and what it depends on."""
    found: set[str] = set()
    left = [logical_id]
    while left:
        resource = template["Resources"][left.pop()]
        text = json.dumps(resource.get("Properties", {}))
        named = {each for each in template["Resources"] if f'"Ref": "{each}"' in text or f'GetAtt": ["{each}"' in text}
        new = {*named, *resource.get("DependsOn", [])} - found
        found |= new
        left += new
    return found


def test_files_are_there_before_the_switch() -> None:
    template = template_of(website(config={"stage": "prod"}))
    (function,) = resources_of(template, "AWS::CloudFront::Function")
    (release,) = resources_of(template, "Custom::NawsRelease")
    (config,) = resources_of(template, "Custom::NawsConfig")
    assert release in waits_for(template, config)
    assert config in waits_for(template, function)


def test_the_function_has_its_rights_before_it_is_asked() -> None:
    template = template_of(website(THERE, sign_in=SignIn()))
    (role,) = resources_of(template, "AWS::IAM::Role")
    asked = [*resources_of(template, "Custom::NawsRelease"), *resources_of(template, "Custom::NawsConfig")]
    assert len(asked) == 2
    assert all(role in waits_for(template, each) for each in asked)
    assert resources_of(template, "AWS::IAM::Policy") == {}  # or it would be another resource to wait for


def test_what_is_immutable_and_what_is_not_published_is_known_to_the_function() -> None:
    made = website()
    (release,) = of_type(template_of(made), "Custom::NawsRelease")
    assert (release["Immutable"], release["Unpublished"]) == (["assets/*"], ["_redirects", "_headers"])
    assert release["Uploaded"] == release["Release"] == made.release
    assert release["ArchiveKey"].endswith(".zip")
    assert release["Types"][".html"] == "text/html; charset=utf-8"
    assert of_type(template_of(made), "Custom::NawsConfig") == []


def test_settings_come_in_pairs_because_a_name_may_mean_something_to_cloudformation() -> None:
    (config,) = of_type(template_of(website(config={"Ref": cdk.Aws.REGION})), "Custom::NawsConfig")
    assert config["Config"] == [{"Name": "Ref", "Value": {"Ref": "AWS::Region"}}]


def test_settings_of_the_folder_are_its_own_unless_others_are_given(tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path / "web")
    (tmp_path / "web/config.json").write_text("{}")
    made = website(source=str(tmp_path / "web"))
    (own,) = of_type(template_of(made), "Custom::NawsConfig")
    given = website(source=str(tmp_path / "web"), config={"a": "b"}, acknowledge={"NAWS-SITE-020": "it is replaced"})
    (others,) = of_type(template_of(given), "Custom::NawsConfig")
    assert (own["Uploaded"], "Config" in own) == (made.release, False)
    assert others["Config"] == [{"Name": "a", "Value": "b"}]


def test_what_publishes_settings_is_the_same_however_they_are_given() -> None:
    # CloudFormation removes what left a template when all else is done: another one would remove what this one has.
    sites = (website(config={"a": "b"}), website(sign_in=SignIn()), website(config={"a": "b"}, sign_in=SignIn()))
    assert len({*(each for made in sites for each in resources_of(template_of(made), "Custom::NawsConfig"))}) == 1


def test_each_website_of_a_stack_has_a_function_and_an_asset_of_its_own() -> None:
    stack = cdk.Stack(cdk_app(), "Portal", env=HERE)
    quiet = {"access_logs": False, "alarms": NoAlarms(reason="none is looked at")}
    for name, source in (("Shop", SHOP), ("Docs", PAGES)):
        PortalWebsite(stack, name, PortalWebsiteProps(source=source, kind="pages", **quiet))
    template = synth_template(stack)
    functions = of_type(template, "AWS::Lambda::Function")
    assert [(each["Timeout"], each["Runtime"]) for each in functions] == [(900, "python3.14")] * 2
    assert resources_of(template, "AWS::Lambda::LayerVersion") == {}
    asked = of_type(template, "Custom::NawsRelease")
    assert [each["ServiceTimeout"] for each in asked] == ["900", "900"]
    assert len({json.dumps(each["ServiceToken"]) for each in asked}) == 2
    assert len({each["ArchiveKey"] for each in asked}) == 2


def test_what_answers_for_one_website_waits_for_nothing_of_another() -> None:
    # CloudFormation changes what stays before it deletes what goes: rights that are shared would be gone too early.
    stack = cdk.Stack(cdk_app(), "Portal", env=HERE)
    for name in ("One", "Two"):
        PortalWebsite(stack, name, PortalWebsiteProps(source=SHOP, config={"of": name}))
    template = synth_template(stack)
    for name, other in (("One", "Two"), ("Two", "One")):
        for kind in ("Release", "Config"):
            (made,) = [each for each in resources_of(template, f"Custom::Naws{kind}") if each.startswith(name)]
            assert [each for each in waits_for(template, made) if each.startswith(other)] == []


def test_the_code_is_small() -> None:
    # CloudFormation makes a zip of it, of 4 MB at the most; without an asset bucket a template has 51,200 bytes.
    assert len(CODE.read_bytes()) < 16_000


def test_a_pinned_release_is_shown_and_the_folders_own_is_uploaded() -> None:
    own, pinned = website(), website(release=OLD)
    template = template_of(pinned)
    assert pinned.release == OLD != own.release
    (release,) = of_type(template, "Custom::NawsRelease")
    assert (release["Release"], release["Uploaded"]) == (OLD, own.release)
    (function,) = of_type(template, "AWS::CloudFront::Function")
    assert OLD in function["FunctionCode"]
    assert own.release not in function["FunctionCode"]


def test_settings_of_sign_in_come_after_the_switch_when_they_need_the_name_of_the_distribution() -> None:
    template = template_of(website(THERE, sign_in=SignIn()))
    (distribution,) = resources_of(template, "AWS::CloudFront::Distribution")
    (config,) = resources_of(template, "Custom::NawsConfig")
    assert distribution in waits_for(template, config)
    assert config not in waits_for(template, distribution)


def test_nothing_waits_for_itself() -> None:
    for given in ({}, {"sign_in": SignIn()}, {"release": OLD, "config": {"a": "b"}}):
        template = template_of(website(**given))
        assert [each for each in template["Resources"] if each in waits_for(template, each)] == []


def test_no_props_change_what_answers_for_a_website() -> None:
    # CloudFormation refuses another ServiceToken: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/802
    found = list[Any]()
    for given in ({}, {"config": {"a": "b"}}, {"removal_policy": cdk.RemovalPolicy.DESTROY}, {"boundary": True}):
        stack = cdk.Stack(cdk_app(), "Portal", env=HERE)
        PortalWebsite(stack, "Beside", PortalWebsiteProps(source=SHOP))
        own = dict[str, Any](given)
        if own.pop("boundary", False):
            own["permissions_boundary"] = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
        PortalWebsite(stack, "Shop", PortalWebsiteProps(source=SHOP, **own))
        template = synth_template(stack)
        found.append(
            {name: each["ServiceToken"] for name, each in resources_of(template, "Custom::NawsRelease").items()}
        )
        bounded = {
            name: "PermissionsBoundary" in each for name, each in resources_of(template, "AWS::IAM::Role").items()
        }
        assert {name[:4] for name, bound in bounded.items() if bound} == ({"Shop"} if "boundary" in given else set())
    assert all(each == found[0] for each in found)
