# ruff: noqa: E501  # a table: one mistake stays together
"""What a user reads after a mistake, whole and to the letter; what is legal is accepted, and so are tokens.

The texts are in `__snapshots__`, one file. A change of it is looked at as a user would: does it still say what
is wrong, what is right, and what to paste?
"""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecs

import naws.ecs_service as ours
from naws.testing import MistakeContract, PropsJudge

ENVIRONMENT = cdk.Environment(account="123456789012", region="eu-central-1")
ZONE = 'hosted_zone=route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z0123456789ABC", zone_name="example.com")'
CERTIFICATE = 'acm.Certificate.from_certificate_arn(stack, "C", "arn:aws:acm:{}:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab")'
ARN = "arn:aws:wafv2:{}:123456789012:{}/webacl/security/1234abcd-12ab-34cd-56ef-1234567890ab"
FAR = 'route53.HostedZone(cdk.Stack(stack, "Dns", env=cdk.Environment(account="210987654321", region="eu-central-1")), "Zone", zone_name="example.com")'
NAMED = f'domain_name="orders.example.com", {ZONE}'
PUBLIC = f"load_balancer=LoadBalancer(public=True, {NAMED})"
SECURE = f"load_balancer=LoadBalancer({NAMED})"
ALONE = 'load_balancer=NoLoadBalancer(reason="it takes its work from a queue")'
COMMAND = 'command=["CMD-SHELL", "test -f /tmp/ready"]'
WATCHED = f"{ALONE}, health_check=HealthCheck({COMMAND})"
ACL = 'wafv2.CfnWebACL(stack, "Acl", scope="{}", default_action={{"allow": {{}}}}, visibility_config={{"cloudWatchMetricsEnabled": True, "metricName": "a", "sampledRequestsEnabled": True}})'
NETWORK = 'vpc=VpcLookup.by_parameter(vpc_id="/network/vpc-id", private_subnet_ids="/network/subnets")'
ONE_ZONE = 'vpc=ec2.Vpc(stack, "Small", availability_zones=["eu-central-1a"])'
SMALL = 'vpc=ec2.Vpc(stack, "Tiny", availability_zones=["eu-central-1a", "eu-central-1b"], ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/26"))'
ROOMY = 'vpc=ec2.Vpc(stack, "Roomy", availability_zones=["eu-central-1a", "eu-central-1b"], ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/25"))'
PRIVATE = 'vpc=ec2.Vpc.from_vpc_attributes(stack, "Own", vpc_id="vpc-0a1b2c3d", availability_zones=["eu-central-1a", "eu-central-1b"], private_subnet_ids=["subnet-0a1b2c3d", "subnet-0a1b2c3e"], private_subnet_route_table_ids=["rtb-1", "rtb-2"])'
LISTENER = 'elbv2.ApplicationListener.from_application_listener_attributes(stack, "L", listener_arn="arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/0123456789abcdef/0123456789abcdef", security_group=ec2.SecurityGroup.from_security_group_id(stack, "LG", "sg-0a1b2c3d"))'
SHARED = 'elbv2.ApplicationLoadBalancer.from_application_load_balancer_attributes(stack, "S", load_balancer_arn="arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shared/0123456789abcdef", security_group_id="sg-0a1b2c3d")'
CHECK = "health_check=HealthCheck({})"
SCHEDULED = "scaling=Scaling(schedules=[CapacitySchedule({})])"

MISTAKES: tuple[tuple[str, str], ...] = (
    ("the name of a web ACL", 'load_balancer=LoadBalancer(web_acl="security")'),
    ("a web ACL of CloudFront by its ARN", f'load_balancer=LoadBalancer(web_acl="{ARN.format("us-east-1", "global")}")'),
    ("a web ACL of another region by its ARN", f'load_balancer=LoadBalancer(web_acl="{ARN.format("us-east-1", "regional")}")'),
    ("a zone of another account", f'load_balancer=LoadBalancer(domain_name="orders.example.com", hosted_zone={FAR})'),
    ("a port that there is not", "container_port=80_000"),
    ("no port", "container_port=0"),
    ("a port of root's", "container_port=80"),
    ("a port as text", 'container_port="8080"'),
    ("a protocol of another name", 'protocol="h2"'),
    ("gRPC without a certificate", 'protocol="grpc"'),
    ("HTTP/2 without a certificate", 'protocol="http2"'),
    ("requests of two hours", "request_timeout=cdk.Duration.hours(2)"),
    ("requests of five minutes", "request_timeout=cdk.Duration.minutes(5)"),
    ("no time for a request", "request_timeout=cdk.Duration.seconds(0)"),
    ("half a second more", "request_timeout=cdk.Duration.millis(30_500)"),
    ("a number for a time", "request_timeout=30"),
    ("a request's time that nobody knows yet", 'request_timeout=cdk.Duration.seconds(cdk.CfnParameter(stack, "P", type="Number").value_as_number)'),
    ("a request's minutes that nobody knows yet", 'request_timeout=cdk.Duration.minutes(cdk.CfnParameter(stack, "P", type="Number").value_as_number)'),
    ("stopped at once", "stop_timeout=cdk.Duration.seconds(2)"),
    ("stopped too late", "stop_timeout=cdk.Duration.minutes(5)"),
    ("stopped before a long request ends", "request_timeout=cdk.Duration.seconds(100), stop_timeout=cdk.Duration.seconds(30)"),
    ("a cookie for a month", "stickiness=cdk.Duration.days(30)"),
    ("no time to start", "start_timeout=cdk.Duration.seconds(5)"),
    ("a day and an hour to start", 'start_timeout=cdk.Duration.hours(25), acknowledge={"NAWS-SVC-018": "it loads an index first"}'),
    ("an hour to start", "start_timeout=cdk.Duration.hours(1)"),
    ("a check in the container in small letters", CHECK.format('command=["cmd-shell", "curl -f http://localhost:8080/health"]')),
    ("a check that is switched off", CHECK.format('command=["NONE"]')),
    ("a load balancer for its listener", 'load_balancer=elbv2.ApplicationLoadBalancer(stack, "A", vpc=ec2.Vpc(stack, "V"))'),
    ("a health path without a slash", CHECK.format('path="health"')),
    ("a URL for a health path", CHECK.format('path="http://localhost:8080/health check"')),
    ("a health path of gRPC", f'protocol="grpc", {SECURE}, ' + CHECK.format('path="/health"')),
    ("the page for a health path", CHECK.format('path="/"')),
    ("any code below 400", CHECK.format('codes="200-399"')),
    ("codes in words", CHECK.format('codes="2xx"')),
    ("codes of HTTP for gRPC", f'protocol="grpc", {SECURE}, ' + CHECK.format('codes="200"')),
    ("any code of gRPC", f'protocol="grpc", {SECURE}, ' + CHECK.format('codes="0-99"')),
    ("a range backwards", CHECK.format('codes="299-200"')),
    ("a check each second", CHECK.format("interval=cdk.Duration.seconds(1), timeout=cdk.Duration.seconds(1)")),
    ("a check that takes as long as its interval", CHECK.format("interval=cdk.Duration.seconds(5), timeout=cdk.Duration.seconds(5)")),
    ("one failure is enough", CHECK.format("unhealthy_threshold=1")),
    ("a command without its first word", CHECK.format('command=["curl", "-f", "http://localhost:8080/health"]')),
    ("a command in one word", CHECK.format('command="curl -f http://localhost:8080/health"')),
    ("a command in one word, of one that is watched alone", f'{ALONE}, health_check=HealthCheck(command="curl localhost")'),
    ("a line of shell in parts", CHECK.format('command=["CMD-SHELL", "curl", "-f", "http://localhost:8080/health"]')),
    ("a command of nothing", CHECK.format("command=[]")),
    ("a slow check in the container", CHECK.format(f"{COMMAND}, interval=cdk.Duration.minutes(2), timeout=cdk.Duration.seconds(90), unhealthy_threshold=2") + ", start_timeout=cdk.Duration.minutes(5)"),
    ("public without anything", "load_balancer=LoadBalancer(public=True)"),
    ("public with a name alone", 'load_balancer=LoadBalancer(public=True, domain_name="orders.example.com")'),
    ("public with a zone alone", f"load_balancer=LoadBalancer(public=True, {ZONE})"),
    ("a URL for a name", f'load_balancer=LoadBalancer(domain_name="https://Orders.example.com/", {ZONE})'),
    ("a name of another zone", f'load_balancer=LoadBalancer(domain_name="orders.example.org", {ZONE})'),
    ("a zone without a name", f"load_balancer=LoadBalancer({ZONE})"),
    ("a certificate without a name", f"load_balancer=LoadBalancer(certificate={CERTIFICATE.format('eu-central-1')})"),
    ("a certificate of another region", f'load_balancer=LoadBalancer(public=True, domain_name="orders.example.com", certificate={CERTIFICATE.format("us-east-1")})'),
    ("a certificate of another name", 'load_balancer=LoadBalancer(public=True, domain_name="a.orders.example.com", certificate=acm.Certificate(stack, "C", domain_name="example.com", subject_alternative_names=["*.example.com"]))'),
    ("an address for a range", 'load_balancer=LoadBalancer(allowed_cidrs=["203.0.113.7", "10.1.2.3/16", "::/0", "everybody"])'),
    ("one address for several", 'load_balancer=LoadBalancer(allowed_cidrs="203.0.113.0/24")'),
    ("more ranges than rules", f'{PUBLIC.removesuffix(")")}, allowed_cidrs=[f"198.51.{{n}}.0/25" for n in range(30)])'),
    ("ranges that are one", 'load_balancer=LoadBalancer(allowed_cidrs=[f"10.{n}.0.0/16" for n in range(64)])'),
    ("a web ACL of CloudFront", f"load_balancer=LoadBalancer(web_acl={ACL.format('CLOUDFRONT')})"),
    ("one zone of a new network", "vpc=NewVpc(max_azs=1)"),
    ("one zone of a network of one's own", ONE_ZONE),
    ("a new network that is too small for a load balancer", 'vpc=NewVpc(cidr="10.0.0.0/26")'),
    ("three zones of a new network that is too small", 'vpc=NewVpc(cidr="10.0.0.0/25", max_azs=3)'),
    ("small subnets of a network of one's own", SMALL),
    ("small public subnets", f"{PUBLIC}, {SMALL}"),
    ("public in a network by parameters", f"{PUBLIC}, {NETWORK}"),
    ("public in a private network", f"{PUBLIC}, {PRIVATE}"),
    ("a word for a load balancer", 'load_balancer="public"'),
    ("another word for a load balancer", 'load_balancer="internal"'),
    ("a switch for a load balancer", "load_balancer=True"),
    ("a switch for none", "load_balancer=False"),
    ("no load balancer, and no reason", 'load_balancer=NoLoadBalancer(reason="")'),
    ("no load balancer, and nobody watches", ALONE),
    ("no load balancer, and settings of one", f'{ALONE}, health_check=HealthCheck({COMMAND}, path="/health", codes="204"), route=Route(paths=["/a/*"]), stickiness=cdk.Duration.hours(1), protocol="http2", scaling=Scaling(requests_per_task=100), deployment=Deployment.blue_green()'),
    ("six paths", 'route=Route(paths=["/a/*", "/b/*", "/c/*", "/d/*", "/e/*", "/f/*"])'),
    ("five paths beside a host", 'route=Route(host="a.example.com", paths=["/a/*", "/b/*", "/c/*", "/d/*", "/e/*"])'),
    ("no path", "route=Route(paths=[])"),
    ("six wildcards", 'route=Route(paths=["/*/a/*", "/*/b/*", "/*/c/*"])'),
    ("a path without a slash", 'route=Route(paths=["orders/*"])'),
    ("a path of a framework", 'route=Route(paths=["/orders/{id}/*", "/orders/:id/*"])'),
    ("a path alone", 'route=Route(paths=["/orders"])'),
    ("a path twice", 'route=Route(paths=["/orders/*", "/orders/*"])'),
    ("a path beyond ASCII", 'route=Route(paths=["/bücher/*", "/my orders/*"])'),
    ("a path that is encoded", 'route=Route(paths=["/b%C3%BCcher/*"])'),
    ("one path for several", 'route="/orders"'),
    ("a URL for a host", 'route=Route(host="https://orders.example.com:443/")'),
    ("a host without a dot", 'route=Route(host="localhost")'),
    ("a priority that there is not", "route=Route(priority=100_000)"),
    ("one task", "scaling=FixedCount(1)"),
    ("half a task", "scaling=FixedCount(2.5)"),
    ("half a percent", "scaling=Scaling(target_cpu_percent=60.5)"),
    ("no task", "scaling=Scaling(min_capacity=0)"),
    ("more than there can be", "scaling=FixedCount(6_000)"),
    ("at least more than at most", "scaling=Scaling(min_capacity=20)"),
    ("more than all of the CPU", "scaling=Scaling(target_cpu_percent=150, target_memory_percent=0, requests_per_task=0)"),
    ("nearly all of the CPU", "scaling=Scaling(target_cpu_percent=95)"),
    ("nothing to scale by", "scaling=Scaling(target_cpu_percent=None)"),
    ("a number for scaling", "scaling=2"),
    ("a schedule at an hour that there is not", SCHEDULED.format('"cron(0 25 * * ? *)", min_capacity=4')),
    ("a schedule in a zone that there is not", SCHEDULED.format('"@daily", timezone="Europe/Berln", min_capacity=4')),
    ("a schedule with more than there may be", SCHEDULED.format('"@daily", min_capacity=20')),
    ("a schedule to none", SCHEDULED.format('"@daily", min_capacity=0, max_capacity=0')),
    ("a bare word for a schedule", 'scaling=Scaling(schedules=["@daily"])'),
    ("all tasks by Spot", 'capacity="spot", scaling=Scaling(min_capacity=0)'),
    ("Spot that never is", 'capacity="spot", scaling=FixedCount(4)'),
    ("Spot that never is, by both numbers", 'capacity="spot", scaling=Scaling(min_capacity=10)'),
    ("requests count, and a gradual deployment", "scaling=Scaling(requests_per_task=100), deployment=Deployment.canary()"),
    ("a word for a deployment", 'deployment="canary"'),
    ("steps too small", "deployment=Deployment.linear(percent=1)"),
    ("a hundredth of a percent", "deployment=Deployment.canary(percent=0.25)"),
    ("more than everybody", "deployment=Deployment.canary(percent=150)"),
    ("a minute and a half", "deployment=Deployment.blue_green(bake=cdk.Duration.seconds(90))"),
    ("two days", "deployment=Deployment.blue_green(bake=cdk.Duration.days(2))"),
    ("days in small steps", "deployment=Deployment.linear(percent=3, interval=cdk.Duration.hours(2))"),
    ("a bake time that nobody knows yet", 'deployment=Deployment.blue_green(bake=cdk.Duration.minutes(cdk.CfnParameter(stack, "P", type="Number").value_as_number))'),
    ("settings of another strategy", "deployment=Deployment(percent=10, interval=cdk.Duration.minutes(5), bake=cdk.Duration.minutes(5))"),
    ("clients that stay, in a canary", "deployment=Deployment.canary(), stickiness=cdk.Duration.hours(1)"),
    ("clients that stay, and all at once", "deployment=Deployment.blue_green(), stickiness=cdk.Duration.hours(1)"),
    ("a list of the deployment's", 'load_balancer=LoadBalancer(allowed_cidrs=cdk.CfnParameter(stack, "Office", type="CommaDelimitedList").value_as_list)'),
    ("a listener of a Network Load Balancer", f"load_balancer={LISTENER.replace('listener/app', 'listener/net')}, route=Route(host='orders.example.com')"),
    ("everything, twice", 'route=Route(paths=["/*", "*"])'),
    ("a port of one's own as a variable", 'environment={"PORT": "3000"}'),
    ("the keep-alive as a variable", 'environment={"NAWS_KEEP_ALIVE_SECONDS": "5"}'),
    ("a shell in what cannot be written", "enable_execute_command=True"),
    ("fields of other services", 'port=3000, desired_count=3, public=True, health_check_path="/health", timeout=30'),
    ("five things at once", 'container_port=0, request_timeout=cdk.Duration.hours(2), load_balancer=LoadBalancer(public=True), route=Route(paths=["orders"]), scaling=FixedCount(1)'),
)  # fmt: skip

ADVISED: tuple[tuple[str, str], ...] = (
    ("public without a web ACL", PUBLIC),
    ("nobody at all", "load_balancer=LoadBalancer(allowed_cidrs=[])"),
    ("no route beside unknown ones", f"load_balancer={LISTENER}"),
)
"""What is built with a warning."""

LEGAL: tuple[str, ...] = (
    'health_check=HealthCheck(codes="200, 204")',
    "", 'container_port=80, user="0:0", acknowledge={"NAWS-TASK-007": "it binds port 80"}', "container_port=1_024", "container_port=65_535", "request_timeout=cdk.Duration.seconds(110)",
    "request_timeout=cdk.Duration.seconds(1), stop_timeout=cdk.Duration.seconds(1)",
    'request_timeout=cdk.Duration.seconds(4_000), acknowledge={"NAWS-SVC-003": "a stream of events, whose clients connect again"}',
    f'protocol="grpc", {SECURE}', f'protocol="http2", {SECURE}', f'protocol="grpc", load_balancer={LISTENER}, route=Route(host="orders.example.com")',
    "stickiness=cdk.Duration.seconds(1)", "start_timeout=cdk.Duration.minutes(15)", 'start_timeout=cdk.Duration.hours(23), acknowledge={"NAWS-SVC-018": "it loads an index first"}', CHECK.format(COMMAND), CHECK.format("interval=cdk.Duration.seconds(5)"),
    CHECK.format('path="/", codes="200-299"') + ', acknowledge={"NAWS-SVC-014": "it is a page that needs nothing"}',
    CHECK.format('path="/health?deep=1", codes="200,204", interval=cdk.Duration.minutes(5), timeout=cdk.Duration.seconds(120), healthy_threshold=10, unhealthy_threshold=2') + ", start_timeout=cdk.Duration.minutes(10)",
    f'protocol="grpc", {SECURE}, ' + CHECK.format('path="/shop.Orders/Check", codes="0,12"'),
    CHECK.format('command=["CMD", "python", "-m", "check"]'),
    f"{PUBLIC.removesuffix(')')}, web_acl={ACL.format('REGIONAL')})", f'{PUBLIC.removesuffix(")")}, web_acl="{ARN.format("eu-central-1", "regional")}")', f'{PUBLIC.removesuffix(")")}, allowed_cidrs=["203.0.113.0/24"])', SECURE,
    'load_balancer=LoadBalancer(domain_name="orders.internal.example.com")',
    'load_balancer=LoadBalancer(domain_name="orders.example.com", certificate=acm.Certificate(stack, "C", domain_name="*.example.com"))',
    f'load_balancer=LoadBalancer(domain_name="orders.example.com", certificate={CERTIFICATE.format("eu-central-1")})',
    WATCHED, f"{WATCHED}, scaling=FixedCount(1)", NETWORK, f"{PUBLIC.removesuffix(')')}, allowed_cidrs=['203.0.113.0/24']), vpc=NewVpc(max_azs=3)",
    f"load_balancer={LISTENER}, route=Route(host='orders.example.com')", PRIVATE, ROOMY, f"{WATCHED}, {SMALL}", 'vpc=NewVpc(cidr="10.0.0.0/25")', f'load_balancer={LISTENER}, route=Route(host="orders.example.com"), vpc=NewVpc(cidr="10.0.0.0/26")',
    f'{SMALL}, acknowledge={{"NAWS-LB-024": "the range is all that there is"}}',
    'route=Route(paths=["/orders", "/orders/*"])', 'route=Route(host="*.example.com", paths=["/a/*", "/b?/*"])', 'route=Route(paths=["/robots.txt", "*.css"])',
    'route=Route(paths=["/*"], priority=50_000)', "scaling=FixedCount(2)", "scaling=Scaling(min_capacity=2, max_capacity=2)", "scaling=Scaling(min_capacity=100, max_capacity=5_000)",
    "scaling=Scaling(target_cpu_percent=None, requests_per_task=1)", SCHEDULED.format('"cron(0 8 ? * MON-FRI *)", min_capacity=4, timezone="Europe/Berlin"'),
    SCHEDULED.format('"@daily", min_capacity=20, max_capacity=40'), "scaling=Scaling(target_cpu_percent=None, schedules=[CapacitySchedule('rate(1 day)', min_capacity=3)])", 'capacity="spot"', 'capacity="spot", scaling=Scaling(min_capacity=2, max_capacity=2, schedules=[CapacitySchedule("@daily", min_capacity=2, max_capacity=9)])',
    "deployment=Deployment.blue_green(bake=cdk.Duration.hours(24))", "deployment=Deployment.canary(percent=0.1, interval=cdk.Duration.minutes(0))", "deployment=Deployment.linear(percent=33.3, bake=cdk.Duration.hours(1))",
    "deployment=Deployment.rolling(), stickiness=cdk.Duration.hours(1)",
    'enable_execute_command=True, readonly_root_filesystem=False, acknowledge={"NAWS-TASK-009": "to look into a running task"}',
)  # fmt: skip

TOKENS: tuple[str, ...] = (
    "container_port=number",
    "stickiness=cdk.Duration.seconds(number), stop_timeout=cdk.Duration.seconds(number), start_timeout=cdk.Duration.seconds(number)",
    CHECK.format("path=text, codes=text, interval=cdk.Duration.seconds(number), timeout=cdk.Duration.seconds(number), healthy_threshold=number, unhealthy_threshold=number"),
    CHECK.format('command=["CMD-SHELL", text], interval=cdk.Duration.seconds(number), timeout=cdk.Duration.seconds(number), unhealthy_threshold=number') + ", start_timeout=cdk.Duration.seconds(number)",
    "load_balancer=LoadBalancer(domain_name=text, allowed_cidrs=[text])",
    "route=Route(host=text, paths=[text], priority=number)",
    "scaling=FixedCount(number)",
    "scaling=Scaling(min_capacity=number, max_capacity=number, target_cpu_percent=number, target_memory_percent=number, requests_per_task=number)",
    SCHEDULED.format("text, min_capacity=number, max_capacity=number, timezone=text"),
    'capacity="spot", scaling=Scaling(min_capacity=number)',
    'capacity="spot", scaling=FixedCount(number)',
    "deployment=Deployment.canary(percent=number)",
)  # fmt: skip


class TestMistakes(MistakeContract):
    pattern = ours.PATTERN
    construct_id = "Orders"
    mistakes, advised, legal, tokens = MISTAKES, ADVISED, LEGAL, TOKENS

    def required(self) -> dict[str, Any]:
        """Whatever has no network gets one that nobody is warned of."""
        return {"image": aws_ecs.ContainerImage.from_registry("public.ecr.aws/shop/orders:1.0"), "vpc": ours.NewVpc()}


def test_a_listener_of_others_has_to_be_known() -> None:
    stack = cdk.Stack(cdk.App(), "Shop", env=ENVIRONMENT)
    shared = PropsJudge(ours.PATTERN, {}).given(f"it={SHARED}", cdk.Stack(stack, "Inner"))["it"]
    ours.Conventions(load_balancer=shared).apply(stack)
    with pytest.raises(ours.PatternValidationError, match=r"NAWS-LB-007 \(limit\)  Conventions.load_balancer"):
        TestMistakes().built("", stack)
