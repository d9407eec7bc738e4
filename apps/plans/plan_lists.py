"""Reading plan lists from outside: our own JSON list, and the CMS directory of state Medicaid agencies.

JSON (README, "Plans") has one object per plan. The directory of CMS is UTF-8 with BOM, with two header rows,
line breaks inside cells and headings that repeat: columns go by position. Its addresses are hints: what comes
out is "unconfirmed" (https://github.com/CMSgov/SMA-Endpoint-Directory).
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from apps.outbound.addresses import parts_of
from apps.outbound.errors import ForOperators
from apps.plans.choices import STATES, Status
from apps.plans.profiles import PROFILES
from apps.plans.quirks import QUIRKS, WANTED, fits
from apps.plans.registrations import Environment

KEYS: dict[str, type] = {
    **dict.fromkeys(
        (
            "slug", "name", "website", "status", "fhir_base_url", "authorize_url", "token_url", "revoke_url",
            "issuer", "system_id", "client_id", "client_secret", "environment", "profile", "member_note",
            "notes",
        ),
        str,
    ),
    **dict.fromkeys(("other_names", "states", "lines_of_business", "confirmed_origins"), tuple),
    "is_listed": bool,
    **{quirk.name: quirk.kind for quirk in QUIRKS.values()},
}  # fmt: skip
WITHOUT_EFFECT = frozenset({"window_by"})
"""Keys of earlier versions: a list that still has them is good, and the operator is told."""
ONE_OF: dict[str, list[str]] = {
    **{quirk.name: list(quirk.choices) for quirk in QUIRKS.values() if quirk.choices},
    "status": list(Status.values),
    "profile": list(PROFILES),
    "environment": list(Environment.values),
}
REQUIRED = ("slug", "name", "fhir_base_url")
REGISTRATION = ("client_id", "client_secret", "environment")
SOURCE = "cms-sma-directory"
STATE, SURVEYED, CLAIMS, CHIP, STATUS, CAPABILITIES, VERSION, PROTOCOL, REGISTER = (
    0,
    1,
    5,
    8,
    9,
    11,
    14,
    16,
    20,
)
CMS_BEGINS = ("State Medicaid Agency", '"State Medicaid Agency')
COLUMNS = 21  # as many as we read; the file has 34
FIRST_ROW = 3  # as a spreadsheet numbers it: two rows are headers
URL = re.compile(r"https?://\S+", re.IGNORECASE)
# What agencies append to their base: a type, a file, a placeholder. 19 of 37 cells do.
NOT_BASE = re.compile(r"(explanationofbenefits?|patient|coverage|metadata|openapi\.json)", re.IGNORECASE)
CODES = {name.casefold(): code for code, name in STATES.items()}
CODES["district of columbia"] = "DC"


class FileUnusable(ForOperators):
    """The file as a whole is neither of the lists we read. `sentence` is for the operator."""


@dataclass(frozen=True)
class Row:
    """One plan as the list gives it.

    `values` are Plan fields by name; a field the list does not speak of is not in it. `client_id` and
    `environment` find the registration ("": nothing said), whose `client_secret` never shows in the repr.
    `doubts` are things an operator should look at, in words; `ignored` are keys that do nothing any more.
    """

    number: int
    slug: str
    values: Mapping[str, Any]
    client_id: str = ""
    environment: str = ""
    client_secret: str | None = field(default=None, repr=False)
    doubts: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refused:
    """One row that could not be used: its number in the file, what it is called there, and why."""

    number: int
    label: str
    reason: str


def shown(value: object) -> str:
    """A value from a file, safe to print in one line: printable characters only, at most 60 of them."""
    text = "".join(character if character.isprintable() else " " for character in str(value))
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def read(content: bytes) -> Iterator[Row | Refused]:
    """The rows of a list whose kind is told by its content, whatever the file is called."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnusable("The file is not UTF-8 text.") from error
    if text.lstrip()[:1] in ("[", "{"):
        return read_json(text)
    if text.lstrip().startswith(CMS_BEGINS):
        return read_cms_csv(text)
    raise FileUnusable("The file is neither a JSON list of plans nor the CMS directory of Medicaid agencies.")


def read_json(text: str) -> Iterator[Row | Refused]:
    """One answer per element, numbered from 1; FileUnusable when this is no JSON list."""
    try:
        elements = json.loads(text)
    except ValueError as error:
        where = (
            f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise FileUnusable(f"The file is not valid JSON{where}.") from error
    except RecursionError as error:
        raise FileUnusable("The file is nested too deeply to be a list of plans.") from error
    if not isinstance(elements, list):
        raise FileUnusable("The file holds JSON, but not a list of plans ([{...}, {...}]).")
    for number, element in enumerate(elements, start=1):
        yield _row_of_object(number, element)


def _row_of_object(number: int, element: Any) -> Row | Refused:
    if not isinstance(element, dict):
        return Refused(number, "?", "is not an object with keys")
    label = shown(element.get("slug") or element.get("name") or "?")
    reason = _reason_against(element)
    if reason:
        return Refused(number, label, reason)
    # null means "nothing here": our registration stays as it is, other fields go back to their default.
    values = {key: value for key, value in element.items() if key in KEYS and key not in REGISTRATION}
    said = {key: element[key] for key in REGISTRATION if element.get(key)}
    return Row(number, values.pop("slug"), values, ignored=WITHOUT_EFFECT & element.keys(), **said)


def _reason_against(element: dict[str, Any]) -> str:
    """Why the object cannot be a plan, or "". Names keys, never the values of secrets."""
    unknown = sorted(set(element) - set(KEYS) - WITHOUT_EFFECT)
    if unknown:
        return f"unknown key{'s' if len(unknown) > 1 else ''}: {', '.join(shown(key) for key in unknown)}"
    missing = [key for key in REQUIRED if not element.get(key)]
    if missing:
        return f"missing: {', '.join(missing)}"
    for key, value in element.items():
        if value is not None and key in KEYS and not fits(KEYS[key], value):
            return f"{key} must be {WANTED[KEYS[key]]}"
        if value and key in ONE_OF and value not in ONE_OF[key]:
            return f"{key}: not known; one of {', '.join(ONE_OF[key])}"
    return ""


def read_cms_csv(text: str) -> Iterator[Row | Refused]:
    """One answer per data row, numbered as a spreadsheet does; FileUnusable when this is another file."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise FileUnusable(f"The file is not valid CSV: {shown(error)}.") from error
    if len(rows) < FIRST_ROW - 1 or _clean(rows[1][STATE] if rows[1] else "") != "State":
        raise FileUnusable(
            'The second row of the CMS directory should start with "State"; this one does not.'
        )
    for number, cells in enumerate(rows[FIRST_ROW - 1 :], start=FIRST_ROW):
        if any(_clean(cell) for cell in cells):
            yield _row_of_cells(number, [_clean(cell) for cell in cells])


def _row_of_cells(number: int, cells: list[str]) -> Row | Refused:
    label = shown(cells[STATE] or "?")
    if len(cells) < COLUMNS:
        return Refused(number, label, f"has {len(cells)} columns; {COLUMNS} are read")
    state = re.sub(r"\s*\([A-Z]{2}\)$", "", cells[STATE])
    code = CODES.get(state.casefold())
    if code is None:
        return Refused(number, label, "is no state, district or territory we know")
    bases = _bases(cells[CLAIMS])
    if not bases:
        said = f"says {shown(cells[CLAIMS])!r}" if cells[CLAIMS] else "is empty"
        status = f" (status: {shown(cells[STATUS])})" if cells[STATUS] else ""
        return Refused(number, label, f"the claims address {said}{status}")
    base, doubts = _choose(bases, _metadata_bases(cells[CAPABILITIES]))
    if not base:
        return Refused(
            number, label, f"{len(bases)} claims addresses, and nothing says which one is the base"
        )
    return Row(
        number,
        f"{'-'.join(state.casefold().split())}-medicaid",
        _values(state, code, base, cells),
        doubts=(*doubts, *_doubts(cells)),
    )


def _values(state: str, code: str, base: str, cells: list[str]) -> dict[str, object]:
    also_chip = cells[CHIP].casefold() == "same" or base in _bases(cells[CHIP])
    facts = (
        ("Surveyed", cells[SURVEYED]),
        ("status", cells[STATUS]),
        ("FHIR", cells[VERSION]),
        ("protocol", cells[PROTOCOL]),
        ("registration", cells[REGISTER]),
    )
    notes = "; ".join(f"{name}: {' '.join(value.split())[:300]}" for name, value in facts if value)
    return {
        "name": f"{state} Medicaid",
        "other_names": ["DC Medicaid"] if code == "DC" else [],
        "fhir_base_url": base,
        "states": [code],
        "lines_of_business": ["medicaid", "chip"] if also_chip else ["medicaid"],
        "notes": f"From the CMS directory of state Medicaid agencies. {notes}.",
        "imported_from": SOURCE,
    }


def _bases(cell: str) -> list[str]:
    """The base addresses a cell names, cleaned and without repeats."""
    return list(dict.fromkeys(_base(url) for url in URL.findall(cell)))


def _base(url: str) -> str:
    """A base from whatever was written: host in lower case, path case kept, type name and query taken off."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # the model's own check says what is wrong with it
    segments = [segment for segment in parts.path.split("/") if segment]
    while segments and NOT_BASE.fullmatch(segments[-1]):
        segments.pop()
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), "/".join(["", *segments]), "", ""))


def _metadata_bases(cell: str) -> list[str]:
    """The bases of those capability links that are a /metadata address."""
    urls = [url for url in URL.findall(cell) if parts_of(url).path.rstrip("/").endswith("/metadata")]
    return list(dict.fromkeys(_base(url) for url in urls))


def _choose(claims: list[str], metadata: list[str]) -> tuple[str, tuple[str, ...]]:
    """The FHIR base and what is doubtful about it; "" when the cells leave it open.

    A /metadata link at or below a claims address is the better witness: it names a real base where the claims
    cell gives a bare host. Among several, the one for claims (carin-bb) counts.
    """
    below = tuple(f"{claim.rstrip('/')}/" for claim in claims)
    within = [base for base in metadata if base in claims or base.startswith(below)]
    preferred = [base for base in within if base.endswith("/carin-bb")] or within
    if len(preferred) == 1:
        base = preferred[0]
        return base, () if base in claims else (f"base taken from the capability link: {base}",)
    if len(claims) == 1:
        return claims[0], ("its capability statement is at another address",) if metadata else (
            "no link to its capability statement",
        )
    return "", ()


def _doubts(cells: list[str]) -> Iterator[str]:
    if cells[STATUS].casefold() != "active":
        yield f"status: {shown(cells[STATUS]) or 'not stated'}"
    if cells[VERSION].removeprefix("v") not in {"4.0.1", ""}:
        yield f"says FHIR {shown(cells[VERSION])}; we speak 4.0.1"
    if not cells[PROTOCOL].casefold().startswith(("oauth 2", "smart")):
        yield f"sign-in protocol: {shown(cells[PROTOCOL]) or 'not stated'}"


def _clean(cell: str) -> str:
    """The cell without non-breaking and zero-width blanks; line breaks inside are kept as blanks for URLs."""
    for blank in ("\xa0", "\u200b", "\ufeff"):
        cell = cell.replace(blank, " ")
    return "".join(
        character if character.isprintable() or character == "\n" else " " for character in cell
    ).strip()
