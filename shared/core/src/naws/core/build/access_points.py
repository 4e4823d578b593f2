"""Access points: the doors by which programs reach the folder of a file system that they share."""

import re

from aws_cdk import aws_efs as efs
from constructs import Construct

from naws.core.naming import short_hash

_FOLDER = "/data"
_OWNER = "1000"
_IDS = re.compile(r"(?P<uid>\d+)(:(?P<gid>\d+))?")


def build_access_point(scope: Construct, name: str, file_system: efs.IFileSystem, user: str | None) -> efs.IAccessPoint:
    """A door to the folder that all programs without an access point of their own share.

    Whoever connects first makes the folder, which is the same whoever that is: user and group 1000 have it, and the
    group may write. A program acts as its own user, and in group 1000: each sees and adds files, and changes its own.
    Source: https://docs.aws.amazon.com/efs/latest/ug/API_CreationInfo.html

    Args:
        scope: what it belongs to.
        name: of the volume, for its id.
        file_system: which.
        user: uid:gid of the container. One by name, or None, counts as 1000:1000.
    """
    ids = _IDS.fullmatch(user or "")
    uid = ids["uid"] if ids else _OWNER
    gid = (ids["gid"] if ids else None) or uid
    return efs.AccessPoint(
        scope,
        f"{name}AccessPoint",
        file_system=file_system,
        path=_FOLDER,
        create_acl=efs.Acl(owner_uid=_OWNER, owner_gid=_OWNER, permissions="0775"),
        posix_user=efs.PosixUser(uid=uid, gid=gid, secondary_gids=None if gid == _OWNER else [_OWNER]),
    )


def volume_name(path: str) -> str:
    """The name of the volume that is mounted there; two paths never have the same.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html (letters, digits, - and _)
    """
    plain = re.sub(r"[^A-Za-z0-9_]", "-", path.strip("/"))
    return plain if re.fullmatch(r"/[A-Za-z0-9_/]+", path) else f"{plain[:200]}-{short_hash(path)}"
