"""The files of a website in its bucket.

    /assets/…            what is immutable: cached for a year, never removed, so that open tabs find theirs
    /<release>/…         all else, by the id of its release; the newest ten of these are kept
    /config.json         what belongs to the stage and not to a release
    /.404.html           the page for what is not there, where the site has none of its own
    /.releases/<id>      when a release was used last
    /.shown              which were shown, one after the other

The id is the beginning of the folder's hash: the same files are the same release, and known when the app is
synthesised. Nothing is invalidated, because a release's files are never changed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from naws.core.authoring import asked
from naws.portal_website._publisher import Publisher
from naws.portal_website.plan import CONFIG, Plan
from naws.portal_website.plan_folder import NOT_PUBLISHED
from naws.portal_website.plan_types import types_of

KEPT_RELEASES = 10
NOT_FOUND_KEY = ".404.html"
_NOT_FOUND = (Path(__file__).with_name("publisher") / "404.html").read_text(encoding="utf-8")


class Uploads:
    """The uploads of a website.

    Args:
        scope: the website.
        plan: what was decided.
        bucket: where the files go.
    """

    def __init__(self, scope: Construct, plan: Plan, bucket: s3.Bucket) -> None:
        self._plan = plan
        folder = plan.files.folder
        # Node has a working directory of its own, which is that of its start.
        path = str(Path(folder.source).absolute())
        self._archive = assets.Asset(scope, "Files", path=path, asset_hash=folder.asset_hash)
        self._publisher = Publisher(scope, plan, self._archive.bucket, bucket)
        self._bucket = asked(bucket, "bucket_name")

    @property
    def log_group(self) -> str:
        """What the uploads printed."""
        return self._publisher.log_group

    def release(self) -> cdk.CfnResource:
        """Upload the files, and make sure that the release is there which will be shown: the switch waits for it."""
        files = self._plan.files
        goes = self._plan.operations.removal_policy == cdk.RemovalPolicy.DESTROY
        properties = {
            "Bucket": self._bucket,
            "ArchiveBucket": self._archive.s3_bucket_name,
            "ArchiveKey": self._archive.s3_object_key,
            "Release": files.active,
            "Uploaded": files.own,
            "Immutable": [each.strip("/") for each in files.immutable],
            "Unpublished": [*NOT_PUBLISHED],
            "Types": types_of(each.ending for each in files.folder.files),
            "Keep": str(KEPT_RELEASES),
            "Empty": "true" if goes else "false",
        }
        if self._plan.not_found_page is None and not self._plan.apis:
            properties["NotFound"] = _NOT_FOUND
        return self._publisher.ask("Release", properties)

    def config(self, values: Mapping[str, Any] | None, release: cdk.CfnResource) -> cdk.CfnResource | None:
        """Publish `/config.json`; a resource of its own, because what goes with it is removed when an update is done.

        Args:
            values: what is in it. None: what the folder's own has.
            release: the files, which have that.

        Returns:
            what publishes it. None: nothing is there.
        """
        files = self._plan.files
        if values is None and CONFIG not in files.folder.names:
            return None
        properties = {"Bucket": self._bucket, "Uploaded": files.own}
        if values is not None:
            # In pairs: a name may be one that means something to CloudFormation where it is a key.
            properties["Config"] = [{"Name": name, "Value": value} for name, value in values.items()]
        return self._publisher.ask("Config", properties, after=release)
