"""Which units results of one test may share on a line, and numbers put into another unit; pure.

Units share a line that say the same of every substance: mg/dL and mmol/L need to know of which, and do not.
"""

from decimal import Context, Decimal
from typing import Final, NamedTuple

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
