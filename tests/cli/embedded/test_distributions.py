"""Viewers' requests to distributions in front of a bucket."""

import gzip
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.embedded.distributions import (
    DISABLED,
    EVERY_METHOD,
    Edge,
    associated,
    behavior,
    custom,
    function,
    policy,
)

pytestmark = pytest.mark.e2e

LARGE = "<p>" + "text " * 1000
ALIASES = {"Aliases": ["www.example.com", "*.shop.example.com"]}


@pytest.fixture(scope="module")
def edge(bench: Any) -> Edge:
    """One whose default behavior caches as CachingOptimized does, and compresses."""
    made = Edge(
        bench,
        more={
            "DefaultRootObject": "index.html",
            "CacheBehaviors": [
                behavior(PathPattern="/plain/*", cache=DISABLED, ViewerProtocolPolicy="allow-all"),
                behavior(PathPattern="/secure/*", ViewerProtocolPolicy="https-only"),
                behavior(PathPattern="/short/*", cache={"Ref": "Short"}),
            ],
        },
        behavior={"Compress": True},
        resources={"Short": policy(MinTTL=0, DefaultTTL=1)},
    )
    assert made.stack["StackStatus"] == "CREATE_COMPLETE", made.stack
    made.put("index.html", LARGE, ContentType="text/html")
    return made


def test_the_root_object_is_compressed_for_those_who_accept_it(edge: Edge) -> None:
    answer = edge.ask(accept_encoding="gzip, br")
    assert (answer.status, answer.cache) == (200, "Miss")
    assert gzip.decompress(answer.body).decode() == LARGE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"].startswith('W/"')
    plain = edge.ask()
    assert (plain.text, plain.headers.get("content-encoding")) == (LARGE, None)
    for refused in ("gzip;q=0", "deflate"):
        assert edge.ask(accept_encoding=refused).text == LARGE


@pytest.mark.parametrize(
    ("size", "kind", "more", "compressed"),
    [
        (1000, "text/css", {}, True),
        (999, "text/css", {}, False),
        (5000, "image/png", {}, False),
        (5000, "text/css", {"ContentEncoding": "br"}, False),
        (5000, "application/json; charset=utf-8", {}, True),
    ],
)
def test_what_is_compressed(edge: Edge, size: int, kind: str, more: dict[str, Any], *, compressed: bool) -> None:
    key = f"files/{size}-{kind.partition(';')[0].replace('/', '-')}{len(more)}"
    edge.put(key, b"a" * size, ContentType=kind, **more)
    answer = edge.ask(f"/{key}", accept_encoding="gzip")
    assert (answer.headers.get("content-encoding") == "gzip") is compressed


def test_an_object_comes_from_the_cache_until_it_is_invalidated(edge: Edge) -> None:
    edge.put("a.txt", "one")
    assert (edge.ask("/a.txt").cache, edge.ask("/a.txt?x=1").cache) == ("Miss", "Hit")
    edge.put("a.txt", "two")
    again = edge.ask("/a.txt")
    assert (again.text, again.cache, "age" in again.headers) == ("one", "Hit", True)
    edge.invalidate("/other", "/b*")
    assert edge.ask("/a.txt").text == "one"
    edge.invalidate("/a*")
    assert edge.ask("/a.txt").text == "two"


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("no-store", 0),
        ("private", 0),
        ("no-cache", 0),
        ("max-age=0", 0),
        ("max-age=100", 100),
        ("max-age=0, s-maxage=100", 100),
        ("public", 1),
        (None, 1),
    ],
)
def test_headers_of_the_object_and_times_of_the_policy_decide(edge: Edge, control: str | None, seconds: int) -> None:
    key = f"short/{str(control).replace(' ', '')}"
    edge.put(key, "one", **({"CacheControl": control} if control else {}))
    assert edge.ask(f"/{key}").cache == "Miss"
    assert edge.ask(f"/{key}").cache == ("Hit" if seconds else "Miss")
    if seconds == 1:
        time.sleep(1.1)
        assert edge.ask(f"/{key}").cache == "RefreshHit"
        edge.put(key, "two")
        time.sleep(1.1)
        changed = edge.ask(f"/{key}")
        assert (changed.cache, changed.text) == ("Miss", "two")


def test_a_least_time_keeps_what_says_that_it_must_not_be_kept(edge: Edge) -> None:
    edge.put("least.txt", "one", CacheControl="no-store")
    assert [edge.ask("/least.txt").cache for _ in range(2)] == ["Miss", "Hit"]


def test_nothing_is_cached_where_caching_is_disabled(edge: Edge) -> None:
    edge.put("plain/a.txt", LARGE, ContentType="text/plain", CacheControl="max-age=100")
    answers = [edge.ask("/plain/a.txt", accept_encoding="gzip") for _ in range(2)]
    assert [(each.cache, each.text) for each in answers] == [("Miss", LARGE)] * 2


def test_conditions_and_ranges_are_answered_from_the_cache(edge: Edge) -> None:
    edge.put("c.txt", "0123456789")
    tag = edge.ask("/c.txt").headers["etag"]
    fresh = edge.ask("/c.txt", if_none_match=tag)
    assert (fresh.status, fresh.body, fresh.headers["etag"]) == (304, b"", tag)
    part = edge.ask("/c.txt", range="bytes=2-4")
    assert (part.status, part.text, part.headers["content-range"]) == (206, "234", "bytes 2-4/10")
    head = edge.ask("/c.txt", "HEAD")
    assert (head.status, head.headers["content-length"], head.body) == (200, "10", b"")


@pytest.mark.parametrize(("lists", "status", "code"), [(True, 404, "NoSuchKey"), (False, 403, "AccessDenied")])
def test_a_missing_object_is_404_only_where_the_bucket_may_be_listed(
    bench: Any, status: int, code: str, *, lists: bool
) -> None:
    made = Edge(bench, lists=lists)
    answer = made.ask("/missing.js")
    assert (answer.status, answer.cache) == (status, "Error")
    assert f"<Code>{code}</Code>" in answer.text
    made.put("missing.js", "1")
    assert made.ask("/missing.js").status == (
        404 if lists else 200
    )  # an error without times of its own is kept for 404 only


def test_a_bucket_reads_a_plus_in_a_path_as_a_blank(edge: Edge) -> None:
    edge.put("plain/c++.txt", "with a plus")
    assert edge.ask("/plain/c++.txt").status == 404
    assert edge.ask("/plain/c%2B%2b.txt").text == "with a plus"
    edge.put("plain/c  .txt", "with blanks")
    assert edge.ask("/plain/c++.txt").text == edge.ask("/plain/c%20%20.txt").text == "with blanks"


def test_a_page_takes_the_place_of_an_error(bench: Any) -> None:
    page = {"ErrorCode": 404, "ResponseCode": 200, "ResponsePagePath": "/errors/404.html", "ErrorCachingMinTTL": 0}
    made = Edge(bench, more={"CustomErrorResponses": [page]})
    assert made.ask("/a").status == 404
    made.put("errors/404.html", "not here")
    answer = made.ask("/b")
    assert (answer.status, answer.text) == (200, "not here")
    made.put("b", "here")
    assert made.ask("/b").text == "here"


def test_the_protocol_of_viewers(edge: Edge) -> None:
    moved = edge.ask("/x?y=1", host=edge.domain)
    assert (moved.status, moved.headers["location"]) == (301, f"https://{edge.domain}/x?y=1")
    assert edge.ask("/secure/x", host=edge.domain).status == 403
    assert edge.ask("/plain/nothing", host=edge.domain).status == 404
    edge.put("x", "x")
    assert edge.ask("/x", host=edge.domain, x_forwarded_proto="https").status == 200


def test_methods_that_a_behavior_does_not_allow_are_refused(bench: Any, edge: Edge) -> None:
    refused = edge.ask("/index.html", "DELETE")
    assert (refused.status, refused.cache) == (403, "Error")
    assert edge.ask("/index.html", "GET", b"body").status == 403
    made = Edge(bench, behavior={"AllowedMethods": EVERY_METHOD})
    assert [made.ask("/a", method, b"x").status for method in ("POST", "PUT")] == [405, 403]


def test_long_requests_are_refused(edge: Edge) -> None:
    assert edge.ask("/" + "a" * 8200).status == 414
    assert edge.ask("/index.html", x_long="a" * 33_000).status in {413, 431}


def test_a_distribution_answers_for_its_aliases(bench: Any) -> None:
    certificate = bench.client("acm").request_certificate(
        DomainName="example.com", SubjectAlternativeNames=["*.example.com", "*.shop.example.com"]
    )
    viewer = {
        "AcmCertificateArn": certificate["CertificateArn"],
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    }
    made = Edge(bench, more={**ALIASES, "ViewerCertificate": viewer})
    made.put("a", "a")
    for host in ("www.example.com", "WWW.example.com:443", "one.shop.example.com"):
        assert made.ask("/a", host=host, x_forwarded_proto="https").text == "a", host
    assert "x-amz-cf-id" not in made.ask("/a", host="two.one.shop.example.com", x_forwarded_proto="https").headers


def test_functions_see_requests_first_and_answers_last(bench: Any) -> None:
    router = """function handler(event) {
      var request = event.request;
      if (request.uri === '/old') return {statusCode: 302, headers: {location: {value: '/new'}}};
      if (request.uri === '/throw') throw new Error('no');
      if (request.uri === '/host') request.headers.host = {value: 'other'};
      if (request.uri === '/none') return undefined;
      request.uri = '/r1' + request.uri;
      return request;
    }"""
    marker = (
        "async function handler(event) { event.response.headers['x-seen'] = {value: 'yes'}; return event.response; }"
    )
    made = Edge(
        bench,
        behavior=associated(viewer_request="Router", viewer_response="Marker"),
        resources={"Router": function(router), "Marker": function(marker)},
    )
    made.put("r1/a", "first")
    answer = made.ask("/a")
    assert (answer.text, answer.headers["x-seen"]) == ("first", "yes")
    made.put("r1/a", "second")
    for paths, found in ((["/a"], "first"), (["/r1/*"], "first"), (["/a", "/r1/a"], "second")):
        made.invalidate(*paths)
        assert made.ask("/a").text == found
    moved = made.ask("/old")
    assert (moved.status, moved.headers["location"], moved.cache) == (302, "/new", "FunctionGeneratedResponse")
    assert "x-seen" not in made.ask("/missing").headers
    assert [made.ask(path).status for path in ("/throw", "/host", "/none")] == [503, 502, 502]


def test_a_function_reads_its_key_value_store(bench: Any) -> None:
    code = """import cf from 'cloudfront';
    async function handler(event) {
      const store = cf.kvs();
      const known = await store.exists('release') && !(await store.exists('other'));
      const value = await store.get('config', {format: 'json'});
      return {statusCode: 200, body: `${known} ${await store.get('release')} ${value.a} ${await store.count()}`};
    }"""
    pairs = {"data": [{"key": "release", "value": "r7"}, {"key": "config", "value": '{"a": 1}'}]}
    bucket = f"pairs-{time.time_ns()}"
    bench.client("s3").create_bucket(Bucket=bucket)
    bench.client("s3").put_object(Bucket=bucket, Key="pairs.json", Body=json.dumps(pairs))
    source = {"SourceType": "S3", "SourceArn": f"arn:aws:s3:::{bucket}/pairs.json"}
    properties = {"Name": f"s-{time.time_ns()}", "ImportSource": source}
    store = {"Type": "AWS::CloudFront::KeyValueStore", "Properties": properties}
    arns = {"KeyValueStoreAssociations": [{"KeyValueStoreARN": {"Fn::GetAtt": ["Store", "Arn"]}}]}
    made = Edge(
        bench,
        behavior=associated(viewer_request="Reader"),
        resources={"Store": store, "Reader": function(code, **arns)},
    )
    assert made.ask("/").text == "true r7 1 2"


def test_a_function_sees_the_query_as_it_was_sent(bench: Any) -> None:
    """The event of the Developer Guide, 'CloudFront Functions event structure', and what a viewer encoded."""
    shows = """function handler(event) {
      const request = event.request, query = request.querystring;
      if (request.uri === '/moved') return {statusCode: 302, headers: {location: {value: '/new?q=' + query.q.value}}};
      if (request.uri === '/raw')
        return {statusCode: 302, headers: {location: {value: '/' + decodeURIComponent(query.q.value)}}};
      return {statusCode: 200, body: JSON.stringify([query, request.cookies])};
    }"""
    made = Edge(bench, behavior=associated(viewer_request="Shows"), resources={"Shows": function(shows)})
    sent = "/?ID=42&TTL=1440&NoValue=&Bare&querymv=val1&querymv=val2,val3&q=%26x%3D1&a+b=c+d&%C3%A4=%e4&=e=f"
    query, cookies = json.loads(made.ask(sent, Cookie="Cookie1=value1; cookiemv=value3; cookiemv=value4").text)
    assert query == {
        "ID": {"value": "42"},
        "TTL": {"value": "1440"},
        "NoValue": {"value": ""},
        "Bare": {"value": ""},
        "querymv": {"value": "val1", "multiValue": [{"value": "val1"}, {"value": "val2,val3"}]},
        "q": {"value": "%26x%3D1"},
        "a+b": {"value": "c+d"},
        "%C3%A4": {"value": "%e4"},
        "": {"value": "e=f"},
    }
    assert cookies == {
        "Cookie1": {"value": "value1"},
        "cookiemv": {"value": "value3", "multiValue": [{"value": "value3"}, {"value": "value4"}]},
    }
    for value in ("%26x%3D1", "%0d%0aSet-Cookie:a=b", "a+b"):
        assert made.ask(f"/moved?q={value}").headers["location"] == f"/new?q={value}"
    assert made.ask("/raw?q=%0d%0aa:b").status == 502, "a header of two lines"


def test_headers_of_the_policy_are_on_errors_too(bench: Any) -> None:
    security = {"ContentTypeOptions": {"Override": True}}
    custom = {"Items": [{"Header": "x-own", "Value": "1", "Override": True}]}
    headers = {"Name": f"h-{time.time_ns()}", "SecurityHeadersConfig": security, "CustomHeadersConfig": custom}
    resources = {
        "Headers": {
            "Type": "AWS::CloudFront::ResponseHeadersPolicy",
            "Properties": {"ResponseHeadersPolicyConfig": headers},
        }
    }
    made = Edge(bench, behavior={"ResponseHeadersPolicyId": {"Ref": "Headers"}}, resources=resources)
    made.put("a", "a")
    for path, status in (("/a", 200), ("/a", 200), ("/missing", 404)):
        answer = made.ask(path)
        assert (answer.status, answer.headers["x-own"], answer.headers["x-content-type-options"]) == (
            status,
            "1",
            "nosniff",
        )


def test_the_key_has_what_the_policy_names(bench: Any) -> None:
    parameters = {
        "QueryStringsConfig": {"QueryStringBehavior": "whitelist", "QueryStrings": ["page", "size"]},
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["x-kind"]},
        "CookiesConfig": {"CookieBehavior": "whitelist", "Cookies": ["theme"]},
    }
    made = Edge(bench, behavior={"CachePolicyId": {"Ref": "Key"}}, resources={"Key": policy(parameters=parameters)})
    made.put("a", "a")
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("/a?page=1", {}, "Miss"),
        ("/a?page=1&other=2", {}, "Hit"),
        ("/a?page=2", {}, "Miss"),
        ("/a?page=1&size=2", {}, "Miss"),
        ("/a?size=2&page=1", {}, "Miss"),
        ("/a?page=1", {"x_kind": "k"}, "Miss"),
        ("/a?page=1", {"x_other": "k"}, "Hit"),
        ("/a?page=1", {"cookie": "theme=dark; other=1"}, "Miss"),
        ("/a?page=1", {"cookie": "theme=dark; other=2"}, "Hit"),
    ]
    assert [made.ask(path, **headers).cache for path, headers, _ in asked] == [found for _, _, found in asked]


def test_the_second_origin_of_a_group_answers_when_the_first_fails(bench: Any) -> None:
    members = {"Quantity": 2, "Items": [{"OriginId": "gone"}, {"OriginId": "web"}]}
    codes = {"Quantity": 2, "Items": [502, 404]}
    group = {"Id": "both", "FailoverCriteria": {"StatusCodes": codes}, "Members": members}
    made = Edge(
        bench,
        origins=[custom("gone", "127.0.0.1", HTTPPort=1024)],
        more={"OriginGroups": {"Quantity": 1, "Items": [group]}},
        behavior={"TargetOriginId": "both"},
    )
    made.put("a", "a")
    assert (made.ask("/a").text, made.ask("/b").status) == ("a", 404)


BROWSER = shutil.which("chromium")


@pytest.mark.skipif(not BROWSER, reason="there is no Chromium")
def test_a_browser_opens_a_distribution_without_settings_of_dns(bench: Any, tmp_path: Path) -> None:
    made = Edge(bench, more={"DefaultRootObject": "index.html"}, behavior={"Compress": True})
    filling = "<!--" + "x" * 2000 + "-->"
    made.put("index.html", f"{filling}<p>none</p><script src='/assets/app.js'></script>", ContentType="text/html")
    script = "fetch('/config.json').then(r => r.json()).then(c => document.querySelector('p').textContent = c.say)"
    made.put("assets/app.js", script, ContentType="text/javascript")
    made.put("config.json", '{"say": "opened"}', ContentType="application/json")
    port = bench.aws.endpoint_url.rpartition(":")[2]
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--virtual-time-budget=5000",
    ]
    command = [str(BROWSER), *options, "--dump-dom", f"http://{made.host}:{port}/"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "<p>opened</p>" in shown
