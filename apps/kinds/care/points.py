"""By what results are held against each other: numbers with ranges and units, digests of what was sent; pure.

Units share a line that say the same of every substance: mg/dL and mmol/L need to know of which, and do not.
"""

from collections.abc import Iterator
from decimal import Context, Decimal
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from apps.kinds.care import elements, loinc
from apps.kinds.care.amounts import NUMBER, is_said_by, unit_of
from apps.kinds.care.records import Coded, NamedPoint, Part, Point, Words
from apps.kinds.care.sent import Sent, codes_of, remembered


def points_of(sent: Sent, code: Coded) -> Iterator[NamedPoint]:
    """Yield the numbers of a result that may stand in a row with others, those of its parts by name."""
    method = elements.name_of(sent.one("method"))
    yield from _point(sent, code, method, None)
    for component in sent.all("component"):
        yield from _point(component, loinc.named(component.one("code")), method, code)


def _point(sent: Sent, code: Coded, method: Words | None, within: Coded | None) -> Iterator[NamedPoint]:
    codes, around = _loinc_codes(code), _loinc_codes(within) if within else [""]
    if not codes or not around:
        return
    amount, text = sent.one("valueQuantity"), sent.text("valueString")
    number = amount.number("value")
    if number is None and text and NUMBER.fullmatch(text):
        number = sent.number("valueString")
    if number is not None:
        unit = unit_of(amount)
        key = "|".join((around[0], codes[0], method.text if method else ""))
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
    """Return the ends of a range that is that may be drawn: of healthy people, or of nobody that is said."""
    low, high, text = element.one("low"), element.one("high"), element.text("text")
    if not {"normal"}.issuperset(codes_of(element.all("type"))) or (text and not is_said_by(text, element)):
        return None
    units = frozenset(unit_of(end) for end in (low, high) if end)
    return _Band(low.number("value"), high.number("value"), units)


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
"""Units that are one with two names: the numbers need no conversion. What is counted in a minute, the test says."""


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
    """Return a number in another unit that shares a line with its own; as it is where both are one."""
    mine, other = _one(unit), _one(into)
    if mine == other:
        return number
    first, second = _MEASURES[mine], _MEASURES[other]
    return _FIGURES.plus((number * first.size + first.zero - second.zero) / second.size).normalize()


def are_one(unit: str, other: str) -> bool:
    """Whether two units are one."""
    return _one(unit) == _one(other)


def _one(unit: str) -> str:
    return _ONE_NAME.get(unit.strip(), unit.strip())


_OF: Final = ("code", "effective", "specimen", "method", "bodySite", "focus")
"""What results of the same test share: beginnings of elements ("effectiveDateTime")."""
_SAYS: Final = (
    *("value", "component", "dataAbsentReason", "hasMember", "result", "conclusion", "presentedForm"),
)
SIZE: Final = 6
"""Bytes of a digest: entries of one day alone are held against each other."""
_encoder: Final = msgspec.json.Encoder(decimal_format="number", order="sorted")


def likeness(sent: Sent) -> bytes:
    """Return digests: of which test and moment a result is; what it says; by whom, under which number.

    b"" where no moment or nothing was sent: what looks alike then may well be two. The first is zeros where
    a day was sent alone: two of a day need not be of one moment.
    """
    of = {name: value for name, value in sent.tree.items() if name.startswith(_OF)}
    says = {name: value for name, value in sent.tree.items() if name.startswith(_SAYS)}
    if not says or not any(name.startswith("effective") for name in of):
        return b""
    has_time = any("T" in str(value) for name, value in of.items() if name.startswith("effective"))
    likeness = _digests(of, of | says, [sent.tree.get(name) for name in ("performer", "identifier")])
    return likeness if has_time else bytes(SIZE) + likeness[SIZE:]


def team_likeness(name: Words | None, members: tuple[Part, ...]) -> bytes:
    """Return what teams share that have the same name and members: some plans send one for each claim."""
    return _digests(name, members) if members else b""


def _digests(*parts: object) -> bytes:
    try:
        return b"".join(blake2b(_encoder.encode(part), digest_size=SIZE).digest() for part in parts)
    except UnicodeEncodeError:  # letters that only a tolerant reader takes
        return b""
