"""The files of a website in its bucket.

    /assets/…            what is immutable: cached for a year, never removed, so that open tabs find theirs
    /<release>/…         all else, by the id of its release; the newest ten of these are kept
    /config.json         what belongs to the stage and not to a release
    /.releases/<id>      when a release was used last

The id is the beginning of the folder's hash: the same files are the same release, and known when the app is
synthesised. Nothing is invalidated, because a release's files are never changed.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from naws.core.authoring import asked
from naws.portal_website._publisher import Publisher, publisher_of, show_release
from naws.portal_website.plan import CONFIG, FilesPlan, Plan

_MEMORY_MIB = 1769
"""Of the function that uploads: one whole vCPU. Source: Lambda guide, configure function memory."""
_STORAGES = (1024, 2048, 4096, 10_240)
"""MiB of its disk beyond the 512 that are free of charge, in few steps: each change makes another function."""
_FREE_STORAGE, _MEBIBYTE = 512, 1024 * 1024
_NOT_PUBLISHED = ("_redirects", "_headers")
_YEAR = "public,max-age=31536000,immutable"


def build_release(scope: Construct, plan: Plan, bucket: s3.Bucket, config: Mapping[str, str]) -> cdk.CfnResource:
    """The uploads, and what stands between them and the switch, which has to wait for it.

    Args:
        scope: the website.
        plan: what was decided.
        bucket: where the files go.
        config: what is published as `/config.json`, tokens too.
    """
    publisher = publisher_of(scope, plan)
    uploads = list(_uploads(scope, plan.files, bucket, publisher, config))
    return show_release(
        scope,
        publisher,
        bucket=asked(bucket, "bucket_name"),
        release=plan.files.active,
        uploaded=plan.files.own,
        empty=plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY,
        after=uploads,
    )


def _uploads(
    scope: Construct, files: FilesPlan, bucket: s3.Bucket, publisher: Publisher, config: Mapping[str, str]
) -> Iterator[Construct]:
    asset = assets.Asset(scope, "Files", path=files.folder.source)
    source = deployment.Source.bucket(asset.bucket, asset.s3_object_key)
    common: Mapping[str, Any] = {
        "destination_bucket": bucket,
        "prune": False,
        "retain_on_delete": True,
        "memory_limit": _MEMORY_MIB,
        "ephemeral_storage_size": _storage(files.folder.size),
        "role": publisher.role,
        "log_group": publisher.log_group,
    }
    immutable = [each.strip("/") for each in files.immutable]
    if immutable:
        yield deployment.BucketDeployment(
            scope,
            "Immutable",
            sources=[source],
            exclude=["*"],
            include=immutable,
            cache_control=[deployment.CacheControl.from_string(_YEAR)],
            **common,
        )
    revalidated = [deployment.CacheControl.from_string("no-cache")]
    yield deployment.BucketDeployment(
        scope,
        "Pages",
        sources=[source],
        destination_key_prefix=files.own,
        exclude=[*immutable, *_NOT_PUBLISHED],
        cache_control=revalidated,
        **common,
    )
    if files.has_config:
        yield deployment.BucketDeployment(
            scope,
            "Config",
            sources=[deployment.Source.json_data(CONFIG, config)],
            cache_control=revalidated,
            **common,
        )


def _storage(size: int) -> cdk.Size | None:
    """The disk for the archive and all that is in it; None: what is free of charge."""
    needed = 2 * size / _MEBIBYTE
    found = next((each for each in (_FREE_STORAGE, *_STORAGES) if needed < each), _STORAGES[-1])
    return None if found == _FREE_STORAGE else cdk.Size.mebibytes(found)
