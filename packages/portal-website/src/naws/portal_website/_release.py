"""The files of a website in its bucket.

    /assets/…            what is immutable: cached for a year, never removed, so that open tabs find theirs
    /<release>/…         all else, by the id of its release; the newest ten of these are kept
    /config.json         what belongs to the stage and not to a release
    /.releases/<id>      when a release was used last

The id is the beginning of the folder's hash: the same files are the same release, and known when the app is
synthesised. Nothing is invalidated, because a release's files are never changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from naws.core.authoring import PATTERN_TAG, acknowledge_nag, asked, kept, node_of, stack_of
from naws.portal_website._publisher import publisher_of, show_release
from naws.portal_website.plan import CONFIG, Plan
from naws.portal_website.plan_folder import NOT_PUBLISHED

_UPLOADER = "Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C"
_MEMORY_MIB = 1769
"""Of the function that uploads: one whole vCPU. Source: Lambda guide, configure function memory."""
_STORAGES = (1024, 2048, 4096, 10_240)
"""MiB of its disk beyond the 512 that are free of charge, in few steps: each change makes another function."""
_FREE_STORAGE, _MEBIBYTE = 512, 1024 * 1024
_OUTSIDE = (*NOT_PUBLISHED, CONFIG)
_YEAR, _REVALIDATED = "public,max-age=31536000,immutable", "no-cache"


class Uploads:
    """The uploads of a website.

    Args:
        scope: the website.
        plan: what was decided.
        bucket: where the files go.
    """

    def __init__(self, scope: Construct, plan: Plan, bucket: s3.Bucket) -> None:
        self._scope, self._plan, self._bucket = scope, plan, bucket
        files = plan.files
        # Node has a working directory of its own, which is that of its start.
        path = str(Path(files.folder.source).absolute())
        asset = assets.Asset(scope, "Files", path=path, asset_hash=files.folder.asset_hash)
        published = asset.bucket
        self._publisher = publisher_of(scope, plan, published)
        self._publisher.let_publish(asked(bucket, "bucket_arn"))
        self._files = deployment.Source.bucket(published, asset.s3_object_key)
        self._immutable = [each.strip("/") for each in files.immutable]
        self._storage = _storage(files.folder.size)

    def release(self, config: Mapping[str, Any] | None) -> cdk.CfnResource:
        """Upload the files; what stands between the uploads and the switch, which has to wait for it.

        Args:
            config: what is published as `/config.json` before the switch. None: that is published after it.
        """
        files = self._plan.files
        after = [self._upload("Pages", self._files, prefix=files.own, exclude=[*self._immutable, *_OUTSIDE])]
        if self._immutable:
            named = self._immutable
            after.append(self._upload("Immutable", self._files, cache=_YEAR, exclude=["*"], include=named))
        if config is not None:
            after.extend(self.config(config))
        return show_release(
            self._scope,
            self._publisher,
            bucket=asked(self._bucket, "bucket_name"),
            release=files.active,
            uploaded=files.own,
            empty=self._plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY,
            after=after,
        )

    def config(self, values: Mapping[str, Any]) -> Iterator[Construct]:
        """Upload `/config.json`: what is given, else the folder's own."""
        files = self._plan.files
        if files.has_config:
            yield self._upload("Config", deployment.Source.json_data(CONFIG, values))
        elif CONFIG in files.folder.names:
            yield self._upload("Config", self._files, exclude=["*"], include=[CONFIG])

    def _upload(
        self,
        construct_id: str,
        source: deployment.ISource,
        *,
        prefix: str | None = None,
        cache: str = _REVALIDATED,
        **filters: Sequence[str],
    ) -> Construct:
        upload = deployment.BucketDeployment(
            self._scope,
            construct_id,
            sources=[source],
            destination_bucket=cast("s3.IBucket", self._bucket),
            destination_key_prefix=prefix,
            cache_control=[deployment.CacheControl.from_string(cache)],
            prune=False,
            retain_on_delete=True,
            memory_limit=_MEMORY_MIB,
            ephemeral_storage_size=None if self._storage is None else cdk.Size.mebibytes(self._storage),
            role=self._publisher.closed_role,
            log_group=self._publisher.log_group,
            output_object_keys=False,
            **cast("Any", filters),
        )
        node_of(upload).add_dependency(self._publisher.role)
        kept(stack_of(self._scope), f"uploader {self._storage}", self._answer_for_uploader)
        return upload

    def _answer_for_uploader(self) -> None:
        """CDK makes one function for all uploads of a stack, by this id, and chooses its runtime."""
        size = f"{_MEMORY_MIB}MiB" + (f"{self._storage}MiB" if self._storage else "")
        function = node_of(stack_of(self._scope)).try_find_child(f"{_UPLOADER}{size}")
        if function is not None:
            cdk.Tags.of(function).add(PATTERN_TAG, "portal-website")
            acknowledge_nag(function, "AwsSolutions-L1", "The runtime of CDK's own function is CDK's choice.")


def _storage(size: int) -> int | None:
    """MiB of disk for the archive and all that is in it; None: what is free of charge."""
    needed = 2 * size / _MEBIBYTE
    found = next((each for each in (_FREE_STORAGE, *_STORAGES) if needed < each), _STORAGES[-1])
    return None if found == _FREE_STORAGE else found
