"""Whether values have the types that their fields declare: mismatches as data, instead of a TypeError from deep inside.

    check_types(props) -> (props with every mismatch replaced by its default, the mismatches)

Plain Python values are judged to any depth. An object of jsii's is judged by its class alone, because asking the object
would call Node: what a look-up returns is an instance of nothing in particular, but stands for objects of classes.
"""

import functools
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from naws.core.tokens import has_token

ValueT = TypeVar("ValueT")

_PLAIN = (bool, int, float, str, bytes, list, tuple, set, frozenset, dict, Enum, type, types.FunctionType)
_FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial)
_PLAIN_MODULES = ("datetime", "decimal", "pathlib")


@dataclass(frozen=True, kw_only=True)
class TypeMismatch:
    """A value whose type is not its field's.

    Attributes:
        path: the field in the user's spelling.
        value: what was given.
        annotation: the type that the field declares.
        optional: whether the field may be left out.
        key: whether `value` is the key of a dict, not what it maps to.
        in_dict: whether `value` is what a key of a dict maps to.
        owner, field: the class whose field it is, or is part of, and its name. Omitted: no class of props.
    """

    path: str
    value: object
    annotation: Any
    optional: bool
    key: bool = False
    in_dict: bool = False
    owner: type[Any] | None = None
    field: str = ""


def check_types(given: ValueT, path: str = "") -> tuple[ValueT, tuple[TypeMismatch, ...]]:
    """`given`, a dataclass, with every mismatch replaced, so that a plan of it meets no value of the wrong type.

    Args:
        given: props, or a part of them.
        path: prefix of its fields.

    Returns:
        The same with None (unknown) or a default in place of what does not fit, and what does not fit.
    """
    mended: dict[str, object] = {}
    mismatches: list[TypeMismatch] = []
    for field, annotation in declared(type(given)):
        value = getattr(given, field.name)
        where = f"{path}.{field.name}" if path else field.name
        optional = not is_required(field)
        found = tuple(
            each if each.owner else replace(each, owner=type(given), field=field.name)
            for each in _mismatches(value, annotation, where, optional=optional)
        )
        mismatches += found
        if found:
            mended[field.name] = _mended(value, annotation, field)
    return (replace(cast("Any", given), **mended) if mended else given), tuple(mismatches)


@lru_cache(maxsize=256)
def declared(kind: type) -> tuple[tuple[Field[Any], Any], ...]:
    """The fields that a dataclass takes, each with its type."""
    hints = get_type_hints(kind)
    return tuple((field, hints[field.name]) for field in fields(kind) if field.init)


def is_required(field: Field[Any]) -> bool:
    """Whether a field has no default."""
    return field.default is field.default_factory is MISSING


def given_fields(props: Any) -> list[Field[Any]]:
    """The fields of a dataclass whose values are not their defaults."""
    factories = ((each, each.default_factory) for each in fields(props))
    defaults = ((each, each.default if make is MISSING else make()) for each, make in factories)
    return [each for each, default in defaults if getattr(props, each.name) != default]


def _mended(value: object, annotation: Any, field: Field[Any]) -> object:
    """The replacement for a value that does not fit: its own fitting parts, else the field's default."""
    kept = _part(value, annotation)
    if kept is not None:
        return kept
    if field.default_factory is not MISSING:
        return field.default_factory()
    # A default would be judged together with its neighbours, as if the user had given it; an unknown value is not.
    scalar = any(member in (int, float, str, bool) for member in members(annotation))
    return None if scalar or field.default is MISSING else field.default


def _part(value: object, annotation: Any) -> object:
    """The value with all of it that fits; None when it is something else, so that what follows keeps its path."""
    if matches(value, annotation):
        return value
    kinds = members(annotation)
    if is_dataclass(value) and not isinstance(value, type):
        # A value of a protocol has methods, which need the fields that have no default.
        kept = _is_one_of(value, kinds) or (_implements(value, kinds) and not _lacks(value))
        return check_types(value)[0] if kept else None
    for member in kinds:
        if _same_outside(value, member):
            return _parts(value, member) or None  # nothing of it fits
    return None


def _parts(value: object, annotation: Any) -> object:
    """The fitting parts of a list or a dict."""
    if isinstance(value, Mapping):
        key, item = get_args(annotation)
        pairs = cast("Mapping[object, object]", value).items()
        return {name: part for name, part in pairs if matches(name, key) and matches(part, item)}
    item = get_args(annotation)[0]
    return tuple(_part(part, item) for part in cast("Sequence[object]", value))


def _lacks(value: Any) -> bool:
    """Whether a field without a default has a value that does not fit."""
    return any(
        is_required(field) and not matches(getattr(value, field.name), annotation)
        for field, annotation in declared(cast("type[Any]", type(value)))
    )


def matches(value: object, annotation: Any) -> bool:
    """Whether `value`, with all that it holds, has the type."""
    return not any(_mismatches(value, annotation, ""))


def members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; of anything else itself."""
    origin = get_origin(annotation)
    return get_args(annotation) if origin in (Union, types.UnionType) else (annotation,)


def _mismatches(value: object, annotation: Any, path: str, *, optional: bool = False) -> Iterator[TypeMismatch]:
    """Every mismatch in `value`; of a union the only member with the same outside decides."""
    kinds = members(annotation)
    if is_dataclass(value) and not isinstance(value, type) and (_is_one_of(value, kinds) or _implements(value, kinds)):
        yield from check_types(value, path)[1]
        return
    if any(not any(_mismatches_of_one(value, member, path)) for member in kinds):
        return
    alike = [member for member in kinds if _same_outside(value, member)]
    if len(alike) == 1 and any(found.path != path for found in _mismatches_of_one(value, alike[0], path)):
        yield from _mismatches_of_one(value, alike[0], path)
        return
    yield TypeMismatch(path=path, value=value, annotation=annotation, optional=optional)


def _is_one_of(value: object, kinds: tuple[Any, ...]) -> bool:
    return any(_is_a(value, member) for member in kinds)


def _implements(value: object, kinds: tuple[Any, ...]) -> bool:
    """Whether `value` has the methods of a protocol among `kinds`: then it is one of them."""
    return any(_has_members(type(value), member) for member in kinds if _is_protocol(member))


def _has_members(kind: type, protocol: Any) -> bool:
    names = cast("Mapping[str, object]", vars(protocol))
    return all(hasattr(kind, name) for name in names if not name.startswith("_"))


def _is_protocol(kind: Any) -> bool:
    return bool(getattr(kind, "_is_protocol", False))


def _same_outside(value: object, member: Any) -> bool:
    origin = get_origin(member)
    if origin is Sequence:
        return isinstance(value, list | tuple)
    return origin is Mapping and isinstance(value, Mapping)


def _mismatches_of_one(value: object, annotation: Any, path: str) -> Iterator[TypeMismatch]:
    """Mismatches of `value` with an annotation that is no union."""
    origin = get_origin(annotation)
    if origin is Sequence and isinstance(value, list | tuple):
        item = get_args(annotation)[0]
        for index, part in enumerate(cast("Iterable[object]", value)):
            yield from _mismatches(part, item, f"{path}[{index}]")
    elif origin is Mapping and isinstance(value, Mapping):
        key, item = get_args(annotation)
        for name, part in cast("Mapping[object, object]", value).items():
            where = f"{path}[{_key(name)}]"
            yield from (replace(found, key=found.path == where) for found in _mismatches(name, key, where))
            yield from (replace(found, in_dict=found.path == where) for found in _mismatches(part, item, where))
    elif not _matches_outside(value, annotation):
        yield TypeMismatch(path=path, value=value, annotation=annotation, optional=False)


def _key(name: object) -> str:
    return f'"{name}"' if isinstance(name, str) else repr(name)


def _matches_outside(value: object, annotation: Any) -> bool:
    """Whether `value` itself, not what it holds, is of the type."""
    if annotation is Any or annotation is object:
        return True
    if annotation in (None, types.NoneType) or get_origin(annotation) is Callable:
        return value is None if annotation in (None, types.NoneType) else isinstance(value, _FUNCTIONS)
    if get_origin(annotation) is Literal:
        # A token can be none of them: what is built depends on which it is. jsii takes no enum but its own.
        return value in get_args(annotation) and not isinstance(value, Enum)
    if get_origin(annotation) in (Sequence, Mapping, dict):
        return get_origin(annotation) is dict and isinstance(value, dict)  # the fields of a struct of jsii's
    if annotation in (int, float, str, bool):
        return _is_plain(value, annotation)
    return _is_instance(value, annotation)


def _is_plain(value: object, kind: type) -> bool:
    """Whether jsii takes the value for the kind; a token is text, or a number with a fraction."""
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if isinstance(value, Enum):
        return False  # jsii looks for an enum of its own
    return isinstance(value, (int, float) if kind is float or (kind is int and has_token(value)) else kind)


def _is_instance(value: object, kind: Any) -> bool:
    if _is_a(value, kind):
        return True
    if isinstance(value, (*_PLAIN, types.NoneType)) or type(value).__module__ in _PLAIN_MODULES:
        return False
    if not hasattr(kind, "__jsii_type__"):
        return _implements(value, (kind,))
    return any(_is_of_jsii(each, kind) for each in jsii_classes(value))


def jsii_classes(value: object) -> tuple[type, ...]:
    """The classes of jsii's that `value` is an object of, without a call to Node; none for anything else.

    What a look-up or an import returns has no class of its own: it delegates to an object per interface.
    """
    delegates = vars(value).get("_delegates") if type(value).__name__ == "InterfaceDynamicProxy" else None
    kinds = (type(each) for each in cast("Iterable[object]", delegates or (value,)))
    return tuple(kind for kind in kinds if hasattr(kind, "__jsii_type__") or hasattr(kind, "__jsii_ifaces__"))


def _is_of_jsii(kind: type, wanted: Any) -> bool:
    """Whether an object of `kind` is a `wanted`: a class by descent, an interface by declaration or by its members."""
    if not _is_protocol(wanted):
        return issubclass(kind, wanted)
    declared_faces = (face for each in kind.__mro__ for face in vars(each).get("__jsii_ifaces__", ()))
    return any(wanted in face.__mro__ for face in declared_faces) or _has_members(kind, wanted)


def _is_a(value: object, kind: Any) -> bool:
    return isinstance(kind, type) and not _is_protocol(kind) and isinstance(value, kind)
