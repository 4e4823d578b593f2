"""Load balancers: health of targets, choice of target, and what the client gets."""

import threading
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest

from tests.cli.embedded.load_balancers import Balancer, Program

pytestmark = pytest.mark.e2e


@pytest.fixture
def programs() -> Any:
    with ExitStack() as stack:
        yield lambda *names, **more: [stack.enter_context(Program(name, **more).running()) for name in names]


@pytest.fixture
def balancer(bench: Any) -> Any:
    return Balancer(bench)


@pytest.fixture
def serving(balancer: Any, programs: Any, until: Any) -> Any:
    """A load balancer with two healthy programs."""
    one, two = programs("one", "two")
    balancer.register(one, two)
    until(lambda: balancer.health() == [("healthy", "")] * 2)
    return balancer, one, two


def test_a_new_target_is_healthy_after_one_check_and_follows_its_answers(serving: Any, until: Any) -> None:
    balancer, one, two = serving
    one.health = 500
    until(lambda: balancer.health(one) == ("unhealthy", "Target.ResponseCodeMismatch"))
    assert {balancer.ask().json["program"] for _ in range(6)} == {"two"}
    one.health = 200
    until(lambda: balancer.health(one) == ("healthy", ""))
    assert {balancer.ask().json["program"] for _ in range(6)} == {"one", "two"}
    assert balancer.health(two) == ("healthy", "")


def test_a_target_that_nobody_answers_for_has_failed_checks_and_gets_requests_as_nobody_is_healthy(
    balancer: Any, programs: Any, until: Any
) -> None:
    (one,) = programs("one")
    gone = Program("gone", port=1)
    balancer.register(gone)
    until(lambda: balancer.health(gone) == ("unhealthy", "Target.FailedHealthChecks"))
    assert balancer.ask().status == 502
    one.health = 503
    balancer.register(one)
    until(lambda: balancer.health(one)[0] == "unhealthy")
    assert {balancer.ask().status for _ in range(4)} == {200, 502}


def test_a_target_is_initial_until_the_threshold_and_unhealthy_by_timeout(
    balancer: Any, programs: Any, until: Any
) -> None:
    (slow,) = programs("slow", health_path="/none")
    balancer.elb.modify_target_group(
        TargetGroupArn=balancer.group, HealthCheckPath="/?seconds=3", HealthCheckTimeoutSeconds=2
    )
    balancer.register(slow)
    assert balancer.health(slow)[0] == "initial"
    until(lambda: balancer.health(slow) == ("unhealthy", "Target.Timeout"))


def test_a_group_without_a_load_balancer_is_unused(balancer: Any, programs: Any) -> None:
    (one,) = programs("one")
    group = balancer.new_group()
    balancer.register(one, group=group)
    assert balancer.health(one, group) == ("unused", "Target.NotInUse")
    assert balancer.health(one) == ("unused", "Target.NotRegistered")
    assert balancer.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"] == []


def test_without_targets_the_answer_is_503_as_aws_words_it(balancer: Any) -> None:
    answer = balancer.ask("/health")
    assert (answer.status, answer.headers["server"]) == (503, "awselb/2.0")
    assert b"503 Service Temporarily Unavailable" in answer.body


def test_targets_take_turns_and_get_what_the_client_sent(serving: Any) -> None:
    balancer, one, _ = serving
    names = [balancer.ask(f"/a%20b?n={n}&q=1", "POST", body=b"x" * 10, x_one="1").json["program"] for n in range(6)]
    assert Counter(names) == {"one": 3, "two": 3}
    method, path, headers, size = one.requests[-1]
    assert (method, path.partition("?")[0], size) == ("POST", "/a%20b", 10)
    lower = {key.lower(): value for key, value in headers.items()}
    assert (lower["x-forwarded-proto"], lower["x-forwarded-port"], lower["x-one"]) == ("http", "80", "1")
    assert lower["x-forwarded-for"] == "127.0.0.1"
    assert lower["host"] == balancer.dns


def test_least_outstanding_requests_avoids_the_busy_target(serving: Any, until: Any) -> None:
    balancer, one, two = serving
    balancer.set_group(load_balancing__algorithm__type="least_outstanding_requests")
    thread = threading.Thread(target=balancer.ask, args=("/?seconds=3",))
    thread.start()
    until(lambda: one.requests or two.requests)
    assert len({balancer.ask().json["program"] for _ in range(6)}) == 1
    thread.join()


def test_a_draining_target_gets_no_new_request_and_ends_its_open_one(serving: Any, until: Any) -> None:
    balancer, one, two = serving
    balancer.set_group(deregistration_delay__timeout_seconds=20)
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(balancer.ask("/?seconds=2"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: one.requests and two.requests)
    balancer.deregister(one)
    assert balancer.health(one) == ("draining", "Target.DeregistrationInProgress")
    assert {balancer.ask().json["program"] for _ in range(4)} == {"two"}
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200, 200]
    assert {answer.json["program"] for answer in answers} == {"one", "two"}
    until(lambda: balancer.health(one) == ("unused", "Target.NotRegistered"))


def test_when_the_delay_is_over_open_requests_are_cut_off(serving: Any, until: Any) -> None:
    balancer, one, two = serving
    balancer.set_group(deregistration_delay__timeout_seconds=1)
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(balancer.ask("/?seconds=8")))
    thread.start()
    until(lambda: one.requests or two.requests)
    balancer.deregister(one, two)
    until(lambda: answers)
    thread.join()
    assert answers[0].status == 502


def test_a_target_that_is_slower_than_the_idle_timeout_is_504(serving: Any) -> None:
    balancer, _, _ = serving
    balancer.set(idle_timeout__timeout_seconds=1)
    assert balancer.ask("/?seconds=2.5").status == 504
    assert balancer.ask("/malformed").status == 502


def test_large_bodies_pass_both_ways_and_one_connection_serves_many_requests(serving: Any, bench: Any) -> None:
    import http.client  # noqa: PLC0415  # this test only

    balancer, _, _ = serving
    assert balancer.ask("/up", "PUT", body=b"x" * 20_000_000).json["bytes"] == 20_000_000
    connection = http.client.HTTPConnection(*bench.aws.endpoint_url.removeprefix("http://").split(":"), timeout=20)
    for _ in range(3):
        connection.request("GET", "/stream?bytes=6553600", headers={"Host": balancer.dns})
        answer = connection.getresponse()
        assert (answer.status, len(answer.read()), answer.will_close) == (200, 6_553_600, False)
    connection.request("POST", "/chunks", iter([b"ab", b"cd"]), {"Host": balancer.dns}, encode_chunked=True)
    assert b'"bytes": 4' in connection.getresponse().read()
    connection.close()


def test_many_requests_at_once_do_not_wait_for_a_long_one(serving: Any, bench: Any) -> None:
    balancer, _, _ = serving
    answers: list[Any] = []

    def ask(path: Any) -> None:
        answers.append((balancer.ask(path).status, path))

    threads = [threading.Thread(target=ask, args=(path,)) for path in ["/?seconds=5"] * 24]
    for thread in threads:
        thread.start()
    bench.client("sts").get_caller_identity()
    assert balancer.ask("/quick").status == 200
    assert answers == []
    for _ in range(20):
        assert balancer.ask("/quick").status == 200
    for thread in threads:
        thread.join()
    assert answers == [(200, "/?seconds=5")] * 24
