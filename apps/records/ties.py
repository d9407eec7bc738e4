"""By what a record of care and the claim for it find each other: compared, never shown; pure."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from apps.fhir import placeholders
from apps.plain_language.capitals import fold, folded_name

MOST: Final = 16
"""Of each sort; beyond, a record of hundreds of lines finds whatever it is held against."""
SHORTEST: Final = 4
"""Characters of a number that tells one record from another."""
_BRAND: Final = re.compile(r" \[[^\]]*\]$")
_SEGMENTS: Final = (5, 4, 2)
_BILLED: Final = re.compile(r"[0-9A-Z]\d{3}[0-9A-Z]", re.ASCII)


class Ties(msgspec.Struct, frozen=True, array_like=True, gc=False, omit_defaults=True):
    """What two records are compared by. A folded one has none, so nothing tells what belongs to it."""

    names: tuple[str, ...] = ()
    """Records that it refers to (`Encounter/7`)."""
    numbers: tuple[str, ...] = ()
    """Numbers it has: its own, of its claim, of its prescription."""
    codes: tuple[str, ...] = ()
    """What was done or handed over (`code`, `drug`)."""
    who: tuple[str, ...] = ()
    """Clinics, doctors and pharmacies (`capitals.folded_name`)."""
    until: date | None = None
    """Its last day, where it took more than one."""


def ties(
    *,
    names: Iterable[str | None] = (),
    numbers: Iterable[str | None] = (),
    codes: Iterable[str] = (),
    who: Iterable[str | None] = (),
    until: date | None = None,
) -> Ties:
    """Return ties of what was sent; what stands for nothing ties nothing."""
    long = [number for number in numbers if number and len(number) >= SHORTEST]
    return Ties(
        _each(names),
        _each([number for number in long if not placeholders.is_no_number(number)]),
        _each(codes),
        _each([folded_name(name) for name in who if name and not placeholders.is_no_name(name)]),
        until,
    )


def code(kind: str, text: str) -> str:
    """Return a code as it is compared: CPT and HCPCS are one list to claims, a drug has eleven digits."""
    plain = text.strip().upper()
    if kind == "NDC":
        return f"NDC {_eleven(plain)}"
    if kind == "CVX":
        return f"CVX {plain.zfill(2)}"
    if kind in ("", "CPT", "HCPCS") and _BILLED.fullmatch(plain):
        return f"HCPCS {plain}"
    return f"{kind} {plain.replace('.', '')}" if kind else ""


def drug(name: str | None) -> str:
    """Return the name of a medicine as it is compared; a brand in brackets after it (RxNorm) is no other."""
    folded = _BRAND.sub("", fold(name or ""))
    return f"drug {folded}" if any(map(str.isalpha, folded)) else ""


def _eleven(ndc: str) -> str:
    """Return an NDC as claims write it: its hyphens tell where the zero belongs."""
    parts = ndc.split("-")
    if len(parts) != len(_SEGMENTS):
        return ndc
    return "".join(part.zfill(length) for part, length in zip(parts, _SEGMENTS, strict=True))


def _each(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([text for text in texts if text]))[:MOST]
