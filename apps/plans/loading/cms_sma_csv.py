"""The CMS directory of state Medicaid agencies' endpoints, as CMS publishes it.

UTF-8 with BOM, two header rows, line breaks inside cells, headings that repeat: columns go by position
(https://github.com/CMSgov/SMA-Endpoint-Directory). Its addresses are hints: what comes out is "unconfirmed".
"""

import csv
import io
import re
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from apps.outbound.addresses import parts_of
from apps.plans.choices import STATES
from apps.plans.loading import FileUnusable, Refused, Row, shown

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
COLUMNS = 21  # as many as we read; the file has 34
FIRST_ROW = 3  # as a spreadsheet numbers it: two rows are headers
URL = re.compile(r"https?://\S+", re.IGNORECASE)
# What agencies append to their base: a type, a file, a placeholder. 19 of 37 cells do.
NOT_BASE = re.compile(r"(explanationofbenefits?|patient|coverage|metadata|openapi\.json)", re.IGNORECASE)
CODES = {name.casefold(): code for code, name in STATES.items()}
CODES["district of columbia"] = "DC"


def looks_like(text: str) -> bool:
    """True when the text starts as this directory does."""
    return text.lstrip().startswith(("State Medicaid Agency", '"State Medicaid Agency'))


def read(text: str) -> Iterator[Row | Refused]:
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
            yield _row(number, [_clean(cell) for cell in cells])


def _row(number: int, cells: list[str]) -> Row | Refused:
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
        f"{_slug(state)}-medicaid",
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
    within = [base for base in metadata if any(_is_within(base, claim) for claim in claims)]
    preferred = [base for base in within if base.endswith("/carin-bb")] or within
    if len(preferred) == 1:
        base = preferred[0]
        return base, () if base in claims else (f"base taken from the capability link: {base}",)
    if len(claims) == 1:
        return claims[0], ("its capability statement is at another address",) if metadata else (
            "no link to its capability statement",
        )
    return "", ()


def _is_within(base: str, claim: str) -> bool:
    return base == claim or base.startswith(claim.rstrip("/") + "/")


def _doubts(cells: list[str]) -> Iterator[str]:
    if cells[STATUS].casefold() != "active":
        yield f"status: {shown(cells[STATUS]) or 'not stated'}"
    if cells[VERSION].removeprefix("v") not in {"4.0.1", ""}:
        yield f"says FHIR {shown(cells[VERSION])}; Plainclaim speaks 4.0.1"
    if not cells[PROTOCOL].casefold().startswith(("oauth 2", "smart")):
        yield f"sign-in protocol: {shown(cells[PROTOCOL]) or 'not stated'}"


def _slug(state: str) -> str:
    return "-".join(state.casefold().split())


def _clean(cell: str) -> str:
    """The cell without non-breaking and zero-width blanks; line breaks inside are kept as blanks for URLs."""
    for blank in ("\xa0", "\u200b", "\ufeff"):
        cell = cell.replace(blank, " ")
    return "".join(
        character if character.isprintable() or character == "\n" else " " for character in cell
    ).strip()
