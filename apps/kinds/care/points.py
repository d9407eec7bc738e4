"""The numbers of a result that may stand in a row with others, and the range that may be drawn; pure.

Units share a line that say the same of every substance: mg/dL and mmol/L need to know of which, and do not.
"""

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Final, NamedTuple

from apps.kinds.care import elements, loinc
from apps.kinds.care.amounts import NUMBER, is_said_by, unit_of
from apps.kinds.care.records import Coded, NamedPoint, Point, Words
from apps.kinds.care.sent import Sent, codes_of, remembered

_ONE_NAME: Final = {
    "10*9/L": "10*3/uL",
    "×10⁹/L": "10*3/uL",
    "×10³/uL": "10*3/uL",
    "x10*9/L": "10*3/uL",
    "10^9/L": "10*3/uL",
    "x10*3/uL": "10*3/uL",
    "10^3/uL": "10*3/uL",
    **dict.fromkeys(("×10⁶/uL", "×10¹²/L", "10*12/L", "10^12/L", "10^6/uL", "x10*6/uL"), "10*6/uL"),
    **dict.fromkeys(("beats/min", "beats/minute", "beats per minute", "bpm", "per minute"), "/min"),
    **dict.fromkeys(("breaths/min", "breaths/minute", "breaths per minute"), "/min"),
    "mg/dl": "mg/dL",
    "g/dl": "g/dL",
    "g/l": "g/L",
    "mmol/l": "mmol/L",
    "mL/min/1.73m2": "mL/min/1.73 m²",
    "miu/l": "uIU/mL",
    "m[IU]/L": "uIU/mL",
    "u[IU]/mL": "uIU/mL",
    "mIU/L": "uIU/mL",
    "mm[Hg]": "mmHg",
    "mm Hg": "mmHg",
    "[degF]": "°F",
    "degF": "°F",
    "deg F": "°F",
    "Cel": "°C",
    "degC": "°C",
    "deg C": "°C",
    "degrees C": "°C",
    "[lb_av]": "lb",
    "lbs": "lb",
    "[in_i]": "in",
    "inches": "in",
}
"""Units that are one with two names: no number is converted. What is counted in a minute, a test says."""


def points_of(sent: Sent, code: Coded) -> Iterator[NamedPoint]:
    """Yield the numbers of a result that may stand in a row with others, those of its parts by name."""
    method = elements.name_of(sent.one("method"))
    yield from _point(sent, code, method, None)
    for component in sent.all("component"):
        yield from _point(component, loinc.named(component.one("code")), method, code)


def gaps_of(sent: Sent, code: Coded, *, is_cancelled: bool) -> tuple[str, ...]:
    """Return the keys of the numbers that a result and its parts lack, or that its cancelling took back."""
    method = elements.name_of(sent.one("method"))
    keys = [_key(code, method, None)] if is_cancelled or _is_absent(sent) else []
    keys += (
        _key(loinc.named(component.one("code")), method, code)
        for component in sent.all("component")
        if is_cancelled or _is_absent(component)
    )
    return tuple(filter(None, keys))


def _is_absent(sent: Sent) -> bool:
    """Whether nothing came for a value that was to come; the value of a panel is that of its parts."""
    values = {name for name in sent.tree if name.startswith("value")}
    has_parts = sent.one("component") or sent.one("hasMember")
    return not has_parts and values <= {"valueQuantity"} and sent.one("valueQuantity").number("value") is None


def _key(code: Coded, method: Words | None, within: Coded | None) -> str:
    """Return by what numbers are known that may share a line; "" for what has no code of LOINC."""
    codes, around = _loinc_codes(code), _loinc_codes(within) if within else [""]
    return "|".join((around[0], codes[0], method.text if method else "")) if codes and around else ""


def _point(sent: Sent, code: Coded, method: Words | None, within: Coded | None) -> Iterator[NamedPoint]:
    key = _key(code, method, within)
    if not key:
        return
    amount, text = sent.one("valueQuantity"), sent.text("valueString")
    number = amount.number("value")
    if number is None and text and NUMBER.fullmatch(text):
        number = sent.number("valueString")
    if number is not None:
        unit = unit_of(amount)
        low, high = _band(sent, unit)
        point = Point(key, number, unit, amount.text("comparator", 4) or "", low, high)
        yield NamedPoint(code.name if within else None, point)


def _loinc_codes(code: Coded) -> list[str]:
    return [loinc.with_check_digit(element.code) for element in code.codes if element.kind == "LOINC"]


def _band(sent: Sent, unit: str) -> tuple[Decimal | None, Decimal | None]:
    """Return the ends of the range that may be drawn: the only numeric one, normal or untyped, same unit."""
    several = [element for element in sent.all("referenceRange") if element.one("low") or element.one("high")]
    band = _ends(several[0]) if len(several) == 1 else None
    return (band.low, band.high) if band and {"", unit}.issuperset(band.units) else (None, None)


class _Band(NamedTuple):
    """The ends of a range, and their units."""

    low: Decimal | None
    high: Decimal | None
    units: frozenset[str]


@remembered
def _ends(element: Sent) -> _Band | None:
    """Return the ends of a range that may be drawn: of healthy people, or of nobody that is said."""
    low, high, text = element.one("low"), element.one("high"), element.text("text")
    if not {"normal"}.issuperset(codes_of(element.all("type"))) or (text and not is_said_by(text, element)):
        return None
    units = frozenset(unit_of(end) for end in (low, high) if end)
    return _Band(low.number("value"), high.number("value"), units)


class _Measure(NamedTuple):
    """What a unit measures, how many of the first unit of that it is, and where its zero lies there."""

    of: str
    size: Decimal
    zero: Decimal = Decimal(0)


_MEASURES: Final = {
    "g": _Measure("mass", Decimal(1)),
    "kg": _Measure("mass", Decimal(1000)),
    "lb": _Measure("mass", Decimal("453.59237")),
    "cm": _Measure("length", Decimal(1)),
    "in": _Measure("length", Decimal("2.54")),
    "°C": _Measure("temperature", Decimal(9)),
    "°F": _Measure("temperature", Decimal(5), Decimal(-160)),
    "g/L": _Measure("mass in volume", Decimal(1)),
    "g/dL": _Measure("mass in volume", Decimal(10)),
}
_FIGURES: Final = Context(prec=4)
"""What was converted is told with four significant figures: nobody measured more."""


def shared_by(unit: str) -> str:
    """Return what all units have in common that may share a line with this one."""
    name = _one(unit)
    return _MEASURES[name].of if name in _MEASURES else name


def converted(number: Decimal, unit: str, into: str) -> Decimal:
    """Return a number in another unit that shares a line with its own, which is none of its other names."""
    first, second = _MEASURES[_one(unit)], _MEASURES[_one(into)]
    return _FIGURES.plus((number * first.size + first.zero - second.zero) / second.size).normalize()


def are_one(unit: str, other: str) -> bool:
    """Whether two units are one."""
    return _one(unit) == _one(other)


def _one(unit: str) -> str:
    return _ONE_NAME.get(unit.strip(), unit.strip())
