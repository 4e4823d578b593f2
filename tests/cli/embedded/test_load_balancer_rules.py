"""Rules of listeners: their conditions, their actions, and what is kept of them."""

from typing import Any

import pytest

from tests.cli.embedded.load_balancers import Balancer, Program

pytestmark = pytest.mark.e2e


def fixed(text: Any, status: Any = 200) -> Any:
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": str(status), "MessageBody": text}}


def when(field: Any, *values: Any, **config: Any) -> Any:
    kind = "".join(part.capitalize() for part in field.split("-"))
    return {"Field": field, f"{kind}Config": {"Values": list(values), **config}}


@pytest.fixture(scope="module")
def balancer(bench: Any) -> Any:
    """Its rules answer with the name of their condition."""
    made = Balancer(bench)
    conditions = [
        ("host", when("host-header", "*.example.org", "Api.example.com")),
        ("header", when("http-header", "v?", HttpHeaderName="X-Version")),
        ("method", when("http-request-method", "DELETE")),
        ("query", when("query-string", {"Key": "a", "Value": "one*"}, {"Value": "any"})),
        ("elsewhere", when("source-ip", "10.0.0.0/8")),
        ("path", when("path-pattern", "/api/*", "/A?")),
    ]
    for number, (name, condition) in enumerate(reversed(conditions)):
        made.rule(100 - number, fixed(name), condition)
    made.rule(50, fixed("both"), when("path-pattern", "/api/*"), when("http-request-method", "PUT"))
    made.rule(90, fixed("here"), when("source-ip", "127.0.0.0/8"), when("path-pattern", "/here"))
    made.elb.modify_listener(ListenerArn=made.listener, DefaultActions=[fixed("default", 404)])
    return made


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ({"path": "/"}, "default"),
        ({"path": "/api/x"}, "path"),
        ({"path": "/API/x"}, "default"),
        ({"path": "/Ab"}, "path"),
        ({"path": "/Abc"}, "default"),
        ({"path": "/api/x", "method": "PUT"}, "both"),
        ({"path": "/api/x", "method": "DELETE"}, "method"),
        ({"path": "/", "host": "api.example.com"}, "host"),
        ({"path": "/", "X_Version": "V1"}, "header"),
        ({"path": "/", "X_Version": "v12"}, "default"),
        ({"path": "/?a=ONE1"}, "query"),
        ({"path": "/?b=any"}, "query"),
        ({"path": "/?b=one"}, "default"),
        ({"path": "/here"}, "here"),
    ],
)
def test_the_first_rule_by_priority_that_is_met_answers(balancer: Any, request_: Any, name: Any) -> None:
    assert balancer.ask(**request_).body.decode() == name


def test_a_load_balancer_is_found_by_what_its_rules_name_and_by_a_path(balancer: Any, bench: Any) -> None:
    assert balancer.ask("/x", host="shop.example.org").body == b"host"
    here = bench.aws.endpoint_url.partition("//")[2]
    assert balancer.ask(f"/_alb/{balancer.name}/api/x", host=here).body == b"path"
    assert balancer.ask(f"/_alb/{balancer.name}:80", host=here).body == b"default"
    assert balancer.ask(f"/_alb/{balancer.name}:81/", host=here).status == 503
    assert balancer.ask("/Ab", host=f"{balancer.name}.alb.localhost:4566").body == b"path"


def test_the_fixed_answer_has_the_load_balancers_server_and_type(balancer: Any) -> None:
    answer = balancer.ask("/")
    assert (answer.status, answer.headers["server"], answer.headers["content-type"]) == (
        404,
        "awselb/2.0",
        "text/plain",
    )


def test_rules_are_described_as_they_were_given(balancer: Any) -> None:
    rules = balancer.elb.describe_rules(ListenerArn=balancer.listener)["Rules"]
    known = {each["Field"]: each for rule in rules for each in rule["Conditions"]}
    assert known["query-string"]["QueryStringConfig"]["Values"] == [{"Key": "a", "Value": "one*"}, {"Value": "any"}]
    assert known["http-header"]["HttpHeaderConfig"] == {"HttpHeaderName": "X-Version", "Values": ["v?"]}
    assert known["host-header"]["Values"] == ["*.example.org", "Api.example.com"]
    assert [rule["Actions"][0]["Type"] for rule in rules if rule["IsDefault"]] == ["fixed-response"]


def test_a_redirect_names_the_port_and_leads_here_when_it_was_asked_here(bench: Any) -> None:
    made = Balancer(bench)
    secure = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    made.elb.modify_listener(ListenerArn=made.listener, DefaultActions=[{"Type": "redirect", "RedirectConfig": secure}])
    certificate = bench.client("acm").request_certificate(DomainName="example.org")["CertificateArn"]
    made.listen(443, fixed("secure"), Protocol="HTTPS", Certificates=[{"CertificateArn": certificate}])
    answer = made.ask("/a?b=c")
    assert (answer.status, answer.headers["location"]) == (301, f"https://{made.dns}:443/a?b=c")
    local = made.ask("/a?b=c", host=f"{made.name}.alb.localhost").headers["location"]
    port = bench.aws.endpoint_url.rpartition(":")[2]
    assert local == f"http://443.{made.name}.alb.localhost:{port}/a?b=c"
    assert made.ask("/", host=f"443.{made.name}.alb.localhost").body == b"secure"
    assert made.ask("/", host=f"{made.dns}:443").body == b"secure"
    assert made.ask("/", host=f"{made.dns}:81").status == 503


def test_weights_of_target_groups_and_what_is_described_of_them(bench: Any, until: Any) -> None:
    made = Balancer(bench)
    other = made.new_group()
    with Program("old").running() as old, Program("new").running() as new:
        made.register(old)
        made.register(new, group=other)
        made.elb.modify_listener(ListenerArn=made.listener, DefaultActions=[made.forward((made.group, 0), (other, 1))])
        until(lambda: [made.health(), made.health(group=other)] == [[("healthy", "")]] * 2)
        assert {made.ask().json["program"] for _ in range(5)} == {"new"}
        made.elb.modify_listener(
            ListenerArn=made.listener, DefaultActions=[made.forward((made.group, 50), (other, 50))]
        )
        assert {made.ask().json["program"] for _ in range(40)} == {"old", "new"}
    config = made.elb.describe_listeners(ListenerArns=[made.listener])["Listeners"][0]["DefaultActions"][0]
    weights = {each["TargetGroupArn"]: each["Weight"] for each in config["ForwardConfig"]["TargetGroups"]}
    assert weights == {made.group: 50, other: 50}
    groups = made.elb.describe_target_groups(LoadBalancerArn=made.arn)["TargetGroups"]
    assert {group["TargetGroupArn"] for group in groups} == {made.group, other}


def test_a_sticky_client_keeps_its_target(bench: Any, until: Any) -> None:
    made = Balancer(bench)
    made.set_group(stickiness__enabled="true")
    with Program("one").running() as one, Program("two").running() as two:
        made.register(one, two)
        until(lambda: made.health() == [("healthy", "")] * 2)
        answer = made.ask()
        cookie = answer.headers["set-cookie"].partition(";")[0]
        assert cookie.startswith("AWSALB")
        names = {made.ask(Cookie=f"a=1; {cookie}").json["program"] for _ in range(5)}
        assert names == {answer.json["program"]}


def test_a_sticky_group_beside_another_one_wants_a_sticky_rule(bench: Any) -> None:
    made = Balancer(bench)
    both, path = made.forward((made.group, 1), (made.new_group(), 0)), when("path-pattern", "/*")
    made.set_group(stickiness__enabled="true")
    with pytest.raises(bench.client("elbv2").exceptions.ClientError, match="enable group stickiness on a rule"):
        made.rule(7, both, path)
    both["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": 60}
    rule = made.rule(7, both, path)
    made.set_group(stickiness__enabled="false")
    both["ForwardConfig"]["TargetGroupStickinessConfig"] = {"Enabled": False}
    made.elb.modify_rule(RuleArn=rule, Actions=[both])
    with pytest.raises(bench.client("elbv2").exceptions.ClientError, match="behind a rule with group sticki"):
        made.set_group(stickiness__enabled="true")


def test_invalid_headers_are_dropped_and_a_listener_adds_its_own(bench: Any, until: Any) -> None:
    made = Balancer(bench)
    made.set(routing__http__drop_invalid_header_fields__enabled="true")
    shown = [
        {"Key": "routing.http.response.strict_transport_security.header_value", "Value": "max-age=60"},
        {"Key": "routing.http.response.server.enabled", "Value": "false"},
    ]
    made.elb.modify_listener_attributes(ListenerArn=made.listener, Attributes=shown)
    assert "server" not in made.ask().headers
    with Program().running() as one:
        made.register(one)
        until(lambda: made.health(one)[0] == "healthy")
        answer = made.ask("/", **{"X.Odd": "1", "X-Even": "2"})
        names = {name.lower() for name in one.requests[-1][2]}
    assert answer.headers["strict-transport-security"] == "max-age=60"
    assert "x-even" in names
    assert "x.odd" not in names
