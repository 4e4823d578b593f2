"""What is known of one resource, and the words for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from naws.cli.accounts import Place, code_of
from naws.core.parsed_json import is_object

_NOT_THERE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404")


@dataclass(frozen=True)
class Fact:
    """One thing that is known.

    Attributes:
        text: In a few words.
        good: It is as the template has it.
    """

    text: str
    good: bool = True


@dataclass(frozen=True)
class Resource:
    """One resource of a deployed stack, and what the template has of it.

    Attributes:
        place: Where it is.
        id: Its physical id.
        properties: As in the template; with references.
        physical: The physical ids of the stack, by logical id.
    """

    place: Place
    id: str
    properties: Mapping[str, Any]
    physical: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self.place.client(service)

    def given(self, *path: str) -> Any:
        """A property's value, also where it refers to a resource; None when it is not given or not known here."""
        value: Any = {**self.properties}
        for name in path:
            value = value.get(name) if is_object(value) else None
        if is_object(value):
            return self.physical.get(value.get("Ref", ""))
        return {"true": True, "false": False}.get(str(value), value)

    def declared(self, *path: str) -> Any:
        """A property as the template has it."""
        value: Any = self.properties
        for name in path:
            value = value.get(name) if is_object(value) else None
        return value

    def named(self, *path: str) -> str | None:
        """A property, or the physical id of the resource that it refers to; None when it is not given or known here."""
        value = self.declared(*path)
        if is_object(value):
            attribute = value.get("Fn::GetAtt")
            return self.physical.get(attribute[0] if attribute else value.get("Ref", ""))
        return value

    def gives(self, name: str) -> bool:
        """Whether the template gives a property, whatever its value."""
        return bool(self.properties.get(name))


def is_missing(error: ClientError) -> bool:
    """Whether AWS answers that there is no such thing."""
    return any(words in code_of(error) for words in _NOT_THERE)


def or_none(ask: Callable[[], Any]) -> Any:
    """The answer; None when there is no such thing."""
    try:
        return ask()
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def status(found: str, *good: str) -> Fact:
    """A status, and whether it is one of those that work."""
    return Fact(found.lower().replace("_", " "), found in good)


def stated(found: str, good: str, reason: str | None) -> Fact:
    """A state, and why it is that when it is not the one that works."""
    return status(found, good) if found == good else Fact(joined(found.lower().replace("_", " "), reason), good=False)


def compared(what: str, found: object, declared: object, *, shown: bool = False) -> Iterator[Fact]:
    """Nothing, or what it is, when it is as declared or not known; else both."""
    if declared not in (None, found):
        yield Fact(f"{what} {found} instead of {declared}", good=False)
    elif shown:
        yield Fact(f"{what} {found}")


def joined(*parts: str | None) -> str:
    """What there is of some texts, with colons between them."""
    return ": ".join(part for part in parts if part)


def switched(resource: Resource, words: str, found: bool, *path: str) -> Iterator[Fact]:  # noqa: FBT001  # what AWS answers
    """Something that is on or off: reported when on, a difference when it is off and the template has it on."""
    if found:
        yield Fact(words)
    elif resource.given(*path):
        yield Fact(f"not {words}", good=False)


def encrypted(resource: Resource, *, with_key: object, otherwise: object = None) -> Iterator[Fact]:
    """Whether it is encrypted, and with the kind of key that the template has.

    Args:
        resource: The resource.
        with_key: The KMS key that AWS names.
        otherwise: It is encrypted without one.
    """
    if with_key:
        yield Fact("encrypted with a KMS key")
    elif any(resource.gives(name) for name in ("KmsMasterKeyId", "KmsKeyId")):
        yield Fact("not encrypted with its KMS key", good=False)
    elif otherwise:
        yield Fact("encrypted")
