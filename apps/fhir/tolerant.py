"""Decode JSON into msgspec structs so that one bad field costs that field, never the whole record."""

import json
import re
import types
import typing
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

import msgspec

from apps.fhir.values import clean, target

DEEPEST = 100
"""JSON nested deeper than this is refused: no R4 record comes near."""


_UNFIT = (msgspec.MsgspecError, InvalidOperation, RecursionError, UnicodeDecodeError, ValueError)


class Unreadable(Exception):
    """This is no record of its type that we can read; the text is for operators and quotes nothing of it."""

    retry = False


class Hopeless(Unreadable):
    """This is no JSON object at all."""


def decode[T](body: bytes, kind: type[T]) -> T:
    """Return *body* as *kind* (a msgspec struct whose fields all have defaults); raises `Hopeless`.

    Numbers in fields typed `Any` become exact `int` or `Decimal`. Well-typed JSON takes the fast path;
    otherwise every field of a wrong type is dropped on its own.
    """
    value = fitting(body, kind)
    return _salvage_object(_parsed(body), kind) if value is None else value


def fitting[T](body: bytes, kind: type[T]) -> T | None:
    """Return *body* as *kind* when all of it fits, else None."""
    try:
        value: T = _decoder(typing.cast(Any, kind)).decode(body)
    except _UNFIT:
        return None
    return value


def sifted[T](body: bytes, kind: type[T]) -> tuple[T, tuple[tuple[str, Any], ...]]:
    """Return what `decode` does, and (path, value) of what had to be dropped, most of the time nothing.

    Places in a list are counted as `decode` counts them: elements that are no object where objects belong
    have no place, and stand for the list as a whole.
    """
    value = fitting(body, kind)
    if value is not None:
        return value, ()
    tree = _parsed(body)
    return _salvage_object(tree, kind), tuple(_misfits_of_object(tree, kind, ""))


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    # The bare type as hook: what no Decimal can hold raises, and is dropped on the slow path.
    return msgspec.json.Decoder(kind, float_hook=Decimal)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _integer(text: str) -> int | None:
    return int(text) if len(text) < 40 else None


def tree(body: bytes) -> dict[str, Any]:
    """Return *body* as plain dicts and lists with exact numbers; raises `Hopeless` as `decode` does."""
    try:
        value = _decoder(Any).decode(body)
    except _UNFIT:
        return _parsed(body)
    return value if isinstance(value, dict) else _parsed(body)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig")
        tree = json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=lambda _text: None)
    except RecursionError:
        raise Hopeless("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise Hopeless("it is not UTF-8 text") from None
    except ValueError:
        raise Hopeless("it is not JSON") from None
    if not isinstance(tree, dict):
        raise Hopeless("it is not a JSON object")
    return tree


def convert[T](tree: Mapping[str, Any], kind: type[T]) -> T:
    """Return a part of what `tree` gave as *kind*, dropping what does not fit."""
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError:
        return _salvage_object(tree, kind)


def _salvage_object[T](tree: Mapping[str, Any], kind: type[T], depth: int = 0) -> T:
    if depth > DEEPEST:
        raise Hopeless("it is nested too deeply")
    kept: dict[str, Any] = {}
    for name, encoded, wanted in _fields(typing.cast(Any, kind)):
        if tree.get(encoded) is not None:
            saved = _salvage(tree[encoded], wanted, depth + 1)
            if saved is not None:
                kept[name] = saved
    return kind(**kept)


def _salvage(value: Any, wanted: Any, depth: int) -> Any:
    """Return *value* as *wanted*, or None when it cannot be."""
    origin = typing.get_origin(wanted)
    if origin in (types.UnionType, typing.Union):
        options = (option for option in typing.get_args(wanted) if option is not types.NoneType)
        return next(
            (saved for option in options if (saved := _salvage(value, option, depth)) is not None), None
        )
    if origin is tuple:
        item_type = typing.get_args(wanted)[0]
        many = value if isinstance(value, list) else [value]
        return tuple(saved for item in many if (saved := _salvage(item, item_type, depth)) is not None)
    if wanted is Any:
        return value if isinstance(value, str | int | Decimal | list | dict) else None
    value = only(value)
    if issubclass(wanted, msgspec.Struct):
        value = object_of(value, wanted)
        return _salvage_object(value, wanted, depth) if isinstance(value, dict) else None
    if wanted is str and isinstance(value, str):
        # A lone surrogate is legal in Python's reading of JSON but cannot be stored or shown.
        return value.encode("utf-8", "replace").decode()
    return value if type(value) is wanted else None


def only(value: Any) -> Any:
    """Return the one element of a list where no list belongs, else *value*."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def object_of(value: Any, wanted: type) -> Any:
    """Return the object that a bare *value* stands for: what has it as the one field that `ALONE` of *wanted*
    names, as a number for an amount of money; a path to a record (`Patient/1`) is none of its names."""
    alone = getattr(wanted, "ALONE", "")
    if isinstance(value, str) and target(value):
        alone = getattr(wanted, "PATH", alone)
    return {alone: value} if alone and type(value) in (str, int, Decimal) else value


@cache
def _fields(kind: Any) -> tuple[tuple[str, str, Any], ...]:
    return tuple((field.name, field.encode_name, field.type) for field in msgspec.structs.fields(kind))


def _misfits_of_object(tree: dict[str, Any], kind: Any, path: str) -> typing.Iterator[tuple[str, Any]]:
    for _name, encoded, wanted in _fields(typing.cast(Any, kind)):
        if tree.get(encoded) is not None:
            yield from _misfits(tree[encoded], wanted, f"{path}.{encoded}" if path else encoded)


def _misfits(value: Any, wanted: Any, path: str) -> typing.Iterator[tuple[str, Any]]:
    options = [option for option in typing.get_args(wanted) if option is not types.NoneType]
    if typing.get_origin(wanted) is tuple:
        yield from _misfits_of_list(value if isinstance(value, list) else [value], options[0], path)
    elif typing.get_origin(wanted) in (types.UnionType, typing.Union):
        yield from _misfits(value, options[0], path)
    elif wanted is not Any and issubclass(wanted, msgspec.Struct) and isinstance(only(value), dict):
        yield from _misfits_of_object(only(value), wanted, path)
    elif _salvage(value, wanted, 0) is None:
        yield path, value


def _misfits_of_list(many: list[Any], item_type: Any, path: str) -> typing.Iterator[tuple[str, Any]]:
    kept = 0
    for item in many:
        if item is None:
            continue
        if _salvage(item, item_type, 0) is None:
            yield path, item
        else:
            yield from _misfits(item, item_type, f"{path}[{kept}]")
            kept += 1


_AS_THEY_ARE: Final = (Decimal, date)
_ESCAPED: Final = re.compile(r"\\[bfnrtu]")
"""How JSON writes what cannot be seen, where it does not stand as it is."""


def printable[T](record: T, body: bytes) -> T:
    """Return *record* (a msgspec struct), read from the JSON *body*, with blanks for what cannot be printed.

    What is neither escaped nor beyond ASCII can all be seen: of nearly every record nothing is looked at, and
    of those with a narrative or an accent only their text as a whole.
    """
    if body.isascii() and b"\\" not in body and b"\x7f" not in body:
        return record
    text = msgspec.json.encode(record).decode()
    if text.isprintable() and not _ESCAPED.search(text):
        return record
    tree = msgspec.to_builtins(record, builtin_types=_AS_THEY_ARE)
    seen = _seen(tree)
    return record if seen == tree else msgspec.convert(seen, type(record), builtin_types=_AS_THEY_ARE)


def _seen(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else clean(value, len(value)) or ""
    if isinstance(value, dict):
        return {name: _seen(element) for name, element in value.items()}
    return type(value)(map(_seen, value)) if isinstance(value, list | tuple) else value
