"""Distributions in front of buckets and of small programs, and requests to them."""

import http.client
import uuid
from dataclasses import dataclass, field
from typing import Any

OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
EVERY_METHOD = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cache(self) -> str:
        return self.headers["x-cache"].removesuffix(" from cloudfront")


def ask(endpoint: str, host: str, path: str = "/", method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    """A request to the embedded AWS for a host; underscores in names of headers are dashes."""
    connection = http.client.HTTPConnection(endpoint.partition("//")[2], timeout=30)
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    connection.request(method, path, body=body or None, headers={"Host": host, **named})
    response = connection.getresponse()
    answer = Answer(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())
    connection.close()
    return answer


@dataclass
class Edge:
    """A distribution in front of a bucket that it may read, and list unless ``lists`` is false."""

    bench: Any
    lists: bool = True
    more: dict[str, Any] = field(default_factory=dict[str, Any])
    behavior: dict[str, Any] = field(default_factory=dict[str, Any])
    origins: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    resources: dict[str, Any] = field(default_factory=dict[str, Any])
    bucket: str = field(default_factory=lambda: f"web-{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        outputs = {name: {"Value": {"Fn::GetAtt": ["Edge", name]}} for name in ("Id", "DomainName")}
        self.stack, made = self.bench.deploy(self.template(), outputs)
        self.id, self.domain = made.get("Id", ""), made.get("DomainName", "")
        self.host = self.domain.replace(".net", ".localhost")

    def template(self) -> dict[str, Any]:
        actions = ["s3:GetObject", *(["s3:ListBucket"] if self.lists else [])]
        arn = {"Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Edge}"}
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": actions,
            "Resource": [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"],
            "Condition": {"StringEquals": {"AWS:SourceArn": arn}},
        }
        policy = {"Bucket": {"Ref": "Web"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
        access = {
            "Name": self.bucket,
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        }
        return {
            "Web": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": self.bucket}},
            "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
            "Access": {
                "Type": "AWS::CloudFront::OriginAccessControl",
                "Properties": {"OriginAccessControlConfig": access},
            },
            "Edge": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": self.config()}},
            **self.resources,
        }

    def config(self) -> dict[str, Any]:
        web = {
            "Id": "web",
            "DomainName": {"Fn::GetAtt": ["Web", "RegionalDomainName"]},
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "OriginAccessControlId": {"Fn::GetAtt": ["Access", "Id"]},
        }
        return {
            "Enabled": True,
            "Origins": [web, *self.origins],
            "DefaultCacheBehavior": behavior(**self.behavior),
            **self.more,
        }

    def put(self, key: str, body: bytes | str, **more: Any) -> None:
        self.bench.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def ask(self, path: str = "/", method: str = "GET", body: bytes = b"", *, host: str = "", **headers: str) -> Answer:
        return ask(self.bench.aws.endpoint_url, host or self.host, path, method, body, **headers)

    def invalidate(self, *paths: str) -> None:
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": uuid.uuid4().hex}
        self.bench.client("cloudfront").create_invalidation(DistributionId=self.id, InvalidationBatch=batch)


def behavior(target: str = "web", cache: Any = OPTIMIZED, **more: Any) -> dict[str, Any]:
    return {"TargetOriginId": target, "CachePolicyId": cache, "ViewerProtocolPolicy": "redirect-to-https", **more}


def custom(name: str, domain: Any, **config: Any) -> dict[str, Any]:
    """A custom origin."""
    return {"Id": name, "DomainName": domain, "CustomOriginConfig": {"OriginProtocolPolicy": "http-only", **config}}


def function(code: str, **more: Any) -> dict[str, Any]:
    """A published function of a template."""
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0", **more}
    properties = {
        "Name": f"f-{uuid.uuid4().hex[:8]}",
        "AutoPublish": True,
        "FunctionCode": code,
        "FunctionConfig": config,
    }
    return {"Type": "AWS::CloudFront::Function", "Properties": properties}


def associated(**functions: str) -> dict[str, Any]:
    """Associations of functions by their logical ids: ``viewer_request="Router"``."""
    given = {kind.replace("_", "-"): {"Fn::GetAtt": [name, "FunctionARN"]} for kind, name in functions.items()}
    return {"FunctionAssociations": [{"EventType": kind, "FunctionARN": arn} for kind, arn in given.items()]}


def policy(**config: Any) -> dict[str, Any]:
    """A cache policy of a template."""
    parameters = {
        "EnableAcceptEncodingGzip": True,
        "EnableAcceptEncodingBrotli": True,
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
        **config.pop("parameters", {}),
    }
    times = {"MinTTL": 0, "DefaultTTL": 86_400, "MaxTTL": 31_536_000, **config}
    whole = {"Name": f"p-{uuid.uuid4().hex[:8]}", **times, "ParametersInCacheKeyAndForwardedToOrigin": parameters}
    return {"Type": "AWS::CloudFront::CachePolicy", "Properties": {"CachePolicyConfig": whole}}
