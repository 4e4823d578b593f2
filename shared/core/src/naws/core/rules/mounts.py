"""Rules on where file systems are mounted in a container."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from naws.core.rule import Finding, limit
from naws.core.rules.values import Field, is_text

_STANDARD = "https://refspecs.linuxfoundation.org/FHS_3.0/fhs/ch03.html"
_PATH = re.compile(r"(/[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*)+")
_LONGEST = 255
_OF_THE_KERNEL = ("dev", "proc", "sys", "tmp")
"""`/tmp` is the container's own, in memory; the others are the kernel's."""
_OF_THE_IMAGE = ("bin", "boot", "etc", "home", "lib", "lib64", "opt", "root", "run", "sbin", "usr", "var")
_FILES = 'efs.FileSystem.from_file_system_attributes(stack, "Files", file_system_id="fs-0a1b2c3d", security_group={})'
_GROUP = 'ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0a1b2c3d")'
_FROM = _FILES.format(_GROUP)
_OTHER = _FROM.replace('"Files"', '"More"').replace('"Group"', '"Other"')


@limit(
    code="NAWS-DATA-040",
    title="A file system is mounted at a path of its own",
    source=_STANDARD,
    example=f'bindings=[FileSystemBinding({_FROM}, path="/tmp")]',
    fix=f"bindings=[FileSystemBinding({_FROM})]",
)
def own_path(field: Field) -> Iterator[Finding]:
    """A mount hides what the image has at its path: over `/usr` the program is gone, over `/` there is nothing left.

    `/dev`, `/proc` and `/sys` are the kernel's, `/tmp` is in memory and goes with the task.
    """
    if not is_text(field.value):
        return
    first, _, rest = field.value.strip("/").partition("/")
    taken = first in _OF_THE_KERNEL or (first in _OF_THE_IMAGE and not rest)
    if taken or len(field.value) > _LONGEST or not _PATH.fullmatch(field.value):
        parts = re.sub(r"[^A-Za-z0-9_/-]+", "-", field.value).strip("/-").split("/")
        last = next((part for part in reversed(parts) if part not in ("", *_OF_THE_KERNEL, *_OF_THE_IMAGE)), "data")
        yield field.finding(
            "an absolute path of letters, digits, _, - and ., which is not the image's, the kernel's or in /tmp",
            f'path="/mnt/{last[:100]}"',
        )


@limit(
    code="NAWS-DATA-041",
    title="One file system is mounted at a path",
    source="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_MountPoint.html",
    example=f'bindings=[FileSystemBinding({_FROM}), FileSystemBinding({_OTHER}, name="MORE")]',
    fix=f'bindings=[FileSystemBinding({_FROM}), FileSystemBinding({_OTHER}, name="MORE", path="/mnt/more")]',
)
def one_a_path(paths: Sequence[Field]) -> Iterator[Finding]:
    """Of two mounts at one path the program sees one, and a task definition has one volume of a name."""
    counts, seen = Counter(field.value for field in paths), set[object]()
    for field in paths:
        if counts[field.value] > 1 and field.value in seen:
            yield field.finding(f"another path than {field.value}", f'path="{field.value}-{len(seen) + 1}"')
        seen.add(field.value)


MOUNT_RULES = (own_path,)
"""Those of each path; each gets a `Field`."""
